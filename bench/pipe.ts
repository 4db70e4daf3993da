import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { execa } from "execa";

import type { Case } from "../fuzzer/case.ts";
import { catalogue } from "../fuzzer/catalogue.ts";
import { dial } from "../fuzzer/client.ts";
import { profiles } from "../fuzzer/profile.ts";
import { Opcode } from "../wire/frame.ts";
import { median } from "./measure.ts";
import { startServerTarget } from "./targets.ts";

const octets = 65_536;
const messages = 4_000;
const rounds = 5;

/**
 * What is lost to WebSocket: binary messages of 64 KiB, each masked afresh and checked when it comes back, one at a time
 * on one connection to a peer that echoes bare frames, beside raw TCP that goes to and fro between two processes.
 */
export async function compareWithPipe(): Promise<string> {
  const [framed, raw]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    framed.push(await throughFrames());
    raw.push(await throughTcp());
  }
  const share = median(raw) / median(framed);
  return `one connection, ${messages} messages of 64 KiB: ${rate(framed)}, raw TCP ${rate(raw)}: **${share.toFixed(2)} of it**, wanted 0.6`;
}

const rate = (ms: readonly number[]): string =>
  `${((octets * messages) / median(ms) / 1000).toFixed(0)} MB/s`;

async function throughFrames(): Promise<number> {
  await using server = await startServerTarget("a peer that accepts everything");
  const { hostname, port } = new URL(server.url);
  const payload = { unit: "2a", length: octets } as const;
  const loop = catalogue.byId.get("9.8.5")!.case;
  const played: Case = {
    ...loop,
    script: [
      { step: "log", on: false, noted: false },
      { step: "closeAfter", ms: 100_000 },
      { step: "frame", opcode: Opcode.binary, payload },
    ],
    onMessage: { rule: "roundTrips", payload, binary: true, length: octets, count: messages },
  };
  const result = await dial(
    played,
    { host: hostname, port: Number(port), resource: "/", tls: null },
    { profile: profiles.full },
  );
  if (!result.connected) throw new Error(result.reason);
  const { trips, duration, wasNotCleanReason } = result.record;
  if (trips?.right !== messages)
    throw new Error(`${trips?.right} messages came back in ${duration} ms: ${wasNotCleanReason}`);
  return duration;
}

/** As many octets as often, by nobody who looks at them. */
async function throughTcp(): Promise<number> {
  const program = `require("net").createServer((s) => s.setNoDelay(true).pipe(s)).listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
  const server = execa(process.execPath, ["-e", program], { reject: false });
  const [said] = (await once(server.stdout, "data")) as [Buffer];
  const socket = connect(Number(String(said).trim()), "127.0.0.1").setNoDelay(true);
  await once(socket, "connect");
  const begun = performance.now();
  await goRound(socket, Buffer.alloc(octets, 0x2a));
  const ms = performance.now() - begun;
  socket.destroy();
  server.kill();
  await server;
  return ms;
}

function goRound(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve) => {
    let [left, missing] = [messages, octets];
    socket.on("data", (data: Buffer) => {
      missing -= data.length;
      if (missing > 0) return;
      missing = octets;
      if (--left === 0) resolve();
      else socket.write(message);
    });
    socket.write(message);
  });
}
