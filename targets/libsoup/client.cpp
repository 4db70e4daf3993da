// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <iostream>
#include <list>

#include "echo.hpp"

namespace {

/// One connection to the fuzzer.
struct Visit {
  std::string path;
  GCallback onMessage = G_CALLBACK(echo);
  int count = 0;  // what the connection that asks for it was told
  bool connected = false;
  bool over = false;
};

SoupSession* session;
const auto fuzzer = variable("FUZZER_URL", "ws://127.0.0.1:9001");

void onCount(SoupWebsocketConnection*, int, GBytes* message, Visit* visit) {
  gsize length;
  const auto text = static_cast<const char*>(g_bytes_get_data(message, &length));
  visit->count = std::stoi(std::string(text, length));
}

void onClosed(SoupWebsocketConnection* connection, Visit* visit) {
  visit->over = true;
  g_object_unref(connection);
}

void onConnected(GObject*, GAsyncResult* result, void* data) {
  auto visit = static_cast<Visit*>(data);
  GError* problem = nullptr;
  auto connection = soup_session_websocket_connect_finish(session, result, &problem);
  if (!connection) {
    std::cerr << visit->path << ": " << problem->message << '\n';
    g_error_free(problem);
    visit->over = true;
    return;
  }
  visit->connected = true;
  configure(connection);
  g_signal_connect(connection, "message", visit->onMessage, visit);
  g_signal_connect(connection, "closed", G_CALLBACK(onClosed), visit);
}

void begin(Visit& visit) {
  SoupMessage* message = soup_message_new(SOUP_METHOD_GET, (fuzzer + visit.path).c_str());
  soup_session_websocket_connect_async(
      session, message, nullptr, nullptr, G_PRIORITY_DEFAULT, nullptr, onConnected, &visit);
  g_object_unref(message);
}

void finish(Visit& visit) {
  begin(visit);
  while (!visit.over) g_main_context_iteration(nullptr, TRUE);
}

void runCases(int count, const std::string& agent, size_t concurrency) {
  std::list<Visit> open;
  for (int last = 0; last < count || !open.empty();) {
    while (open.size() < concurrency && last < count)
      begin(open.emplace_back(Visit{"/runCase?case=" + std::to_string(++last) + "&agent=" + agent}));
    g_main_context_iteration(nullptr, TRUE);
    open.remove_if([](const Visit& visit) { return visit.over; });
  }
}

}  // namespace

int main() {
  session = soup_session_new_with_options("max-conns", 256, "max-conns-per-host", 256, nullptr);
  if (VARIANT != "no-deflate" && VARIANT != "defaults")
    soup_session_add_feature_by_type(session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  const auto authority = variable("CA_CERT", "");
  if (!authority.empty()) {
    GError* problem = nullptr;
    auto database = g_tls_file_database_new(authority.c_str(), &problem);
    if (problem) {
      std::cerr << problem->message << '\n';
      return 1;
    }
    soup_session_set_tls_database(session, G_TLS_DATABASE(database));
  }
  const std::string agent = g_uri_escape_string(variable("AGENT", "libsoup").c_str(), nullptr, FALSE);

  Visit counting{"/getCaseCount", G_CALLBACK(onCount)};
  finish(counting);
  if (counting.count == 0) return 1;
  runCases(counting.count, agent, std::stoul(variable("CONCURRENCY", "1")));
  Visit updating{"/updateReports?agent=" + agent};
  finish(updating);
  return updating.connected ? 0 : 1;
}
