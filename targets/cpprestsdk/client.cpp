// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <cpprest/ws_client.h>

namespace {

using namespace web::websockets::client;
using OnMessage = std::function<void(websocket_callback_client&, const websocket_incoming_message&)>;

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

const auto fuzzer = variable("FUZZER_URL", "ws://127.0.0.1:9001");

/// Plays one connection to its end.
///
/// @throws websocket_exception it was refused
void visit(const std::string& path, const OnMessage& onMessage) {
  websocket_callback_client client;
  std::promise<void> closed;
  client.set_message_handler([&](const websocket_incoming_message& message) { onMessage(client, message); });
  client.set_close_handler([&](websocket_close_status, const std::string&, const std::error_code&) { closed.set_value(); });
  client.connect(fuzzer + path).get();
  closed.get_future().wait();
}

void echo(websocket_callback_client& client, const websocket_incoming_message& message) {
  websocket_outgoing_message answer;
  switch (message.message_type()) {
    case websocket_message_type::text_message: answer.set_utf8_message(message.extract_string().get()); break;
    case websocket_message_type::binary_message: answer.set_binary_message(message.body(), message.length()); break;
    default: return;
  }
  client.send(answer).then([](pplx::task<void> sent) {
    try {
      sent.get();
    } catch (const websocket_exception&) {
      // The connection is over, which its close handler tells.
    }
  });
}

int caseCount() {
  int count = 0;
  visit("/getCaseCount", [&](auto&, auto& message) { count = std::stoi(message.extract_string().get()); });
  return count;
}

void runCase(int number, const std::string& agent) try {
  visit("/runCase?case=" + std::to_string(number) + "&agent=" + agent, echo);
} catch (const websocket_exception& error) {
  std::cerr << "case " << number << ": " << error.what() << '\n';
}

}  // namespace

int main() try {
  // The library reads the authorities from where OpenSSL has them.
  if (const char* authority = std::getenv("CA_CERT")) setenv("SSL_CERT_FILE", authority, 1);
  const auto agent = web::uri::encode_data_string(variable("AGENT", "cpprestsdk"));

  const int count = caseCount();
  std::atomic<int> next = 1;
  std::vector<std::thread> workers(std::stoul(variable("CONCURRENCY", "1")));
  for (auto& worker : workers)
    worker = std::thread([&] {
      for (int number; (number = next++) <= count;) runCase(number, agent);
    });
  for (auto& worker : workers) worker.join();
  visit("/updateReports?agent=" + agent, echo);
} catch (const websocket_exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
