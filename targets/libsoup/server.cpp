// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
#include <iostream>

#include "echo.hpp"

void onOpen(SoupServer*, SoupServerMessage*, const char*, SoupWebsocketConnection* connection, void*) {
  configure(connection);
  g_object_ref(connection);
  g_signal_connect(connection, "message", G_CALLBACK(echo), nullptr);
  g_signal_connect(connection, "closed", G_CALLBACK(g_object_unref), nullptr);
}

[[noreturn]] void fail(const GError* problem) {
  std::cerr << problem->message << '\n';
  std::exit(1);
}

/// Listens with room for many connections: `soup_server_listen` has room for 10.
GSocket* listener() {
  GError* problem = nullptr;
  const auto address = g_inet_socket_address_new_from_string(
      variable("HOST", "127.0.0.1").c_str(), std::stoul(variable("PORT", "9001")));
  const auto family = g_socket_address_get_family(address);
  const auto socket = g_socket_new(family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &problem);
  if (problem) fail(problem);
  g_socket_set_listen_backlog(socket, 1024);
  if (!g_socket_bind(socket, address, TRUE, &problem) || !g_socket_listen(socket, &problem)) fail(problem);
  return socket;
}

int main() {
  GError* problem = nullptr;
  SoupServer* server = soup_server_new(nullptr, nullptr);
  const auto certificate = variable("TLS_CERT", "");
  if (!certificate.empty()) {
    const auto key = variable("TLS_KEY", "");
    soup_server_set_tls_certificate(
        server, g_tls_certificate_new_from_files(certificate.c_str(), key.c_str(), &problem));
    if (problem) fail(problem);
  }
  if (VARIANT == "no-deflate") soup_server_remove_websocket_extension(server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_websocket_handler(server, nullptr, nullptr, nullptr, onOpen, nullptr, nullptr);

  const auto options = certificate.empty() ? SoupServerListenOptions{} : SOUP_SERVER_LISTEN_HTTPS;
  soup_server_listen_socket(server, listener(), options, &problem);
  if (problem) fail(problem);
  g_main_loop_run(g_main_loop_new(nullptr, FALSE));
}
