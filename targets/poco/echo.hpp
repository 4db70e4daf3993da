// What the server and the client have in common.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string>

#include <Poco/Buffer.h>
#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/WebSocket.h>

using Poco::Net::WebSocket;

inline std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

constexpr int FIN = WebSocket::FRAME_FLAG_FIN;

/// Receives one frame; false at the end of the connection, which to the library is an empty frame without any flag.
inline bool receive(WebSocket& socket, Poco::Buffer<char>& frame, int& flags) {
  frame.resize(0);
  return socket.receiveFrame(frame, flags) > 0 || flags != 0;
}

/// Sends every frame back as it came, as the library's own sample does.
inline void echoFrames(WebSocket& socket) {
  Poco::Buffer<char> frame(0);
  for (int flags; receive(socket, frame, flags);) {
    socket.sendFrame(frame.begin(), static_cast<int>(frame.size()), flags);
    if ((flags & WebSocket::FRAME_OP_BITMASK) == WebSocket::FRAME_OP_CLOSE) break;
  }
}

/// Sends every message back with its type. The library hands out frames, and leaves all else to its user.
inline void echoMessages(WebSocket& socket) {
  Poco::Buffer<char> frame(0);
  std::string message;
  int type = WebSocket::FRAME_OP_TEXT;
  for (int flags; receive(socket, frame, flags);) {
    const int length = static_cast<int>(frame.size());
    switch (const int opcode = flags & WebSocket::FRAME_OP_BITMASK) {
      case WebSocket::FRAME_OP_TEXT:
      case WebSocket::FRAME_OP_BINARY: type = opcode; [[fallthrough]];
      case WebSocket::FRAME_OP_CONT:
        message.append(frame.begin(), frame.size());
        if (!(flags & FIN)) break;
        socket.sendFrame(message.data(), static_cast<int>(message.size()), FIN | type);
        message.clear();
        break;
      case WebSocket::FRAME_OP_PING: socket.sendFrame(frame.begin(), length, FIN | WebSocket::FRAME_OP_PONG); break;
      case WebSocket::FRAME_OP_CLOSE: socket.sendFrame(frame.begin(), length, FIN | opcode); return;
      default: break;
    }
  }
}

/// Echoes until the connection ends.
inline void echo(WebSocket& socket) {
  socket.setNoDelay(true);
  try {
    if (variable("VARIANT", "plain") == "defaults")
      echoFrames(socket);
    else
      echoMessages(socket);
  } catch (const Poco::Exception& error) {
    std::cerr << error.displayText() << '\n';
  }
}
