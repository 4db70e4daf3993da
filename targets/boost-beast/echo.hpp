// What the server and the client have in common.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = boost::asio::ssl;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;
using asio::use_awaitable;

using Plain = beast::tcp_stream;
using Tls = beast::ssl_stream<beast::tcp_stream>;

inline std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

/// Sets up a connection as VARIANT says; `defaults` is the library untouched.
template <class Stream>
void configure(websocket::stream<Stream>& socket) {
  beast::get_lowest_layer(socket).socket().set_option(tcp::no_delay(true));
  const auto variant = variable("VARIANT", "plain");
  if (variant == "defaults") return;
  socket.read_message_max(256 << 20);
  websocket::permessage_deflate deflate;
  deflate.server_enable = deflate.client_enable = variant != "no-deflate";
  socket.set_option(deflate);
}

/// Sends every message back with its type until the connection ends, by a close or by what the library refuses.
template <class Stream>
asio::awaitable<void> echo(websocket::stream<Stream>& socket) {
  beast::flat_buffer message;
  try {
    for (;;) {
      co_await socket.async_read(message, use_awaitable);
      socket.text(socket.got_text());
      co_await socket.async_write(message.data(), use_awaitable);
      message.clear();
    }
  } catch (const boost::system::system_error& error) {
    if (error.code() != websocket::error::closed) std::cerr << error.what() << '\n';
  }
}
