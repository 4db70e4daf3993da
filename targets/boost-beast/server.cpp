// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
#include "echo.hpp"

template <class Stream>
asio::awaitable<void> serve(websocket::stream<Stream> socket) {
  try {
    if constexpr (std::is_same_v<Stream, Tls>)
      co_await socket.next_layer().async_handshake(ssl::stream_base::server, use_awaitable);
    configure(socket);
    co_await socket.async_accept(use_awaitable);
    co_await echo(socket);
  } catch (const boost::system::system_error& error) {
    std::cerr << error.what() << '\n';
  }
}

asio::awaitable<void> listen(tcp::acceptor acceptor, ssl::context* context) {
  auto executor = acceptor.get_executor();
  for (;;) {
    beast::tcp_stream connection(co_await acceptor.async_accept(use_awaitable));
    if (context)
      asio::co_spawn(executor, serve(websocket::stream<Tls>(std::move(connection), *context)), asio::detached);
    else
      asio::co_spawn(executor, serve(websocket::stream<Plain>(std::move(connection))), asio::detached);
  }
}

int main() {
  asio::io_context io{1};
  ssl::context context{ssl::context::tls_server};
  const auto certificate = variable("TLS_CERT", "");
  if (!certificate.empty()) {
    context.use_certificate_chain_file(certificate);
    context.use_private_key_file(variable("TLS_KEY", ""), ssl::context::pem);
  }
  const auto port = static_cast<unsigned short>(std::stoi(variable("PORT", "9001")));
  tcp::acceptor acceptor{io, {asio::ip::make_address(variable("HOST", "127.0.0.1")), port}};
  asio::co_spawn(io, listen(std::move(acceptor), certificate.empty() ? nullptr : &context), asio::detached);
  io.run();
}
