## Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
import std/[os, strutils]
import chronos, chronos/streams/tlsstream
import websock/websock
import ./setup

proc handle(request: HttpRequest) {.async.} =
  let session = await WSServer.new(factories = extensions()).handleRequest(request)
  await session.serve()

proc main() {.async.} =
  let
    address = initTAddress(getEnv("HOST", "127.0.0.1"), Port(parseInt(getEnv("PORT", "9001"))))
    flags = {ServerFlags.TcpNoDelay, ServerFlags.ReuseAddr}
    server =
      if existsEnv("TLS_CERT"):
        HttpServer.create(
          address,
          TLSPrivateKey.init(readFile(getEnv("TLS_KEY"))),
          TLSCertificate.init(readFile(getEnv("TLS_CERT"))),
          handler = handle,
          flags = flags,
        )
      else:
        HttpServer.create(address, handler = handle, flags = flags)
  server.start()
  await server.join()

waitFor main()
