// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
#include <websocketpp/config/asio.hpp>
#include <websocketpp/server.hpp>

#include "echo.hpp"

template <class Server>
void serve(Server& server) {
  configure(server);
  server.set_reuse_addr(true);
  server.set_message_handler([&server](websocketpp::connection_hdl handle, typename Server::message_ptr message) {
    websocketpp::lib::error_code ended;
    server.send(handle, message->get_payload(), message->get_opcode(), ended);
  });
  server.listen(variable("HOST", "127.0.0.1"), variable("PORT", "9001"));
  server.start_accept();
  server.run();
}

int main() {
  const auto certificate = variable("TLS_CERT", "");
  if (certificate.empty()) {
    websocketpp::server<Config<websocketpp::config::asio>> server;
    serve(server);
    return 0;
  }
  const auto context = websocketpp::lib::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  context->use_certificate_chain_file(certificate);
  context->use_private_key_file(variable("TLS_KEY", ""), asio::ssl::context::pem);
  websocketpp::server<Config<websocketpp::config::asio_tls>> server;
  server.set_tls_init_handler([context](websocketpp::connection_hdl) { return context; });
  serve(server);
}
