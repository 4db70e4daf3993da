/** Masking of payload octets (RFC 6455 section 5.3). */

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Below this many octets the set-up of a word-wise pass costs more than it saves. */
const wordwiseFrom = 48;

/**
 * XORs `data` in place with the masking key; applying it twice restores the octets.
 *
 * @param key four octets
 * @param offset position of `data` within the frame's payload, in octets
 */
export function mask(data: Uint8Array, key: Uint8Array, offset = 0): void {
  const length = data.length;
  let i = 0;
  if (littleEndian && length >= wordwiseFrom) {
    const misaligned = (4 - (data.byteOffset & 3)) & 3;
    for (; i < misaligned; i++) data[i]! ^= key[(offset + i) & 3]!;
    const phase = offset + i;
    const word =
      key[phase & 3]! |
      (key[(phase + 1) & 3]! << 8) |
      (key[(phase + 2) & 3]! << 16) |
      (key[(phase + 3) & 3]! << 24);
    const words = new Int32Array(data.buffer, data.byteOffset + i, (length - i) >> 2);
    for (let w = 0; w < words.length; w++) words[w]! ^= word;
    i += words.length << 2;
  }
  for (; i < length; i++) data[i]! ^= key[(offset + i) & 3]!;
}
