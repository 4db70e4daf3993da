// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
import { readFileSync } from "node:fs";
import WebSocket from "faye-websocket";
import deflate from "permessage-deflate";

const { FUZZER_URL, AGENT = "faye-websocket", CA_CERT, CONCURRENCY = "1", VARIANT = "plain" } = process.env;
const agent = encodeURIComponent(AGENT);
const settings = {
  maxLength: 256 * 1024 * 1024,
  extensions: VARIANT === "no-deflate" ? [] : [deflate],
};
const options = {
  ...(VARIANT !== "defaults" && settings),
  tls: { ca: CA_CERT ? readFileSync(CA_CERT) : undefined },
};

/** Opens one connection; resolves once it has closed, true if without an error. */
function visit(path, onMessage) {
  return new Promise((resolve) => {
    let clean = true;
    const socket = new WebSocket.Client(FUZZER_URL + path, [], options);
    socket.on("message", (event) => onMessage(socket, event.data));
    socket.on("error", (event) => {
      clean = false;
      console.error(`${path}: ${event.message}`);
    });
    socket.on("close", () => resolve(clean));
  });
}

let count;
const deadline = setTimeout(() => process.exit(1), 10_000);
await visit("/getCaseCount", (_socket, data) => (count = Number(data)));
clearTimeout(deadline);
if (count === undefined) process.exit(1);

let last = 0;
async function worker() {
  while (last < count) {
    last += 1;
    await visit(`/runCase?case=${last}&agent=${agent}`, (socket, data) => socket.send(data));
  }
}
await Promise.all(Array.from({ length: Number(CONCURRENCY) }, worker));

process.exit((await visit(`/updateReports?agent=${agent}`, () => {})) ? 0 : 1);
