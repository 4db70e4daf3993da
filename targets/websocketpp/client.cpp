// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <cstdio>
#include <functional>
#include <iostream>

#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_client.hpp>

#include "echo.hpp"

std::string percentEncoded(const std::string& text) {
  std::string encoded;
  for (const unsigned char c : text) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", c);
    encoded += std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ? std::string(1, char(c)) : hex;
  }
  return encoded;
}

template <class Client>
class Driver {
 public:
  using OnMessage = std::function<void(websocketpp::connection_hdl, typename Client::message_ptr)>;
  using OnEnd = std::function<void(bool connected)>;

  Driver(Client& client, const std::string& fuzzer) : client(client), fuzzer(fuzzer) { configure(client); }

  int run() {
    int count = 0;
    visit(
        "/getCaseCount",
        [&](auto, auto message) { count = std::stoi(message->get_payload()); },
        [](bool) {});
    client.run();
    if (count == 0) return 1;

    for (int worker = std::stoi(variable("CONCURRENCY", "1")); worker > 0; --worker) runNext(count);
    client.reset();
    client.run();

    bool updated = false;
    visit("/updateReports?agent=" + agent, [](auto, auto) {}, [&](bool connected) { updated = connected; });
    client.reset();
    client.run();
    return updated ? 0 : 1;
  }

 private:
  /// Opens one connection. `onEnd` is called once, when it is over.
  void visit(const std::string& path, OnMessage onMessage, OnEnd onEnd) {
    websocketpp::lib::error_code problem;
    const auto connection = client.get_connection(fuzzer + path, problem);
    if (problem) throw websocketpp::exception(problem);
    connection->set_message_handler(onMessage);
    connection->set_close_handler([onEnd](auto) { onEnd(true); });
    connection->set_fail_handler([this, path, onEnd](auto handle) {
      std::cerr << path << ": " << client.get_con_from_hdl(handle)->get_ec().message() << '\n';
      onEnd(false);
    });
    client.connect(connection);
  }

  void runNext(int count) {
    if (last == count) return;
    visit(
        "/runCase?case=" + std::to_string(++last) + "&agent=" + agent,
        [this](auto handle, auto message) {
          websocketpp::lib::error_code ended;
          client.send(handle, message->get_payload(), message->get_opcode(), ended);
        },
        [this, count](bool) { runNext(count); });
  }

  Client& client;
  const std::string fuzzer;
  const std::string agent = percentEncoded(variable("AGENT", "websocketpp"));
  int last = 0;
};

int main() {
  const auto fuzzer = variable("FUZZER_URL", "ws://127.0.0.1:9001");
  if (fuzzer.rfind("ws:", 0) == 0) {
    websocketpp::client<Config<websocketpp::config::asio_client>> client;
    return Driver(client, fuzzer).run();
  }
  websocketpp::client<Config<websocketpp::config::asio_tls_client>> client;
  const auto host = websocketpp::uri(fuzzer).get_host();
  client.set_tls_init_handler([host](websocketpp::connection_hdl) {
    const auto context = websocketpp::lib::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    context->set_verify_mode(asio::ssl::verify_peer);
    context->set_verify_callback(asio::ssl::host_name_verification(host));
    context->load_verify_file(variable("CA_CERT", "/etc/ssl/certs/ca-certificates.crt"));
    return context;
  });
  return Driver(client, fuzzer).run();
}
