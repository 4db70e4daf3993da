// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <cstdio>
#include <iostream>
#include <list>
#include <regex>

#include "echo.hpp"

namespace {

/// One connection to the fuzzer.
struct Visit {
  std::string path;
  Echo echo;
  std::string text;  // all that came, of the connection that asks for the count
  bool connected = false;
  bool over = false;
};

struct Fuzzer {
  bool tls;
  std::string host;
  int port;
};

Fuzzer fuzzer;
lws_context* context;

std::string percentEncoded(const std::string& text) {
  std::string encoded;
  for (const unsigned char c : text) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", c);
    encoded += std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ? std::string(1, char(c)) : hex;
  }
  return encoded;
}

int callback(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t length) {
  auto visit = static_cast<Visit*>(user);
  switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED: visit->connected = true; break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
      if (visit->path == "/getCaseCount")
        visit->text.append(static_cast<char*>(in), length);
      else
        visit->echo.received(wsi, in, length);
      break;
    case LWS_CALLBACK_CLIENT_WRITEABLE: return visit->echo.writable(wsi);
    case LWS_CALLBACK_CLIENT_CLOSED: visit->over = true; break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
      std::cerr << visit->path << ": " << (in ? static_cast<char*>(in) : "no connection") << '\n';
      visit->over = true;
      break;
    default: return lws_callback_http_dummy(wsi, reason, user, in, length);
  }
  return 0;
}

void begin(Visit& visit) {
  lws_client_connect_info info{};
  const auto host = fuzzer.host + ":" + std::to_string(fuzzer.port);
  info.context = context;
  info.address = fuzzer.host.c_str();
  info.port = fuzzer.port;
  info.ssl_connection = fuzzer.tls ? LCCSCF_USE_SSL : 0;
  info.path = visit.path.c_str();
  info.host = host.c_str();
  info.ietf_version_or_minus_one = -1;
  info.local_protocol_name = "echo";
  info.userdata = &visit;
  if (!lws_client_connect_via_info(&info)) visit.over = true;
}

/// Opens one connection, and waits until it has closed.
Visit visit(const std::string& path) {
  Visit visit{path};
  begin(visit);
  while (!visit.over) lws_service(context, 0);
  return visit;
}

void runCases(int count, const std::string& agent, size_t concurrency) {
  std::list<Visit> open;
  for (int last = 0; last < count || !open.empty();) {
    while (open.size() < concurrency && last < count)
      begin(open.emplace_back(Visit{"/runCase?case=" + std::to_string(++last) + "&agent=" + agent}));
    lws_service(context, 0);
    open.remove_if([](const Visit& visit) { return visit.over; });
  }
}

}  // namespace

int main() {
  std::smatch url;
  const auto text = variable("FUZZER_URL", "ws://127.0.0.1:9001");
  if (!std::regex_match(text, url, std::regex(R"((wss?)://([^/:]+):(\d+)/?)"))) {
    std::cerr << "FUZZER_URL must be ws://HOST:PORT, but is " << text << '\n';
    return 2;
  }
  fuzzer = {url[1] == "wss", url[2], std::stoi(url[3])};
  const auto agent = percentEncoded(variable("AGENT", "libwebsockets"));
  const auto authority = variable("CA_CERT", "");

  const lws_protocols protocols[] = {{"echo", callback, 0, 0}, {}};
  auto info = settings();
  info.protocols = protocols;
  info.port = CONTEXT_PORT_NO_LISTEN;
  if (!authority.empty()) info.client_ssl_ca_filepath = authority.c_str();
  context = lws_create_context(&info);
  if (!context) return 1;

  const auto count = visit("/getCaseCount").text;
  if (count.empty()) return 1;
  runCases(std::stoi(count), agent, std::stoul(variable("CONCURRENCY", "1")));
  return visit("/updateReports?agent=" + agent).connected ? 0 : 1;
}
