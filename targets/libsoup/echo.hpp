// What the server and the client have in common.
#pragma once

#include <cstdlib>
#include <string>

#include <libsoup/soup.h>

inline std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

inline const std::string VARIANT = variable("VARIANT", "plain");

/// Sends a message back with its type; as "message" signal of a connection.
inline void echo(SoupWebsocketConnection* connection, int type, GBytes* message, void*) {
  if (soup_websocket_connection_get_state(connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message(connection, static_cast<SoupWebsocketDataType>(type), message);
}

/// Sets up a connection as VARIANT says; `defaults` is the library untouched.
inline void configure(SoupWebsocketConnection* connection) {
  if (VARIANT != "defaults") soup_websocket_connection_set_max_incoming_payload_size(connection, 256 << 20);
}
