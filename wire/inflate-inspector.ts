/**
 * An inflater that tells what a DEFLATE stream is made of (RFC 1951). zlib cannot judge a peer's window: it takes its
 * whole output for one, and goes on behind what should be the end.
 */

/** What a stream consists of. */
export interface Inspection {
  readonly plain: Buffer;
  /** The largest distance back that a match uses, in octets; 0 without matches. */
  readonly maxDistance: number;
  /** A match begins before the stream, in the octets of the messages before. */
  readonly usesHistory: boolean;
  readonly blocks: readonly DeflateBlock[];
  /** Octets behind the final block; 0 without one. */
  readonly trailing: number;
}

/** A block of a stream. */
export interface DeflateBlock {
  readonly type: "stored" | "fixed" | "dynamic";
  readonly final: boolean;
}

/** How far an inspection goes. */
export interface InspectionLimits {
  /** Octets of output; more is a RangeError. */
  readonly maxOctets: number;
  /** Stop at a block that says it is the last; by default what follows is taken for a further stream. */
  readonly stopAtFinal?: boolean;
}

/** Octets that a match can reach back at the most. */
const windowOctets = 32_768;

/**
 * Inflates whole blocks until the octets are used up.
 *
 * @param history plain octets before this stream, to which matches may refer
 * @throws RangeError when the octets are no sequence of whole blocks, or come to more than the limit
 */
export function inspectDeflate(
  octets: Uint8Array,
  history: Uint8Array = new Uint8Array(),
  { maxOctets, stopAtFinal = false }: InspectionLimits = { maxOctets: 16 << 20 },
): Inspection {
  const input = new BitReader(octets);
  const output = new Output(history.subarray(-windowOctets), maxOctets);
  const blocks: DeflateBlock[] = [];
  let ended = false;
  while (!ended && input.left >= 8) {
    const final = input.take(1) === 1;
    const type = blockTypes[input.take(2)];
    if (type === undefined) throw new RangeError("block type 3 is reserved");
    blocks.push({ type, final });
    if (type === "stored") copyStored(input, output);
    else inflateBlock(input, output, type === "fixed" ? fixedCodes : readCodes(input));
    ended = final && stopAtFinal;
  }
  const { maxDistance, usesHistory } = output;
  return { plain: output.plain(), maxDistance, usesHistory, blocks, trailing: ended ? input.left >> 3 : 0 };
}

const blockTypes = ["stored", "fixed", "dynamic"] as const;

/** Bits of octets, the least significant first. */
class BitReader {
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

/** What was inflated, behind its history. Grows by doubling up to the limit. */
class Output {
  maxDistance = 0;
  usesHistory = false;
  readonly #begin: number;
  readonly #end: number;
  #octets: Buffer;
  #length: number;

  constructor(history: Uint8Array, maxOctets: number) {
    this.#begin = history.length;
    this.#end = history.length + maxOctets;
    this.#octets = Buffer.alloc(history.length + 1_024);
    this.#octets.set(history);
    this.#length = history.length;
  }

  push(octet: number): void {
    if (this.#length >= this.#end) throw new RangeError("the stream inflates to more than the limit");
    if (this.#length === this.#octets.length) {
      const grown = Buffer.alloc(2 * this.#octets.length);
      grown.set(this.#octets);
      this.#octets = grown;
    }
    this.#octets[this.#length++] = octet;
  }

  repeat(distance: number, length: number): void {
    if (distance > this.#length) throw new RangeError("a match begins before the history");
    this.maxDistance = Math.max(this.maxDistance, distance);
    this.usesHistory ||= distance > this.#length - this.#begin;
    for (let i = 0; i < length; i++) this.push(this.#octets[this.#length - distance]!);
  }

  plain(): Buffer {
    return this.#octets.subarray(this.#begin, this.#length);
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

function takeSymbol(input: BitReader, codes: Codes): number {
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    code = (code << 1) | input.take(1);
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

function readCodes(input: BitReader): readonly [Codes, Codes] {
  const literals = input.take(5) + 257;
  const distances = input.take(5) + 1;
  const count = input.take(4) + 4;
  const ofLengths: number[] = Array.from({ length: 19 }, () => 0);
  for (const symbol of lengthOrder.slice(0, count)) ofLengths[symbol] = input.take(3);
  const codes = codesOf(ofLengths);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const symbol = takeSymbol(input, codes);
    if (symbol < 16) lengths.push(symbol);
    else {
      const value = symbol === 16 ? (lengths.at(-1) ?? 0) : 0;
      const times =
        symbol === 16 ? 3 + input.take(2) : symbol === 17 ? 3 + input.take(3) : 11 + input.take(7);
      for (let i = 0; i < times; i++) lengths.push(value);
    }
  }
  return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))];
}

interface ValueStep {
  readonly base: number;
  readonly extra: number;
}

/** Base and extra bits of the lengths from symbol 257 on and of the distances (RFC 1951 section 3.2.5). */
const lengthSteps = valueSteps(
  [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5],
  3,
);
const distanceSteps = valueSteps([0, 0, ...Array.from({ length: 28 }, (_, i) => i >> 1)], 1);

function valueSteps(extras: readonly number[], first: number): readonly ValueStep[] {
  let base = first;
  return extras.map((extra) => {
    const step = { base, extra };
    base += 2 ** extra;
    return step;
  });
}

function valueOf(step: ValueStep | undefined, input: BitReader): number {
  if (step === undefined) throw new RangeError("the symbol is reserved");
  return step.base + input.take(step.extra);
}

function copyStored(input: BitReader, output: Output): void {
  input.align();
  const length = input.take(16);
  if ((input.take(16) ^ length) !== 0xffff)
    throw new RangeError("the lengths of a stored block do not agree");
  for (let i = 0; i < length; i++) output.push(input.take(8));
}

function inflateBlock(
  input: BitReader,
  output: Output,
  [literals, distances]: readonly [Codes, Codes],
): void {
  for (;;) {
    const symbol = takeSymbol(input, literals);
    if (symbol === 256) return;
    if (symbol < 256) output.push(symbol);
    else {
      const length = symbol === 285 ? 258 : valueOf(lengthSteps[symbol - 257], input);
      output.repeat(valueOf(distanceSteps[takeSymbol(input, distances)], input), length);
    }
  }
}
