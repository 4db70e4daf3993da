import { randomFillSync } from "node:crypto";

/** Octets drawn from the system at once: a call for each key would cost more than the masking. */
const poolSize = 8_192;

const pool = Buffer.alloc(poolSize);
let used = poolSize;

/** A masking key that nobody can predict (RFC 6455 section 10.3): four octets, never given out before. */
export function freshMaskKey(): Buffer {
  if (used === poolSize) {
    randomFillSync(pool);
    used = 0;
  }
  used += 4;
  return Buffer.from(pool.subarray(used - 4, used));
}
