/** Whether keys that must be unpredictable look so (RFC 6455 sections 4.1, 5.3 and 10.3). */

/** Keys that a statement about randomness needs at the least. */
const enough = 48;

/**
 * What is wrong with a connection's masking keys, or null.
 *
 * - `nonzero`: no key is all zeros more often than chance has it.
 * - `fresh`: keys are not used again and again.
 * - `random`: every bit takes both values about as often, keys do not count up, and the octets of a key differ.
 *
 * A good source is taken for a bad one less than once in a million plays.
 *
 * @param keys in hexadecimal, in the order of the frames
 */
export function maskKeyFault(keys: readonly string[], what: "nonzero" | "fresh" | "random"): string | null {
  if (keys.length === 0) return null;
  const numbers = keys.map((key) => Number.parseInt(key, 16));
  if (what === "nonzero") {
    const zeros = numbers.filter((key) => key === 0).length;
    return zeros > 1 ? `${zeros} of ${keys.length} masking keys are zero` : null;
  }
  if (what === "fresh") {
    const distinct = new Set(keys).size;
    return distinct < keys.length - 1
      ? `${keys.length} frames have ${distinct} different masking keys`
      : null;
  }
  return keys.length < enough ? null : (stepFault(numbers) ?? octetFault(numbers) ?? bitFault(numbers));
}

/** Keys that differ by the same number each time. */
function stepFault(keys: readonly number[]): string | null {
  const steps = keys.slice(1).map((key, at) => (key - keys[at]! + 2 ** 32) % 2 ** 32);
  const most = Math.max(...counts(steps).values());
  return most > 3 ? `${most} masking keys are the one before plus the same number` : null;
}

/** Keys of one octet four times over, or with octets that stay what they are. */
function octetFault(keys: readonly number[]): string | null {
  const uniform = keys.filter((key) =>
    [8, 16, 24].every((by) => ((key >>> by) & 255) === (key & 255)),
  ).length;
  if (uniform > 2) return `${uniform} masking keys are one octet four times`;
  for (const by of [0, 8, 16, 24]) {
    const distinct = new Set(keys.map((key) => (key >>> by) & 255)).size;
    if (distinct < keys.length / 4)
      return `octet ${4 - by / 8} of ${keys.length} masking keys takes ${distinct} values`;
  }
  return null;
}

/** Bits that are set too often or too seldom: more than six standard deviations from the middle. */
function bitFault(keys: readonly number[]): string | null {
  const allowed = 3 * Math.sqrt(keys.length);
  for (let bit = 0; bit < 32; bit++) {
    const ones = keys.filter((key) => ((key >>> bit) & 1) === 1).length;
    if (Math.abs(ones - keys.length / 2) > allowed)
      return `bit ${bit} of ${keys.length} masking keys is set in ${ones}`;
  }
  return null;
}

/** What is wrong with the keys of opening handshakes, or null. */
export function nonceFault(nonces: readonly string[]): string | null {
  const short = nonces.find((nonce) => Buffer.from(nonce, "base64").length !== 16);
  if (short !== undefined) return `the key ${JSON.stringify(short.slice(0, 40))} is not 16 octets in base64`;
  const distinct = new Set(nonces).size;
  if (distinct < nonces.length) return `${nonces.length} handshakes have ${distinct} different keys`;
  const uniform = nonces.find((nonce) => new Set(Buffer.from(nonce, "base64")).size < 6);
  return uniform === undefined ? null : `the key ${uniform} has hardly any different octets`;
}

function counts(values: readonly number[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}
