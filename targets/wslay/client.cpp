// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <atomic>
#include <cstdio>
#include <netdb.h>
#include <regex>
#include <thread>
#include <utility>
#include <vector>

#include "connection.hpp"

namespace {

std::string host;
std::string port;

int dial() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* addresses = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &addresses)) throw std::runtime_error("no such host");
  int connected = -1;
  for (auto address = addresses; address && connected < 0; address = address->ai_next) {
    connected = socket(address->ai_family, address->ai_socktype, 0);
    if (connect(connected, address->ai_addr, address->ai_addrlen) == 0) break;
    close(std::exchange(connected, -1));
  }
  freeaddrinfo(addresses);
  if (connected < 0) throw std::runtime_error("no connection");
  return connected;
}

/// Plays one connection.
///
/// @throws std::runtime_error it was refused
void visit(const std::string& path, Connection::OnMessage onMessage, void* data = nullptr) {
  std::random_device random;
  unsigned char nonce[16];
  std::generate_n(nonce, sizeof nonce, std::ref(random));
  const auto key = base64(nonce, sizeof nonce);

  Connection connection(dial());
  connection.write("GET " + path + " HTTP/1.1\r\nHost: " + host + ":" + port + "\r\nUpgrade: websocket\r\n" +
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n\r\n");
  const auto head = connection.readHead();
  if (!head.starts_with("HTTP/1.1 101 ") || header(head, "Sec-WebSocket-Accept") != acceptFor(key))
    throw std::runtime_error("refused: " + head.substr(0, head.find('\r')));
  connection.play(false, onMessage, data);
}

int caseCount() {
  int count = 0;
  visit(
      "/getCaseCount",
      [](auto, auto message, void* data) {
        const std::string text(reinterpret_cast<const char*>(message->msg), message->msg_length);
        *static_cast<int*>(data) = std::stoi(text);
      },
      &count);
  return count;
}

void runCase(int number, const std::string& agent) try {
  visit("/runCase?case=" + std::to_string(number) + "&agent=" + agent, Connection::echo);
} catch (const std::runtime_error& error) {
  std::cerr << "case " << number << ": " << error.what() << '\n';
}

std::string percentEncoded(const std::string& text) {
  std::string encoded;
  for (const unsigned char c : text) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", c);
    encoded += std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ? std::string(1, char(c)) : hex;
  }
  return encoded;
}

}  // namespace

int main() try {
  std::smatch url;
  const auto text = variable("FUZZER_URL", "ws://127.0.0.1:9001");
  if (!std::regex_match(text, url, std::regex(R"(ws://([^/:]+):(\d+)/?)"))) {
    std::cerr << "FUZZER_URL must be ws://HOST:PORT, but is " << text << '\n';
    return 2;
  }
  host = url[1];
  port = url[2];
  const auto agent = percentEncoded(variable("AGENT", "wslay"));

  const int count = caseCount();
  std::atomic<int> next = 1;
  std::vector<std::jthread> workers(std::stoul(variable("CONCURRENCY", "1")));
  for (auto& worker : workers)
    worker = std::jthread([&] {
      for (int number; (number = next++) <= count;) runCase(number, agent);
    });
  for (auto& worker : workers) worker.join();
  visit("/updateReports?agent=" + agent, Connection::echo);
} catch (const std::runtime_error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
