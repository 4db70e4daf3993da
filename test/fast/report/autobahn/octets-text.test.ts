import { assert, property, string, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import { digestOf } from "../../../../fuzzer/digest.ts";
import {
  headText,
  payloadHex,
  payloadText,
  reasonText,
  utf8Text,
} from "../../../../report/autobahn/octets-text.ts";
import { isValidUtf8 } from "../../../../wire/utf8.ts";

const shown = (octets: Uint8Array) => payloadText(digestOf(octets));

describe("octets in a report", () => {
  it.each([
    [60, "a".repeat(60)],
    [61, `${"a".repeat(61)} ...`],
    [64, `${"a".repeat(64)} ...`],
    [65, `${"a".repeat(64)} ...`],
    [70_000, `${"a".repeat(64)} ...`],
  ])("%i of them are cut as the original cuts them", (length, text) => {
    expect(shown(Buffer.alloc(length, "a"))).toBe(text);
    const hex = Buffer.alloc(Math.min(length, 64), "a").toString("hex");
    expect(payloadHex(length, hex)).toBe(length > 60 ? `${hex} ...` : hex);
  });

  it("are hexadecimal when they are no UTF-8, also when the cut makes them so", () => {
    expect(shown(Buffer.from("03e8", "hex"))).toBe("0x03e8");
    expect(shown(Buffer.from("ä".repeat(40)))).toBe(`${"ä".repeat(32)} ...`);
    const split = Buffer.from(`x${"ä".repeat(40)}`);
    expect(shown(split)).toBe(`0x${split.toString("hex", 0, 64)} ...`);
  });

  it("keep a byte order mark", () => {
    expect(shown(Buffer.from("efbbbf41", "hex"))).toBe("\ufeffA");
  });

  it.each([
    ["a surrogate", "cebaeda08065", "κ\ud800e"],
    ["two halves that fit together", "eda0bdedb880", "\ud83d\ude00"],
    ["the last character before the surrogates", "ed9fbf", "\ud7ff"],
    ["an overlong form", "c080", null],
    ["a surrogate with something wrong before it", "80eda080", null],
    ["half of a surrogate", "eda0", null],
    ["beyond the last code point", "f4908080", null],
    ["nothing", "", ""],
  ])("are read as Python 2 reads them: %s", (_, hex, text) => {
    expect(utf8Text(Buffer.from(hex, "hex"))).toBe(text);
  });

  it("are read as everyone does where they are UTF-8, and rejected elsewhere but for surrogates", () => {
    assert(
      property(string({ unit: "binary" }), (text) => {
        const octets = Buffer.from(text);
        expect(utf8Text(octets)).toBe(octets.toString());
      }),
    );
    assert(
      property(uint8Array(), (octets) => {
        const hasSurrogate = /[\ud800-\udfff]/u.test(utf8Text(octets) ?? "");
        expect(utf8Text(octets) !== null && !hasSurrogate).toBe(isValidUtf8(Buffer.from(octets)));
      }),
    );
  });

  it("of a close reason are text, or hexadecimal", () => {
    expect([reasonText(null), reasonText(""), reasonText("c3a421"), reasonText("ff")]).toEqual([
      null,
      "",
      "ä!",
      "0xff",
    ]);
  });

  it("of a head of HTTP are UTF-8 where they can be", () => {
    expect(headText(null)).toBe("?");
    expect(headText("HTTP/1.1 101 X\r\nX-A: Ã©\r\n\r\n")).toBe("HTTP/1.1 101 X\r\nX-A: é\r\n\r\n");
    expect(headText("X-A: \u00e9\r\n")).toBe("X-A: \u00e9\r\n");
  });
});
