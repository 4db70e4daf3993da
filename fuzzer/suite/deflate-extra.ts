/** Compressed messages, octet by octet, for the chapters about permessage-deflate. */

import type { Draft } from "./extra.ts";

/** permessage-deflate without parameters. */
export const plainDeflate: Pick<Draft, "deflate" | "needs"> = {
  deflate: { offer: "permessage-deflate", answer: "permessage-deflate" },
  needs: ["deflate"],
};

/** permessage-deflate with parameters that the fuzzer asks for as client, and those that it answers as server. */
export const deflateWith = (offer: string, answer = offer): Pick<Draft, "deflate" | "needs"> => ({
  deflate: { offer: `permessage-deflate; ${offer}`, answer: `permessage-deflate; ${answer}` },
  needs: ["deflate"],
});

const littleEndian = (value: number): string => {
  const octets = Buffer.alloc(2);
  octets.writeUInt16LE(value & 0xffff);
  return octets.toString("hex");
};

/** A stored block (RFC 1951 section 3.2.4), in hexadecimal. */
export const storedBlock = (hex: string, final = false): string =>
  `${final ? "01" : "00"}${littleEndian(hex.length / 2)}${littleEndian(~(hex.length / 2))}${hex}`;

/** A message of one stored block, and what is left of the flush behind it (RFC 7692 section 7.2.3.3). */
export const storedMessage = (hex: string): string => `${storedBlock(hex)}00`;

/** Bits, the first one the least significant of its octet (RFC 1951 section 3.1.1), in hexadecimal. */
const packed = (bits: string): string =>
  (bits.match(/.{1,8}/g) ?? [])
    .map((octet) => Number.parseInt(octet.padEnd(8, "0").split("").toReversed().join(""), 2))
    .map((octet) => octet.toString(16).padStart(2, "0"))
    .join("");

/** A block of fixed codes, not the last; and in those codes a zero, the longest match with the octet before, the end. */
const fixedBlock = "010";
const zero = "00110000";
const longestMatch = "1100010100000";
const blockEnd = "0000000";

/** What a zero and matches are written as: from the third octet on the bits repeat every 13 octets. */
const matches = `${fixedBlock}${zero}${longestMatch.repeat(17)}`;

/**
 * A message of zeros, compressed as far as fixed codes allow, in three parts: the second one is repeated, and each time
 * inflates to {@link bombOctets}.
 */
export const bomb: { readonly begin: string; readonly unit: string; readonly end: string } = {
  begin: packed(matches.slice(0, 16)),
  unit: packed(matches.slice(16, 16 + 104)),
  end: packed(`${longestMatch.slice(5)}${blockEnd}000`),
};

/** A message of zeros in one block that says it is the last one, and what is left of the flush behind it. */
export const finalZeros: string = `${packed(`110${zero}${longestMatch.repeat(600)}${blockEnd}`)}00`;
export const finalZerosOctets = 1 + 600 * 258;

/** Octets that one unit of a {@link bomb} has, and inflates to. */
export const bombUnit = 13;
export const bombOctets = 8 * 258;

/** Symbols 257 and 4, and the one extra bit of that distance. */
const threeOctetsFromFive = "0000001001000";

/** A zero, and a match of three octets that goes back five. */
export const tooFar: string = packed(`${fixedBlock}${zero}${threeOctetsFromFive}${blockEnd}000`);
