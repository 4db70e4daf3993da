// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
#include <semaphore>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/ThreadPool.h>

#include "echo.hpp"

class Handler : public Poco::Net::HTTPRequestHandler {
  void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
    try {
      WebSocket socket(request, response);
      echo(socket);
    } catch (const Poco::Net::WebSocketException& error) {
      std::cerr << error.displayText() << '\n';
      response.setStatusAndReason(Poco::Net::HTTPResponse::HTTP_BAD_REQUEST);
      response.setContentLength(0);
      response.send();
    }
  }
};

class Factory : public Poco::Net::HTTPRequestHandlerFactory {
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new Handler;
  }
};

Poco::Net::ServerSocket listener(const Poco::Net::SocketAddress& address) {
  const auto certificate = variable("TLS_CERT", "");
  if (certificate.empty()) return Poco::Net::ServerSocket(address, 1024);
  Poco::Net::initializeSSL();
  Poco::Net::Context::Params params;
  params.privateKeyFile = variable("TLS_KEY", "");
  params.certificateFile = certificate;
  params.verificationMode = Poco::Net::Context::VERIFY_NONE;
  return Poco::Net::SecureServerSocket(
      address, 1024, new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, params));
}

int main() {
  const int threads = 128;  // a connection has one to itself
  Poco::ThreadPool pool(threads, threads);
  Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
  params->setMaxThreads(threads);
  params->setMaxQueued(1024);
  const Poco::Net::SocketAddress address(variable("HOST", "127.0.0.1"), variable("PORT", "9001"));
  Poco::Net::HTTPServer server(new Factory, pool, listener(address), params);
  server.start();
  std::binary_semaphore(0).acquire();
}
