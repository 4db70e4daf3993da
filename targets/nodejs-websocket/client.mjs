// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import websocket from "nodejs-websocket";

const { FUZZER_URL, AGENT = "nodejs-websocket", CA_CERT, CONCURRENCY = "1", VARIANT = "plain" } = process.env;
const agent = encodeURIComponent(AGENT);
const ca = CA_CERT ? readFileSync(CA_CERT) : undefined;
if (VARIANT !== "defaults") websocket.setMaxBufferLength(256 * 1024 * 1024);

/** Opens one connection; resolves once it has closed, true if it was open. */
function visit(path, onMessage) {
  return new Promise((resolve) => {
    let opened = false;
    const connection = websocket.connect(FUZZER_URL + path, { ca });
    connection.on("connect", () => (opened = true));
    connection.on("text", (text) => onMessage(connection, text));
    connection.on("binary", async (stream) => onMessage(connection, await buffer(stream)));
    connection.on("error", (error) => console.error(`${path}: ${error.message}`));
    // Its own close event tells of the close frame that it sends, not of the end.
    connection.socket.on("close", () => resolve(opened));
  });
}

let count;
const deadline = setTimeout(() => process.exit(1), 10_000);
await visit("/getCaseCount", (_connection, data) => (count = Number(data)));
clearTimeout(deadline);
if (count === undefined) process.exit(1);

function echo(connection, data) {
  if (connection.readyState === connection.OPEN) connection.send(data);
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
