import { constants, createInflateRaw } from "node:zlib";

import { type ZlibHandle, zlibHandleOf, type ZlibParts, type ZlibState } from "./zlib-handle.ts";

/** Octets of output that are made room for at once, at least and at most. */
const leastPart = 16_384;
const largestPart = 1 << 18;

const oneOctet = Buffer.alloc(1);

/** Where output would go that must not come. */
const nowhere = Buffer.alloc(1);

/** What zlib says of octets that it cannot inflate. */
export interface InflateFault {
  /** `Z_DATA_ERROR` ... */
  readonly code: string;
  readonly message: string;
}

/** What became of some octets. */
export type Inflation =
  /** `rest`: octets behind the stream's final block; 0 while there was none. */
  | { readonly plain: Buffer; readonly rest: number }
  | { readonly fault: InflateFault }
  /** There is more than the caller allows. */
  | { readonly fault: null };

/** An inflater that lives as long as a connection, and inflates at once what it is given. */
export class LiveInflate {
  readonly #handle: ZlibHandle;
  readonly #state: ZlibState;
  #fault: InflateFault | null = null;
  #part: Buffer = Buffer.alloc(0);

  private constructor({ handle, state }: ZlibParts) {
    this.#handle = handle;
    this.#state = state;
    const onerror: ZlibHandle["onerror"] = (message, _errno, code) => void (this.#fault = { code, message });
    Object.assign(handle, { onerror });
  }

  /**
   * Null where this Node has no such handle.
   *
   * @param dictionary octets that stood before the first message, so that it may refer to them
   */
  static create(windowBits: number, dictionary: Buffer = Buffer.alloc(0)): LiveInflate | null {
    const options = { windowBits, ...(dictionary.length > 0 && { dictionary }) };
    const parts = zlibHandleOf(createInflateRaw(options));
    return parts === null ? null : new LiveInflate(parts);
  }

  /** Forgets the window, and where in a stream it is. */
  reset(): void {
    this.#fault = null;
    this.#handle.reset();
  }

  /**
   * Inflates all of some octets.
   *
   * @param expected octets that will probably come out
   * @param most octets that may come out
   */
  inflate(octets: Buffer, expected: number, most: number): Inflation {
    const parts: Buffer[] = [];
    let [at, length] = [0, 0];
    for (;;) {
      const part = this.#room(expected);
      this.#handle.writeSync(constants.Z_SYNC_FLUSH, octets, at, octets.length - at, part, 0, part.length);
      if (this.#fault !== null) return { fault: this.#fault };
      const [outputLeft, inputLeft] = this.#state;
      length += part.length - outputLeft;
      if (length > most) return { fault: null };
      parts.push(this.#used(part, part.length - outputLeft));
      at = octets.length - inputLeft;
      if (outputLeft > 0) return { plain: joined(parts, length), rest: inputLeft };
    }
  }

  /**
   * Inflates octets that end a block, after which nothing more may come out.
   *
   * @returns false when the stream does not stand between two blocks now; the inflater is of no use then
   */
  endsBlock(octets: Buffer): boolean {
    // With Z_BLOCK zlib stops behind a block: it does not take the octet that is one too many.
    const tooMany = Buffer.concat([octets, oneOctet]);
    this.#handle.writeSync(constants.Z_BLOCK, tooMany, 0, tooMany.length, nowhere, 0, nowhere.length);
    const [outputLeft, inputLeft] = this.#state;
    return this.#fault === null && outputLeft === nowhere.length && inputLeft === oneOctet.length;
  }

  /** What is left of a part is used for the next one, if it is enough. */
  #room(expected: number): Buffer {
    const wanted = Math.min(expected + 1, largestPart);
    return this.#part.length >= wanted ? this.#part : Buffer.allocUnsafeSlow(Math.max(wanted, leastPart));
  }

  #used(part: Buffer, octets: number): Buffer {
    this.#part = part.subarray(octets);
    return part.subarray(0, octets);
  }
}

function joined(parts: readonly Buffer[], length: number): Buffer {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
}
