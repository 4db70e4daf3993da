-- Client driver: plays the fuzzer's cases one after the other, echoing every message.
local http_tls = require "http.tls"
local http_util = require "http.util"
local websocket = require "http.websocket"
local x509_store = require "openssl.x509.store"

local fuzzer = assert(os.getenv "FUZZER_URL", "FUZZER_URL is not set")
local agent = http_util.encodeURIComponent(os.getenv "AGENT" or "lua-http")

local context
if os.getenv "CA_CERT" then
  context = http_tls.new_client_context()
  context:setStore(x509_store.new():add(os.getenv "CA_CERT"))
end

-- Opens one connection; nil and why not where there is none.
local function visit(path)
  local connection = websocket.new_from_uri(fuzzer .. path)
  connection.request.ctx = context
  local ok, problem = connection:connect(10)
  if ok then return connection end
  io.stderr:write(path, ": ", tostring(problem), "\n")
end

local function echo(connection)
  for message, type in connection:each() do
    if not connection:send(message, type) then break end
  end
end

-- The library raises an error where the octets of a frame come too late after those of its head.
local function serve(connection)
  local ok, problem = pcall(echo, connection)
  if not ok then io.stderr:write(tostring(problem), "\n") end
  connection:close()
end

local first = assert(visit "/getCaseCount", "no count of cases")
local count = assert(tonumber((first:receive(10))), "no count of cases")
first:close()

for number = 1, count do
  local connection = visit(string.format("/runCase?case=%d&agent=%s", number, agent))
  if connection then serve(connection) end
end

local last = visit("/updateReports?agent=" .. agent)
if last then serve(last) end
os.exit(last ~= nil)
