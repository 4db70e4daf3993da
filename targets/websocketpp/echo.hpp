// What the server and the client have in common.
#pragma once

#include <cstdlib>
#include <string>

#include <websocketpp/extensions/permessage_deflate/enabled.hpp>

inline std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

inline const std::string VARIANT = variable("VARIANT", "plain");

/// The library chooses its extension when it is compiled; here VARIANT has a word in it, too.
template <class Limits>
struct Deflate : websocketpp::extensions::permessage_deflate::enabled<Limits> {
  bool is_implemented() const { return VARIANT != "no-deflate" && VARIANT != "defaults"; }
};

/// A configuration of the library, with compression.
template <class Base>
struct Config : Base {
  struct Limits {};
  using permessage_deflate_type = Deflate<Limits>;
};

namespace asio = websocketpp::lib::asio;

/// Sets up a server or a client; `defaults` is the library untouched.
template <class Endpoint>
void configure(Endpoint& endpoint) {
  endpoint.clear_access_channels(websocketpp::log::alevel::all);
  endpoint.clear_error_channels(websocketpp::log::elevel::all);
  endpoint.init_asio();
  endpoint.set_tcp_post_init_handler([&endpoint](websocketpp::connection_hdl handle) {
    endpoint.get_con_from_hdl(handle)->get_raw_socket().set_option(asio::ip::tcp::no_delay(true));
  });
  if (VARIANT != "defaults") endpoint.set_max_message_size(256 << 20);
}
