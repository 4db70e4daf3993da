import { createHash } from "node:crypto";
import { fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** Octets of a digest that are kept: by chance no two of 2^64 are the same. */
const digestOctets = 16;

/** Digests that are kept; beyond that they are begun anew. Those of eight targets' answers to a thousand messages. */
const mostDigests = 2 ** 13;

/**
 * Compressed answers to a series of messages that were inflated once, and were right: what the same octets at the same
 * place inflate to is known. For each answer a digest is kept of all octets from the first answer on, since with context
 * takeover they mean nothing without those before. A digest that was damaged is like no other, and does no harm.
 */
export class KnownAnswers {
  readonly #facts: string;
  readonly #digests: Set<string>;
  /** Null where nothing can be kept for later runs. */
  #fd: number | null;

  /**
   * @param path of the file, which need not be there
   * @param facts everything but its octets that an answer's meaning depends on: the messages and the parameters of both directions
   */
  constructor(path: string, facts: string) {
    this.#facts = facts;
    this.#fd = openFile(path);
    this.#digests = new Set(this.#fd === null ? [] : readDigests(this.#fd));
  }

  /** The answers of one connection, from the first on. */
  begin(): AnswerChain {
    return new AnswerChain(this, this.#facts);
  }

  has(digest: Buffer): boolean {
    return this.#digests.has(digest.toString("latin1"));
  }

  add(digest: Buffer): void {
    const key = digest.toString("latin1");
    if (this.#digests.has(key)) return;
    const isFull = this.#digests.size >= mostDigests;
    if (isFull) this.#digests.clear();
    this.#digests.add(key);
    if (this.#fd === null) return;
    try {
      if (isFull) ftruncateSync(this.#fd);
      writeSync(this.#fd, digest);
    } catch {
      this.#fd = null;
    }
  }
}

/** The answers of one connection, one after the other. */
export class AnswerChain {
  readonly #known: KnownAnswers;
  #digest: Buffer;

  /** Use {@link KnownAnswers.begin}. */
  constructor(known: KnownAnswers, facts: string) {
    this.#known = known;
    this.#digest = createHash("sha256").update(facts).digest();
  }

  /** @param octets compressed, of the answer that comes next; null for those of the message that it answers */
  push(octets: Buffer | null): void {
    const hash = createHash("sha256").update(this.#digest);
    if (octets !== null) hash.update("answer").update(octets);
    this.#digest = hash.digest().subarray(0, digestOctets);
  }

  /** The answers up to this one were right before, so this one is. */
  get isKnown(): boolean {
    return this.#known.has(this.#digest);
  }

  /** The answers up to this one are right, and behind each the stream stands between two blocks. */
  remember(): void {
    this.#known.add(this.#digest);
  }
}

/** Null where it cannot be had. */
function openFile(path: string): number | null {
  try {
    return openSync(path, "a+", 0o600);
  } catch {
    return null;
  }
}

function readDigests(fd: number): readonly string[] {
  try {
    const { size } = fstatSync(fd);
    if (size > mostDigests * digestOctets || size % digestOctets > 0) {
      ftruncateSync(fd);
      return [];
    }
    const octets = Buffer.alloc(size);
    const whole = Math.floor(readSync(fd, octets, 0, size, 0) / digestOctets);
    return Array.from({ length: whole }, (_, k) =>
      octets.toString("latin1", k * digestOctets, (k + 1) * digestOctets),
    );
  } catch {
    return [];
  }
}
