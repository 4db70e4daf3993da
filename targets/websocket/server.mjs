// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import websocket from "websocket";

const { HOST = "127.0.0.1", PORT = "9001", TLS_CERT, TLS_KEY, VARIANT = "plain" } = process.env;
const settings = {
  maxReceivedFrameSize: 256 * 1024 * 1024,
  maxReceivedMessageSize: 256 * 1024 * 1024,
  keepalive: false,
};

const httpServer = TLS_CERT
  ? https.createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) })
  : http.createServer();
httpServer.on("request", (_request, response) => response.writeHead(426).end());

const sockets = new websocket.server({ httpServer, ...(VARIANT !== "defaults" && settings) });
sockets.on("request", (request) => {
  const connection = request.accept(null, request.origin);
  connection.on("message", (message) =>
    message.type === "utf8" ? connection.sendUTF(message.utf8Data) : connection.sendBytes(message.binaryData),
  );
  connection.on("error", (error) => console.error(error.message));
});

httpServer.listen(Number(PORT), HOST);
