import { randomFillSync } from "node:crypto";

/** Octets drawn from the system at once: a call for each masking key would cost more than the masking. */
const poolSize = 16_384;

const pool = Buffer.alloc(poolSize);
let used = poolSize;

/** So many octets that nobody can predict, each given out once (RFC 6455 section 10.3). */
export function randomOctets(octets: number): Buffer {
  if (octets > poolSize) throw new RangeError(`at most ${poolSize} octets at once`);
  if (used + octets > poolSize) {
    randomFillSync(pool);
    used = 0;
  }
  used += octets;
  return Buffer.from(pool.subarray(used - octets, used));
}
