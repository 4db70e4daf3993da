// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
import { readFileSync } from "node:fs";
import WebSocket from "ws";

const { FUZZER_URL, AGENT = "ws", CA_CERT, CONCURRENCY = "1", VARIANT = "plain" } = process.env;
const agent = encodeURIComponent(AGENT);
const settings = {
  maxPayload: 256 * 1024 * 1024,
  perMessageDeflate: VARIANT === "no-deflate" ? false : { threshold: 0 },
};
const options = {
  ...(VARIANT !== "defaults" && settings),
  ca: CA_CERT ? readFileSync(CA_CERT) : undefined,
};

/** Opens one connection; resolves once it has closed, true if without an error. */
function visit(path, onMessage) {
  return new Promise((resolve) => {
    let clean = true;
    const socket = new WebSocket(FUZZER_URL + path, options);
    socket.on("message", (data, isBinary) => onMessage(socket, data, isBinary));
    socket.on("error", (error) => {
      clean = false;
      console.error(`${path}: ${error.message}`);
    });
    socket.on("close", () => resolve(clean));
  });
}

let count;
const deadline = setTimeout(() => process.exit(1), 10_000);
await visit("/getCaseCount", (_socket, data) => (count = Number(data)));
clearTimeout(deadline);
if (count === undefined) process.exit(1);

/** Up to version 7 nothing but the data is given, and text is a string. */
function echo(socket, data, isBinary = typeof data !== "string") {
  socket.send(data, { binary: isBinary });
}

let last = 0;
async function worker() {
  while (last < count) {
    last += 1;
    await visit(`/runCase?case=${last}&agent=${agent}`, echo);
  }
}
await Promise.all(Array.from({ length: Number(CONCURRENCY) }, worker));

process.exit((await visit(`/updateReports?agent=${agent}`, () => {})) ? 0 : 1);
