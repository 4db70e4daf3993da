import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";

import { Deflater, Inflater } from "../../../wire/deflate.ts";
import { LiveDeflate } from "../../../wire/live-deflate.ts";

afterEach(() => vi.restoreAllMocks());

const text = Buffer.from("All work and no play makes a dull message. ".repeat(500));
const noise = randomBytes(3 << 20);

/** Messages whose flushed streams end anywhere in the room that is made for them. */
const messages = [
  ...Array.from({ length: 200 }, (_, at) => noise.subarray(at * 7, at * 8)),
  ...[0, 1, 63, 64, 65, 8_191, 65_536, 1_048_500, 1_048_576, 1_200_000, 3 << 20].map((length) =>
    noise.subarray(0, length),
  ),
  text,
  text.subarray(100),
];

describe.each([
  ["a live stream", true],
  ["a compressor for each message", false],
])("deflating by %s", (_, live) => {
  it.each([
    [true, 15],
    [true, 9],
    [true, 8],
    [false, 15],
    [false, 8],
  ])("with context takeover %s and %i bits can be inflated again", (contextTakeover, windowBits) => {
    if (!live) vi.spyOn(LiveDeflate, "create").mockReturnValue(null);
    const deflater = new Deflater({ contextTakeover, windowBits });
    const inflater = new Inflater({ contextTakeover, windowBits, maxOctets: 4 << 20, strict: true });
    const wrong = messages.filter((message) => {
      inflater.push(deflater.deflate(message));
      return !inflater.end().equals(message);
    });
    expect(wrong).toEqual([]);
  });

  it("refers to the message before only with context takeover", () => {
    if (!live) vi.spyOn(LiveDeflate, "create").mockReturnValue(null);
    const once = noise.subarray(0, 10_000);
    const lengths = [true, false].map((contextTakeover) => {
      const deflater = new Deflater({ contextTakeover, windowBits: 15 });
      const [first, second] = [deflater.deflate(once), deflater.deflate(once)].map(({ length }) => length);
      return second! < first! / 2;
    });
    expect(lengths).toEqual([true, false]);
  });
});

it("there is a live stream in this Node", () => {
  expect(LiveDeflate.create({ windowBits: 15, level: 6, memLevel: 8 })).not.toBeNull();
});
