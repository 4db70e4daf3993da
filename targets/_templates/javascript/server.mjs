// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
// `ws` stands where your library will.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { WebSocketServer } from "ws";

const { HOST = "127.0.0.1", PORT = "9001", TLS_CERT, TLS_KEY } = process.env;

const server = TLS_CERT
  ? https.createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) })
  : http.createServer();

const sockets = new WebSocketServer({
  server,
  maxPayload: 256 * 1024 * 1024,
  perMessageDeflate: { threshold: 0 },
});
sockets.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on("error", (error) => console.error(error.message));
});

server.listen(Number(PORT), HOST);
