import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** What is kept of a program's output, in octets. */
export interface LogCaps {
  /** In the file: half of it from the beginning and half from the end. */
  readonly file: number;
  /** In memory, from the end, for messages. */
  readonly tail: number;
}

/** 1 MiB in the file and 8 KiB in memory. */
export const DEFAULT_LOG_CAPS: LogCaps = { file: 1024 * 1024, tail: 8192 };

/** Takes a program's output in and keeps a bounded part of it. */
export interface LogCapture {
  write(chunk: Uint8Array): void;
  /** The end of the output, control characters and all: whoever prints it escapes it. */
  tail(): string;
  /** Completes the file. What is written afterwards goes only to the tail. */
  close(): void;
}

/**
 * Keeps the end of a program's output in memory and, in a file, its beginning and its end. The file is
 * appended to: what one start of a program adds to it is capped.
 *
 * Writing is synchronous on purpose: it is at most `caps.file` octets in all, nothing piles up in memory, and
 * the beginning survives whatever happens to this process.
 *
 * @throws {Error} the file cannot be opened
 */
export function captureLog(file: string | null, caps: LogCaps = DEFAULT_LOG_CAPS): LogCapture {
  const tail = new Ring(caps.tail);
  const sink = file === null ? null : new FileSink(file, caps.file);
  return {
    write: (chunk) => {
      tail.push(chunk);
      sink?.push(chunk);
    },
    tail: () => textOf(tail.contents()),
    close: () => sink?.close(),
  };
}

/** The last octets of a stream. */
class Ring {
  readonly #size: number;
  #octets: Buffer | null = null;
  #end = 0;
  #total = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Octets that were pushed and are no longer held. */
  get dropped(): number {
    return Math.max(0, this.#total - this.#size);
  }

  push(chunk: Uint8Array): void {
    if (this.#size === 0 || chunk.length === 0) return;
    this.#octets ??= Buffer.alloc(this.#size);
    this.#total += chunk.length;
    const kept = chunk.subarray(-this.#size);
    const first = kept.subarray(0, this.#size - this.#end);
    this.#octets.set(first, this.#end);
    this.#octets.set(kept.subarray(first.length), 0);
    this.#end = (this.#end + kept.length) % this.#size;
  }

  contents(): Buffer {
    if (this.#octets === null) return Buffer.alloc(0);
    if (this.#total < this.#size) return Buffer.from(this.#octets.subarray(0, this.#end));
    return Buffer.concat([this.#octets.subarray(this.#end), this.#octets.subarray(0, this.#end)]);
  }
}

/** A file that gets the first octets at once, and the last ones when it is closed. */
class FileSink {
  #fd: number | null;
  #room: number;
  readonly #rest: Ring;

  constructor(file: string, cap: number) {
    mkdirSync(dirname(file), { recursive: true });
    this.#fd = openSync(file, "a");
    this.#room = Math.ceil(cap / 2);
    this.#rest = new Ring(Math.floor(cap / 2));
  }

  push(chunk: Uint8Array): void {
    const head = chunk.subarray(0, this.#room);
    this.#room -= head.length;
    this.#write(head);
    this.#rest.push(chunk.subarray(head.length));
  }

  close(): void {
    if (this.#fd === null) return;
    const { dropped } = this.#rest;
    if (dropped > 0) this.#write(Buffer.from(`\n[wsmatrix left out ${dropped} octets here]\n`));
    this.#write(this.#rest.contents());
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  /** A disk that is full ends the log, not the run. */
  #write(octets: Uint8Array): void {
    try {
      let written = 0;
      while (this.#fd !== null && written < octets.length) written += writeSync(this.#fd, octets, written);
    } catch {
      if (this.#fd !== null) closeSync(this.#fd);
      this.#fd = null;
    }
  }
}

/** UTF-8 text that may start in the middle of a character. */
function textOf(octets: Buffer): string {
  let start = 0;
  while (start < 3 && ((octets[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return octets.toString("utf8", start);
}
