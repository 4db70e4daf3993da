import { isUtf8 } from "node:buffer";

/** Below this many octets the native check costs more than it saves. */
const nativeFrom = 64;

/**
 * Incremental UTF-8 validation (RFC 3629 section 4; RFC 6455 section 8.1): overlong forms, surrogates and
 * code points above U+10FFFF are errors, found with the first octet that no valid text can contain there.
 */
export class Utf8Validator {
  /** Continuation octets still due for the code point that has begun. */
  #due = 0;
  /** Bounds of the next continuation octet: narrower than 80..BF after some leading octets. */
  #low = 0x80;
  #high = 0xbf;
  #failed = false;

  /** Whether all octets so far could begin a valid text. Once false, it stays false. */
  get valid(): boolean {
    return !this.#failed;
  }

  /** Whether the octets so far are valid and end on a code point's last octet. */
  get complete(): boolean {
    return !this.#failed && this.#due === 0;
  }

  /** Takes the next octets of the text and returns {@link valid}. */
  push(octets: Uint8Array): boolean {
    if (this.#failed) return false;
    const begin = this.#finishCodePoint(octets);
    if (octets.length - begin < nativeFrom) return this.#scan(octets, begin);
    const end = lastBoundary(octets);
    if (this.#failed || !isUtf8(octets.subarray(begin, end))) {
      this.#failed = true;
      return false;
    }
    return this.#scan(octets, end);
  }

  /** Consumes the rest of a code point begun earlier; returns how many octets that took. */
  #finishCodePoint(octets: Uint8Array): number {
    let i = 0;
    while (this.#due > 0 && i < octets.length && !this.#failed) this.#step(octets[i++]!);
    return i;
  }

  #scan(octets: Uint8Array, from: number): boolean {
    for (let i = from; i < octets.length && !this.#failed; i++) {
      const octet = octets[i]!;
      if (this.#due > 0 || octet >= 0x80) this.#step(octet);
    }
    return !this.#failed;
  }

  #step(octet: number): void {
    if (this.#due > 0) {
      if (octet < this.#low || octet > this.#high) this.#failed = true;
      this.#due--;
      this.#low = 0x80;
      this.#high = 0xbf;
    } else if (octet >= 0x80) {
      this.#lead(octet);
    }
  }

  /** The table of RFC 3629 section 4, by leading octet. */
  #lead(octet: number): void {
    if (octet >= 0xc2 && octet <= 0xdf) {
      this.#due = 1;
    } else if (octet >= 0xe0 && octet <= 0xef) {
      this.#due = 2;
      if (octet === 0xe0) this.#low = 0xa0;
      if (octet === 0xed) this.#high = 0x9f;
    } else if (octet >= 0xf0 && octet <= 0xf4) {
      this.#due = 3;
      if (octet === 0xf0) this.#low = 0x90;
      if (octet === 0xf4) this.#high = 0x8f;
    } else {
      this.#failed = true;
    }
  }
}

/** Whether the octets are a whole valid UTF-8 text. */
export function isValidUtf8(octets: Uint8Array): boolean {
  return isUtf8(octets);
}

/** The position of the last leading or ASCII octet among the final four: what is before it ends on a code point. */
function lastBoundary(octets: Uint8Array): number {
  for (let i = octets.length - 1; i >= octets.length - 4; i--) {
    if ((octets[i]! & 0xc0) !== 0x80) return i;
  }
  return octets.length;
}
