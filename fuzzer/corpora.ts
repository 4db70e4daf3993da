/**
 * What the messages of chapters 12 and 13 are cut from: five corpora of our own, made when they are first needed, or
 * the files of Autobahn's that a user has.
 */

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import type { CorpusName } from "./case.ts";
import { makeBinary } from "./corpora/binary.ts";
import { makeBitmap } from "./corpora/bitmap.ts";
import { makeHtml } from "./corpora/html.ts";
import { makeJson } from "./corpora/json.ts";
import { makeProse } from "./corpora/prose.ts";

/** Octets and the places where messages may be cut. */
export interface Corpus {
  readonly name: CorpusName;
  /** Code points of a corpus that is sent as text, octets of another. */
  readonly units: number;
  /** Not to be written to; messages are views of it. */
  readonly octets: Buffer;
  /** The octets twice, so that a message that goes on at the beginning is a view too. */
  readonly twice: Buffer;
  /** Where each unit begins, and where the last one ends; null where a unit is an octet. */
  readonly offsets: Uint32Array | null;
}

/** The corpora of a run. */
export type Corpora = (name: CorpusName) => Corpus;

/** A version of one of Autobahn's files. */
export interface OriginalFile {
  readonly octets: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** One of Autobahn's corpora. */
export interface OriginalCorpus {
  readonly file: string;
  /** Sent as text, and cut between code points. */
  readonly text: boolean;
  /** The newest first. */
  readonly versions: readonly OriginalFile[];
}

/** Autobahn's corpora. */
export const originalCorpora: Readonly<Record<CorpusName, OriginalCorpus>> = {
  json: {
    file: "data1.json",
    text: true,
    versions: [
      { octets: 194_056, sha256: "2d4f69f2249ec38381b5e8ff343591c8e9f3b40e1fcfdedb7416c4fbaf9a6113" },
    ],
  },
  bitmap: {
    file: "lena512.bmp",
    text: false,
    versions: [
      { octets: 263_222, sha256: "bf3cbab2ad746926aec4e5703dcbd2ff0bff77b238541216fb33f154474aff6c" },
    ],
  },
  prose: {
    file: "pg2229.txt",
    text: false,
    versions: [
      { octets: 222_218, sha256: "c4bc81788bdfd371fc930a3d4eaacd75a0fb717a2560e7d15bc7f6663f6d382b" },
    ],
  },
  html: {
    file: "data1.html",
    text: true,
    versions: [
      { octets: 263_647, sha256: "bbd18f60e537503f35ef6113a83550e6233f223300cbff5f36f13f33d70de36f" },
      // Of version 0.8.2.
      { octets: 263_527, sha256: "12337225f1472ba9b6b0f443f833642121a9df6700eff297a41087b39ca036f5" },
    ],
  },
  binary: {
    file: "10.1.1.105.5439.pdf",
    text: false,
    versions: [
      { octets: 1_042_328, sha256: "8b9a98c6b4fad919ba67ece520ee1e66181ce409bc0799bbf46887977db94247" },
    ],
  },
};

/** Our own corpora have the sizes of the originals, so that messages are cut, and start over, at the same places. */
const makers: Readonly<Record<CorpusName, () => Buffer>> = {
  json: () => makeJson(194_056),
  bitmap: makeBitmap,
  prose: () => makeProse(222_218),
  html: () => makeHtml({ units: 263_620, extraOctets: 27 }),
  binary: () => makeBinary(1_042_328),
};

const made = new Map<CorpusName, Corpus>();

/** Our own corpora; each is made when it is first asked for, and is the same on every machine. */
export const ownCorpora: Corpora = (name) => {
  const corpus = made.get(name) ?? corpusOf(name, makers[name]());
  made.set(name, corpus);
  return corpus;
};

/** The files in a folder cannot be used as corpora; the message names place and remedy. */
export class CorpusError extends Error {
  override readonly name = "CorpusError";
}

/**
 * Autobahn's own files, as far as a folder has them, and ours for the others.
 *
 * @param originals what the files must be
 * @throws CorpusError when a file is another than the original, or when there is none at all
 */
export async function loadCorpora(folder: string, originals = originalCorpora): Promise<Corpora> {
  const found = new Map<CorpusName, Corpus>();
  for (const name of Object.keys(originals) as CorpusName[]) {
    const octets = await readOriginal(originals[name], join(folder, originals[name].file));
    if (octets !== null) found.set(name, corpusOf(name, octets));
  }
  if (found.size === 0) {
    const files = Object.values(originals).map(({ file }) => file);
    throw new CorpusError(
      `${folder}: none of Autobahn's corpora is there (${files.join(", ")}); name the folder "testdata" of an installed autobahntestsuite, or name none to use the corpora that come with wsmatrix`,
    );
  }
  return (name) => found.get(name) ?? ownCorpora(name);
}

/**
 * The octets of message `k`, from 0, of a case: messages follow one another in the corpus and start over at its end. A
 * view of the corpus, not to be written to.
 *
 * @param length code points of a corpus that is sent as text, octets of another
 * @throws RangeError when a message is to be empty or longer than the corpus
 */
export function corpusMessage(
  name: CorpusName,
  length: number,
  k: number,
  corpora: Corpora = ownCorpora,
): Buffer {
  const { units, octets, twice, offsets } = corpora(name);
  if (length < 1 || length > units)
    throw new RangeError(`a message of ${name} has 1 to ${units} units, not ${length}`);
  const start = (k * length) % units;
  const end = (start + length) % units;
  const offset = (unit: number) => offsets?.[unit] ?? unit;
  return twice.subarray(offset(start), offset(end) + (end > start ? 0 : octets.length));
}

/** Length of a corpus: code points of one that is sent as text, octets of another. */
export function corpusUnits(name: CorpusName, corpora: Corpora = ownCorpora): number {
  return corpora(name).units;
}

function corpusOf(name: CorpusName, once: Buffer): Corpus {
  const twice = Buffer.concat([once, once]);
  const octets = twice.subarray(0, once.length);
  const offsets = originalCorpora[name].text ? codePointOffsets(octets) : null;
  return { name, units: offsets === null ? octets.length : offsets.length - 1, octets, twice, offsets };
}

/** Where the code points of UTF-8 begin, and where the last one ends; null when each is one octet. */
function codePointOffsets(utf8: Buffer): Uint32Array | null {
  const offsets = new Uint32Array(utf8.length + 1);
  let units = 0;
  for (let at = 0; at < utf8.length; at++) if ((utf8[at]! & 0xc0) !== 0x80) offsets[units++] = at;
  offsets[units] = utf8.length;
  return units === utf8.length ? null : offsets.slice(0, units + 1);
}

/** Null when there is no such file. */
async function readOriginal({ versions }: OriginalCorpus, path: string): Promise<Buffer | null> {
  try {
    const { size } = await stat(path);
    // A file of another size is not read at all, however large it is.
    if (versions.some(({ octets }) => octets === size)) {
      const octets = await readFile(path);
      const sha256 = createHash("sha256").update(octets).digest("hex");
      if (versions.some((version) => version.sha256 === sha256)) return octets;
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new CorpusError(
      `${path}: cannot be read (${String(code ?? error)}); make it readable, or move it away to use our own`,
      {
        cause: error,
      },
    );
  }
  throw new CorpusError(
    `${path}: is not Autobahn's file of that name (SHA-256 ${versions.map(({ sha256 }) => sha256).join(" or ")}); put the original there, or move it away to use our own`,
  );
}
