/**
 * An inflater of the tests' own (RFC 1951) that tells what a stream is made of. zlib cannot judge a window: it takes
 * its whole output for one.
 */

/** What a DEFLATE stream consists of. */
export interface Inspection {
  readonly plain: Buffer;
  /** The largest distance back that a match uses, in octets; 0 without matches. */
  readonly maxDistance: number;
  readonly blocks: readonly { readonly type: "stored" | "fixed" | "dynamic"; readonly final: boolean }[];
}

/**
 * Inflates whole blocks until the octets are used up.
 *
 * @param history plain octets before this stream, to which matches may refer
 * @throws RangeError when the octets are no sequence of whole blocks
 */
export function inspectDeflate(octets: Uint8Array, history: Uint8Array = new Uint8Array()): Inspection {
  const bits = new Bits(octets);
  const output: number[] = [...history];
  const blocks: { type: "stored" | "fixed" | "dynamic"; final: boolean }[] = [];
  let maxDistance = 0;
  while (bits.left >= 8) {
    const final = bits.take(1) === 1;
    const type = (["stored", "fixed", "dynamic"] as const)[bits.take(2)];
    if (type === undefined) throw new RangeError("block type 3 is reserved");
    blocks.push({ type, final });
    if (type === "stored") copyStored(bits, output);
    else {
      const [literals, distances] = type === "fixed" ? fixedCodes : readCodes(bits);
      maxDistance = Math.max(maxDistance, inflateBlock(bits, literals, distances, output));
    }
  }
  return { plain: Buffer.from(output.slice(history.length)), maxDistance, blocks };
}

class Bits {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get left(): number {
    return this.#octets.length * 8 - this.#at;
  }

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const octet = this.#octets[this.#at >>> 3];
      if (octet === undefined) throw new RangeError("the stream ends inside a block");
      value |= ((octet >>> (this.#at & 7)) & 1) << i;
      this.#at++;
    }
    return value;
  }

  align(): void {
    this.#at = (this.#at + 7) & ~7;
  }
}

/** Code length and code, as `length * 65536 + code`, to symbol. */
type Codes = ReadonlyMap<number, number>;

/** Canonical codes of the lengths given (RFC 1951 section 3.2.2). */
function codesOf(lengths: readonly number[]): Codes {
  const codes = new Map<number, number>();
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    for (const [symbol, each] of lengths.entries())
      if (each === length) codes.set(length * 65_536 + code++, symbol);
    code <<= 1;
  }
  return codes;
}

function takeSymbol(bits: Bits, codes: Codes): number {
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    code = (code << 1) | bits.take(1);
    const symbol = codes.get(length * 65_536 + code);
    if (symbol !== undefined) return symbol;
  }
  throw new RangeError("no symbol has this code");
}

const fixedCodes = [
  codesOf(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  codesOf(Array.from({ length: 30 }, () => 5)),
] as const;

const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function readCodes(bits: Bits): readonly [Codes, Codes] {
  const literals = bits.take(5) + 257;
  const distances = bits.take(5) + 1;
  const count = bits.take(4) + 4;
  const ofLengths: number[] = Array.from({ length: 19 }, () => 0);
  for (const symbol of lengthOrder.slice(0, count)) ofLengths[symbol] = bits.take(3);
  const codes = codesOf(ofLengths);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const symbol = takeSymbol(bits, codes);
    if (symbol < 16) lengths.push(symbol);
    else {
      const value = symbol === 16 ? (lengths.at(-1) ?? 0) : 0;
      const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
      lengths.push(...Array.from({ length: times }, () => value));
    }
  }
  return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))];
}

/** Base and extra bits of the lengths from symbol 257 on and of the distances (RFC 1951 section 3.2.5). */
const lengthSteps = steps(
  [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5],
  3,
);
const distanceSteps = steps([0, 0, ...Array.from({ length: 28 }, (_, i) => i >> 1)], 1);

function steps(
  extras: readonly number[],
  first: number,
): { readonly base: number; readonly extra: number }[] {
  let base = first;
  return extras.map((extra) => {
    const step = { base, extra };
    base += 2 ** extra;
    return step;
  });
}

function copyStored(bits: Bits, output: number[]): void {
  bits.align();
  const length = bits.take(16);
  if ((bits.take(16) ^ length) !== 0xffff) throw new RangeError("the lengths of a stored block do not agree");
  for (let i = 0; i < length; i++) output.push(bits.take(8));
}

/** Returns the largest distance. */
function inflateBlock(bits: Bits, literals: Codes, distances: Codes, output: number[]): number {
  let furthest = 0;
  for (;;) {
    const symbol = takeSymbol(bits, literals);
    if (symbol === 256) return furthest;
    if (symbol < 256) output.push(symbol);
    else {
      const length = symbol === 285 ? 258 : valueOf(lengthSteps[symbol - 257], bits);
      const distance = valueOf(distanceSteps[takeSymbol(bits, distances)], bits);
      if (distance > output.length) throw new RangeError("a match begins before the history");
      furthest = Math.max(furthest, distance);
      for (let i = 0; i < length; i++) output.push(output[output.length - distance]!);
    }
  }
}

function valueOf(step: { readonly base: number; readonly extra: number } | undefined, bits: Bits): number {
  if (step === undefined) throw new RangeError("the symbol is reserved");
  return step.base + bits.take(step.extra);
}
