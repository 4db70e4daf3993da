/** Parts at least this long are kept as they are; shorter ones are gathered. */
const keepFrom = 4_096;

/** Octets of the block in which short parts are gathered: as many as there are already, within these bounds. */
const smallestBlock = 1_024;
const largestBlock = 65_536;

/**
 * Puts a payload together from the parts in which it arrives. Each octet is copied twice at the most, however
 * small the parts are. Memory: about twice the octets, since a part is kept as a view only when it is a good
 * half of the buffer that it shows (or the first).
 */
export class MessageBuffer {
  #parts: Buffer[] = [];
  #length = 0;
  /** The first part while it is the only one: most messages have no other, and are not copied at all. */
  #only: Buffer | null = null;
  /** Gathers short parts; null when the last part is a view. */
  #block: Buffer | null = null;
  #used = 0;

  /** Octets so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes the next octets; they may not be changed afterwards. */
  push(part: Buffer): void {
    if (this.#length === 0) {
      this.#only = part;
    } else {
      this.#keepOnly();
      this.#keep(part);
    }
    this.#length += part.length;
  }

  /** The whole payload. Afterwards the buffer is empty. */
  take(): Buffer {
    const whole = this.#only ?? this.#join();
    this.#only = null;
    this.#parts = [];
    this.#length = 0;
    return whole;
  }

  #join(): Buffer {
    this.#closeBlock();
    return Buffer.concat(this.#parts, this.#length);
  }

  #keepOnly(): void {
    if (this.#only !== null) this.#keep(this.#only);
    this.#only = null;
  }

  #keep(part: Buffer): void {
    if (part.length >= keepFrom && 2 * part.length >= part.buffer.byteLength) {
      this.#closeBlock();
      this.#parts.push(part);
    } else {
      this.#gather(part);
    }
  }

  #gather(part: Buffer): void {
    for (let at = 0; at < part.length;) {
      this.#block ??= this.#newBlock();
      const take = Math.min(part.length - at, this.#block.length - this.#used);
      this.#block.set(part.subarray(at, at + take), this.#used);
      this.#used += take;
      at += take;
      if (this.#used === this.#block.length) this.#closeBlock();
    }
  }

  #newBlock(): Buffer {
    return Buffer.allocUnsafe(Math.min(Math.max(this.#length, smallestBlock), largestBlock));
  }

  #closeBlock(): void {
    if (this.#block !== null && this.#used > 0) this.#parts.push(this.#block.subarray(0, this.#used));
    this.#block = null;
    this.#used = 0;
  }
}
