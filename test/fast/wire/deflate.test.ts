import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from "node:zlib";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Deflater, type DeflateSettings, Inflater, InflateError } from "../../../wire/deflate.ts";

import { inspectDeflate } from "../../../wire/inflate-inspector.ts";
import { anyCuts, hex, oneByOne, pieces } from "../../support/octets.ts";

const takeover: DeflateSettings = { windowBits: 15, contextTakeover: true };
const noTakeover: DeflateSettings = { windowBits: 15, contextTakeover: false };
const maxOctets = 1 << 20;
const tail = hex("00 00 ff ff");

const inflater = (settings = takeover): Inflater => new Inflater({ ...settings, maxOctets });

function inflate(by: Inflater, ...chunks: readonly Uint8Array[]): Buffer {
  for (const chunk of chunks) by.push(Buffer.from(chunk));
  return by.end();
}

function caught(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

/** Messages that repeat themselves and each other, near and far, with noise between. */
const anyMessage: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      fc
        .constantFrom("Hello", '{"name": "', "0".repeat(300), "abcdefghij".repeat(40), "\r\n")
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 400, size: "max" }).map((octets) => Buffer.from(octets)),
      fc.nat(20_000).map((length) => Buffer.alloc(length, "the same words over and over ")),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

const anyMessages = fc.array(anyMessage, { maxLength: 12 });
const anySettings: fc.Arbitrary<DeflateSettings> = fc.record({
  windowBits: fc.integer({ min: 8, max: 15 }),
  contextTakeover: fc.boolean(),
});

/** `count` messages that have much in common, none equal to another, from short to 40,000 octets. */
function relatedMessages(count: number): Buffer[] {
  let seed = 1;
  const next = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const words = Array.from({ length: 200 }, () => next(2 ** 30).toString(36));
  return Array.from({ length: count }, (_, k) => {
    const length = k % 20 === 19 ? 6_000 : 1 + next(40);
    return Buffer.from(Array.from({ length }, () => words[next(200)]).join(" "));
  });
}

describe("the examples of RFC 7692 section 7.2.3", () => {
  const hello = Buffer.from("Hello");

  it("compresses as they do, alone and behind the same message", () => {
    const deflater = new Deflater(takeover);
    expect(deflater.deflate(hello).toString("hex")).toBe("f248cdc9c90700");
    expect(deflater.deflate(hello).toString("hex")).toBe("f200110000");
    const alone = new Deflater(noTakeover);
    expect(alone.deflate(hello).toString("hex")).toBe("f248cdc9c90700");
    expect(alone.deflate(hello).toString("hex")).toBe("f248cdc9c90700");
  });

  it.each([
    ["one compressed block (7.2.3.1)", "f2 48 cd c9 c9 07 00"],
    ["no compression (7.2.3.3)", "00 05 00 fa ff 48 65 6c 6c 6f 00"],
    ["a final block (7.2.3.4)", "f3 48 cd c9 c9 07 00 00"],
    ["two blocks (7.2.3.5)", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"],
  ])("inflates %s", (_what, octets) => {
    for (const settings of [takeover, noTakeover]) {
      expect(inflate(inflater(settings), hex(octets)).toString()).toBe("Hello");
      expect(inflate(inflater(settings), ...oneByOne(hex(octets))).toString()).toBe("Hello");
    }
  });

  it("inflates fragments and a second message that shares the window (7.2.3.1, 7.2.3.2)", () => {
    const by = inflater();
    expect(inflate(by, hex("f2 48 cd"), hex("c9 c9 07 00")).toString()).toBe("Hello");
    expect(inflate(by, hex("f2 00 11 00 00")).toString()).toBe("Hello");
    expect(inflate(by, hex("f2 48 cd c9 c9 07 00")).toString()).toBe("Hello");
  });

  it("has the empty message of section 7.2.3.6", () => {
    const deflater = new Deflater(takeover);
    const by = inflater();
    for (const [message, wanted] of [
      ["", "00"],
      ["Hello", "f248cdc9c90700"],
      ["", "00"],
      ["Hello", "f200110000"],
    ] as const) {
      const octets = deflater.deflate(Buffer.from(message));
      expect(octets.toString("hex")).toBe(wanted);
      expect(inflate(by, octets).toString()).toBe(message);
    }
  });
});

describe("round trips", () => {
  it("give every message back, whatever the parameters and the fragments", () => {
    const property = fc.property(anySettings, anyMessages, anyCuts, (settings, messages, cuts) => {
      const deflater = new Deflater(settings);
      const by = inflater(settings);
      for (const message of messages) {
        const plain = inflate(by, ...pieces(deflater.deflate(message), cuts));
        expect(plain.equals(message)).toBe(true);
      }
    });
    fc.assert(property);
  });

  it("leave room for what is put behind a message, whatever its length", () => {
    for (let length = 900; length < 1_100; length++) {
      const message = random(length);
      const deflated = new Deflater(takeover).deflate(message);
      expect(inflate(inflater(), deflated).equals(message)).toBe(true);
    }
  });

  it("leave the message given as it was", () => {
    const message = Buffer.from("Hello, hello, hello");
    const copy = Buffer.from(message);
    const deflater = new Deflater(takeover);
    const first = Buffer.from(deflater.deflate(message));
    deflater.deflate(message);
    expect(message).toEqual(copy);
    message.fill(0);
    const by = inflater();
    expect(inflate(by, first)).toEqual(copy);
  });

  it("agree with zlib's own streams over 200 messages, in both directions", async () => {
    const messages = relatedMessages(200);
    for (const windowBits of [9, 12, 15]) {
      const settings = { windowBits, contextTakeover: true };
      const ours = new Deflater(settings);
      const theirs = new DeflateStream(windowBits);
      const toOurs = inflater(settings);
      const toTheirs = new InflateStream(windowBits);
      let octets = 0;
      for (const message of messages) {
        const deflated = ours.deflate(message);
        octets += deflated.length;
        expect((await toTheirs.inflate(deflated)).equals(message)).toBe(true);
        expect(inflate(toOurs, await theirs.deflate(message)).equals(message)).toBe(true);
      }
      // The same matches are found: what the context saves is not lost.
      expect(octets).toBeLessThan(theirs.octets * 1.02);
    }
  });

  it("of one message after another profit from the context, and only with takeover", () => {
    const noise = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * i * 31 + (i >> 3) * 7) % 251));
    const twice = (settings: DeflateSettings) => {
      const deflater = new Deflater(settings);
      return [deflater.deflate(noise).length, deflater.deflate(noise).length] as const;
    };
    const [first, second] = twice(takeover);
    expect(second).toBeLessThan(first / 10);
    const [one, other] = twice(noTakeover);
    expect(other).toBe(one);
  });
});

describe("the window", () => {
  it.each([8, 9, 10, 12, 15])("of %i bits is never left", (windowBits) => {
    const size = 2 ** windowBits;
    const messages = [
      ...relatedMessages(60),
      ...[0.5, 0.9, 1, 1.1, 3].map((part) => Buffer.alloc(part * size, random(size * part))),
    ];
    for (const contextTakeover of [true, false]) {
      const deflater = new Deflater({ windowBits, contextTakeover });
      let history = Buffer.alloc(0);
      let furthest = 0;
      for (const message of [...messages, ...messages]) {
        const { plain, maxDistance } = inspectDeflate(
          Buffer.concat([deflater.deflate(message), tail]),
          history,
        );
        expect(plain.equals(message)).toBe(true);
        if (contextTakeover) history = Buffer.concat([history, message]).subarray(-2 * size);
        furthest = Math.max(furthest, maxDistance);
      }
      expect(furthest).toBeLessThanOrEqual(size);
      expect(furthest).toBeGreaterThan(size * 0.4);
    }
  });

  it.each([7, 16, 9.5, Number.NaN])("has no %d bits", (windowBits) => {
    expect(() => new Deflater({ windowBits, contextTakeover: true })).toThrow(RangeError);
    expect(() => inflater({ windowBits, contextTakeover: true })).toThrow(RangeError);
  });
});

describe("streams that a peer ends", () => {
  const final = hex("f3 48 cd c9 c9 07 00 00");

  it.each([
    ["a final block", final],
    ["a final block and more", Buffer.concat([final, hex("f2 48 cd c9 c9 07 00")])],
    ["a final block and what is no block", Buffer.concat([final, Buffer.alloc(50, 0xff)])],
    ["a final empty block, cut as if it were a flush", hex("f2 48 cd c9 c9 07 00 00 00 ff ff 01")],
  ])("give that message and then empty ones: %s", (_what, octets) => {
    const by = inflater();
    expect(inflate(by, octets).toString()).toBe("Hello");
    expect(inflate(by, hex("f2 48 cd c9 c9 07 00")).toString()).toBe("");
    expect(inflate(by, hex("ff ff ff ff ff")).toString()).toBe("");
  });

  it("do no harm without context takeover", () => {
    const by = inflater(noTakeover);
    for (const octets of [
      final,
      final,
      hex("f2 48 cd c9 c9 07 00"),
      hex("f2 48 cd c9 c9 07 00 00 00 ff ff 01"),
      final,
    ])
      expect(inflate(by, octets).toString()).toBe("Hello");
  });

  it("keep nothing of what comes after", () => {
    const by = new Inflater({ ...takeover, maxOctets: 100 });
    inflate(by, final);
    for (let i = 0; i < 100; i++) by.push(Buffer.alloc(1_000));
    expect(by.end()).toHaveLength(0);
  });

  it("do as zlib's stream does", async () => {
    const theirs = new InflateStream(15);
    const ours = inflater();
    for (const octets of [hex("f2 48 cd c9 c9 07 00"), final, final])
      expect(await theirs.inflate(octets)).toEqual(inflate(ours, octets));
  });
});

describe("a strict inflater", () => {
  const strict = (settings = takeover, most = maxOctets) =>
    new Inflater({ ...settings, maxOctets: most, strict: true });
  const final = hex("f3 48 cd c9 c9 07 00 00");
  const again = hex("f2 00 11 00 00");

  it("keeps the window behind a final block, within a message and after it (7.2.3.4)", () => {
    const by = strict();
    expect(inflate(by, final).toString()).toBe("Hello");
    expect(inflate(by, again).toString()).toBe("Hello");
    expect(inflate(by, Buffer.concat([final.subarray(0, 7), again])).toString()).toBe("HelloHello");
    expect(inflate(by, hex("f2 48 cd c9 c9 07 00 00 00 ff ff 01")).toString()).toBe("Hello");
    expect(inflate(by, hex("f3 48 cd c9 c9 07 00")).toString()).toBe("Hello");
    expect(inflate(by, again).toString()).toBe("Hello");
    expect(inflate(by, Buffer.concat([hex("03 00"), again])).toString()).toBe("Hello");
  });

  it("has a window within a message even without takeover, and none after it", () => {
    const by = strict(noTakeover);
    expect(inflate(by, Buffer.concat([final.subarray(0, 7), again])).toString()).toBe("HelloHello");
    expect(caught(() => inflate(by, again))).toMatchObject({ code: "corrupt" });
  });

  it.each([
    ["no octets at all", ""],
    ["an end inside a block", "f2 48 cd c9 c9"],
    ["an end inside a block behind a final one", "f3 48 cd c9 c9 07 00 f2 48 cd c9 c9"],
    ["what is no block behind a final one", "f3 48 cd c9 c9 07 00 ff ff ff ff"],
    ["a match before the beginning", "f2 00 11 00 00"],
  ])("takes nothing that is corrupt: %s", (_what, octets) => {
    for (const settings of [takeover, noTakeover])
      expect(caught(() => inflate(strict(settings), hex(octets)))).toMatchObject({ code: "corrupt" });
  });

  it("bounds all streams of a message together, to the octet, and their number", () => {
    const four = Buffer.concat(Array(4).fill(final.subarray(0, 7)));
    expect(inflate(strict(takeover, 20), four).toString()).toBe("HelloHelloHelloHello");
    expect(caught(() => inflate(strict(takeover, 19), four))).toMatchObject({ code: "tooLarge" });
    expect(caught(() => inflate(strict(takeover, 15), four))).toMatchObject({ code: "tooLarge" });
    expect(inflate(strict(), Buffer.alloc(4_095 * 2, hex("03 00")))).toHaveLength(0);
    const error = caught(() => inflate(strict(), Buffer.alloc(5_000 * 2, hex("03 00"))));
    expect(error).toMatchObject({ code: "tooLarge" });
  });

  it("gives back what any other stream holds, as one that is not strict does", () => {
    const property = fc.property(anySettings, anyMessages, (settings, messages) => {
      const deflater = new Deflater(settings);
      const by = strict(settings);
      for (const message of messages) expect(inflate(by, deflater.deflate(message))).toEqual(message);
    });
    fc.assert(property, { numRuns: 50 });
  });

  it("says how many octets it has room for", () => {
    const by = strict(takeover, 100);
    expect([by.hasRoomFor(1_224), by.hasRoomFor(1_225)]).toEqual([true, false]);
    by.push(Buffer.alloc(1_000));
    expect([by.hasRoomFor(224), by.hasRoomFor(225)]).toEqual([true, false]);
    expect(() => by.push(Buffer.alloc(225))).toThrow(InflateError);
  });
});

describe("bad streams", () => {
  it.each([
    ["a reserved block type", "ff ff ff ff"],
    ["lengths that do not agree", "00 05 00 fa fe 48 65 6c 6c 6f 00"],
    ["a match before the beginning", "f2 00 11 00 00"],
  ])("are errors: %s", (_what, octets) => {
    for (const settings of [takeover, noTakeover]) {
      const error = caught(() => inflate(inflater(settings), hex(octets)));
      expect(error).toBeInstanceOf(InflateError);
      expect(error).toMatchObject({ code: "corrupt", name: "InflateError" });
    }
  });

  it("are errors when a message without takeover refers to the one before", () => {
    const by = inflater(noTakeover);
    expect(inflate(by, hex("f2 48 cd c9 c9 07 00")).toString()).toBe("Hello");
    expect(caught(() => inflate(by, hex("f2 00 11 00 00")))).toMatchObject({ code: "corrupt" });
  });

  it("are errors when a match leaves the window that messages before fill", () => {
    const far = random(2000);
    const deflater = new Deflater(takeover);
    const [first, second] = [deflater.deflate(far), deflater.deflate(far.subarray(0, 400))];
    expect(inflate(inflater({ windowBits: 11, contextTakeover: true }), first)).toHaveLength(2000);
    const small = inflater({ windowBits: 10, contextTakeover: true });
    inflate(small, first);
    expect(caught(() => inflate(small, second))).toMatchObject({ code: "corrupt" });
  });

  it.each(["", "f2 48 cd c9 c9"])(
    "with the end missing give what zlib's stream gives, and then an error: %j",
    async (octets) => {
      const by = inflater();
      expect(inflate(by, hex(octets))).toEqual(await new InflateStream(15).inflate(hex(octets)));
      expect(caught(() => inflate(by, hex("f2 48 cd c9 c9 07 00")))).toMatchObject({ code: "corrupt" });
      const each = inflater(noTakeover);
      inflate(each, hex(octets));
      expect(inflate(each, hex("f2 48 cd c9 c9 07 00")).toString()).toBe("Hello");
    },
  );

  it("throw nothing but inflate errors, whatever the octets", () => {
    const property = fc.property(
      anySettings,
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }),
      (settings, messages) => {
        const by = inflater(settings);
        const error = caught(() => {
          for (const octets of messages) inflate(by, octets);
        });
        expect(error === undefined || error instanceof InflateError).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

describe("bounds", () => {
  const bomb = deflateRawSync(Buffer.alloc(10_000_000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(
    0,
    -4,
  );

  it.each([takeover, noTakeover])("stop a bomb (%o)", (settings) => {
    expect(bomb.length).toBeLessThan(20_000);
    const by = new Inflater({ ...settings, maxOctets: 1_000_000 });
    expect(caught(() => inflate(by, bomb))).toMatchObject({ code: "tooLarge", name: "InflateError" });
    expect(inflate(new Inflater({ ...settings, maxOctets: 10_000_000 }), bomb)).toHaveLength(10_000_000);
  });

  it("are exact", () => {
    const octets = hex("f2 48 cd c9 c9 07 00");
    expect(inflate(new Inflater({ ...takeover, maxOctets: 5 }), octets).toString()).toBe("Hello");
    expect(caught(() => inflate(new Inflater({ ...takeover, maxOctets: 4 }), octets))).toMatchObject({
      code: "tooLarge",
    });
  });

  it("hold for compressed octets that come to nothing", () => {
    const by = new Inflater({ ...takeover, maxOctets: 100 });
    const blocks = () => {
      for (let i = 0; i < 1_000; i++) by.push(hex("00 00 00 ff ff"));
    };
    expect(caught(blocks)).toMatchObject({ code: "tooLarge" });
    const few = new Inflater({ ...takeover, maxOctets: 100 });
    for (let i = 0; i < 200; i++) few.push(hex("00 00 00 ff ff"));
    expect(inflate(few, hex("f2 48 cd c9 c9 07 00")).toString()).toBe("Hello");
  });
});

/** Octets that do not repeat within `length`. */
function random(length: number): Buffer {
  let seed = 12_345;
  return Buffer.from(Array.from({ length }, () => (seed = (seed * 48_271) % 2_147_483_647) >>> 8));
}

/** A compressor that lives as long as its connection. */
class DeflateStream {
  readonly #stream;
  #output: Buffer[] = [];
  octets = 0;

  constructor(windowBits: number) {
    this.#stream = createDeflateRaw({ windowBits });
    this.#stream.on("data", (chunk: Buffer) => this.#output.push(chunk));
  }

  async deflate(message: Buffer): Promise<Buffer> {
    this.#output = [];
    if (message.length > 0) this.#stream.write(message);
    await new Promise<void>((resolve) => this.#stream.flush(constants.Z_SYNC_FLUSH, resolve));
    const octets = Buffer.concat(this.#output);
    if (!octets.subarray(-4).equals(tail)) throw new Error("zlib did not flush");
    this.octets += octets.length - 4;
    return octets.subarray(0, -4);
  }
}

/** An inflater that lives as long as its connection. */
class InflateStream {
  readonly #stream;
  #output: Buffer[] = [];
  #reject: (error: Error) => void = () => {};

  constructor(windowBits: number) {
    this.#stream = createInflateRaw({ windowBits });
    this.#stream.on("data", (chunk: Buffer) => this.#output.push(chunk));
    this.#stream.on("error", (error) => this.#reject(error));
  }

  async inflate(octets: Buffer): Promise<Buffer> {
    this.#output = [];
    await new Promise<void>((resolve, reject) => {
      this.#reject = reject;
      this.#stream.write(Buffer.concat([octets, tail]), () => resolve());
    });
    return Buffer.concat(this.#output);
  }
}
