// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import crossws from "crossws/adapters/node";

const { HOST = "127.0.0.1", PORT = "9001", TLS_CERT, TLS_KEY, VARIANT = "plain" } = process.env;
const settings = {
  idleTimeout: 0,
  serverOptions: {
    maxPayload: 256 * 1024 * 1024,
    perMessageDeflate: VARIANT === "no-deflate" ? false : { threshold: 0 },
  },
};

const sockets = crossws({
  ...(VARIANT !== "defaults" && settings),
  hooks: {
    message: (peer, message) => void peer.send(message.rawData),
    error: (_peer, error) => console.error(error.message),
  },
});

const server = TLS_CERT
  ? https.createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) })
  : http.createServer();
server.on("request", (_request, response) => response.writeHead(426).end());
server.on("upgrade", (request, socket, head) => sockets.handleUpgrade(request, socket, head));

server.listen(Number(PORT), HOST);
