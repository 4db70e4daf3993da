// What the server and the client have in common.
#pragma once

#include <cstdlib>
#include <queue>
#include <string>

#include <libwebsockets.h>

inline std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

/// Sets up the library as VARIANT says; `defaults` is the library untouched.
inline lws_context_creation_info settings() {
  static const lws_extension deflate[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits"},
    {nullptr, nullptr, nullptr},
  };
  lws_set_log_level(LLL_ERR | LLL_WARN, nullptr);
  lws_context_creation_info info{};
  info.options = LWS_SERVER_OPTION_DISABLE_IPV6 | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  const auto variant = variable("VARIANT", "plain");
  if (variant == "defaults") return info;
  info.options |= LWS_SERVER_OPTION_VALIDATE_UTF8;
  if (variant != "no-deflate") info.extensions = deflate;
  return info;
}

/// Collects the parts of a message, and sends whole messages back.
class Echo {
 public:
  /// The library hands out a message in parts.
  void received(lws* wsi, const void* part, size_t length) {
    incoming.append(static_cast<const char*>(part), length);
    if (!lws_is_final_fragment(wsi)) return;
    outgoing.push({std::move(incoming), lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT});
    incoming.assign(LWS_PRE, '\0');
    lws_callback_on_writable(wsi);
  }

  /// Sends one message; the compressor may read the one before until this is called again.
  int writable(lws* wsi) {
    if (sent) outgoing.pop();
    sent = !outgoing.empty();
    if (!sent) return 0;
    auto& [message, type] = outgoing.front();
    const auto length = message.size() - LWS_PRE;
    const auto data = reinterpret_cast<unsigned char*>(message.data()) + LWS_PRE;
    if (lws_write(wsi, data, length, type) < static_cast<int>(length)) return -1;
    lws_callback_on_writable(wsi);
    return 0;
  }

 private:
  struct Message {
    std::string octets;
    lws_write_protocol type;
  };
  // Each begins with room for the library's frame head.
  std::string incoming = std::string(LWS_PRE, '\0');
  std::queue<Message> outgoing;
  bool sent = false;
};
