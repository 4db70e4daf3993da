import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { indexJson } from "../../../../report/autobahn/index-json.ts";
import { IndexFileError, parseIndex, readIndex } from "../../../../report/autobahn/read-index.ts";

import { harmfulCharacters } from "../harmful.ts";

const record = {
  behavior: "OK",
  behaviorClose: "OK",
  duration: 2,
  remoteCloseCode: 1000,
  reportfile: "x.json",
};

/** The message of what an index with this in it gives. */
function errorOf(value: unknown): string {
  try {
    parseIndex(typeof value === "string" ? value : JSON.stringify(value), "a/index.json");
  } catch (error) {
    if (error instanceof IndexFileError) return error.message;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("an index.json that is read", () => {
  it("gives the verdicts of each agent", () => {
    const text = JSON.stringify({
      "ws 8": {
        "1.1.1": record,
        "10.1.1": { ...record, behavior: "FAILED", behaviorClose: "WRONG CODE", remoteCloseCode: null },
      },
      ["__proto__"]: { "2.1": { ...record, behavior: "UNIMPLEMENTED", behaviorClose: "FAILED BY CLIENT" } },
      empty: {},
    });
    const index = parseIndex(`\ufeff${text}`, "index.json");
    expect([...index].map(([agent, cases]) => [agent, Object.fromEntries(cases)])).toEqual([
      ["ws 8", { "1.1.1": ["OK", "OK", 1000], "10.1.1": ["FAILED", "WRONG CODE", null] }],
      ["__proto__", { "2.1": ["UNIMPLEMENTED", "FAILED BY CLIENT", 1000] }],
      ["empty", {}],
    ]);
  });

  it("may lack what is no verdict, and hold more", () => {
    const trimmed = { behavior: "OK", behaviorClose: "UNCLEAN", note: [1] };
    expect(
      parseIndex(JSON.stringify({ ws: { "1.1.1": trimmed } }), "index.json")
        .get("ws")
        ?.get("1.1.1"),
    ).toEqual(["OK", "UNCLEAN", null]);
  });

  it("may be one of ours", () => {
    const facts = {
      ...record,
      id: "1.1.1",
      stem: "ws_case_1_1_1",
      ratios: null,
      behavior: "NON-STRICT",
      behaviorClose: "OK",
    } as const;
    const text = indexJson(new Map([["ws", new Map([["1.1.1", facts]])]]));
    expect(parseIndex(text, "index.json").get("ws")?.get("1.1.1")).toEqual(["NON-STRICT", "OK", 1000]);
  });

  it.each<readonly [unknown, string]>([
    ["{", "not JSON ("],
    ["", "not JSON ("],
    [[], "an object is wanted here, and this is a list"],
    [null, "an object is wanted here, and this is null"],
    [{ ws: 1 }, 'agent "ws": an object is wanted here, and this is 1'],
    [{ ws: { "1.1.1": "OK" } }, 'agent "ws", case "1.1.1": an object is wanted here, and this is "OK"'],
    [
      { ws: { "1.1.1": {} } },
      'agent "ws", case "1.1.1": behavior is missing; it has to be one of OK, NON-STRICT, INFORMATIONAL, UNIMPLEMENTED, FAILED',
    ],
    [{ ws: { "1.1.1": { ...record, behavior: "ok" } } }, 'case "1.1.1": behavior is "ok"; it has to be'],
    [
      { ws: { "1.1.1": { ...record, behaviorClose: "NON-STRICT" } } },
      'behaviorClose is "NON-STRICT"; it has to be one of OK, UNCLEAN, WRONG CODE',
    ],
    [
      { ws: { "1.1.1": { ...record, remoteCloseCode: "1000" } } },
      'remoteCloseCode is "1000"; it has to be a close code or null',
    ],
    [{ ws: { "1.1.1": { ...record, remoteCloseCode: 65_536 } } }, "remoteCloseCode is 65536; "],
  ])("that is %j is refused with its place and what is wanted", (value, message) => {
    expect(errorOf(value)).toMatch(/^a\/index\.json: /);
    expect(errorOf(value)).toContain(message);
  });

  it("is quoted without harm", () => {
    const message = errorOf({
      ["a\u001b[2J".repeat(100)]: { "1\u202e": { behavior: "\u0007".repeat(9999) } },
    });
    expect(harmfulCharacters(message)).toEqual([]);
    expect(message.length).toBeLessThan(1000);
  });
});

describe("a file that is read", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wsmatrix-index-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("gives its verdicts", () => {
    const file = join(folder, "index.json");
    writeFileSync(file, JSON.stringify({ ws: { "1.1.1": record } }));
    expect(readIndex(file).get("ws")?.size).toBe(1);
  });

  it("has to be there, and to be a file", () => {
    expect(() => readIndex(join(folder, "none.json"))).toThrow(
      /none\.json: there is no such file; name the index\.json/,
    );
    expect(() => readIndex(folder)).toThrow(/: this is a folder; name the index\.json in it/);
    expect(() => readIndex(folder)).toThrow(IndexFileError);
  });
});
