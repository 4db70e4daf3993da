// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <atomic>
#include <thread>
#include <vector>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/URI.h>

#include "echo.hpp"

namespace {

using Session = Poco::Net::HTTPClientSession;

std::unique_ptr<Session> session() {
  static const Poco::URI fuzzer(variable("FUZZER_URL", "ws://127.0.0.1:9001"));
  if (fuzzer.getScheme() == "ws") return std::make_unique<Session>(fuzzer.getHost(), fuzzer.getPort());
  static const Poco::Net::Context::Ptr context = new Poco::Net::Context(
      Poco::Net::Context::TLS_CLIENT_USE, variable("CA_CERT", ""), Poco::Net::Context::VERIFY_STRICT);
  return std::make_unique<Poco::Net::HTTPSClientSession>(fuzzer.getHost(), fuzzer.getPort(), context);
}

/// Opens a connection and hands it to `use`.
///
/// @throws Poco::Exception it was refused, or failed
template <class Use>
void visit(const std::string& path, Use use) {
  const auto http = session();
  Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_GET, path, Poco::Net::HTTPRequest::HTTP_1_1);
  Poco::Net::HTTPResponse response;
  WebSocket socket(*http, request, response);
  use(socket);
}

int caseCount() {
  int count = 0;
  visit("/getCaseCount", [&](WebSocket& socket) {
    char text[16] = {};
    int flags;
    socket.receiveFrame(text, sizeof text - 1, flags);
    count = std::stoi(text);
  });
  return count;
}

void runCase(int number, const std::string& agent) {
  try {
    visit("/runCase?case=" + std::to_string(number) + "&agent=" + agent, echo);
  } catch (const Poco::Exception& error) {
    std::cerr << "case " << number << ": " << error.displayText() << '\n';
  }
}

}  // namespace

int main() {
  std::string agent;
  Poco::URI::encode(variable("AGENT", "poco"), "@:/?#[]!$&'()*+,;=", agent);
  try {
    Poco::Net::initializeSSL();
    const int count = caseCount();
    std::atomic<int> next = 1;
    std::vector<std::jthread> workers(std::stoul(variable("CONCURRENCY", "1")));
    for (auto& worker : workers)
      worker = std::jthread([&] {
        for (int number; (number = next++) <= count;) runCase(number, agent);
      });
    for (auto& worker : workers) worker.join();
    visit("/updateReports?agent=" + agent, echo);
  } catch (const Poco::Exception& error) {
    std::cerr << error.displayText() << '\n';
    return 1;
  }
}
