/** The base framing protocol, RFC 6455 section 5.2, legal or not. */

import { mask } from "./mask.ts";

/** Opcodes of RFC 6455 section 11.8. */
export const Opcode = Object.freeze({ continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 });

/** Control frames have the most significant bit of the opcode set (RFC 6455 section 5.5). */
export function isControl(opcode: number): boolean {
  return opcode >= 8;
}

/** What the first two octets of a frame say. */
export interface FrameStart {
  readonly fin: boolean;
  /** The three reserved bits as a number, RSV1 = 4. */
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  /** The 7-bit length field: 126 and 127 announce an extended length. */
  readonly length7: number;
}

/** A whole frame header. */
export interface FrameHeader extends FrameStart {
  /** Announced payload octets. Above 2^53 only the magnitude is right, which is all that matters then. */
  readonly length: number;
  /** Four octets; null when not masked. */
  readonly maskKey: Buffer | null;
}

/** What to write as a frame header; nothing is validated. */
export interface HeaderFields {
  readonly opcode: number;
  readonly length: number;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly maskKey?: Buffer | null;
  /** Bits of the length field. Default: the shortest that holds the length. */
  readonly lengthBits?: 7 | 16 | 64;
}

/** A frame header as octets, masking key included. */
export function encodeHeader(fields: HeaderFields): Buffer {
  const { opcode, length, fin = true, rsv = 0, maskKey = null } = fields;
  const bits = fields.lengthBits ?? shortestLengthBits(length);
  const extended = bits === 7 ? 0 : bits / 8;
  const header = Buffer.allocUnsafe(2 + extended + (maskKey === null ? 0 : 4));
  header[0] = (fin ? 0x80 : 0) | ((rsv & 7) << 4) | (opcode & 15);
  header[1] = (maskKey === null ? 0 : 0x80) | (bits === 7 ? length & 127 : bits === 16 ? 126 : 127);
  if (bits === 16) header.writeUInt16BE(length & 0xffff, 2);
  if (bits === 64) header.writeBigUInt64BE(BigInt(length), 2);
  if (maskKey !== null) header.set(maskKey, 2 + extended);
  return header;
}

/**
 * A whole frame as octets. The payload is copied, and masked when there is a key.
 *
 * @param room makes room for so many octets, or gives one that is there
 */
export function encodeFrame(
  fields: Omit<HeaderFields, "length">,
  payload: Buffer,
  room: (octets: number) => Buffer = (octets) => Buffer.allocUnsafe(octets),
): Buffer {
  const header = encodeHeader({ ...fields, length: payload.length });
  const frame = room(header.length + payload.length);
  frame.set(header, 0);
  frame.set(payload, header.length);
  if (fields.maskKey) mask(frame.subarray(header.length), fields.maskKey);
  return frame;
}

function shortestLengthBits(length: number): 7 | 16 | 64 {
  if (length < 126) return 7;
  return length < 65_536 ? 16 : 64;
}

/** What the decoder finds, in the order of the octets. */
export type FrameEvent =
  /** The first two octets of a frame are there. */
  | { readonly type: "start"; readonly start: FrameStart }
  /** The whole header is there. */
  | { readonly type: "header"; readonly header: FrameHeader }
  /** The next octets of the payload, unmasked; never empty. */
  | { readonly type: "payload"; readonly data: Buffer }
  /** All announced payload octets have been seen. */
  | { readonly type: "end" };

/**
 * Incremental decoder of frames. It judges nothing: any header is decoded as it stands, so that one can see
 * what a wrong peer does. Memory: one header.
 *
 *     decoder.push(octets);
 *     for (let event = decoder.next(); event; event = decoder.next()) ...
 */
export class FrameDecoder {
  #input: Buffer = empty;
  /** Read position in `#input`. */
  #at = 0;
  /** Octets of a header that came in pieces: 14 at the most. */
  #partial: Buffer = empty;
  #state: "start" | "header" | "payload" | "end" = "start";
  #start: FrameStart | null = null;
  #header: FrameHeader | null = null;
  /** Payload octets seen of the present frame. */
  #seen = 0;

  /**
   * Takes the next octets. They are given away: masked payloads are unmasked in place, and events show parts
   * of them. All events of the octets before must have been taken.
   */
  push(octets: Buffer): void {
    this.#input = octets;
    this.#at = 0;
  }

  /** Whether the octets so far end between two frames. */
  get atBoundary(): boolean {
    return this.#state === "start" && this.#partial.length === 0 && this.#at === this.#input.length;
  }

  /** The header of the frame that is being received; null before it is whole. */
  get header(): FrameHeader | null {
    return this.#header;
  }

  /** The next event, or null when more octets are needed. */
  next(): FrameEvent | null {
    switch (this.#state) {
      case "start":
        return this.#readStart();
      case "header":
        return this.#readHeader();
      case "payload":
        return this.#readPayload();
      case "end":
        this.#state = "start";
        return endEvent;
    }
  }

  #readStart(): FrameEvent | null {
    const octets = this.#collect(2);
    if (octets === null) return null;
    const [first, second] = [octets[0]!, octets[1]!];
    this.#start = {
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      opcode: first & 15,
      masked: (second & 0x80) !== 0,
      length7: second & 127,
    };
    this.#header = null;
    this.#state = "header";
    return { type: "start", start: this.#start };
  }

  #readHeader(): FrameEvent | null {
    const start = this.#start!;
    const extended = start.length7 === 127 ? 8 : start.length7 === 126 ? 2 : 0;
    const octets = this.#collect(extended + (start.masked ? 4 : 0));
    if (octets === null) return null;
    const length =
      extended === 8 ? readLength64(octets) : extended === 2 ? octets.readUInt16BE(0) : start.length7;
    const maskKey = start.masked ? Buffer.from(octets.subarray(extended)) : null;
    this.#header = { ...start, length, maskKey };
    this.#seen = 0;
    this.#state = length > 0 ? "payload" : "end";
    return { type: "header", header: this.#header };
  }

  #readPayload(): FrameEvent | null {
    const header = this.#header!;
    const available = this.#input.length - this.#at;
    if (available === 0) return null;
    const take = Math.min(available, header.length - this.#seen);
    const data = this.#input.subarray(this.#at, this.#at + take);
    if (header.maskKey !== null) mask(data, header.maskKey, this.#seen % 4);
    this.#at += take;
    this.#seen += take;
    if (this.#seen >= header.length) this.#state = "end";
    return { type: "payload", data };
  }

  /** `count` octets as one buffer, or null (what there is being kept) when they have not all arrived. */
  #collect(count: number): Buffer | null {
    const available = this.#input.length - this.#at;
    const missing = count - this.#partial.length;
    if (available < missing) {
      this.#partial = Buffer.concat([this.#partial, this.#input.subarray(this.#at)]);
      this.#at = this.#input.length;
      return null;
    }
    const fresh = this.#input.subarray(this.#at, this.#at + missing);
    this.#at += missing;
    if (this.#partial.length === 0) return fresh;
    const whole = Buffer.concat([this.#partial, fresh]);
    this.#partial = empty;
    return whole;
  }
}

/** Rounds down where a number cannot hold the length, so that one below 2^63 stays below. */
function readLength64(octets: Buffer): number {
  const length = octets.readBigUInt64BE(0);
  return Number(length > Number.MAX_SAFE_INTEGER ? length & ~0x7ffn : length);
}

const empty = Buffer.alloc(0);
const endEvent: FrameEvent = Object.freeze({ type: "end" });
