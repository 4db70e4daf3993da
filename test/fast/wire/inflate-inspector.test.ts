import { constants, deflateRawSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { inspectDeflate } from "../../../wire/inflate-inspector.ts";

const flushed = (text: string, options = {}) =>
  deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH, ...options });
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("an inspection", () => {
  it("tells the blocks of a stream, and inflates it", () => {
    // RFC 7692 section 7.2.3.1, with what is put behind the message.
    const found = inspectDeflate(hex("f248cdc9c90700 0000ffff"));
    expect(found.plain.toString()).toBe("Hello");
    expect(found.blocks).toEqual([
      { type: "fixed", final: false },
      { type: "stored", final: false },
    ]);
    expect(found).toMatchObject({ maxDistance: 0, usesHistory: false, trailing: 0 });
  });

  it.each([
    ["stored", { level: 0 }],
    ["fixed", { strategy: constants.Z_FIXED }],
    ["dynamic", { strategy: constants.Z_HUFFMAN_ONLY }],
  ] as const)("reads what zlib writes in %s blocks", (type, options) => {
    const text = Array.from({ length: 3_000 }, (_, at) => String.fromCodePoint(97 + ((at * at) % 23))).join(
      "",
    );
    const found = inspectDeflate(flushed(text, options));
    expect(found.plain.toString()).toBe(text);
    expect(found.blocks.map((block) => block.type)).toContain(type);
  });

  it("tells how far matches go back, and whether beyond the message", () => {
    const far = "abcdefgh".padEnd(900, "-") + "abcdefgh";
    expect(inspectDeflate(flushed(far)).maxDistance).toBe(900);
    expect(inspectDeflate(flushed(far, { windowBits: 9 })).maxDistance).toBeLessThanOrEqual(512);
    const again = flushed("Hello", { dictionary: Buffer.from("Hello") });
    expect(inspectDeflate(again, Buffer.from("Hello"))).toMatchObject({ usesHistory: true, maxDistance: 5 });
    expect(() => inspectDeflate(again)).toThrow("a match begins before the history");
  });

  it("tells what stands behind a final block, where that is the end", () => {
    const stream = Buffer.concat([deflateRawSync("Hello"), hex("ffff")]);
    const found = inspectDeflate(stream, undefined, { maxOctets: 100, stopAtFinal: true });
    expect(found).toMatchObject({ trailing: 2, blocks: [{ final: true }] });
  });

  it("goes no further than the limit", () => {
    const bomb = flushed("\0".repeat(100_000));
    expect(inspectDeflate(bomb, undefined, { maxOctets: 100_000 }).plain).toHaveLength(100_000);
    expect(() => inspectDeflate(bomb, undefined, { maxOctets: 99_999 })).toThrow("more than the limit");
  });

  it.each([
    ["a block of type 3", "0600"],
    ["stored lengths that disagree", "0005000500 48656c6c6f 00"],
    ["the end inside a block", "f248cd"],
    ["codes that are none", "ecffffffffffffffffff00"],
  ])("throws at %s", (_, octets) => {
    expect(() => inspectDeflate(hex(`${octets} 0000ffff`))).toThrow(RangeError);
  });
});
