// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
#include <functional>

#include <QtCore/QCoreApplication>
#include <QtCore/QUrl>
#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslConfiguration>

#include "echo.hpp"

namespace {

/// Opens a connection, and calls `onEnd` once it is over, with whether it was ever open.
QWebSocket* visit(const QString& path, const std::function<void(bool)>& onEnd) {
  auto socket = new QWebSocket;
  socket->setProxy(QNetworkProxy::NoProxy);
  if (const auto authority = qEnvironmentVariable("CA_CERT"); !authority.isEmpty()) {
    auto configuration = QSslConfiguration::defaultConfiguration();
    configuration.setCaCertificates(QSslCertificate::fromPath(authority));
    socket->setSslConfiguration(configuration);
  }
  auto opened = std::make_shared<bool>(false);
  QObject::connect(socket, &QWebSocket::connected, [opened] { *opened = true; });
  QObject::connect(socket, &QWebSocket::stateChanged, [=](QAbstractSocket::SocketState state) {
    if (state != QAbstractSocket::UnconnectedState) return;
    if (!*opened) qWarning("%s: %s", qPrintable(path), qPrintable(socket->errorString()));
    QObject::disconnect(socket, nullptr, nullptr, nullptr);
    socket->deleteLater();
    onEnd(*opened);
  });
  socket->open(QUrl(qEnvironmentVariable("FUZZER_URL", "ws://127.0.0.1:9001") + path));
  return socket;
}

/// The connections to the fuzzer, in their order.
class Driver {
 public:
  void begin() {
    auto socket = visit("/getCaseCount", [this](bool) {
      if (count == 0) return QCoreApplication::exit(1);
      const int workers = qEnvironmentVariable("CONCURRENCY", "1").toInt();
      open = workers;
      for (int worker = 0; worker < workers; ++worker) runNext();
    });
    QObject::connect(socket, &QWebSocket::textMessageReceived, [this](const QString& text) { count = text.toInt(); });
  }

 private:
  void runNext() {
    if (last == count) {
      if (--open == 0) updateReports();
      return;
    }
    const auto path = QString("/runCase?case=%1&agent=%2").arg(++last).arg(agent);
    echo(visit(path, [this](bool) { runNext(); }));
  }

  void updateReports() {
    visit("/updateReports?agent=" + agent, [](bool connected) { QCoreApplication::exit(connected ? 0 : 1); });
  }

  const QString agent = QUrl::toPercentEncoding(qEnvironmentVariable("AGENT", "qt-websockets"));
  int count = 0;
  int last = 0;
  int open = 0;
};

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  Driver driver;
  driver.begin();
  return application.exec();
}
