import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { corpusMessage, ownCorpora } from "../../../fuzzer/corpora.ts";
import { PreparedMessages, type Series } from "../../../fuzzer/prepared.ts";
import { Deflater, Inflater } from "../../../wire/deflate.ts";

const settings = { windowBits: 15, contextTakeover: true };
const series: Series = { corpus: ownCorpora("json"), length: 65_536, count: 20, settings };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "wsmatrix-prepared-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const messageOf = (k: number) => corpusMessage("json", series.length, k);

/** The compressed messages of a play, up to one of them. */
function play(messages: PreparedMessages, count = series.count, wanted = series): readonly Buffer[] {
  const deflater = messages.deflaterFor(wanted)!;
  return Array.from({ length: count }, (_, k) => deflater.deflate(messageOf(k)));
}

/** Whether they inflate to the messages of the series. */
function isRight(compressed: readonly Buffer[]): boolean {
  const inflater = new Inflater({ ...settings, maxOctets: 1 << 20 });
  return compressed.every((octets, k) => {
    inflater.push(octets);
    return inflater.end().equals(messageOf(k));
  });
}

function fresh(): readonly Buffer[] {
  const deflater = new Deflater(settings);
  return Array.from({ length: series.count }, (_, k) => deflater.deflate(messageOf(k)));
}

/** Messages compressed while something goes on. */
function compressions<T>(action: () => T): readonly [result: T, count: number] {
  const spy = vi.spyOn(Deflater.prototype, "deflate");
  const result = action();
  const count = spy.mock.calls.length;
  spy.mockRestore();
  return [result, count];
}

describe("kept messages", () => {
  it("are compressed once, for all plays and all runs", () => {
    const path = folder();
    const here = new PreparedMessages(path);
    const [first, once] = compressions(() => play(here));
    expect([first, once]).toEqual([fresh(), series.count]);
    expect(compressions(() => play(here))).toEqual([first, 0]);
    expect(compressions(() => play(new PreparedMessages(path)))).toEqual([first, 0]);
    expect(readdirSync(path)).toHaveLength(1);
  });

  it("are shared by plays that drift apart", () => {
    const messages = new PreparedMessages(folder());
    const [slow, fast] = [messages.deflaterFor(series)!, messages.deflaterFor(series)!];
    const expected = fresh();
    const compressed = [];
    for (let k = 0; k < series.count; k++) {
      expect(fast.deflate(messageOf(k))).toEqual(expected[k]);
      if (k % 3 === 0) compressed.push(slow.deflate(messageOf(k / 3)));
    }
    expect(compressed).toEqual(expected.slice(0, compressed.length));
  });

  it("leave no file under their name when a play ends early", () => {
    const path = folder();
    play(new PreparedMessages(path), 5);
    expect(readdirSync(path)).toEqual([expect.stringMatching(/\.part$/)]);
    expect(play(new PreparedMessages(path))).toEqual(fresh());
  });

  it("of other parameters are others", () => {
    const messages = new PreparedMessages(folder());
    const narrow = { ...series, settings: { windowBits: 9, contextTakeover: false } };
    expect(play(messages)).not.toEqual(play(messages, series.count, narrow));
  });

  it("are right although the file was changed", () => {
    const path = folder();
    play(new PreparedMessages(path));
    const file = join(path, readdirSync(path)[0]!);
    const octets = readFileSync(file);
    octets[octets.length >> 1]! ^= 1;
    writeFileSync(file, octets);
    const compressed = play(new PreparedMessages(path));
    expect(isRight(compressed)).toBe(true);
    expect(compressed).not.toEqual(fresh());
  });

  it("are made anew when the file was cut off", () => {
    const path = folder();
    play(new PreparedMessages(path));
    const file = join(path, readdirSync(path)[0]!);
    truncateSync(file, readFileSync(file).length - 1);
    expect(play(new PreparedMessages(path))).toEqual(fresh());
    expect(compressions(() => play(new PreparedMessages(path)))[1]).toBe(0);
  });

  it("are done without where nothing can be written", () => {
    const path = join(folder(), "taken");
    writeFileSync(path, "");
    expect(new PreparedMessages(path).deflaterFor(series)).toBeNull();
  });

  it("are not kept where they are few", () => {
    const path = folder();
    expect(new PreparedMessages(path).deflaterFor({ ...series, count: 2 })).toBeNull();
    expect(readdirSync(path)).toEqual([]);
  });

  it("that nobody finished in a day are removed, younger ones are not", () => {
    const path = folder();
    for (const [name, age] of [
      ["old.part", 2 * 86_400],
      ["young.part", 3_600],
    ] as const) {
      writeFileSync(join(path, name), "x");
      const then = Date.now() / 1000 - age;
      utimesSync(join(path, name), then, then);
    }
    play(new PreparedMessages(path), 1);
    expect(readdirSync(path)).toContain("young.part");
    expect(readdirSync(path)).not.toContain("old.part");
  });
});
