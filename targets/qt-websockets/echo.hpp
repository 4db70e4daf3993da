// What the server and the client have in common.
#pragma once

#include <QtWebSockets/QWebSocket>

/// Sends every message back with its type until the connection ends.
inline void echo(QWebSocket* socket) {
  QObject::connect(socket, &QWebSocket::textMessageReceived, socket, [socket](const QString& message) {
    socket->sendTextMessage(message);
  });
  QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket, [socket](const QByteArray& message) {
    socket->sendBinaryMessage(message);
  });
}
