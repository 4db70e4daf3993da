import { createHash } from "node:crypto";
import {
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import { Deflater, type DeflateSettings } from "../wire/deflate.ts";

import type { Corpus } from "./corpora.ts";
import type { MessageDeflater } from "./endpoint.ts";
import { type AnswerChain, KnownAnswers } from "./known-answers.ts";

/** Which messages are compressed, and how. */
export interface Series {
  readonly corpus: Corpus;
  /** Units of each message. */
  readonly length: number;
  /** Number of messages. */
  readonly count: number;
  readonly settings: DeflateSettings;
}

/** Part of every key: files that an older wsmatrix wrote in another way are not read. */
const format = 2;

/** Octets that all files together may have; the ones that were not used for longest go first. */
const mostOctets = 2 ** 30;

/** Ms after which a file that was never finished is nobody's any more. */
const abandonedAfter = 86_400_000;

/** Octets of plain messages below which to compress and inflate them costs less than to keep anything of them. */
const worthKeeping = 1 << 20;

/**
 * Keeps the compressed messages of chapters 12 and 13, which are the same for every target and in every run, in files: so
 * each is compressed once. What cannot be kept, for whatever reason, is compressed anew. Of the answers to them it keeps
 * which are known to be right.
 */
export class PreparedMessages {
  readonly #folder: string;
  readonly #series = new Map<string, KeptSeries | null>();
  readonly #answers = new Map<string, KnownAnswers>();

  /** @param folder made when it is first needed; nothing else may be in it */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What compresses the messages of a series, in their order; null where they are not kept. */
  deflaterFor(series: Series): MessageDeflater | null {
    if (!isWorthKeeping(series)) return null;
    this.#makeRoom();
    const key = keyOf(...factsOf(series), series.count);
    let kept = this.#series.get(key);
    if (kept === undefined) this.#series.set(key, (kept = openSeries(this.#folder, key, series)));
    return kept?.play() ?? null;
  }

  /**
   * For one connection, the right answers that are known to the messages of a series; null where to inflate them costs
   * less.
   *
   * @param peers settings of the direction in which they come
   */
  answersTo(series: Series, peers: DeflateSettings): AnswerChain | null {
    if (!isWorthKeeping(series)) return null;
    this.#makeRoom();
    const key = keyOf(...factsOf(series), peers.windowBits, peers.contextTakeover);
    let known = this.#answers.get(key);
    if (known === undefined) {
      known = new KnownAnswers(join(this.#folder, `${key}.answers`), key);
      this.#answers.set(key, known);
    }
    return known.begin();
  }

  /** Once, before there is anything of this run. */
  #makeRoom(): void {
    if (this.#series.size + this.#answers.size === 0) makeRoom(this.#folder);
  }
}

function isWorthKeeping({ count, length }: Series): boolean {
  return count * length >= worthKeeping;
}

/** Everything that the octets of each message depend on. */
function factsOf({ corpus, length, settings }: Series): readonly (string | number | boolean)[] {
  const made = createHash("sha256").update(corpus.octets).digest("hex");
  return [format, process.versions.zlib, made, length, settings.windowBits, settings.contextTakeover];
}

function keyOf(...facts: readonly (string | number | boolean)[]): string {
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32);
}

/** Null where it cannot be kept. */
function openSeries(folder: string, key: string, { count, settings }: Series): KeptSeries | null {
  const path = join(folder, `${key}.deflate`);
  try {
    return openWhole(path, count, settings) ?? new KeptSeries(newFile(path), count, settings);
  } catch {
    return null;
  }
}

/** A series that was finished before; null when there is none, or its file was cut off. */
function openWhole(path: string, count: number, settings: DeflateSettings): KeptSeries | null {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return null;
  }
  const index = Buffer.alloc(count * entryOctets);
  const end = fstatSync(fd).size - index.length;
  if (end < 0 || readSync(fd, index, 0, index.length, end) !== index.length) return null;
  const entries = Array.from({ length: count }, (_, k) => ({
    length: index.readUInt32LE(k * entryOctets),
    sum: index.readUInt32LE(k * entryOctets + 4),
  }));
  if (entries.reduce((sum, { length }) => sum + length, 0) !== end) return null;
  const now = new Date();
  utimesSync(path, now, now);
  return new KeptSeries({ fd, finish: () => {} }, count, settings, entries);
}

/** A file that gets its name once it is whole. */
function newFile(path: string): SeriesFile {
  const unfinished = `${path}.${process.pid}.part`;
  return { fd: openSync(unfinished, "w+", 0o600), finish: () => renameSync(unfinished, path) };
}

/** Removes what is no use any more, and the oldest of what is too much. Never fails. */
function makeRoom(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const files = readdirSync(folder).map((name) => {
      const { mtimeMs, size } = statSync(join(folder, name));
      return { path: join(folder, name), age: Date.now() - mtimeMs, size, part: name.endsWith(".part") };
    });
    let octets = 0;
    for (const { path, age, size, part } of files.toSorted((a, b) => a.age - b.age)) {
      octets += size;
      if (octets > mostOctets || (part && age > abandonedAfter)) rmSync(path, { force: true });
    }
  } catch {
    // Another process cleans up, or the folder cannot be written: then nothing is kept.
  }
}

/** The file of a series: the messages one behind the other, then for each its length and its checksum. */
interface SeriesFile {
  readonly fd: number;
  /** All of it has been written. */
  readonly finish: () => void;
}

/** Octets of a message's entry in the index. */
const entryOctets = 8;

interface Entry {
  readonly length: number;
  /** CRC-32: it finds what a disk or a careless hand has done to the file. */
  readonly sum: number;
}

/** The messages of one series; the plays that use it share what it has, and the first to need a message adds it. */
class KeptSeries {
  readonly #file: SeriesFile;
  readonly #count: number;
  readonly #settings: DeflateSettings;
  readonly #entries: Entry[];
  /** Where each message begins, and the next one will. */
  readonly #offsets: number[] = [0];
  /** Compresses the message behind the last one that is kept; null once nothing more is kept. */
  #producer: Deflater | null;

  constructor(file: SeriesFile, count: number, settings: DeflateSettings, entries: readonly Entry[] = []) {
    this.#file = file;
    this.#count = count;
    this.#settings = settings;
    this.#entries = [...entries];
    for (const { length } of entries) this.#offsets.push(this.#offsets.at(-1)! + length);
    this.#producer = entries.length === 0 ? new Deflater(settings) : null;
  }

  /** The messages for one play, from the first on. */
  play(): MessageDeflater {
    let next = 0;
    let own: Deflater | null = null;
    return {
      deflate: (message) => {
        const kept = own === null ? this.#compressed(next++, message) : null;
        // A compressor that begins in the midst of a series refers to nothing before: that is always allowed.
        return kept ?? (own ??= new Deflater(this.#settings)).deflate(message);
      },
    };
  }

  /** Null when it cannot be had, or is not what was once written. */
  #compressed(k: number, message: Buffer): Buffer | null {
    try {
      return k < this.#entries.length ? this.#read(k) : this.#add(k, message);
    } catch {
      this.#producer = null;
      return null;
    }
  }

  #read(k: number): Buffer | null {
    const { length, sum } = this.#entries[k]!;
    const octets = Buffer.allocUnsafe(length);
    const read = readSync(this.#file.fd, octets, 0, length, this.#offsets[k]!);
    return read === length && crc32(octets) === sum ? octets : null;
  }

  #add(k: number, message: Buffer): Buffer | null {
    if (this.#producer === null || k !== this.#entries.length) return null;
    const octets = this.#producer.deflate(message);
    const at = this.#offsets[k]!;
    writeAll(this.#file.fd, octets, at);
    this.#entries.push({ length: octets.length, sum: crc32(octets) });
    this.#offsets.push(at + octets.length);
    if (this.#entries.length === this.#count) this.#finish();
    return octets;
  }

  #finish(): void {
    const index = Buffer.alloc(this.#count * entryOctets);
    for (const [k, { length, sum }] of this.#entries.entries()) {
      index.writeUInt32LE(length, k * entryOctets);
      index.writeUInt32LE(sum, k * entryOctets + 4);
    }
    writeAll(this.#file.fd, index, this.#offsets.at(-1)!);
    this.#producer = null;
    this.#file.finish();
  }
}

/** @throws what the disk says, when not all can be written */
function writeAll(fd: number, octets: Buffer, at: number): void {
  for (let done = 0; done < octets.length;)
    done += writeSync(fd, octets, done, octets.length - done, at + done);
}
