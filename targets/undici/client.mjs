// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
import { readFileSync } from "node:fs";
import { Agent, WebSocket } from "undici";

const { FUZZER_URL, AGENT = "undici", CA_CERT, CONCURRENCY = "1", VARIANT } = process.env;
const agent = encodeURIComponent(AGENT);
const options = dispatcher() ?? {};

/** Over TLS the server says which HTTP it is; in cleartext HTTP/2 is agreed on beforehand. */
function dispatcher() {
  if (VARIANT === "h2c") return { dispatcher: new Agent({ useH2c: true }) };
  return CA_CERT && { dispatcher: new Agent({ connect: { ca: readFileSync(CA_CERT) } }) };
}

/** Opens one connection; resolves once it has closed, true if without an error. */
function visit(path, onMessage) {
  return new Promise((resolve) => {
    let clean = true;
    const socket = new WebSocket(FUZZER_URL + path, options);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => onMessage(socket, event.data));
    socket.addEventListener("error", (event) => {
      clean = false;
      console.error(`${path}: ${event.message}`);
    });
    socket.addEventListener("close", () => resolve(clean));
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
