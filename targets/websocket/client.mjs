// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
import { readFileSync } from "node:fs";
import websocket from "websocket";

const { FUZZER_URL, AGENT = "websocket", CA_CERT, CONCURRENCY = "1", VARIANT = "plain" } = process.env;
const agent = encodeURIComponent(AGENT);
const settings = {
  maxReceivedFrameSize: 256 * 1024 * 1024,
  maxReceivedMessageSize: 256 * 1024 * 1024,
};
const options = {
  ...(VARIANT !== "defaults" && settings),
  tlsOptions: { ca: CA_CERT ? readFileSync(CA_CERT) : undefined },
};

/** Opens one connection; resolves once it has closed, true if without an error. */
function visit(path, onMessage) {
  return new Promise((resolve) => {
    // A copy: it takes tlsOptions out of what it is given.
    const client = new websocket.client({ ...options });
    const failed = (error) => {
      console.error(`${path}: ${error.message}`);
      resolve(false);
    };
    client.on("connectFailed", failed);
    client.on("connect", (connection) => {
      connection.on("message", (message) => onMessage(connection, message));
      connection.on("error", (error) => console.error(`${path}: ${error.message}`));
      connection.on("close", () => resolve(true));
    });
    client.connect(FUZZER_URL + path);
  });
}

let count;
const deadline = setTimeout(() => process.exit(1), 10_000);
await visit("/getCaseCount", (_connection, message) => (count = Number(message.utf8Data)));
clearTimeout(deadline);
if (count === undefined) process.exit(1);

function echo(connection, message) {
  if (message.type === "utf8") connection.sendUTF(message.utf8Data);
  else connection.sendBytes(message.binaryData);
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
