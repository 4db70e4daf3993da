import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  encodeFrame,
  encodeHeader,
  FrameDecoder,
  type FrameHeader,
  type HeaderFields,
  isControl,
  Opcode,
} from "../../../wire/frame.ts";

import { anyCuts, anyOctets, hex, oneByOne, pieces } from "../../support/octets.ts";

/** A frame as the decoder tells of it: `payload` is unmasked; the other members come as far as they got. */
interface Seen {
  start: unknown;
  header?: FrameHeader;
  payload: string;
  whole: boolean;
}

/** All frames in chunks, whatever the boundaries of the events. */
function decode(chunks: readonly Buffer[]): Seen[] {
  const decoder = new FrameDecoder();
  const seen: Seen[] = [];
  for (const chunk of chunks) {
    decoder.push(Buffer.from(chunk));
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      const last = seen.at(-1)!;
      if (event.type === "start") seen.push({ start: event.start, payload: "", whole: false });
      else if (event.type === "header") last.header = event.header;
      else if (event.type === "end") last.whole = true;
      else {
        if (event.data.length === 0) throw new Error("a payload event is empty");
        last.payload += event.data.toString("hex");
      }
    }
  }
  return seen;
}

/** What decoding one whole frame gives, in short. */
function summary({ header, payload, whole }: Seen): Record<string, unknown> {
  const { fin, rsv, opcode, masked, length, maskKey } = header!;
  return { fin, rsv, opcode, masked, length, key: maskKey?.toString("hex") ?? null, payload, whole };
}

const text = (plain: string) => Buffer.from(plain).toString("hex");
const unmasked = { rsv: 0, masked: false, key: null, whole: true };
const hello = { ...unmasked, fin: true, opcode: 1, length: 5, payload: text("Hello") };

describe("decoding the examples of RFC 6455 section 5.7", () => {
  const examples = [
    ["a text frame without mask", "81 05 48 65 6c 6c 6f", [hello]],
    [
      "a text frame with mask",
      "81 85 37 fa 21 3d 7f 9f 4d 51 58",
      [{ ...hello, masked: true, key: "37fa213d" }],
    ],
    [
      "a text message in two frames",
      "01 03 48 65 6c 80 02 6c 6f",
      [
        { ...hello, fin: false, length: 3, payload: text("Hel") },
        { ...hello, opcode: 0, length: 2, payload: text("lo") },
      ],
    ],
    ["a ping", "89 05 48 65 6c 6c 6f", [{ ...hello, opcode: 9 }]],
    [
      "a pong with mask",
      "8a 85 37 fa 21 3d 7f 9f 4d 51 58",
      [{ ...hello, opcode: 10, masked: true, key: "37fa213d" }],
    ],
    [
      "256 octets of binary",
      `82 7e 0100 ${"00".repeat(256)}`,
      [{ ...hello, opcode: 2, length: 256, payload: "00".repeat(256) }],
    ],
    [
      "64 KiB of binary",
      `82 7f 0000000000010000 ${"ab".repeat(65_536)}`,
      [{ ...hello, opcode: 2, length: 65_536, payload: "ab".repeat(65_536) }],
    ],
  ] as const;

  it.each(examples)("%s", (_name, octets, frames) => {
    expect(decode([hex(octets)]).map(summary)).toEqual(frames);
  });

  it.each(examples)("%s, one octet at a time", (_name, octets, frames) => {
    expect(decode(oneByOne(hex(octets))).map(summary)).toEqual(frames);
  });
});

describe("decoding what is not legal", () => {
  const frames = [
    ["reserved bits and a reserved opcode", "f3 00", { fin: true, rsv: 7, opcode: 3, length: 0 }],
    ["RSV1 alone", "41 00", { fin: false, rsv: 4, opcode: 1, length: 0 }],
    ["RSV3 alone", "1f 00", { fin: false, rsv: 1, opcode: 15, length: 0 }],
    ["a 16-bit length that 7 bits would hold", "81 7e 0001 41", { length: 1, payload: "41" }],
    ["a 64-bit length that 7 bits would hold", "81 7f 0000000000000001 41", { length: 1, payload: "41" }],
    ["a close frame of one octet", "88 01 00", { opcode: 8, length: 1, payload: "00" }],
    ["a ping of 126 octets", `89 7e 007e ${"00".repeat(126)}`, { opcode: 9, length: 126 }],
    ["an empty frame with a mask", "80 80 01020304", { opcode: 0, length: 0, key: "01020304" }],
  ] as const;

  it.each(frames)("%s", (_name, octets, wanted) => {
    for (const chunks of [[hex(octets)], oneByOne(hex(octets))]) {
      const seen = decode(chunks);
      expect(seen).toHaveLength(1);
      expect(summary(seen[0]!)).toMatchObject({ ...wanted, whole: true });
    }
  });

  it.each([
    ["ffffffffffffffff", 2 ** 64 - 2048],
    ["8000000000000000", 2 ** 63],
    ["7fffffffffffffff", 2 ** 63 - 2048],
    ["001fffffffffffff", Number.MAX_SAFE_INTEGER],
  ])("a length of %s keeps its side of 2^63, and its payload has begun", (length, wanted) => {
    for (const cut of [oneByOne, (octets: Buffer) => [octets]]) {
      const [frame] = decode(cut(hex(`82 7f ${length} 4142`)));
      expect(frame).toMatchObject({ header: { length: wanted }, payload: "4142", whole: false });
    }
  });
});

describe("the decoder", () => {
  it("tells the first two octets before the rest of the header is there", () => {
    const decoder = new FrameDecoder();
    decoder.push(hex("c1"));
    expect(decoder.next()).toBeNull();
    decoder.push(hex("fe"));
    const start = { fin: true, rsv: 4, opcode: 1, masked: true, length7: 126 };
    expect(decoder.next()).toEqual({ type: "start", start });
    expect(decoder.next()).toBeNull();
    expect(decoder.header).toBeNull();
    decoder.push(hex("0080 01020304"));
    const header = { ...start, length: 128, maskKey: hex("01020304") };
    expect(decoder.next()).toEqual({ type: "header", header });
    expect(decoder.header).toEqual(header);
    expect(decoder.next()).toBeNull();
  });

  it("gives payload octets as soon as they are there, and the end once", () => {
    const decoder = new FrameDecoder();
    decoder.push(hex("8203 aa"));
    expect([decoder.next()?.type, decoder.next()?.type]).toEqual(["start", "header"]);
    expect(decoder.next()).toEqual({ type: "payload", data: hex("aa") });
    expect(decoder.next()).toBeNull();
    decoder.push(hex("bbcc 89"));
    expect(decoder.next()).toEqual({ type: "payload", data: hex("bbcc") });
    expect(decoder.next()).toEqual({ type: "end" });
    expect(decoder.next()).toBeNull();
  });

  it("knows whether the octets end between two frames", () => {
    const decoder = new FrameDecoder();
    expect(decoder.atBoundary).toBe(true);
    const states = oneByOne(hex("8181 00000000 41 8800")).map((octet) => {
      decoder.push(octet);
      while (decoder.next() !== null);
      return decoder.atBoundary;
    });
    expect(states).toEqual([false, false, false, false, false, false, true, false, true]);
  });

  it("gives the same frames however the octets are cut", () => {
    const frames = fc.array(anyFrame, { maxLength: 8 });
    const property = fc.property(frames, anyCuts, fc.nat(20), (sent, cuts, missing) => {
      const octets = Buffer.concat(sent.map(({ fields, payload }) => encodeFrame(fields, payload)));
      const arrived = octets.subarray(0, Math.max(0, octets.length - missing));
      const whole = decode([arrived]);
      expect(decode(pieces(arrived, cuts))).toEqual(whole);
      expect(decode(oneByOne(arrived))).toEqual(whole);
    });
    fc.assert(property, { numRuns: 200 });
  });
});

type FrameFields = Omit<HeaderFields, "length">;

const maskKey = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }).map((key) => Buffer.from(key)));
const anyPayload = fc.oneof(anyOctets(10), anyOctets(300));

/** Any frame, legal or not, with a length field that holds its length. */
const anyFrame: fc.Arbitrary<{ fields: Required<FrameFields>; payload: Buffer }> = fc
  .record({
    fin: fc.boolean(),
    rsv: fc.nat(7),
    opcode: fc.nat(15),
    maskKey,
    lengthBits: fc.constantFrom(7 as const, 16 as const, 64 as const),
    payload: anyPayload,
  })
  .map(({ payload, lengthBits, ...fields }) => {
    const needed = lengthBits === 7 && payload.length > 125 ? 16 : lengthBits;
    return { fields: { ...fields, lengthBits: needed }, payload };
  });

describe("encoding", () => {
  it.each([
    [0, "82 00"],
    [125, "82 7d"],
    [126, "82 7e 007e"],
    [65_535, "82 7e ffff"],
    [65_536, "82 7f 0000000000010000"],
    [2 ** 32 + 1, "82 7f 0000000100000001"],
  ])("writes a length of %i in the shortest form", (length, wanted) => {
    expect(encodeHeader({ opcode: Opcode.binary, length })).toEqual(hex(wanted));
  });

  it.each([
    ["text without mask", { opcode: 1 }, "81 05 48 65 6c 6c 6f"],
    ["text with mask", { opcode: 1, maskKey: hex("37fa213d") }, "81 85 37 fa 21 3d 7f 9f 4d 51 58"],
    ["a first fragment", { opcode: 1, fin: false }, "01 05 48 65 6c 6c 6f"],
    ["a ping", { opcode: 9 }, "89 05 48 65 6c 6c 6f"],
    ["what nobody allows", { opcode: 15, fin: false, rsv: 7 }, "7f 05 48 65 6c 6c 6f"],
    ["a longer length field", { opcode: 2, lengthBits: 16 }, "82 7e 0005 48 65 6c 6c 6f"],
    ["the longest length field", { opcode: 2, lengthBits: 64 }, "82 7f 0000000000000005 48 65 6c 6c 6f"],
  ] as const)("writes %s", (_name, fields, wanted) => {
    expect(encodeFrame(fields, Buffer.from("Hello"))).toEqual(hex(wanted));
  });

  it("leaves the payload and the key as they are", () => {
    const [payload, key] = [Buffer.from("Hello"), hex("37fa213d")];
    encodeFrame({ opcode: 1, maskKey: key }, payload);
    expect([payload.toString(), key.toString("hex")]).toEqual(["Hello", "37fa213d"]);
  });

  it("is undone by decoding", () => {
    const property = fc.property(anyFrame, ({ fields, payload }) => {
      const [seen, ...others] = decode([encodeFrame(fields, payload)]);
      expect(others).toEqual([]);
      expect(summary(seen!)).toEqual({
        fin: fields.fin,
        rsv: fields.rsv,
        opcode: fields.opcode,
        masked: fields.maskKey !== null,
        key: fields.maskKey?.toString("hex") ?? null,
        length: payload.length,
        payload: payload.toString("hex"),
        whole: true,
      });
      const field7 = { 7: payload.length, 16: 126, 64: 127 }[fields.lengthBits];
      expect(seen!.header!.length7).toBe(field7);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

it("control frames are those with the highest bit of the opcode set", () => {
  expect(Array.from({ length: 16 }, (_, opcode) => isControl(opcode))).toEqual([
    ...Array.from({ length: 8 }, () => false),
    ...Array.from({ length: 8 }, () => true),
  ]);
});
