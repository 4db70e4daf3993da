import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { CaseRecord, LogEntry } from "../../fuzzer/record.ts";
import { playCapture } from "../../report/pcapng/pcapng.ts";
import { encodeFrame } from "../../wire/frame.ts";
import { fullRecord } from "../support/site-fixture.ts";

const hasTshark = spawnSync("tshark", ["--version"]).status === 0;
if (!hasTshark) console.warn("no tshark here: captures are not opened");

const FIELDS = [
  "opcode",
  "fin",
  "rsv",
  "mask",
  "payload_length",
  "payload_length_ext_16",
  "payload_length_ext_64",
];

/** What tshark's WebSocket dissector sees: opcode, FIN, RSV1, masked, payload octets of each frame. */
function dissected(record: CaseRecord): readonly string[] {
  const file = join(mkdtempSync(join(tmpdir(), "wsmatrix-pcapng-")), "case.pcapng");
  writeFileSync(file, playCapture(record, "a case"));
  const fields = FIELDS.flatMap((name) => ["-e", `websocket.${name}`]);
  const args = [
    "-r",
    file,
    "-Y",
    "websocket",
    "-T",
    "fields",
    "-E",
    "aggregator=,",
    "-E",
    "separator=;",
    ...fields,
  ];
  const out = execFileSync("tshark", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return out.trim().split("\n").flatMap(framesOf);
}

/** A packet with several frames is one line, with lists; here only frames with a packet of their own are long. */
function framesOf(line: string): readonly string[] {
  const [opcodes = [], fins = [], rsvs = [], masks = [], lengths = [], long = [], longer = []] = line
    .split(";")
    .map((list) => list.split(","));
  const length = (at: number) =>
    lengths[at] === "126" ? long[0] : lengths[at] === "127" ? longer[0] : lengths[at];
  return opcodes.map((opcode, at) =>
    [opcode, isSet(fins[at]), Number.parseInt(rsvs[at] ?? "0", 16), isSet(masks[at]), length(at)].join(" "),
  );
}

function isSet(text: string | undefined): boolean {
  return text === "1" || text === "True";
}

/** The same of a wire log. */
function logged(log: readonly LogEntry[]): readonly string[] {
  return log.flatMap((entry) =>
    entry.log === "frameSent" || entry.log === "frameReceived"
      ? [[entry.opcode, entry.fin, entry.rsv, entry.mask !== null, entry.payload.length].join(" ")]
      : [],
  );
}

/** Log entries of a frame that went one way in one piece. */
function frame(t: number, sent: boolean, opcode: number, hex: string, rsv = 0, fin = true): LogEntry[] {
  const payload = Buffer.from(hex, "hex");
  const mask = sent ? "a1b2c3d4" : null;
  const octets = encodeFrame(
    { opcode, fin, rsv, maskKey: mask === null ? null : Buffer.from(mask, "hex") },
    payload,
  );
  const facts = { t, opcode, fin, rsv, mask, payload: { length: payload.length, head: hex.slice(0, 128) } };
  const piece = { t, octets: octets.length, hex: octets.toString("hex").slice(0, 128) };
  return sent
    ? [
        { ...facts, log: "frameSent" },
        { ...piece, log: "sent" },
      ]
    : [
        { ...piece, log: "received" },
        { ...facts, log: "frameReceived" },
      ];
}

function play(extensions: string, ...entries: readonly LogEntry[]): CaseRecord {
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  const accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  const extra = extensions === "" ? "" : `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  const common = `Upgrade: websocket\r\nConnection: Upgrade\r\n${extra}`;
  const request = `GET / HTTP/1.1\r\nHost: x\r\n${common}Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  const response = `HTTP/1.1 101 Switching Protocols\r\n${common}Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
  const hex = (text: string) => Buffer.from(text).toString("hex").slice(0, 128);
  return fullRecord("1.1.1", {
    httpRequest: request,
    httpResponse: response,
    log: [
      { t: -1, log: "sent", octets: request.length, hex: hex(request) },
      { t: 0, log: "received", octets: response.length, hex: hex(response) },
      ...entries,
    ],
  });
}

describe.skipIf(!hasTshark)("a capture in tshark", () => {
  it("shows the frames of the wire log", () => {
    const record = play(
      "",
      ...frame(1, true, 1, Buffer.from("fragment1").toString("hex"), 0, false),
      ...frame(1, true, 9, Buffer.from("ping").toString("hex")),
      ...frame(2, false, 10, Buffer.from("ping").toString("hex")),
      ...frame(3, true, 0, Buffer.from("fragment2").toString("hex")),
      ...frame(4, false, 1, Buffer.from("fragment1fragment2").toString("hex")),
      ...frame(5, true, 2, "2a".repeat(70_000)),
      ...frame(6, false, 2, "2a".repeat(300)),
      ...frame(7, true, 3, ""),
      ...frame(8, true, 8, "03e8"),
      ...frame(9, false, 8, "03e8"),
    );
    expect(dissected(record)).toEqual(logged(record.log));
  });

  it("shows compressed frames, and what they hold", () => {
    // "Hello", as RFC 7692 section 7.2.3.1 compresses it.
    const hello = "f248cdc9c90700";
    const record = play(
      "permessage-deflate",
      ...frame(1, true, 1, hello, 4),
      ...frame(2, false, 1, hello, 4),
      ...frame(3, true, 8, "03e8"),
      ...frame(4, false, 8, "03e8"),
    );
    expect(dissected(record)).toEqual(logged(record.log));
    const file = join(mkdtempSync(join(tmpdir(), "wsmatrix-pcapng-")), "case.pcapng");
    writeFileSync(file, playCapture(record, "a case"));
    const text = execFileSync("tshark", ["-r", file, "-Y", "websocket", "-V"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(text.match(/Hello/g)?.length).toBeGreaterThanOrEqual(2);
    expect(text).not.toMatch(/Malformed|Checksum incorrect/i);
  });
});
