// Echo server: every message goes back with its type.
#include <semaphore>

#include "echo.hpp"

Echo& echoOf(const mg_connection* connection) {
  return *static_cast<Echo*>(mg_get_user_connection_data(connection));
}

void onOpen(mg_connection* connection, void*) {
  mg_set_user_connection_data(connection, new Echo(mg_websocket_write));
}

int onFrame(mg_connection* connection, int head, char* data, size_t length, void*) {
  return echoOf(connection).received(connection, head, data, length);
}

void onClose(const mg_connection* connection, void*) {
  delete &echoOf(connection);
}

int main() {
  const auto address = variable("HOST", "127.0.0.1") + ":" + variable("PORT", "9001");
  const char* options[] = {
    "listening_ports",  address.c_str(),
    "num_threads",      "128",  // a connection has one to itself
    "connection_queue", "1024",
    "listen_backlog",   "1024",
    "tcp_nodelay",      "1",
    nullptr,
  };
  mg_init_library(MG_FEATURES_DEFAULT);
  mg_context* context = mg_start(nullptr, nullptr, options);
  if (!context) return 1;
  mg_set_websocket_handler(context, "/", nullptr, onOpen, onFrame, onClose, nullptr);
  std::binary_semaphore(0).acquire();
}
