import { deflateRawSync, constants } from "node:zlib";
import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

import { Deflater, InflateError, Inflater } from "../../../wire/deflate.ts";
import { LiveInflate } from "../../../wire/live-inflate.ts";
import { hex } from "../../support/octets.ts";

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

/** What something gives, or the error that it throws. */
function outcome(action: () => Buffer): string {
  try {
    return action().toString("hex");
  } catch (error) {
    return String(error);
  }
}

/** What a flush ends with on the wire's other side (RFC 7692 section 7.2.1). */
const tail = hex("00 00 ff ff");

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

describe("an inflater that looks where messages end", () => {
  const first = Buffer.from("one and the same beginning, of two messages");
  const second = Buffer.from("one and the same beginning, of two messages again");
  const inBlocks = new Deflater({ contextTakeover: true, windowBits: 15 });
  const [regular, next] = [inBlocks.deflate(first), inBlocks.deflate(second)];
  // All of the text is there, but not the end of its block, with which the next message would have to begin.
  const inside = deflateRawSync(first, { strategy: constants.Z_FIXED }).subarray(0, -1);
  const final = deflateRawSync(first);
  const wanted = first.toString();

  it("sees one end between two blocks, and the next refer to it", () => {
    const inflater = inflating("a live stream", { findsBoundaries: true });
    expect([end(inflater, regular).toString(), inflater.isBetweenBlocks]).toEqual([wanted, true]);
    expect([end(inflater, next), inflater.isBetweenBlocks]).toEqual([second, true]);
    expect(inflater.skip(first)).toBe(true);
  });

  it.each([
    ["inside a block", inside],
    ["with a final block", final],
    ["with a final block and more", Buffer.concat([final, Buffer.from([0])])],
    ["between two blocks, but not with the head of a third", Buffer.concat([regular, tail])],
  ])("sees one end %s: it is what it was, and nothing can be skipped", (_, message) => {
    const inflater = inflating("a live stream", { findsBoundaries: true });
    expect([end(inflater, message).toString(), inflater.isBetweenBlocks]).toEqual([wanted, false]);
    expect(inflater.skip(first)).toBe(false);
    const blind = inflating("a live stream");
    end(blind, message);
    expect(outcome(() => end(inflater, regular))).toEqual(outcome(() => end(blind, regular)));
  });

  it("makes of any messages what one makes that does not look", () => {
    const pieces = [regular, next, final, inside, tail, Buffer.from([0]), hex("ff ff")];
    const message = fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((all) => Buffer.concat(all));
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.boolean(), (messages, contextTakeover) => {
        const [seeing, blind] = [true, false].map((findsBoundaries) =>
          inflating("a live stream", { contextTakeover, findsBoundaries }),
        );
        for (const octets of messages) {
          const got = outcome(() => end(seeing!, octets));
          expect(got).toEqual(outcome(() => end(blind!, octets)));
          if (got.startsWith("InflateError")) break;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("knows of no boundary where this Node has no live stream", () => {
    const inflater = inflating("an inflater for each message", { findsBoundaries: true });
    expect([end(inflater, regular).toString(), inflater.isBetweenBlocks]).toEqual([wanted, false]);
  });

  it("needs to see none where no context is taken over", () => {
    const inflater = inflating("a live stream", { findsBoundaries: true, contextTakeover: false });
    expect([end(inflater, final).toString(), inflater.isBetweenBlocks]).toEqual([wanted, true]);
    expect([inflater.skip(first), end(inflater, regular).toString()]).toEqual([true, wanted]);
  });
});

describe("octets that should end a block", () => {
  it.each([
    ["do", "00 00 00 ff ff", true],
    ["do, but something comes out", "00 01 00 fe ff 78", false],
    ["do not", "00 01 00 fe ff", false],
    ["are too many", "00 00 00 ff ff 00", false],
    ["cannot be inflated", "00 00 00 ff fe", false],
  ])("%s", (_, octets, ends) => {
    expect(LiveInflate.create(15)!.endsBlock(hex(octets))).toBe(ends);
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
