/**
 * Numbers that look random and are the same on every machine: a xorshift generator of 32 bits with integer
 * arithmetic only. Good enough to fill files with, and for nothing else.
 */
export class Seeded {
  #state: number;

  /** @param seed any number but 0 */
  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 2^32 - 1. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** One of a list; those in front are drawn more often, as words of a language are. */
  early<T>(list: readonly T[]): T {
    return list[Math.min(this.below(list.length + 1), this.below(list.length + 1), list.length - 1)]!;
  }

  /** One of a list, all alike. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
