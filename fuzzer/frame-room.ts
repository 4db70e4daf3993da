/** Octets from which on a buffer is used again. */
const worthReusing = 8_192;

/** Octets of all buffers that are kept. */
const mostOctets = 32 << 20;

/** Buffers that nobody reads any more, the one that was given back last behind the others. */
let free: Buffer[] = [];

/**
 * Room for a frame, in a buffer that has served before where there is one of that size: to make a new one costs more than
 * to fill it, and the garbage collector does not hurry for what is outside of its heap.
 */
export function takeRoom(octets: number): Buffer {
  const isOfUse = ({ length }: Buffer) => length >= octets && length <= 2 * octets;
  if (octets < worthReusing) return Buffer.allocUnsafe(octets);
  const at = free.findLastIndex(isOfUse);
  const [found] = at === -1 ? [] : free.splice(at, 1);
  return found?.subarray(0, octets) ?? Buffer.allocUnsafeSlow(octets);
}

/** Takes back what {@link takeRoom} gave, once nobody reads it any more. */
export function giveBackRoom(room: Buffer): void {
  if (room.length < worthReusing) return;
  free.push(Buffer.from(room.buffer));
  let kept = 0;
  const oldest = free.findLastIndex(({ length }) => (kept += length) > mostOctets);
  if (oldest !== -1) free = free.slice(oldest + 1);
}
