// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
const { HOST = "127.0.0.1", PORT = "9001", TLS_CERT, TLS_KEY, VARIANT = "plain" } = process.env;
const settings = {
  maxPayloadLength: 256 * 1024 * 1024,
  backpressureLimit: 256 * 1024 * 1024,
  idleTimeout: 0,
  perMessageDeflate: VARIANT !== "no-deflate",
};
const compress = VARIANT !== "defaults";

Bun.serve({
  hostname: HOST,
  port: Number(PORT),
  tls: TLS_CERT ? { cert: Bun.file(TLS_CERT), key: Bun.file(TLS_KEY) } : undefined,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response(null, { status: 426 })),
  websocket: {
    ...(VARIANT !== "defaults" && settings),
    message: (socket, message) => void socket.send(message, compress),
  },
});
