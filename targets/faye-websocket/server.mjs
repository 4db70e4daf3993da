// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import WebSocket from "faye-websocket";
import deflate from "permessage-deflate";

const { HOST = "127.0.0.1", PORT = "9001", TLS_CERT, TLS_KEY, VARIANT = "plain" } = process.env;
const settings = {
  maxLength: 256 * 1024 * 1024,
  extensions: VARIANT === "no-deflate" ? [] : [deflate],
};
const options = VARIANT === "defaults" ? {} : settings;

const server = TLS_CERT
  ? https.createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) })
  : http.createServer();
server.on("request", (_request, response) => response.writeHead(426).end());

server.on("upgrade", (request, stream, head) => {
  stream.on("error", (error) => console.error(error.message));
  if (!WebSocket.isWebSocket(request)) {
    stream.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const socket = new WebSocket(request, stream, head, [], options);
  socket.on("message", (event) => socket.send(event.data));
  socket.on("error", (event) => console.error(event.message));
});

server.listen(Number(PORT), HOST);
