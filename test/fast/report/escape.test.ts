import { assert, constantFrom, nat, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, pad, truncate } from "../../../report/columns.ts";
import { formatDuration } from "../../../report/duration.ts";
import { escapeJson, escapeTerminal } from "../../../report/escape.ts";
import { matchesAny, matchesPattern } from "../../../report/pattern.ts";
import { repeatCommand, shellWord } from "../../../report/repeat.ts";
import { harmfulCharacters } from "./harmful.ts";

describe("text for a terminal", () => {
  it.each([
    ["plain text", "ws/8.23.0 (déjà vu) 日本 😀", "ws/8.23.0 (déjà vu) 日本 😀"],
    ["a colour", "\u001b[31mred", String.raw`\x1b[31mred`],
    ["line ends and tabs", "a\r\nb\tc", String.raw`a\r\nb\tc`],
    ["NUL and DEL", "\u0000\u007f", String.raw`\x00\x7f`],
    ["a C1 control sequence introducer", "\u009b2J", String.raw`\x9b2J`],
    ["bidirectional overrides", "\u202Eevil\u202C", String.raw`\u202eevil\u202c`],
    ["bidirectional isolates", "\u2066x\u2069", String.raw`\u2066x\u2069`],
    ["half of a surrogate pair", "a\ud800b", String.raw`a\ud800b`],
    ["line separators", "\u2028\u2029", String.raw`\u2028\u2029`],
  ])("keeps or escapes %s", (_, text, safe) => {
    expect(escapeTerminal(text)).toBe(safe);
  });

  it("is cut at its cap, between characters and not in an escape", () => {
    expect(escapeTerminal("abcdef", 6)).toBe("abcdef");
    expect(escapeTerminal("abcdef", 5)).toBe("abcde…");
    expect(escapeTerminal("😀😀😀", 2)).toBe("😀😀…");
    expect(escapeTerminal("\u001b\u001b\u001b", 2)).toBe(String.raw`\x1b\x1b…`);
    expect(escapeTerminal("x".repeat(10_000_000))).toHaveLength(201);
  });

  it("never holds anything harmful", () => {
    assert(
      property(string({ unit: nat(0x2100).map((c) => String.fromCharCode(c)) }), (text) => {
        const escaped = escapeTerminal(text, 50);
        expect(harmfulCharacters(escaped)).toEqual([]);
        expect(escaped).not.toContain("\n");
      }),
    );
  });
});

describe("JSON for a terminal", () => {
  it("means the same, and is harmless", () => {
    const value = { text: '\u001b[2J \u009b \u202e \u2028 \ud800 \\ " 😀 \u007f' };
    const json = escapeJson(JSON.stringify(value));
    expect(JSON.parse(json)).toEqual(value);
    expect(harmfulCharacters(json)).toEqual([]);
  });
});

describe("columns", () => {
  it.each([
    ["abc", 3],
    ["日本", 4],
    ["e\u0301", 1],
    ["😀", 2],
    ["", 0],
  ])("%j takes %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it("are kept to", () => {
    expect(truncate("abcdef", 6)).toBe("abcdef");
    expect(truncate("abcdef", 4)).toBe("abc…");
    expect(truncate("日本語", 4)).toBe("日…");
    expect(truncate("abc", 0)).toBe("");
    expect([pad("日", 4, "left"), pad("7", 3, "right"), pad("long", 2, "left")]).toEqual([
      "日  ",
      "  7",
      "long",
    ]);
  });
});

describe("a duration", () => {
  it.each([
    [0, "0.0 s"],
    [1234, "1.2 s"],
    [9949, "9.9 s"],
    [9950, "10 s"],
    [59_400, "59 s"],
    [59_999, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [3_599_999, "1 h 00 min"],
    [7_620_000, "2 h 07 min"],
    [-5, "0.0 s"],
  ])("of %i ms reads %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("a pattern", () => {
  it.each([
    ["9.3.1", "9.3.1", true],
    ["9.3.1", "9.3.10", false],
    ["9.3.1", "19.3.1", false],
    ["9.3.1", "9x3x1", false],
    ["9.4.*", "9.4.1", true],
    ["9.4.*", "9.4", false],
    ["9.4.*", "19.4.1", false],
    ["9.4", "9.4.1", false],
    ["*", "", true],
    ["*.1", "1.1", true],
    ["*.1", "1.1.2", false],
    ["1.*.1", "1.1", false],
    ["1.*.1", "1.1.1", true],
    ["1*1*1", "11", false],
    ["1*1*1", "1.11", true],
    ["**", "x", true],
    ["", "", true],
    ["", "x", false],
    ["1*", "1", true],
  ])("%j names %j: %s", (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it("agrees with the regular expression it stands for", () => {
    const word = string({ unit: constantFrom("1", ".", "*", "a"), maxLength: 8 });
    const text = string({ unit: constantFrom("1", ".", "a"), maxLength: 8 });
    assert(
      property(word, text, (pattern, id) => {
        const source = pattern.replaceAll(".", String.raw`\.`).replaceAll("*", ".*");
        expect(matchesPattern(pattern, id)).toBe(new RegExp(`^${source}$`).test(id));
      }),
      { numRuns: 1000 },
    );
  });

  it("is one of several", () => {
    expect(matchesAny(["1.*", "3.1"], "3.1")).toBe(true);
    expect(matchesAny([], "3.1")).toBe(false);
  });
});

describe("the command to repeat a case", () => {
  it("names target, version, role and an unusual variant", () => {
    const cell = { target: "ws", version: "8.23.0", role: "server", variant: "plain" } as const;
    const here = "npx wsmatrix";
    expect(repeatCommand(cell, "5.3", here)).toBe("npx wsmatrix case 5.3 --target ws@8.23.0 --role server");
    expect(repeatCommand({ ...cell, version: null, variant: "tls" }, "5.3", here)).toBe(
      "npx wsmatrix case 5.3 --target ws --role server --variant tls",
    );
  });

  it("names a program of one's own by its flags", () => {
    const cell = { target: "own", version: null, role: "client", variant: "plain" } as const;
    expect(repeatCommand(cell, "5.3", "npx wsmatrix", ["--command", "node a.js {url}"])).toBe(
      "npx wsmatrix case 5.3 --command 'node a.js {url}' --role client",
    );
  });

  it("survives a shell", () => {
    expect(shellWord("a b")).toBe("'a b'");
    expect(shellWord("$(x)'")).toBe(String.raw`'$(x)'\'''`);
    expect(shellWord("")).toBe("''");
  });
});
