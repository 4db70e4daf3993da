/**
 * The compression of permessage-deflate (RFC 7692 section 7.2), a message at a time, pure and synchronous.
 *
 * To inflate with context takeover needs no stream that lives as long as the connection: an inflater whose window holds
 * the last octets of the messages before is the same as a new one with those octets as its dictionary. So the state of
 * that direction is a buffer of at most 32 KiB. To deflate that way is too slow.
 */

import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";

import { LiveDeflate } from "./live-deflate.ts";
import { type InflateFault, LiveInflate } from "./live-inflate.ts";

/** How one direction of a connection is compressed (RFC 7692 section 7.1). */
export interface DeflateSettings {
  /** Base-2 logarithm of the LZ77 window in octets: 8 to 15. */
  readonly windowBits: number;
  /** Messages may refer to the ones before; else each starts with an empty window. */
  readonly contextTakeover: boolean;
}

/** A message cannot be inflated. */
export class InflateError extends Error {
  override readonly name = "InflateError";
  /** `corrupt`: the octets are no DEFLATE stream. `tooLarge`: the message is longer than the caller allows. */
  readonly code: "corrupt" | "tooLarge";

  constructor(code: InflateError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a flush ends with, and what is left out on the wire (RFC 7692 section 7.2.1): an empty stored block's lengths. */
const tail = Buffer.from("0000ffff", "hex");

/** {@link tail}, and a final empty block: a stream that is between two blocks ends with exactly these. */
const tailAndEnd = Buffer.from("0000ffff010000ffff", "hex");

/** What is put behind a message before it is inflated: by the second its stream has a final block in any case. */
const untilFlush = { ending: tail, finishFlush: constants.Z_SYNC_FLUSH };
const untilEnd = { ending: tailAndEnd, finishFlush: constants.Z_FINISH };

/** RFC 7692 leaves these to the sender; they are zlib's defaults, and Autobahn's. */
const deflateOptions = { level: 6, memLevel: 8 };

/** The shortest form of a message without octets (RFC 7692 section 7.2.3.6). */
const emptyMessage = Buffer.from([0]);

/** Bounds of what zlib allocates at once for its output, in octets. */
const leastChunk = 1024;
const mostChunk = 65_536;

/** Streams that a message may consist of: each costs an inflater, and a final block only two octets. */
const mostStreams = 4096;

/** Compresses the messages of one direction. */
export class Deflater {
  readonly #contextTakeover: boolean;
  readonly #flush: (message: Buffer) => Buffer;

  /** @throws RangeError when the window bits are not 8 to 15 */
  constructor(settings: DeflateSettings) {
    checkWindowBits(settings.windowBits);
    this.#contextTakeover = settings.contextTakeover;
    // zlib makes 9 of 8 in a raw stream, which is harmless: no match goes further back than the window less 262
    // octets, and so none of 512 further than 250.
    const options = { ...deflateOptions, windowBits: Math.max(9, settings.windowBits) };
    this.#flush =
      this.#flushLive(LiveDeflate.create(options)) ?? this.#flushAnew(options, settings.windowBits);
  }

  /** The payload of a compressed message; with context takeover messages must be given in the order of sending. */
  deflate(message: Buffer): Buffer {
    if (message.length === 0) return Buffer.from(emptyMessage);
    const flushed = this.#flush(message);
    return flushed.subarray(0, flushed.length - tail.length);
  }

  #flushLive(live: LiveDeflate | null): ((message: Buffer) => Buffer) | null {
    if (live === null) return null;
    return (message) => {
      if (!this.#contextTakeover) live.reset();
      return live.flush(message);
    };
  }

  /** A compressor for each message, with the octets of those before as its dictionary. */
  #flushAnew(options: ZlibOptions, windowBits: number): (message: Buffer) => Buffer {
    const history = this.#contextTakeover ? new History(2 ** windowBits) : null;
    return (message) => {
      const flushed = deflateRawSync(message, {
        ...options,
        ...history?.dictionary,
        finishFlush: constants.Z_SYNC_FLUSH,
        chunkSize: chunkFor(message.length + (message.length >>> 3)),
      });
      history?.push(message);
      return flushed;
    };
  }
}

/** What an {@link Inflater} needs. */
export interface InflaterSetup extends DeflateSettings {
  /** Octets that a message may have when it is inflated, at least 1; compressed it may have twice as many and 1 KiB. */
  readonly maxOctets: number;
  /**
   * What becomes of streams that end in another way than between two blocks. By default it is what zlib's own inflater
   * makes of them: behind a final block (RFC 7692 section 7.2.3.4) the rest of the message is ignored, and with context
   * takeover every later message is empty; a message that ends inside a block is as long as it came.
   *
   * When strict, the window outlives a final block, as the section wants it: what follows in the message, and the later
   * messages, go on with it. A message that ends inside a block is corrupt.
   */
  readonly strict?: boolean;
  /** Look after each message whether it ended between two blocks, for {@link Inflater.isBetweenBlocks}. */
  readonly findsBoundaries?: boolean;
}

/**
 * Inflates the messages of one direction. The frames of a message are collected, and inflated at its end: Node can
 * inflate synchronously only what is there as a whole. So the plain octets of a message come all at once.
 */
export class Inflater {
  readonly #settings: DeflateSettings;
  readonly #strict: boolean;
  readonly #maxOctets: number;
  readonly #history: History | null;
  readonly #collected: Collected;
  /** What the last message left behind: a stream between two blocks, inside one, or at its end. */
  #stream: "between" | "inside" | "ended" = "between";
  #lastLength = 0;
  /** Every message was seen to end between two blocks; null where that is not looked for. */
  #regular: boolean | null;
  /** Null until it is needed, and where its window has fallen behind. */
  #live: LiveInflate | null = null;

  /** @throws RangeError when the window bits are not 8 to 15 */
  constructor(setup: InflaterSetup) {
    checkWindowBits(setup.windowBits);
    this.#settings = setup;
    this.#strict = setup.strict ?? false;
    this.#maxOctets = setup.maxOctets;
    this.#regular = setup.findsBoundaries ? true : null;
    this.#history = setup.contextTakeover ? new History(2 ** setup.windowBits) : null;
    this.#collected = new Collected(2 * setup.maxOctets + 1024);
  }

  /** Whether so many further octets of a message can be pushed. */
  hasRoomFor(octets: number): boolean {
    return this.#stream === "ended" || this.#collected.hasRoomFor(octets);
  }

  /**
   * Takes the next compressed octets of a message.
   *
   * @throws InflateError when the message has too many
   */
  push(octets: Buffer): void {
    if (this.#stream !== "ended") this.#collected.push(octets);
  }

  /** The compressed octets of the message so far, until it ends or more are pushed. */
  get collected(): Buffer {
    return this.#collected.octets;
  }

  /** What follows needs nothing but the octets of the window: no context is taken over, or all messages were seen to end between two blocks. */
  get isBetweenBlocks(): boolean {
    return this.#history === null || this.#regular === true;
  }

  /**
   * A message came whose octets need not be inflated, pushed or not, since it is known that they come to `plain` and end
   * between two blocks.
   *
   * @returns false when the stream of the messages before goes on in another way; the message must be inflated then
   */
  skip(plain: Buffer): boolean {
    if (this.#stream !== "between" || this.#regular === false) return false;
    this.#collected.clear();
    if (this.#history !== null) {
      this.#history.push(plain);
      this.#live = null;
    }
    return true;
  }

  /**
   * The plain octets of the message that ends here.
   *
   * @throws InflateError when they are no DEFLATE stream, or too many; the inflater is of no use then
   */
  end(): Buffer {
    if (this.#stream === "ended") return Buffer.alloc(0);
    if (this.#stream === "inside")
      throw new InflateError("corrupt", "the message before did not end between two blocks");
    const plain = this.#inflateCollected();
    this.#collected.clear();
    this.#lastLength = plain.length;
    return plain;
  }

  #inflateCollected(): Buffer {
    if (this.#strict) return this.#inflateStreams();
    const regular = this.#regular && this.#history !== null ? this.#inflateToBoundary(this.#history) : null;
    if (regular !== null) return regular;
    this.#live ??= this.#newLive();
    if (this.#live !== null) return this.#inflateLive(this.#live);
    return this.#history === null ? this.#inflate(untilFlush).plain : this.#inflateOn(this.#history);
  }

  /** Null where this Node has none. */
  #newLive(): LiveInflate | null {
    return LiveInflate.create(this.#settings.windowBits, this.#history?.octets);
  }

  /** Null when a message does not end between two blocks, or cannot be inflated: nothing has come of it then. */
  #inflateToBoundary(history: History): Buffer | null {
    this.#live ??= this.#newLive();
    const inflated = this.#live?.inflate(this.#collected.octets, this.#lastLength, this.#maxOctets);
    const isRegular = inflated && !("fault" in inflated) && this.#live!.endsBlock(tail);
    if (!isRegular) {
      this.#regular = false;
      this.#live = null;
      return null;
    }
    history.push(inflated.plain);
    return inflated.plain;
  }

  /** What zlib itself makes of a message, whatever it ends in. */
  #inflateLive(live: LiveInflate): Buffer {
    if (this.#history === null) live.reset();
    const inflated = live.inflate(this.#collected.with(tail), this.#lastLength, this.#maxOctets);
    if ("fault" in inflated) throw inflated.fault === null ? this.#tooLarge() : corrupt(inflated.fault);
    const { plain, rest } = inflated;
    if (this.#history !== null && rest > 0) this.#stream = "ended";
    this.#history?.push(plain);
    return plain;
  }

  /** A message of one stream or, by final blocks, of several. */
  #inflateStreams(): Buffer {
    const first = this.#inflate(untilEnd);
    const plain = first.rest === 0 ? first.plain : this.#inflateMore(first);
    this.#history?.push(plain);
    return plain;
  }

  /** The streams behind a message's first share its window. */
  #inflateMore(first: Inflated): Buffer {
    const window = new History(2 ** this.#settings.windowBits);
    if (this.#history !== null) window.push(this.#history.octets);
    const parts: Buffer[] = [];
    let [length, last] = [0, first];
    for (;;) {
      parts.push(last.plain);
      length += last.plain.length;
      if (last.rest <= tailAndEnd.length) return Buffer.concat(parts, length);
      if (parts.length === mostStreams)
        throw new InflateError("tooLarge", `the message has more than ${mostStreams} final blocks`);
      window.push(last.plain);
      last = this.#inflate(untilEnd, { window, onlyLast: last.rest, before: length });
    }
  }

  /** Inflates with context takeover: how the message ends decides what becomes of the next. */
  #inflateOn(history: History): Buffer {
    const { plain, stream } = this.#inflateToEnd() ?? {
      ...this.#inflate(untilFlush),
      stream: "inside" as const,
    };
    this.#stream = stream;
    history.push(plain);
    return plain;
  }

  /** Null when the stream, if it is one, does not stand between two blocks where the message ends. */
  #inflateToEnd(): { readonly plain: Buffer; readonly stream: "between" | "ended" } | null {
    try {
      const { plain, rest } = this.#inflate(untilEnd);
      return { plain, stream: rest === 0 ? "between" : "ended" };
    } catch (error) {
      if (error instanceof InflateError && error.code === "corrupt") return null;
      throw error;
    }
  }

  /** Inflates a stream of the collected octets: the only one, or one behind `before` plain octets of the message. */
  #inflate(
    { ending, finishFlush }: typeof untilEnd,
    { window = this.#history, onlyLast = Infinity, before = 0 } = {},
  ): Inflated {
    const whole = this.#collected.with(ending);
    const octets = whole.subarray(Math.max(0, whole.length - onlyLast));
    const left = this.#maxOctets - before;
    try {
      const { buffer, engine } = inflateWithInfo(octets, {
        windowBits: this.#settings.windowBits,
        ...window?.dictionary,
        finishFlush,
        maxOutputLength: Math.max(1, left),
        chunkSize: chunkFor(Math.max(4 * octets.length, this.#lastLength + 1)),
      });
      if (buffer.length > left) throw this.#tooLarge();
      return { plain: buffer, rest: octets.length - engine.bytesWritten };
    } catch (error) {
      throw this.#inflateError(error);
    }
  }

  /** What zlib says of the peer's octets; whatever else it throws is a bug of ours. */
  #inflateError(cause: unknown): unknown {
    const code = cause instanceof Error && "code" in cause ? cause.code : null;
    if (code === "ERR_BUFFER_TOO_LARGE") return this.#tooLarge({ cause });
    if (code !== "Z_DATA_ERROR" && code !== "Z_BUF_ERROR") return cause;
    return corrupt(cause as Error);
  }

  #tooLarge(options?: ErrorOptions): InflateError {
    return new InflateError(
      "tooLarge",
      `the message inflates to more than ${this.#maxOctets} octets`,
      options,
    );
  }
}

function corrupt(cause: Error | InflateFault): InflateError {
  return new InflateError("corrupt", `the message is no DEFLATE stream: ${cause.message}`, { cause });
}

/** A stream's plain octets, and the number of octets behind its final block. */
interface Inflated {
  readonly plain: Buffer;
  readonly rest: number;
}

/** With `info`, zlib says how far it read; the types do not know that. */
function inflateWithInfo(
  octets: Buffer,
  options: ZlibOptions,
): { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } } {
  return inflateRawSync(octets, { ...options, info: true }) as unknown as ReturnType<typeof inflateWithInfo>;
}

/** The last octets of a direction's messages. */
class History {
  readonly #size: number;
  #octets: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get octets(): Buffer {
    return this.#octets.subarray(0, this.#length);
  }

  /** As an option of zlib, which wants none rather than an empty one. */
  get dictionary(): { readonly dictionary?: Buffer } {
    return this.#length === 0 ? {} : { dictionary: this.octets };
  }

  push(plain: Buffer): void {
    if (this.#octets.length === 0) this.#octets = Buffer.alloc(this.#size);
    const added = plain.subarray(Math.max(0, plain.length - this.#size));
    const kept = Math.min(this.#length, this.#size - added.length);
    this.#octets.copyWithin(0, this.#length - kept, this.#length);
    this.#octets.set(added, kept);
    this.#length = kept + added.length;
  }
}

/** The compressed octets of one message in one piece, with room for what is put behind them. */
class Collected {
  readonly #limit: number;
  #octets: Buffer = Buffer.alloc(leastChunk);
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  hasRoomFor(octets: number): boolean {
    return this.#length + octets <= this.#limit;
  }

  push(octets: Buffer): void {
    const length = this.#length + octets.length;
    if (length > this.#limit)
      throw new InflateError("tooLarge", `the message has more than ${this.#limit} compressed octets`);
    if (length + tailAndEnd.length > this.#octets.length) {
      // Doubling makes many small frames cost no more than one large one.
      const grown = Buffer.allocUnsafe(2 * length + tailAndEnd.length);
      grown.set(this.#octets.subarray(0, this.#length));
      this.#octets = grown;
    }
    this.#octets.set(octets, this.#length);
    this.#length = length;
  }

  get octets(): Buffer {
    return this.#octets.subarray(0, this.#length);
  }

  with(ending: Buffer): Buffer {
    this.#octets.set(ending, this.#length);
    return this.#octets.subarray(0, this.#length + ending.length);
  }

  /** Forgets the message; room for one of ordinary size is kept. */
  clear(): void {
    this.#length = 0;
    if (this.#octets.length > 4 * mostChunk) this.#octets = Buffer.alloc(leastChunk);
  }
}

function chunkFor(octets: number): number {
  return Math.min(Math.max(octets, leastChunk), mostChunk);
}

function checkWindowBits(windowBits: number): void {
  if (!Number.isInteger(windowBits) || windowBits < 8 || windowBits > 15)
    throw new RangeError(`window bits are 8 to 15, not ${windowBits}`);
}
