# Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
require "em-websocket"

options = { host: ENV.fetch("HOST", "127.0.0.1"), port: Integer(ENV.fetch("PORT", "9001")) }
if ENV["TLS_CERT"]
  tls = { cert_chain_file: ENV["TLS_CERT"], private_key_file: ENV["TLS_KEY"] }
  options = { **options, secure: true, tls_options: tls }
end
EM::WebSocket.max_frame_size = 256 * 1024 * 1024 unless ENV["VARIANT"] == "defaults"

%w[TERM INT].each { |signal| trap(signal) { exit! 0 } }
$stderr.sync = true
EM.epoll
EM.run do
  EM::WebSocket.run(options) do |connection|
    connection.onmessage { |text| connection.send_text(text) }
    connection.onbinary { |octets| connection.send_binary(octets) }
    connection.onerror { |error| warn error.message }
  end
end
