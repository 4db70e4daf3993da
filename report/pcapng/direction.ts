import { joinOctets } from "./blocks.ts";

/** For Node and for pages alike, so nothing of Node is used. */

/** Octets that went one way in one read or write; of more than 64 only the first are known. */
export interface Piece {
  /** ms since the case began. */
  readonly t: number;
  /** Its place in the log. */
  readonly index: number;
  readonly octets: number;
  /** The first 64 octets, in hexadecimal. */
  readonly hex: string;
}

/** A frame as the wire log tells it. */
export interface PieceFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  /** The masking key in hexadecimal; null when not masked. */
  readonly mask: string | null;
  /** Payload octets, and the first 64 of them in hexadecimal, not masked. */
  readonly length: number;
  readonly head: string;
}

/** One read or write, with its octets as far as they are known or follow from the frames. */
export interface Filled {
  readonly t: number;
  readonly index: number;
  readonly octets: Uint8Array;
  /** Octets that nobody kept; they are zeros, before masking. */
  readonly unknown: number;
}

/**
 * Everything that went one way. What a read or write lacks behind its first 64 octets is taken from the head of
 * the handshake, and from the frames: they cover the stream from where the handshake ends.
 */
export function filledPieces(
  head: Uint8Array,
  pieces: readonly Piece[],
  frames: readonly PieceFrame[],
): Filled[] {
  const opening = startsWith(pieces[0], head) || head.length === 0 ? [] : [wholeHead(head, pieces[0])];
  const all = [...opening, ...pieces];
  const total = all.reduce((sum, piece) => sum + piece.octets, 0);
  const stream = new Uint8Array(total);
  const known = new Uint8Array(total);
  place(stream, known, 0, head, head.length);
  let at = 0;
  for (const piece of all) {
    const octets = hexOctets(piece.hex);
    place(stream, known, at, octets, octets.length);
    at += piece.octets;
  }
  placeFrames(stream, known, head.length, frames);
  at = 0;
  return all.map((piece) => {
    const [from, to] = [at, at + piece.octets];
    at = to;
    const unknown = known.subarray(from, to).reduce((sum, one) => sum + (one === 1 ? 0 : 1), 0);
    return { t: piece.t, index: piece.index, octets: stream.subarray(from, to), unknown };
  });
}

/** A handshake that was not logged as octets, though its head was kept. */
export function wholeHead(head: Uint8Array, next: Piece | undefined): Piece {
  return { t: Math.min(0, next?.t ?? 0), index: -1, octets: head.length, hex: "" };
}

/** Whether a piece is the beginning of the handshake, and not of what follows it. */
export function startsWith(piece: Piece | undefined, head: Uint8Array): boolean {
  if (piece === undefined || piece.octets === 0) return false;
  const first = hexOctets(piece.hex);
  return first.every((octet, at) => at >= head.length || octet === head[at]);
}

/** Writes octets where nothing is known yet. Of `octets`, those from `certain` on are filling. */
export function place(
  stream: Uint8Array,
  known: Uint8Array,
  at: number,
  octets: Uint8Array,
  certain: number,
): void {
  for (let index = 0; index < octets.length && at + index < stream.length; index++) {
    if (known[at + index] === 1) continue;
    stream[at + index] = octets[index]!;
    if (index < certain) known[at + index] = 1;
  }
}

/** Lays frames into the stream, one behind the other. */
export function placeFrames(
  stream: Uint8Array,
  known: Uint8Array,
  start: number,
  frames: readonly PieceFrame[],
): void {
  let at = start;
  for (const frame of frames) {
    const announced = known[at + 1] === 1 ? stream[at + 1]! & 127 : null;
    const header = frameHeader(frame, announced);
    const payload = new Uint8Array(Math.min(frame.length, Math.max(0, stream.length - at)));
    const head = hexOctets(frame.head);
    payload.set(head.subarray(0, payload.length));
    if (frame.mask !== null) {
      const key = hexOctets(frame.mask);
      for (let index = 0; index < payload.length; index++) payload[index]! ^= key[index % 4]!;
    }
    place(stream, known, at, joinOctets([header, payload]), header.length + head.length);
    at += header.length + frame.length;
  }
}

/** A frame's header (RFC 6455 section 5.2), with the length field that is known, or else the shortest. */
export function frameHeader(
  { opcode, fin, rsv, mask, length }: PieceFrame,
  announced: number | null,
): Uint8Array {
  const shortest = length < 126 ? length : length < 65_536 ? 126 : 127;
  const field = announced !== null && announced >= 126 ? announced : shortest;
  const extended = field === 127 ? 8 : field === 126 ? 2 : 0;
  const start = new DataView(new ArrayBuffer(2 + extended));
  start.setUint8(0, (fin ? 0x80 : 0) | (rsv << 4) | opcode);
  start.setUint8(1, (mask === null ? 0 : 0x80) | field);
  if (extended === 2) start.setUint16(2, length);
  if (extended === 8) start.setBigUint64(2, BigInt(length));
  return joinOctets([new Uint8Array(start.buffer), mask === null ? new Uint8Array(0) : hexOctets(mask)]);
}

/** Octets in hexadecimal, as octets. */
export function hexOctets(hex: string): Uint8Array {
  const octets = new Uint8Array(hex.length >> 1);
  for (let at = 0; at < octets.length; at++) octets[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return octets;
}
