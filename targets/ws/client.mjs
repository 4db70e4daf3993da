// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";

const { FUZZER_URL, AGENT = "ws", CA_CERT, CONCURRENCY = "1" } = process.env;
const agent = encodeURIComponent(AGENT);
const options = {
  maxPayload: 256 * 1024 * 1024,
  perMessageDeflate: { threshold: 0 },
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

let last = 0;
async function worker() {
  while (last < count) {
    last += 1;
    await visit(`/runCase?case=${last}&agent=${agent}`, (socket, data, isBinary) =>
      socket.send(data, { binary: isBinary }),
    );
  }
}
await Promise.all(Array.from({ length: Number(CONCURRENCY) }, worker));

process.exit((await visit(`/updateReports?agent=${agent}`, () => {})) ? 0 : 1);
