// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslKey>
#include <QtWebSockets/QWebSocketServer>

#include "echo.hpp"

QSslConfiguration tls() {
  QFile key(qEnvironmentVariable("TLS_KEY"));
  if (!key.open(QIODevice::ReadOnly)) qFatal("cannot read TLS_KEY");
  const QByteArray pem = key.readAll();
  const auto algorithm = QSslKey(pem, QSsl::Ec).isNull() ? QSsl::Rsa : QSsl::Ec;
  auto configuration = QSslConfiguration::defaultConfiguration();
  configuration.setPrivateKey(QSslKey(pem, algorithm));
  configuration.setLocalCertificateChain(QSslCertificate::fromPath(qEnvironmentVariable("TLS_CERT")));
  return configuration;
}

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  const bool secure = qEnvironmentVariableIsSet("TLS_CERT");
  QWebSocketServer server("echo", secure ? QWebSocketServer::SecureMode : QWebSocketServer::NonSecureMode);
  if (secure) server.setSslConfiguration(tls());
  server.setMaxPendingConnections(1024);
  QObject::connect(&server, &QWebSocketServer::newConnection, [&server] {
    while (QWebSocket* socket = server.nextPendingConnection()) {
      echo(socket);
      QObject::connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
    }
  });
  const QHostAddress host(qEnvironmentVariable("HOST", "127.0.0.1"));
  if (!server.listen(host, qEnvironmentVariable("PORT", "9001").toUShort()))
    qFatal("%s", qPrintable(server.errorString()));
  return application.exec();
}
