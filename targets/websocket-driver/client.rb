# Client driver: plays the fuzzer's cases one after the other, echoing every message.
require "erb"
require "io/wait"
require "openssl"
require "socket"
require "timeout"
require "uri"
require "websocket/driver"

AGENT = ERB::Util.url_encode(ENV.fetch("AGENT", "websocket-driver"))
OPTIONS = ENV["VARIANT"] == "defaults" ? {} : { max_length: 256 * 1024 * 1024 }

# What the driver calls its socket.
class Connection
  attr_reader :url

  def initialize(path)
    @url = ENV.fetch("FUZZER_URL") + path
    @opened = false
    @io = connect(URI.parse(@url))
    @driver = WebSocket::Driver.client(self, OPTIONS)
    @driver.on(:open) { @opened = true }
    @driver.on(:error) { |error| warn "#{path}: #{error.message}" }
    @driver.on(:close) { @closing = true }
  end

  def write(octets) = @io.write(octets)

  # Gives each message to the block until TCP has closed; true if there was a connection.
  def run
    @driver.on(:message) { |event| yield @driver, event.data }
    @driver.start
    take(@io.readpartial(65_536)) until @closing && !@io.to_io.wait_readable(5)
    @opened
  rescue EOFError, SystemCallError, OpenSSL::SSL::SSLError
    @opened
  ensure
    @io.close
  end

  private

  # Once the driver is done, the fuzzer closes TCP (5 s at most are waited for that), unless there was no WebSocket.
  def take(octets)
    @driver.parse(octets) unless @closing
    raise EOFError if @closing && !@opened
  end

  def connect(uri)
    tcp = Socket.tcp(uri.host, uri.port, connect_timeout: 10)
    tcp.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
    return tcp if uri.scheme == "ws"
    context = OpenSSL::SSL::SSLContext.new
    context.set_params(ca_file: ENV["CA_CERT"], verify_mode: OpenSSL::SSL::VERIFY_PEER)
    tls = OpenSSL::SSL::SSLSocket.new(tcp, context)
    tls.sync_close = true
    tls.connect
    tls.post_connection_check(uri.host)
    tls
  end
end

def visit(path, &on_message)
  Connection.new(path).run(&on_message)
rescue SystemCallError, OpenSSL::SSL::SSLError => error
  warn "#{path}: #{error.message}"
  false
end

$stderr.sync = true
count = nil
Timeout.timeout(10) { visit("/getCaseCount") { |_driver, data| count = Integer(data) } }
exit 1 unless count

(1..count).each do |number|
  visit("/runCase?case=#{number}&agent=#{AGENT}") do |driver, data|
    data.is_a?(String) ? driver.text(data) : driver.binary(data)
  end
end
exit visit("/updateReports?agent=#{AGENT}") {}
