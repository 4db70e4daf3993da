import * as fc from "fast-check";

/** Octets written in hexadecimal, with blanks wherever they help. */
export function hex(text: string): Buffer {
  const digits = text.replaceAll(/\s/g, "");
  const octets = Buffer.from(digits, "hex");
  if (octets.length * 2 !== digits.length) throw new TypeError(`"${text}" is not hexadecimal`);
  return octets;
}

/** Copies of the octets in pieces, cut at the positions named (taken modulo the length); some may be empty. */
export function pieces(octets: Uint8Array, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (octets.length + 1)), octets.length].toSorted((a, b) => a - b);
  return at.slice(1).map((end, i) => Buffer.from(octets.subarray(at[i], end)));
}

/** Copies of the octets, each by itself. */
export function oneByOne(octets: Uint8Array): Buffer[] {
  return Array.from(octets, (octet) => Buffer.of(octet));
}

/** Where to cut: nowhere, here and there, or nearly everywhere. */
export const anyCuts: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 100_000 }), {
  maxLength: 40,
  size: "max",
});

/** Any octets, up to so many. */
export function anyOctets(maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength, size: "max" }).map((octets) => Buffer.from(octets));
}
