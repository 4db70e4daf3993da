// Client driver: plays the fuzzer's cases one after the other, echoing every message.
// `ws` stands where your library will.
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";

const { FUZZER_URL, AGENT = "__NAME__", CA_CERT } = process.env;
const agent = encodeURIComponent(AGENT);
const options = {
  maxPayload: 256 * 1024 * 1024,
  perMessageDeflate: { threshold: 0 },
  ca: CA_CERT ? readFileSync(CA_CERT) : undefined,
};

/** Opens one connection; resolves once it has ended, however that was. */
function visit(path, onMessage) {
  return new Promise((resolve) => {
    const socket = new WebSocket(FUZZER_URL + path, options);
    socket.on("message", (data, isBinary) => onMessage(socket, data, isBinary));
    socket.on("error", (error) => console.error(`${path}: ${error.message}`));
    socket.on("close", resolve);
  });
}

let count = 0;
await visit("/getCaseCount", (_socket, data) => (count = Number(data)));
for (let number = 1; number <= count; number += 1) {
  await visit(`/runCase?case=${number}&agent=${agent}`, (socket, data, isBinary) =>
    socket.send(data, { binary: isBinary }),
  );
}
await visit(`/updateReports?agent=${agent}`, () => {});
process.exit(count > 0 ? 0 : 1);
