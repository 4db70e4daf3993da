// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <cstdio>
#include <regex>

#include "echo.hpp"

namespace {

struct Fuzzer {
  bool tls;
  std::string host;
  std::string port;
};

Fuzzer fuzzer;
std::string agent;
ssl::context context{ssl::context::tls_client};

std::string percentEncoded(const std::string& text) {
  std::string encoded;
  for (const unsigned char c : text) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", c);
    encoded += std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ? std::string(1, char(c)) : hex;
  }
  return encoded;
}

/// Opens a connection and hands it to `use`.
template <class Stream, class Use>
asio::awaitable<void> visit(websocket::stream<Stream> socket, std::string path, Use& use) {
  tcp::resolver resolver(socket.get_executor());
  const auto addresses = co_await resolver.async_resolve(fuzzer.host, fuzzer.port, use_awaitable);
  co_await beast::get_lowest_layer(socket).async_connect(addresses, use_awaitable);
  if constexpr (std::is_same_v<Stream, Tls>) {
    socket.next_layer().set_verify_mode(ssl::verify_peer);
    socket.next_layer().set_verify_callback(ssl::host_name_verification(fuzzer.host));
    co_await socket.next_layer().async_handshake(ssl::stream_base::client, use_awaitable);
  }
  configure(socket);
  co_await socket.async_handshake(fuzzer.host + ":" + fuzzer.port, path, use_awaitable);
  co_await use(socket);
}

template <class Use>
asio::awaitable<void> visit(std::string path, Use use) {
  auto executor = co_await asio::this_coro::executor;
  if (fuzzer.tls)
    co_await visit(websocket::stream<Tls>(executor, context), path, use);
  else
    co_await visit(websocket::stream<Plain>(executor), path, use);
}

asio::awaitable<int> caseCount() {
  std::string count;
  co_await visit("/getCaseCount", [&](auto& socket) -> asio::awaitable<void> {
    auto buffer = asio::dynamic_buffer(count);
    co_await socket.async_read(buffer, use_awaitable);
  });
  co_return std::stoi(count);
}

asio::awaitable<void> runCases(int& last, int count) {
  while (last < count) {
    const auto number = std::to_string(++last);
    try {
      co_await visit("/runCase?case=" + number + "&agent=" + agent, [](auto& socket) { return echo(socket); });
    } catch (const boost::system::system_error& error) {
      std::cerr << "case " << number << ": " << error.what() << '\n';
    }
  }
}

asio::awaitable<void> updateReports() {
  co_await visit("/updateReports?agent=" + agent, [](auto& socket) { return echo(socket); });
}

/// Runs what is waiting on `io` to its end.
template <class T>
T finish(asio::io_context& io, std::future<T> result) {
  io.restart();
  io.run();
  return result.get();
}

}  // namespace

int main() try {
  std::smatch url;
  const auto text = variable("FUZZER_URL", "ws://127.0.0.1:9001");
  if (!std::regex_match(text, url, std::regex(R"((wss?)://\[?([^/\]]+)\]?:(\d+)/?)"))) {
    std::cerr << "FUZZER_URL must be ws://HOST:PORT, but is " << text << '\n';
    return 2;
  }
  fuzzer = {url[1] == "wss", url[2], url[3]};
  agent = percentEncoded(variable("AGENT", "boost-beast"));
  const auto authority = variable("CA_CERT", "");
  if (authority.empty())
    context.set_default_verify_paths();
  else
    context.load_verify_file(authority);

  asio::io_context io{1};
  const int count = finish(io, asio::co_spawn(io, caseCount(), asio::use_future));
  int last = 0;
  for (int worker = std::stoi(variable("CONCURRENCY", "1")); worker > 0; --worker)
    asio::co_spawn(io, runCases(last, count), asio::detached);
  io.restart();
  io.run();
  finish(io, asio::co_spawn(io, updateReports(), asio::use_future));
} catch (const boost::system::system_error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
