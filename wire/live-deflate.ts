import { constants, createDeflateRaw } from "node:zlib";

/** What is under Node's streams of zlib: it compresses at once, and keeps its window between calls. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  reset(): void;
}

/** What a call of {@link Handle.writeSync} leaves: octets of output, and of input, that it did not use. */
type WriteState = readonly [outputLeft: number, inputLeft: number];

/**
 * A DEFLATE stream that is flushed at the end of each message, synchronously. Node has no such thing in its documented
 * interface, whose streams answer later and whose synchronous functions begin anew with each call; thirty times the
 * time goes into that for small messages.
 */
export class LiveDeflate {
  readonly #handle: Handle;
  readonly #state: WriteState;

  private constructor(handle: Handle, state: WriteState) {
    this.#handle = handle;
    this.#state = state;
  }

  /** Null where this Node has no such handle. */
  static create(options: {
    readonly windowBits: number;
    readonly level: number;
    readonly memLevel: number;
  }): LiveDeflate | null {
    const { _handle: handle, _writeState: state } = createDeflateRaw(options) as unknown as {
      readonly _handle?: Partial<Handle>;
      readonly _writeState?: WriteState;
    };
    const known = typeof handle?.writeSync === "function" && typeof handle.reset === "function";
    return known && state?.length === 2 ? new LiveDeflate(handle as Handle, state) : null;
  }

  /** Forgets the window. */
  reset(): void {
    this.#handle.reset();
  }

  /** The message, flushed; empty when the message is, since there is nothing to flush then. */
  flush(message: Uint8Array): Buffer {
    const parts: Buffer[] = [];
    let at = 0;
    let room = Math.min(message.length + (message.length >>> 3) + 64, largestPart);
    for (;;) {
      const part = Buffer.allocUnsafe(room);
      this.#handle.writeSync(constants.Z_SYNC_FLUSH, message, at, message.length - at, part, 0, room);
      const [outputLeft, inputLeft] = this.#state;
      parts.push(part.subarray(0, room - outputLeft));
      at = message.length - inputLeft;
      if (outputLeft > 0) return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      room = largestPart;
    }
  }
}

/** Octets of output that are made room for at once. */
const largestPart = 1 << 20;
