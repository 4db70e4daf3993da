// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
#include "echo.hpp"

int callback(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t length) {
  auto& echo = *static_cast<Echo**>(user);
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED: echo = new Echo; break;
    case LWS_CALLBACK_RECEIVE: echo->received(wsi, in, length); break;
    case LWS_CALLBACK_SERVER_WRITEABLE: return echo->writable(wsi);
    case LWS_CALLBACK_CLOSED: delete echo; break;
    default: return lws_callback_http_dummy(wsi, reason, user, in, length);
  }
  return 0;
}

int main() {
  const lws_protocols protocols[] = {{"echo", callback, sizeof(Echo*), 0}, {}};
  const auto host = variable("HOST", "127.0.0.1");
  const auto certificate = variable("TLS_CERT", "");
  const auto key = variable("TLS_KEY", "");

  auto info = settings();
  info.protocols = protocols;
  info.port = std::stoi(variable("PORT", "9001"));
  if (host != "0.0.0.0") info.iface = host.c_str();
  if (!certificate.empty()) {
    info.ssl_cert_filepath = certificate.c_str();
    info.ssl_private_key_filepath = key.c_str();
  }
  lws_context* context = lws_create_context(&info);
  if (!context) return 1;
  while (lws_service(context, 0) >= 0) continue;
  return 1;
}
