import { Seeded } from "../fuzzer/corpora/seeded.ts";

/** Draws that depend on two numbers alone: the same on every machine, whatever was drawn for other streams. */
export class Dice {
  readonly #numbers: Seeded;

  /**
   * @param seed of a whole campaign
   * @param stream number of a stream in it, from 0
   */
  constructor(seed: number, stream: number) {
    const mixed = scrambled(scrambled(seed) ^ Math.imul(stream + 1, 0x9e3779b1));
    this.#numbers = new Seeded(mixed === 0 ? 1 : mixed);
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return this.#numbers.below(limit);
  }

  /** An integer within bounds, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True so often in a hundred. */
  percent(often: number): boolean {
    return this.below(100) < often;
  }

  /** One of a list, all alike. */
  pick<T>(list: readonly T[]): T {
    return this.#numbers.pick(list);
  }

  /** One of a list by their weights. */
  weighted<T>(list: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.below(list.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of list) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new RangeError("there is nothing to draw from");
  }

  /** So many octets, all values alike. */
  octets(count: number): Buffer {
    const octets = Buffer.alloc(count);
    for (let i = 0; i < count; i++) octets[i] = this.below(256);
    return octets;
  }
}

/** Every bit of the result depends on every bit of the number. */
function scrambled(number: number): number {
  let x = (number ^ 0x5bd1e995) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
