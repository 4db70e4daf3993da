import { constants, createDeflateRaw } from "node:zlib";

import { type ZlibHandle, zlibHandleOf, type ZlibParts, type ZlibState } from "./zlib-handle.ts";

/** A DEFLATE stream that is flushed at the end of each message, synchronously. */
export class LiveDeflate {
  readonly #handle: ZlibHandle;
  readonly #state: ZlibState;

  private constructor({ handle, state }: ZlibParts) {
    this.#handle = handle;
    this.#state = state;
  }

  /** Null where this Node has no such handle. */
  static create(options: {
    readonly windowBits: number;
    readonly level: number;
    readonly memLevel: number;
  }): LiveDeflate | null {
    const parts = zlibHandleOf(createDeflateRaw(options));
    return parts === null ? null : new LiveDeflate(parts);
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
