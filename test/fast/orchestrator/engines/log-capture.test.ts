import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { captureLog } from "../../../../orchestrator/engines/log-capture.ts";
import { splitLines } from "../../../../orchestrator/engines/lines.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wsmatrix-log-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (file: string | null, pieces: readonly string[], caps = { file: 20, tail: 8 }): string => {
  const log = captureLog(file, caps);
  for (const piece of pieces) log.write(Buffer.from(piece));
  log.close();
  return log.tail();
};

describe("captureLog", () => {
  it("keeps a short output whole", () => {
    const file = join(dir, "deep", "a.log");
    expect(write(file, ["one\n", "two\n"])).toBe("one\ntwo\n");
    expect(readFileSync(file, "utf8")).toBe("one\ntwo\n");
  });

  it("keeps exactly as much as the cap without leaving anything out", () => {
    const file = join(dir, "a.log");
    write(file, ["0123456789", "abcdefghij"]);
    expect(readFileSync(file, "utf8")).toBe("0123456789abcdefghij");
  });

  it.each([
    ["in one piece", ["0123456789--------------abcdefghij"]],
    ["octet by octet", Array.from("0123456789--------------abcdefghij")],
    ["in pieces across the cap", ["0123456", "789-----", "---------ab", "cdefghij"]],
  ])("keeps head and tail of a long output that comes %s", (_, pieces) => {
    const file = join(dir, "a.log");
    const total = pieces.join("").length;
    expect(write(file, pieces)).toBe("cdefghij");
    expect(readFileSync(file, "utf8")).toBe(
      `0123456789\n[wsmatrix left out ${total - 20} octets here]\nabcdefghij`,
    );
  });

  it("appends to what an earlier start wrote", () => {
    const file = join(dir, "a.log");
    write(file, ["first\n"]);
    write(file, ["second\n"]);
    expect(readFileSync(file, "utf8")).toBe("first\nsecond\n");
  });

  it("needs no file, keeps control characters, and starts the tail at a character", () => {
    expect(write(null, ["ä€\u001b[1m.."], { file: 0, tail: 7 })).toBe("\u001b[1m..");
    expect(write(null, ["€€abcdef"], { file: 0, tail: 8 })).toBe("abcdef");
    expect(write(null, [])).toBe("");
  });

  it("takes what comes after it was closed into the tail only", () => {
    const file = join(dir, "a.log");
    const log = captureLog(file);
    log.close();
    log.write(Buffer.from("late"));
    log.close();
    expect(log.tail()).toBe("late");
    expect(readFileSync(file, "utf8")).toBe("");
  });

  it("throws when the file cannot be opened", () => {
    expect(() => captureLog(dir)).toThrow(/EISDIR/);
  });
});

const linesOf = (pieces: readonly (string | Buffer)[]): readonly string[] => {
  const lines: string[] = [];
  const splitter = splitLines((line) => lines.push(line));
  for (const piece of pieces) splitter.push(Buffer.from(piece));
  splitter.end();
  return lines;
};

describe("splitLines", () => {
  it("joins pieces, keeps empty lines, and drops carriage returns at the end", () => {
    expect(linesOf(["a", "b\r\n\nc", "\nd"])).toEqual(["ab", "", "c", "d"]);
  });

  it("joins a character that was cut", () => {
    const euro = Buffer.from("€\n");
    expect(linesOf([euro.subarray(0, 1), euro.subarray(1)])).toEqual(["€"]);
  });

  it("cuts lines that do not end", () => {
    const lines = linesOf(Array.from({ length: 10 }, () => "x".repeat(1000)));
    expect(lines.map((line) => line.length)).toEqual([4096, 4096, 1808]);
    expect(linesOf([`${"y".repeat(5000)}\nz`]).map((line) => line.length)).toEqual([4096, 904, 1]);
  });
});
