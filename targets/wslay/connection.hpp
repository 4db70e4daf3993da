// What the server and the client have in common: sockets, HTTP heads, and an echo on top of the library.
#pragma once

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

inline std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

inline std::string base64(const unsigned char* octets, int length) {
  std::string text(4 * ((length + 2) / 3) + 1, '\0');
  text.resize(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), octets, length));
  return text;
}

/// Sec-WebSocket-Accept for a key (RFC 6455 section 4.2.2).
inline std::string acceptFor(const std::string& key) {
  const auto text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char hash[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash);
  return base64(hash, sizeof hash);
}

/// The value of a header, "" when it is not there.
inline std::string header(const std::string& head, const std::string& name) {
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  const auto sought = "\r\n" + name + ":";
  auto found = std::search(head.begin(), head.end(), sought.begin(), sought.end(), same);
  if (found == head.end()) return "";
  found = std::find_if(found + sought.size(), head.end(), [](char c) { return c != ' '; });
  return {found, std::find(found, head.end(), '\r')};
}

/// An open TCP connection; closed with it.
class Connection {
 public:
  using OnMessage = void (*)(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg*, void*);

  explicit Connection(int socket) : socket(socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Connection(const Connection&) = delete;

  /// Says that this side is done, and takes what still comes for a moment, so that what was sent is not lost to a reset.
  ~Connection() {
    shutdown(socket, SHUT_WR);
    char rest[4096];
    while (ready(POLLIN, 1000) && recv(socket, rest, sizeof rest, 0) > 0) continue;
    close(socket);
  }

  /// Reads an HTTP head; what follows it is kept for the library.
  std::string readHead() {
    for (char part[4096];;) {
      if (const auto end = received.find("\r\n\r\n"); end != std::string::npos) {
        const auto head = received.substr(0, end + 4);
        received.erase(0, end + 4);
        return head;
      }
      const auto length = ready(POLLIN, 10'000) ? recv(socket, part, sizeof part, 0) : 0;
      if (length <= 0 || received.size() > 65'536) throw std::runtime_error("no opening handshake");
      received.append(part, length);
    }
  }

  void write(const std::string& text) {
    if (send(socket, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("the connection was lost");
  }

  /// Hands the connection to the library until it is over.
  void play(bool server, OnMessage onMessage, void* data = nullptr) {
    onMessageOf = onMessage;
    dataOf = data;
    const wslay_event_callbacks callbacks = {onRead, onWrite, onMask, nullptr, nullptr, nullptr, onReceived};
    wslay_event_context_ptr context;
    (server ? wslay_event_context_server_init : wslay_event_context_client_init)(&context, &callbacks, this);
    for (bool failed = false; !failed;) {
      const short reading = wslay_event_want_read(context) ? POLLIN : 0;
      const short writing = wslay_event_want_write(context) ? POLLOUT : 0;
      if (!reading && !writing) break;
      if (received.empty() || !reading) ready(reading | writing, -1);
      failed = (reading && wslay_event_recv(context)) || (writing && wslay_event_send(context));
    }
    wslay_event_context_free(context);
  }

  /// Sends a message back with its type.
  static void echo(wslay_event_context_ptr context, const wslay_event_on_msg_recv_arg* message, void*) {
    const wslay_event_msg answer = {message->opcode, message->msg, message->msg_length};
    wslay_event_queue_msg(context, &answer);
  }

 private:
  bool ready(short events, int deadline) const {
    pollfd state = {socket, events, 0};
    return poll(&state, 1, deadline) > 0;
  }

  static ssize_t result(wslay_event_context_ptr context, ssize_t length) {
    if (length > 0) return length;
    const bool later = length < 0 && (errno == EAGAIN || errno == EINTR);
    wslay_event_set_error(context, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
  }

  static ssize_t onRead(wslay_event_context_ptr context, uint8_t* buffer, size_t size, int, void* self) {
    auto& [socket, received, onMessage, data] = *static_cast<Connection*>(self);
    if (received.empty()) return result(context, recv(socket, buffer, size, MSG_DONTWAIT));
    const auto length = received.copy(reinterpret_cast<char*>(buffer), size);
    received.erase(0, length);
    return length;
  }

  static ssize_t onWrite(wslay_event_context_ptr context, const uint8_t* data, size_t size, int, void* self) {
    return result(context, send(static_cast<Connection*>(self)->socket, data, size, MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  static int onMask(wslay_event_context_ptr, uint8_t* mask, size_t length, void*) {
    thread_local std::mt19937 random{std::random_device{}()};
    std::generate_n(mask, length, std::ref(random));
    return 0;
  }

  static void onReceived(wslay_event_context_ptr context, const wslay_event_on_msg_recv_arg* message, void* self) {
    const auto connection = static_cast<Connection*>(self);
    if (!wslay_is_ctrl_frame(message->opcode)) connection->onMessageOf(context, message, connection->dataOf);
  }

  const int socket;
  std::string received;  // what came behind the HTTP head
  OnMessage onMessageOf = nullptr;
  void* dataOf = nullptr;
};
