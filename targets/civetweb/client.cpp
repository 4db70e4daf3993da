// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <atomic>
#include <functional>
#include <iostream>
#include <regex>
#include <semaphore>
#include <thread>
#include <vector>

#include "echo.hpp"

namespace {

std::string host;
int port;

/// One connection to the fuzzer.
struct Visit {
  std::function<bool(mg_connection*, int, const char*, size_t)> onFrame;
  std::binary_semaphore over{0};
};

int onFrame(mg_connection* connection, int head, char* data, size_t length, void* visit) {
  return static_cast<Visit*>(visit)->onFrame(connection, head, data, length);
}

void onClose(const mg_connection*, void* visit) {
  static_cast<Visit*>(visit)->over.release();
}

/// Opens a connection and waits until it has ended; false if there was none.
bool open(const std::string& path, Visit& visit) {
  char problem[256] = "";
  mg_connection* connection = mg_connect_websocket_client(
      host.c_str(), port, 0, problem, sizeof problem, path.c_str(), nullptr, onFrame, onClose, &visit);
  if (!connection) {
    std::cerr << path << ": " << problem << '\n';
    return false;
  }
  visit.over.acquire();
  mg_close_connection(connection);
  return true;
}

int caseCount() {
  int count = 0;
  Visit visit{[&](auto, int head, auto data, auto length) {
    if ((head & 0xF) == MG_WEBSOCKET_OPCODE_TEXT) count = std::stoi(std::string(data, length));
    return true;
  }};
  open("/getCaseCount", visit);
  return count;
}

bool echo(const std::string& path) {
  Echo echo(mg_websocket_client_write);
  Visit visit{[&](auto... frame) { return echo.received(frame...); }};
  return open(path, visit);
}

std::string percentEncoded(const std::string& text) {
  std::string encoded(3 * text.size() + 1, '\0');
  encoded.resize(mg_url_encode(text.c_str(), encoded.data(), encoded.size()));
  return encoded;
}

}  // namespace

int main() {
  std::smatch url;
  const auto text = variable("FUZZER_URL", "ws://127.0.0.1:9001");
  if (!std::regex_match(text, url, std::regex(R"(ws://([^/:]+):(\d+)/?)"))) {
    std::cerr << "FUZZER_URL must be ws://HOST:PORT, but is " << text << '\n';
    return 2;
  }
  host = url[1];
  port = std::stoi(url[2]);
  const auto agent = percentEncoded(variable("AGENT", "civetweb"));

  mg_init_library(MG_FEATURES_DEFAULT);
  const int count = caseCount();
  if (count == 0) return 1;
  std::atomic<int> next = 1;
  std::vector<std::jthread> workers(std::stoul(variable("CONCURRENCY", "1")));
  for (auto& worker : workers)
    worker = std::jthread([&] {
      for (int number; (number = next++) <= count;)
        echo("/runCase?case=" + std::to_string(number) + "&agent=" + agent);
    });
  for (auto& worker : workers) worker.join();
  return echo("/updateReports?agent=" + agent) ? 0 : 1;
}
