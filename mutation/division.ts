import { FrameDecoder, Opcode } from "../wire/frame.ts";

/** Octets of a header at the most (RFC 6455 section 5.2). */
const maxHeader = 14;

/** Octets frame by frame, as their headers announce them; what is behind the last whole frame is one too. */
export interface Division {
  readonly frames: readonly Buffer[];
  /** The last frame does not end. */
  readonly swallowed: boolean;
  /** Nor does its header; or it is a close frame, whose code and reason may be looked at as a header is. */
  readonly inHeader: boolean;
}

const isClose = (firstOctet: number) => (firstOctet & 15) === Opcode.close;

/** Divides octets into frames. */
export function framesOf(octets: Buffer): Division {
  const frames: Buffer[] = [];
  for (let at = 0; at < octets.length;) {
    const length = frameLength(octets.subarray(at, at + maxHeader));
    if (length === null || at + length > octets.length)
      return {
        frames: [...frames, octets.subarray(at)],
        swallowed: true,
        inHeader: length === null || isClose(octets[at]!),
      };
    frames.push(octets.subarray(at, at + length));
    at += length;
  }
  return { frames, swallowed: false, inHeader: false };
}

/** Octets of a frame, header included, by its first octets; null when its header is not whole. */
function frameLength(begin: Buffer): number | null {
  const decoder = new FrameDecoder();
  decoder.push(Buffer.from(begin));
  for (let event = decoder.next(); event !== null; event = decoder.next()) {
    if (event.type !== "header") continue;
    const { length7, masked, length } = event.header;
    return 2 + (length7 === 127 ? 8 : length7 === 126 ? 2 : 0) + (masked ? 4 : 0) + length;
  }
  return null;
}
