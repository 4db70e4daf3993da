// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import * as ws from "ws";

const { HOST = "127.0.0.1", PORT = "9001", TLS_CERT, TLS_KEY, VARIANT = "plain" } = process.env;
const subprotocols = ["v2.echo", "v1.echo"];
const settings = {
  maxPayload: 256 * 1024 * 1024,
  perMessageDeflate: VARIANT === "no-deflate" ? false : { threshold: 0 },
  // Up to version 7 they come as a list; false refuses the connection in version 3.
  handleProtocols: (offered) => subprotocols.find((name) => new Set(offered).has(name)) ?? "",
};
// Up to version 7 the class has another name, messages come without isBinary, and text is a string.
const WebSocketServer = ws.WebSocketServer ?? ws.default.Server;

const server = TLS_CERT
  ? https.createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) })
  : http.createServer();
server.on("request", (_request, response) => response.writeHead(426).end());

const sockets = new WebSocketServer({ server, ...(VARIANT !== "defaults" && settings) });
// The root alone is served, whether it is asked for by its path or by its URL.
if (VARIANT !== "defaults")
  sockets.shouldHandle = ({ url }) => /^(?:https?:\/\/[^/?]*)?\/?(?:\?|$)/i.test(url);
sockets.on("connection", (socket) => {
  socket.on("message", (data, isBinary = typeof data !== "string") =>
    socket.send(data, { binary: isBinary }),
  );
  socket.on("error", (error) => console.error(error.message));
});

server.listen(Number(PORT), HOST);
