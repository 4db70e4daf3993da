# Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
require "eventmachine"
require "websocket/driver"

OPTIONS = ENV["VARIANT"] == "defaults" ? {} : { max_length: 256 * 1024 * 1024 }

# What the driver calls its socket: octets of TCP go into the driver, and `write` takes what it has to send.
class Connection < EM::Connection
  def initialize
    @driver = WebSocket::Driver.server(self, OPTIONS)
    @driver.on(:connect) { WebSocket::Driver.websocket?(@driver.env) ? @driver.start : close_connection }
    @driver.on(:message) { |event| event.data.is_a?(String) ? @driver.text(event.data) : @driver.binary(event.data) }
    @driver.on(:error) { |error| warn error.message }
    @driver.on(:close) { close_connection_after_writing }
  end

  def post_init
    return unless ENV["TLS_CERT"]
    start_tls(cert_chain_file: ENV["TLS_CERT"], private_key_file: ENV["TLS_KEY"])
  end

  # What the driver cannot read, such as a Host that is none, it lets through as an error, which would end the loop.
  def receive_data(octets)
    @driver.parse(octets)
  rescue StandardError => error
    warn error.message
    close_connection
  end

  def write(octets) = send_data(octets)
end

%w[TERM INT].each { |signal| trap(signal) { exit! 0 } }
$stderr.sync = true
EM.epoll
EM.run { EM.start_server(ENV.fetch("HOST", "127.0.0.1"), Integer(ENV.fetch("PORT", "9001")), Connection) }
