-- Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
local http_server = require "http.server"
local http_tls = require "http.tls"
local pkey = require "openssl.pkey"
local websocket = require "http.websocket"
local x509 = require "openssl.x509"

local function read_file(name)
  local file = assert(io.open(name))
  local text = file:read "a"
  file:close()
  return text
end

local context
if os.getenv "TLS_CERT" then
  context = http_tls.new_server_context()
  context:setCertificate(x509.new(read_file(os.getenv "TLS_CERT")))
  context:setPrivateKey(pkey.new(read_file(os.getenv "TLS_KEY")))
end

local server = assert(http_server.listen {
  host = os.getenv "HOST" or "127.0.0.1",
  port = tonumber(os.getenv "PORT" or 9001),
  tls = context ~= nil,
  ctx = context,
  onstream = function(_, stream)
    local connection, problem = websocket.new_from_stream(stream, assert(stream:get_headers()))
    if not connection then error(problem, 0) end
    assert(connection:accept())
    for message, type in connection:each() do
      if not connection:send(message, type) then break end
    end
    connection:close()
  end,
  onerror = function(_, _, operation, problem)
    io.stderr:write(operation, ": ", tostring(problem), "\n")
  end,
})
assert(server:listen())
assert(server:loop())
