import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import type { CorpusName } from "../../../fuzzer/case.ts";
import {
  type Corpora,
  CorpusError,
  corpusMessage,
  corpusUnits,
  loadCorpora,
  originalCorpora,
  ownCorpora,
} from "../../../fuzzer/corpora.ts";
import { Deflater } from "../../../wire/deflate.ts";
import { isValidUtf8 } from "../../../wire/utf8.ts";

const names = Object.keys(originalCorpora) as CorpusName[];
const sha256 = (octets: Uint8Array) => createHash("sha256").update(octets).digest("hex");

const factsFile = new URL("../../facts/cases.json", import.meta.url);
const facts = z
  .object({
    corpora: z.array(
      z.object({
        file: z.string(),
        bytes: z.number(),
        sha256: z.string(),
        sentAs: z.string(),
        units: z.number(),
        bom: z.boolean(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(factsFile, "utf8"))).corpora;

const factOf = (name: CorpusName) => facts.find(({ file }) => file === originalCorpora[name].file)!;

describe("our corpora", () => {
  it.each<[CorpusName, string]>([
    ["json", "7994ca18663bb7bc4efbfcedd6eada4f6e0f81b8627c0bf86efc0ae1f5f01d7b"],
    ["bitmap", "13d20c0a79ea7620f5051b5b94206a86b35081a45698bf535c0bed456ce813db"],
    ["prose", "209a0f5987cce60a5fb45592faae3638f008c3ceedfa7d51b9f4b173eb44b2ef"],
    ["html", "d5778309f8046a088ddf3b083d5b00cc6df13ece03df31be04e50fb710421077"],
    ["binary", "d402b7066c93b32cfbef5827982777394bcc8c527712853b1aa39caf767117ad"],
  ])("never change: %s", (name, wanted) => {
    expect(sha256(ownCorpora(name).octets)).toBe(wanted);
    expect(ownCorpora(name)).toBe(ownCorpora(name));
  });

  it.each(names)("have the size of the original, in octets and in units: %s", (name) => {
    const { bytes, units } = factOf(name);
    expect(ownCorpora(name).octets).toHaveLength(bytes);
    expect(corpusUnits(name)).toBe(units);
  });

  it("are what their names say", () => {
    const text = (name: CorpusName) => ownCorpora(name).octets.toString("utf8");
    for (const name of ["json", "html", "prose"] as const)
      expect(isValidUtf8(ownCorpora(name).octets)).toBe(true);
    expect(text("json")).toMatch(/^[\n\x20-\x7e]+$/);
    const { readings } = z.object({ readings: z.array(z.unknown()) }).parse(JSON.parse(text("json")));
    expect(readings.length).toBeGreaterThan(300);
    expect(text("html")).toMatch(/^<!DOCTYPE html>[^\u{10000}-\u{10ffff}]*<\/html>\n$/u);
    expect(ownCorpora("html").octets.filter((octet) => octet >= 0xc0).length).toBeGreaterThan(10);
    expect(text("prose")).toMatch(/^\u{feff}[^\u{10000}-\u{10ffff}]*\r\n$/u);
    expect(text("prose").split("\r\n").length).toBeGreaterThan(5_000);
    for (const name of ["bitmap", "binary"] as const)
      expect(isValidUtf8(ownCorpora(name).octets)).toBe(false);
  });

  it("have a bitmap that is one of 512 by 512 greys", () => {
    const file = ownCorpora("bitmap").octets;
    expect(file.toString("latin1", 0, 2)).toBe("BM");
    expect([file.readUInt32LE(2), file.readUInt32LE(10)]).toEqual([file.length, 1078]);
    expect([file.readInt32LE(18), file.readInt32LE(22), file.readUInt16LE(28)]).toEqual([512, 512, 8]);
    const pixels = file.subarray(1078);
    expect(pixels).toHaveLength(512 * 512);
    expect(new Set(pixels).size).toBeGreaterThan(200);
  });

  // Of what is measured on the originals: 0.044, 0.866, 0.385, 0.055, 0.759 as a whole.
  it.each<[CorpusName, number, number]>([
    ["json", 0.03, 0.06],
    ["bitmap", 0.82, 0.91],
    ["prose", 0.33, 0.43],
    ["html", 0.04, 0.07],
    ["binary", 0.7, 0.82],
  ])("compress like the originals: %s", (name, least, most) => {
    const { octets } = ownCorpora(name);
    const whole = deflateRawSync(octets).length / octets.length;
    expect(whole).toBeGreaterThan(least);
    expect(whole).toBeLessThan(most);
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true });
    let sum = 0;
    for (let k = 0; k < 100; k++) sum += deflater.deflate(corpusMessage(name, 1024, k)).length;
    expect(sum / 102_400).toBeGreaterThan(least);
    expect(sum / 102_400).toBeLessThan(most + 0.06);
  });
});

/** The rule of the facts, as it stands there: characters are decoded, cut and encoded again. */
function* cutByTheRule(name: CorpusName, length: number, corpora: Corpora): Generator<Buffer> {
  const { octets } = corpora(name);
  const units: readonly (string | number)[] = originalCorpora[name].text
    ? Array.from(octets.toString("utf8"))
    : [...octets];
  const encode = (part: readonly (string | number)[]) =>
    typeof part[0] === "string" ? Buffer.from(part.join(""), "utf8") : Buffer.from(part as number[]);
  let pointer = 0;
  for (;;) {
    const end = (pointer + length) % units.length;
    yield encode(
      end > pointer ? units.slice(pointer, end) : [...units.slice(pointer), ...units.slice(0, end)],
    );
    pointer = end;
  }
}

describe("messages", () => {
  it.each(names)("are cut by the rule of the facts: %s", (name) => {
    for (const [length, count] of [
      [16, 40],
      [4_096, 100],
      [65_536, 20],
      [131_072, 20],
    ] as const) {
      const wanted = cutByTheRule(name, length, ownCorpora);
      for (let k = 0; k < count; k++) {
        const message = corpusMessage(name, length, k);
        expect([k, message.equals(wanted.next().value)]).toEqual([k, true]);
      }
    }
  });

  it("of a text corpus never cut a character", () => {
    let octets = 0;
    for (let k = 0; k < 1000; k++) {
      const message = corpusMessage("html", 256, k);
      octets += message.length;
      expect(isValidUtf8(message)).toBe(true);
    }
    expect(octets).toBeGreaterThan(256_000);
  });

  it("are views, also where the corpus starts over", () => {
    for (const k of [0, 1, 2])
      expect(corpusMessage("json", 131_072, k).buffer).toBe(ownCorpora("json").twice.buffer);
  });

  it("may be as long as the corpus, and start over exactly at its end", () => {
    const { units, octets } = ownCorpora("html");
    expect(corpusMessage("html", units, 3).equals(octets)).toBe(true);
    expect(
      corpusMessage("html", units / 2, 1).equals(
        octets.subarray(-corpusMessage("html", units / 2, 1).length),
      ),
    ).toBe(true);
    expect(corpusMessage("html", units / 2, 2).equals(corpusMessage("html", units / 2, 0))).toBe(true);
    for (const length of [0, units + 1]) expect(() => corpusMessage("html", length, 0)).toThrow(RangeError);
  });
});

describe("Autobahn's files", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "corpora-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("are known by the names and checksums of the facts", () => {
    expect(facts).toHaveLength(names.length);
    for (const name of names) {
      const { bytes, sha256: checksum, sentAs } = factOf(name);
      const { text, versions } = originalCorpora[name];
      expect([versions[0], text]).toEqual([{ octets: bytes, sha256: checksum }, sentAs === "text"]);
    }
  });

  it("are used where they are, and ours for the others", async () => {
    const contents = Buffer.from("a\u{fc}b\u{20ac}c");
    const html = {
      ...originalCorpora.html,
      versions: [{ octets: contents.length, sha256: sha256(contents) }],
    };
    await writeFile(join(folder, html.file), contents);
    const corpora = await loadCorpora(folder, { ...originalCorpora, html });
    expect(corpora("html").octets.equals(contents)).toBe(true);
    expect(corpusUnits("html", corpora)).toBe(5);
    const messages = [0, 1, 2].map((k) => corpusMessage("html", 3, k, corpora).toString("utf8"));
    expect(messages).toEqual(["a\u{fc}b", "\u{20ac}ca", "\u{fc}b\u{20ac}"]);
    expect(corpora("json")).toBe(ownCorpora("json"));
    expect(ownCorpora("html").octets.equals(contents)).toBe(false);
  });

  it("are known in every version", async () => {
    const [newer, older] = [Buffer.from("newer"), Buffer.from("the older")];
    const versions = [newer, older].map((octets) => ({ octets: octets.length, sha256: sha256(octets) }));
    const json = { ...originalCorpora.json, versions };
    for (const contents of [newer, older]) {
      await writeFile(join(folder, json.file), contents);
      expect((await loadCorpora(folder, { ...originalCorpora, json }))("json").octets.equals(contents)).toBe(
        true,
      );
    }
  });

  it("are refused when there is none, with place and remedy", async () => {
    for (const place of [folder, join(folder, "none")]) {
      const error = await failure(loadCorpora(place));
      expect(error).toBeInstanceOf(CorpusError);
      expect(String(error)).toContain(`${place}: none of Autobahn's corpora`);
      expect(String(error)).toContain("data1.json, lena512.bmp");
    }
  });

  it.each([
    ["another size", Buffer.from("{}")],
    ["the right size and other contents", Buffer.alloc(194_056, "x")],
  ])("are refused with %s", async (_what, contents) => {
    const path = join(folder, "data1.json");
    await writeFile(path, contents);
    const error = await failure(loadCorpora(folder));
    expect(error).toBeInstanceOf(CorpusError);
    expect(String(error)).toContain(`${path}: is not Autobahn's file`);
    expect(String(error)).toContain("move it away");
  });
});

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}
