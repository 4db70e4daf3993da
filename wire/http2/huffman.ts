/** The Huffman code of HPACK (RFC 7541 section 5.2 and appendix B). */

/**
 * Bits of the code of each octet, and at last of the end of the string: a digit or a letter, of which `a` is 10. The
 * code is canonical: codes of a length count upwards in the order of the octets, after all that are shorter.
 */
const lengths = [
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca",
  "d67777777777777777777777878djde6f56565666577666567655677777fbeds",
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn",
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq",
  "u",
].join("");

const endOfString = 256;
const shortest = 5;
const longest = 30;

/** Of each length of codes: the first of them, and the symbols in the order of their codes. */
const codesOfLength = makeCodes();

function makeCodes(): readonly { readonly first: number; readonly symbols: readonly number[] }[] {
  const symbols = Array.from(lengths, (_, symbol) => symbol);
  const made: { first: number; symbols: number[] }[] = [];
  let first = 0;
  for (let length = 0; length <= longest; length++) {
    const those = symbols.filter((symbol) => parseInt(lengths[symbol]!, 36) === length);
    made.push({ first, symbols: those });
    first = (first + those.length) * 2;
  }
  return made;
}

/**
 * Octets of a string that was coded.
 *
 * @throws RangeError when the end of the string is coded, or what is left over is no padding
 */
export function decodeHuffman(coded: Uint8Array): Buffer {
  const octets: number[] = [];
  let [code, length] = [0, 0];
  for (const octet of coded) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((octet >> bit) & 1);
      length += 1;
      const symbol = symbolOf(code, length);
      if (symbol === undefined) continue;
      if (symbol === endOfString) throw new RangeError("the end of the string is coded inside it");
      octets.push(symbol);
      [code, length] = [0, 0];
    }
  }
  if (length > 7 || code !== 2 ** length - 1) throw new RangeError("the padding is not right");
  return Buffer.from(octets);
}

function symbolOf(code: number, length: number): number | undefined {
  if (length < shortest) return undefined;
  const codes = codesOfLength[length];
  // No code is longer: four octets of ones are the end of the string.
  if (codes === undefined) throw new RangeError("there is no such code");
  return code < codes.first ? undefined : codes.symbols[code - codes.first];
}
