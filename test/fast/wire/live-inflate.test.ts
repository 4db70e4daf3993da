import { deflateRawSync, constants } from "node:zlib";
import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

import { Deflater, InflateError, Inflater } from "../../../wire/deflate.ts";
import { LiveInflate } from "../../../wire/live-inflate.ts";

afterEach(() => vi.restoreAllMocks());

const ways = ["a live stream", "an inflater for each message"] as const;

function inflating(
  way: (typeof ways)[number],
  setup: Partial<ConstructorParameters<typeof Inflater>[0]> = {},
) {
  if (way !== "a live stream") vi.spyOn(LiveInflate, "create").mockReturnValue(null);
  return new Inflater({ contextTakeover: true, windowBits: 15, maxOctets: 1 << 20, ...setup });
}

const end = (inflater: Inflater, ...pieces: readonly Buffer[]): Buffer => {
  for (const piece of pieces) inflater.push(piece);
  return inflater.end();
};

describe.each(ways)("inflating by %s", (way) => {
  it("gives back what was deflated, whatever its lengths and parameters", () => {
    const someMessages = fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 12 });
    const someBits = fc.integer({ min: 9, max: 15 });
    fc.assert(
      fc.property(someMessages, fc.boolean(), someBits, (messages, contextTakeover, windowBits) => {
        const deflater = new Deflater({ contextTakeover, windowBits });
        const inflater = inflating(way, { contextTakeover, windowBits });
        for (const message of messages) {
          const compressed = deflater.deflate(Buffer.from(message));
          expect(end(inflater, compressed.subarray(0, 3), compressed.subarray(3))).toEqual(
            Buffer.from(message),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it("stops at more octets than it may give, also when they are many more", () => {
    const bomb = new Deflater({ contextTakeover: true, windowBits: 15 }).deflate(Buffer.alloc(64 << 20));
    expect(() => end(inflating(way), bomb)).toThrowError(
      expect.objectContaining({ name: "InflateError", code: "tooLarge" }),
    );
    const exact = new Deflater({ contextTakeover: true, windowBits: 15 }).deflate(Buffer.alloc(1 << 20));
    expect(end(inflating(way), exact)).toHaveLength(1 << 20);
  });

  it("says that octets are no DEFLATE stream", () => {
    expect(() => end(inflating(way), Buffer.from("ffffffffff", "hex"))).toThrowError(InflateError);
  });

  it("takes a final block for the end of all messages with context takeover, of one without", () => {
    const final = deflateRawSync(Buffer.from("first"), { finishFlush: constants.Z_FINISH });
    const [kept, anew] = [inflating(way), inflating(way, { contextTakeover: false })];
    expect(end(kept, final, Buffer.from("ignored")).toString()).toBe("first");
    expect(end(kept, final)).toHaveLength(0);
    expect(end(anew, final, Buffer.from("ignored")).toString()).toBe("first");
    expect(end(anew, final).toString()).toBe("first");
  });

  it("goes on behind messages that were skipped since they were known", () => {
    const words = [
      "one and the same beginning",
      "one and the same beginning, again",
      "one and the same, at last",
    ];
    const deflater = new Deflater({ contextTakeover: true, windowBits: 15 });
    const inflater = inflating(way);
    const messages = [...words, ...words].map((text) => ({
      plain: Buffer.from(text),
      compressed: deflater.deflate(Buffer.from(text)),
    }));
    const got = messages.map(({ plain, compressed }, at) =>
      at % 2 === 0 ? inflater.skip(plain) && plain : end(inflater, compressed),
    );
    expect(got).toEqual(messages.map(({ plain }) => plain));
  });
});

it("does not skip a message behind the end of the stream", () => {
  const inflater = inflating("a live stream");
  end(inflater, deflateRawSync(Buffer.from("last"), { finishFlush: constants.Z_FINISH }));
  expect(inflater.skip(Buffer.from("more"))).toBe(false);
});

it("there is a live stream in this Node", () => {
  expect(LiveInflate.create(15)).not.toBeNull();
});
