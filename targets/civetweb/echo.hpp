// What the server and the client have in common.
#pragma once

#include <cstdlib>
#include <string>

#include <civetweb.h>

inline std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

/// Sends one frame: `mg_websocket_write` of a server, `mg_websocket_client_write` of a client.
using Write = int (*)(mg_connection*, int opcode, const char* data, size_t length);

/// Sends every message back with its type. The library hands out frames, and leaves all else to its user.
class Echo {
 public:
  explicit Echo(Write write) : write(write) {}

  /// @param head the first octet of the frame
  /// @returns whether the connection goes on
  bool received(mg_connection* connection, int head, const char* data, size_t length) {
    static const bool framewise = variable("VARIANT", "plain") == "defaults";
    const int opcode = head & 0xF;
    if (framewise) return write(connection, opcode, data, length) > 0;
    switch (opcode) {
      case MG_WEBSOCKET_OPCODE_TEXT:
      case MG_WEBSOCKET_OPCODE_BINARY: type = opcode; [[fallthrough]];
      case MG_WEBSOCKET_OPCODE_CONTINUATION: {
        message.append(data, length);
        if (!(head & FIN)) return true;
        const bool sent = write(connection, type, message.data(), message.size()) > 0;
        message.clear();
        return sent;
      }
      case MG_WEBSOCKET_OPCODE_PING: return write(connection, MG_WEBSOCKET_OPCODE_PONG, data, length) > 0;
      case MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE: write(connection, opcode, data, length); return false;
      default: return true;
    }
  }

 private:
  static constexpr int FIN = 0x80;
  const Write write;
  std::string message;
  int type = MG_WEBSOCKET_OPCODE_TEXT;
};
