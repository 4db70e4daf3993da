import { describe, expect, it } from "vitest";

import { filledPieces } from "../../../report/pcapng/direction.ts";
import { playCapture } from "../../../report/pcapng/pcapng.ts";
import { internetChecksum } from "../../../report/pcapng/tcp.ts";
import { encodeFrame } from "../../../wire/frame.ts";
import { recordWith } from "../../support/records.ts";
import { fullRecord } from "../../support/site-fixture.ts";

interface Packet {
  readonly at: number;
  readonly ip: Buffer;
  readonly fromClient: boolean;
  readonly flags: number;
  readonly seq: number;
  readonly payload: Buffer;
}

/** Blocks of a pcapng file: their types and bodies. */
function blocksOf(file: Uint8Array): { readonly type: number; readonly body: Buffer }[] {
  const octets = Buffer.from(file);
  const found: { type: number; body: Buffer }[] = [];
  for (let at = 0; at < octets.length;) {
    const length = octets.readUInt32LE(at + 4);
    expect(length % 4).toBe(0);
    expect(octets.readUInt32LE(at + length - 4)).toBe(length);
    found.push({ type: octets.readUInt32LE(at), body: octets.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return found;
}

function packetsOf(file: Uint8Array): Packet[] {
  return blocksOf(file)
    .filter(({ type }) => type === 6)
    .map(({ body }) => {
      const length = body.readUInt32LE(12);
      const ip = body.subarray(20, 20 + length);
      const at = Number((BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8)));
      return {
        at,
        ip,
        fromClient: ip.readUInt16BE(22) === 80,
        flags: ip[33]!,
        seq: ip.readUInt32BE(24),
        payload: ip.subarray(40),
      };
    });
}

function streamOf(packets: readonly Packet[], fromClient: boolean): Buffer {
  return Buffer.concat(packets.filter((one) => one.fromClient === fromClient).map(({ payload }) => payload));
}

describe("a capture", () => {
  const record = fullRecord("1.1.1");
  const file = playCapture(record, "case 1.1.1");
  const packets = packetsOf(file);

  it("begins with a section of little-endian pcapng 1.0 and an interface of raw IP", () => {
    const [section, face] = blocksOf(file);
    expect(section!.type).toBe(0x0a0d0d0a);
    expect(section!.body.subarray(0, 8).toString("hex")).toBe("4d3c2b1a01000000");
    expect(section!.body.toString()).toContain("case 1.1.1");
    expect(face!.body.readUInt16LE(0)).toBe(101);
  });

  it("holds a whole TCP connection with right checksums and sequence numbers", () => {
    expect(packets.slice(0, 3).map(({ flags }) => flags)).toEqual([2, 18, 16]);
    expect(packets.at(-2)!.flags & 1).toBe(1);
    const next: Record<string, number> = {};
    for (const [at, { ip, fromClient, seq, payload, flags }] of packets.entries()) {
      expect(internetChecksum(ip.subarray(0, 20), 0)).toBe(0);
      const pseudo = Buffer.concat([ip.subarray(12, 20), Buffer.from([0, 6, 0, 0]), ip.subarray(20)]);
      pseudo.writeUInt16BE(ip.length - 20, 10);
      expect(internetChecksum(pseudo, 0)).toBe(0);
      const side = `${fromClient}`;
      expect(seq).toBe(at < 2 ? seq : next[side]);
      next[side] = seq + payload.length + ((flags & 3) === 0 ? 0 : 1);
    }
  });

  it("holds what was written and read, each in its order", () => {
    const frame = encodeFrame({ opcode: 1, maskKey: Buffer.from("37fa213d", "hex") }, Buffer.from("Hello"));
    const close = encodeFrame(
      { opcode: 8, maskKey: Buffer.from("a1418f01", "hex") },
      Buffer.from("03e8", "hex"),
    );
    expect(streamOf(packets, true).toString("latin1")).toBe(
      record.httpRequest + Buffer.concat([frame, close]).toString("latin1"),
    );
    expect(streamOf(packets, false).toString("latin1")).toBe(
      `${record.httpResponse}\u0081\u0005Hello\u0088\u0002\u0003\u00e8`,
    );
    const times = packets.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBe(record.started * 1000);
  });

  it("turns the sides round when the target is the client", () => {
    const turned = packetsOf(
      playCapture({ ...record, role: "client", httpRequest: "GET", httpResponse: "101" }, ""),
    );
    expect(streamOf(turned, false).toString("latin1")).toContain("101");
  });

  it("fills long payloads from the frames, and says what is not known", () => {
    const payload = Buffer.alloc(300, 0x2a);
    const key = Buffer.from("26ea8060", "hex");
    const frame = encodeFrame({ opcode: 2, maskKey: key }, payload);
    const hex = frame.toString("hex").slice(0, 128);
    const long = {
      opcode: 2,
      fin: true,
      rsv: 0,
      mask: "26ea8060",
      length: 300,
      head: payload.toString("hex").slice(0, 128),
    };
    const [piece] = filledPieces(new Uint8Array(0), [{ t: 0, index: 0, octets: frame.length, hex }], [long]);
    expect(piece!.octets).toHaveLength(308);
    expect(Buffer.from(piece!.octets.subarray(0, 72)).equals(frame.subarray(0, 72))).toBe(true);
    expect(piece!.unknown).toBe(300 - 64);
    const unmasked = piece!.octets.map((octet, at) => (at < 8 ? octet : octet ^ key[(at - 8) % 4]!));
    expect(unmasked.subarray(72).every((octet) => octet === 0)).toBe(true);
  });

  it("believes a read rather than what follows from the frames", () => {
    const payload = Buffer.alloc(300, 0x2a);
    const frame = encodeFrame({ opcode: 2 }, payload);
    const halves = [frame.subarray(0, 200), frame.subarray(200)];
    const reads = halves.map((half, index) => ({
      t: 0,
      index,
      octets: half.length,
      hex: half.toString("hex").slice(0, 128),
    }));
    const long = {
      opcode: 2,
      fin: true,
      rsv: 0,
      mask: null,
      length: 300,
      head: payload.toString("hex").slice(0, 128),
    };
    const [, second] = filledPieces(new Uint8Array(0), reads, [long]);
    expect(Buffer.from(second!.octets.subarray(0, 64)).equals(halves[1]!.subarray(0, 64))).toBe(true);
    expect(second!.unknown).toBe(halves[1]!.length - 64);
  });

  it("says that frames before one were not logged", () => {
    const log = [
      { t: 0, log: "logging", on: false },
      { t: 4, log: "logging", on: true },
      { t: 4, log: "sent", octets: 6, hex: "880003e80000" },
    ] as const;
    const text = Buffer.from(playCapture(recordWith({ log }), "")).toString("latin1");
    expect(text).toContain("not logged");
  });

  it("splits what is more than a packet can hold", () => {
    const log = [{ t: 0, log: "received", octets: 200_000, hex: "82" }] as const;
    const many = packetsOf(playCapture(recordWith({ log }), ""));
    expect(streamOf(many, true)).toHaveLength(200_000);
    expect(Math.max(...many.map(({ ip }) => ip.length))).toBeLessThan(65_536);
  });
});
