// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import websocket from "nodejs-websocket";

const { HOST = "127.0.0.1", PORT = "9001", TLS_CERT, TLS_KEY, VARIANT = "plain" } = process.env;
const options = TLS_CERT ? { secure: true, cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) } : {};
if (VARIANT !== "defaults") websocket.setMaxBufferLength(256 * 1024 * 1024);

const server = websocket.createServer(options, (connection) => {
  const send = (data) => connection.readyState === connection.OPEN && connection.send(data);
  connection.on("text", send);
  connection.on("binary", async (stream) => send(await buffer(stream)));
  connection.on("error", (error) => console.error(error.message));
});

server.listen(Number(PORT), HOST);
