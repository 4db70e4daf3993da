import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

import { KnownAnswers } from "../../../fuzzer/known-answers.ts";

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "wsmatrix-answers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "some.answers");
}

/** Which of the answers of a connection are known; `null` stands for the octets that were sent. */
function recognized(known: KnownAnswers, ...answers: readonly (string | null)[]): readonly boolean[] {
  const chain = known.begin();
  return answers.map((octets) => {
    chain.push(octets === null ? null : Buffer.from(octets));
    return chain.isKnown;
  });
}

/** Has the answers of a connection all found to be right. */
function learn(known: KnownAnswers, ...answers: readonly (string | null)[]): void {
  const chain = known.begin();
  for (const octets of answers) {
    chain.push(octets === null ? null : Buffer.from(octets));
    chain.remember();
  }
}

describe("known answers", () => {
  it("are known on other connections, and in later runs", () => {
    const path = newPath();
    const here = new KnownAnswers(path, "facts");
    expect(recognized(here, "a", "b", "c")).toEqual([false, false, false]);
    learn(here, "a", "b");
    for (const known of [here, new KnownAnswers(path, "facts")])
      expect(recognized(known, "a", "b", "c")).toEqual([true, true, false]);
    expect(statSync(path).size).toBe(32);
  });

  it("are known behind the same answers alone, and at the same place", () => {
    const known = new KnownAnswers(newPath(), "facts");
    learn(known, "a", "b");
    expect(recognized(known, "x", "b")).toEqual([false, false]);
    expect(recognized(known, "b")).toEqual([false]);
    expect(recognized(known, "a", "a")).toEqual([true, false]);
    expect(recognized(known, "ab")).toEqual([false]);
  });

  it("tell the octets that were sent from all others", () => {
    const known = new KnownAnswers(newPath(), "facts");
    learn(known, null, "b");
    expect(recognized(known, null, "b")).toEqual([true, true]);
    expect(recognized(known, "", "b")).toEqual([false, false]);
  });

  it("of other messages or parameters are others", () => {
    const path = newPath();
    learn(new KnownAnswers(path, "facts"), "a");
    expect(recognized(new KnownAnswers(path, "other facts"), "a")).toEqual([false]);
  });

  it("are none where the file was damaged, and are kept again", () => {
    const path = newPath();
    learn(new KnownAnswers(path, "facts"), "a", "b");
    const octets = readFileSync(path);
    octets[3]! ^= 1;
    writeFileSync(path, octets);
    expect(recognized(new KnownAnswers(path, "facts"), "a", "b")).toEqual([false, true]);
    truncateSync(path, 17);
    const known = new KnownAnswers(path, "facts");
    expect(recognized(known, "a", "b")).toEqual([false, false]);
    learn(known, "a", "b");
    expect(recognized(new KnownAnswers(path, "facts"), "a", "b")).toEqual([true, true]);
  });

  it("begin anew where there are too many", () => {
    const path = newPath();
    writeFileSync(path, Buffer.alloc(2 ** 17 + 16));
    const known = new KnownAnswers(path, "facts");
    learn(known, "a");
    expect(statSync(path).size).toBe(16);
    learn(known, ...Array.from({ length: 2 ** 13 }, (_, k) => String(k)));
    expect(statSync(path).size).toBe(16);
    expect(recognized(known, "a")).toEqual([false]);
    expect(recognized(new KnownAnswers(path, "facts"), "a")).toEqual([false]);
  });

  it("are known to this run where nothing can be written", () => {
    const known = new KnownAnswers(join(newPath(), "not a folder", "x.answers"), "facts");
    learn(known, "a");
    expect(recognized(known, "a")).toEqual([true]);
  });
});
