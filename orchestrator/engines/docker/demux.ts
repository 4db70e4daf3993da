/** Which stream of a container a piece of output is from. */
export type OutputStream = "stdout" | "stderr";

const HEADER = 8;

/**
 * Parts the output of a container that has no terminal: frames of a header of 8 octets (stream, three zeros, length,
 * big-endian) and a payload, which may come in any pieces. Nothing is held but an incomplete header.
 *
 * @param onOutput called with each piece of a payload as it comes
 */
export function demux(onOutput: (stream: OutputStream, chunk: Uint8Array) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: OutputStream = "stdout";
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const piece = chunk.subarray(at, at + HEADER - header.length);
        header = Buffer.concat([header, piece]);
        at += piece.length;
        if (header.length < HEADER) return;
        stream = header[0] === 2 ? "stderr" : "stdout";
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const piece = chunk.subarray(at, at + left);
      left -= piece.length;
      at += piece.length;
      onOutput(stream, piece);
    }
  };
}
