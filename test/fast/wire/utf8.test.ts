import { isUtf8 } from "node:buffer";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isValidUtf8, Utf8Validator } from "../../../wire/utf8.ts";

import { anyCuts, hex, oneByOne, pieces } from "../../support/octets.ts";

function run(chunks: readonly Uint8Array[]): { valid: boolean; complete: boolean } {
  const validator = new Utf8Validator();
  for (const chunk of chunks) validator.push(chunk);
  const { valid, complete } = validator;
  return { valid, complete };
}

/** Ways to finish a code point: the second octet matters, after that any continuation will do. */
const endings = ["", "80", "90", "a0", "8080", "9080", "a080", "808080", "908080", "a08080"].map(hex);

/** Whether some further octets make a valid text of these, found by trying. */
function canBeFinished(octets: Uint8Array): boolean {
  return endings.some((ending) => isUtf8(Buffer.concat([octets, ending])));
}

describe("the verdict on a whole text", () => {
  const texts = [
    ["nothing", "", true],
    ["ASCII", "48 65 6c 6c 6f", true],
    ["NUL", "00", true],
    ["two octets, first and last", "c280 dfbf", true],
    ["three octets, first and last", "e0a080 efbfbf", true],
    ["before and after the surrogates", "ed9fbf ee8080", true],
    ["four octets, first and last", "f0908080 f48fbfbf", true],
    ["a byte order mark", "efbbbf", true],
    ["a continuation octet alone", "80", false],
    ["an overlong NUL", "c080", false],
    ["an overlong slash", "c1af", false],
    ["overlong in three octets", "e09fbf", false],
    ["overlong in four octets", "f08fbfbf", false],
    ["the first surrogate", "eda080", false],
    ["the last surrogate", "edbfbf", false],
    ["U+110000", "f4908080", false],
    ["a lead that would mean five octets", "f888808080", false],
    ["fe and ff", "fe ff", false],
    ["a code point cut short", "e282", false],
    ["a lead inside a code point", "e2c3a9", false],
    ["a continuation too many", "c3a9a9", false],
  ] as const;

  it.each(texts)("%s", (_name, octets, wanted) => {
    for (const padding of [0, 61, 62, 63, 64, 200]) {
      const text = Buffer.concat([Buffer.alloc(padding, "x"), hex(octets)]);
      expect([padding, isValidUtf8(text)]).toEqual([padding, wanted]);
      expect([padding, run([text]).complete]).toEqual([padding, wanted]);
      expect([padding, run(oneByOne(text)).complete]).toEqual([padding, wanted]);
    }
  });
});

/** Octets in which every kind of mistake is likely. */
const adversarial = fc
  .array(
    fc.oneof(
      {
        arbitrary: fc.constantFrom("é", "€", "𝄞", "\u{10ffff}", "\u0800").map((c) => Buffer.from(c)),
        weight: 4,
      },
      { arbitrary: fc.nat(90).map((length) => Buffer.alloc(length, "a")), weight: 2 },
      {
        arbitrary: fc
          .constantFrom(
            "80",
            "bf",
            "c0",
            "c1",
            "c2",
            "df",
            "e0",
            "e09f",
            "ed",
            "eda0",
            "f0",
            "f08f",
            "f4",
            "f490",
            "f5",
            "ff",
          )
          .map(hex),
        weight: 1,
      },
      { arbitrary: fc.constantFrom("e282ac e282", "f09d84", "edbfbf").map(hex), weight: 1 },
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));
const anyText = fc.oneof(
  adversarial,
  fc.uint8Array({ maxLength: 8 }).map((octets) => Buffer.from(octets)),
  fc.string({ unit: "binary", maxLength: 150, size: "max" }).map((plain) => Buffer.from(plain)),
);

describe("the validator", () => {
  it("agrees with Node's own check, however the text is cut", () => {
    const property = fc.property(anyText, anyCuts, (text, cuts) => {
      const wanted = isUtf8(text);
      expect(run([text]).complete).toBe(wanted);
      expect(run(pieces(text, cuts)).complete).toBe(wanted);
      expect(run(oneByOne(text)).complete).toBe(wanted);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it("fails at the earliest octet that no valid text can contain there, and not before", () => {
    const property = fc.property(anyText, (text) => {
      const validator = new Utf8Validator();
      for (let end = 1; end <= text.length; end++) {
        const valid = validator.push(text.subarray(end - 1, end));
        expect([end, valid]).toEqual([end, canBeFinished(text.subarray(0, end))]);
        expect(validator.valid).toBe(valid);
      }
    });
    fc.assert(property, { numRuns: 150 });
  });

  it("says the same of any first chunk as of its octets one by one", () => {
    const property = fc.property(adversarial, anyCuts, (text, cuts) => {
      const [byChunk, byOctet] = [new Utf8Validator(), new Utf8Validator()];
      for (const chunk of pieces(text, cuts)) {
        for (const octet of oneByOne(chunk)) byOctet.push(octet);
        byChunk.push(chunk);
        expect([byChunk.valid, byChunk.complete]).toEqual([byOctet.valid, byOctet.complete]);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("judges every pair of octets as the definition does", () => {
    const wrong: string[] = [];
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const pair = Buffer.of(first, second);
        const { valid, complete } = run([pair]);
        if (valid !== canBeFinished(pair) || complete !== isUtf8(pair)) wrong.push(pair.toString("hex"));
      }
    }
    expect(wrong).toEqual([]);
  });

  it("stays failed", () => {
    const validator = new Utf8Validator();
    expect(validator.push(hex("ff"))).toBe(false);
    expect(validator.push(Buffer.alloc(0))).toBe(false);
    expect(validator.push(Buffer.alloc(100, "a"))).toBe(false);
    expect([validator.valid, validator.complete]).toEqual([false, false]);
  });

  it("tells an unfinished code point from a finished one", () => {
    expect(run([hex("e282")])).toEqual({ valid: true, complete: false });
    expect(run([hex("e282"), hex("ac")])).toEqual({ valid: true, complete: true });
    expect(run([])).toEqual({ valid: true, complete: true });
  });
});
