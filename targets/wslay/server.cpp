// Echo server: every message goes back with its type.
#include <arpa/inet.h>
#include <thread>

#include "connection.hpp"

void serve(int socket) try {
  Connection connection(socket);
  const auto key = header(connection.readHead(), "Sec-WebSocket-Key");
  if (key.empty()) return connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  connection.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      acceptFor(key) + "\r\n\r\n");
  connection.play(true, Connection::echo);
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
}

int main() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(std::stoi(variable("PORT", "9001")));
  inet_pton(AF_INET, variable("HOST", "127.0.0.1").c_str(), &address.sin_addr);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) || listen(listener, 1024)) {
    std::perror("cannot listen");
    return 1;
  }
  for (int connection; (connection = accept(listener, nullptr, nullptr)) >= 0;) std::thread(serve, connection).detach();
}
