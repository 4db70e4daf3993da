import { closePayload } from "../wire/close.ts";
import { Deflater } from "../wire/deflate.ts";
import { encodeHeader, Opcode } from "../wire/frame.ts";
import { acceptKey } from "../wire/handshake.ts";
import { mask } from "../wire/mask.ts";
import { type AgreedDeflate, deflateSettings } from "../wire/permessage-deflate.ts";
import type { Destination } from "../fuzzer/opening.ts";
import type { Payload } from "../fuzzer/case.ts";

import { Dice } from "./dice.ts";
import type {
  FrameStream,
  HeaderEdit,
  MessageElement,
  OpeningStream,
  ResponseStream,
  Writes,
} from "./stream.ts";

/** Writes that one stream is divided into at the most: each is a turn of the event loop. */
const maxWrites = 256;

const rsv1 = 4;

/** The octets of a stream. */
export interface Rendered {
  /** Of the elements, after flips and cut. */
  readonly octets: Buffer;
  /** Where each element begins, and where the last ends. */
  readonly bounds: readonly number[];
  /** The ping behind them. */
  readonly sentinel: Buffer;
  /** The close frame at the end. */
  readonly closing: Buffer;
}

/**
 * Writes a stream as octets. What is compressed depends on what the opening handshake has agreed on.
 *
 * @param agreed null without compression: messages that were to be compressed go as they are
 */
export function renderFrames(stream: FrameStream, agreed: AgreedDeflate | null): Rendered {
  const keys = new Dice(stream.keys, 1);
  const sender = stream.from ?? "client";
  const frame = ({ masked = sender === "client", ...edit }: FrameEdit, payload: Buffer) =>
    frameOctets(edit, payload, masked ? keys.octets(4) : spent(keys));
  const deflate = deflating(agreed, sender);
  const parts: Buffer[] = [];
  const bounds = [0];
  for (const element of stream.elements) {
    if (element.kind === "octets") parts.push(Buffer.from(element.hex, "hex"));
    else if (element.kind === "frame") parts.push(frame(element, octetsOf(element.payload)));
    else parts.push(...messageFrames(element, deflate, frame));
    bounds.push(parts.reduce((sum, { length }) => sum + length, 0));
  }
  const { code, reason } = stream.closing;
  const why = reason === "" ? null : Buffer.from(reason, "hex");
  return {
    octets: mutated(Buffer.concat(parts), stream),
    bounds,
    sentinel: frame({ opcode: Opcode.ping }, Buffer.from(stream.sentinel, "hex")),
    closing: frame({ opcode: Opcode.close }, closePayload(code, why)),
  };
}

/** The request of a stream that is an opening handshake. */
export function renderOpening({ lines }: OpeningStream, to: Destination): Buffer {
  const host = to.host.includes(":") ? `[${to.host}]` : to.host;
  const text = lines
    .join("")
    .replaceAll("{host}", `${host}:${to.port}`)
    .replaceAll("{resource}", to.resource);
  return Buffer.from(`${text}\r\n`, "latin1");
}

/** The response of a stream that is one. */
export function renderResponse({ lines }: ResponseStream, key: string): Buffer {
  return Buffer.from(`${lines.join("").replaceAll("{accept}", acceptKey(key))}\r\n`, "latin1");
}

/** Divides octets among writes, so many at the most; together they are the octets again. */
export function divide(
  octets: Buffer,
  writes: Writes,
  bounds: readonly number[] = [],
  most = maxWrites,
): Buffer[] {
  const ends: number[] = [];
  if (writes.by === "element") ends.push(...bounds);
  if (writes.by === "size" && writes.sizes.some((size) => size > 0))
    for (let at = 0, i = 0; at < octets.length && ends.length < most; i++) {
      at += writes.sizes[i % writes.sizes.length]!;
      ends.push(at);
    }
  const inner = ends.filter((at) => at > 0 && at < octets.length).slice(0, most - 1);
  const begins = [0, ...inner];
  return begins.map((at, i) => octets.subarray(at, begins[i + 1])).filter(({ length }) => length > 0);
}

/** The octets of a payload, as a buffer of the caller's own. */
export function octetsOf(payload: Payload): Buffer {
  return "hex" in payload
    ? Buffer.from(payload.hex, "hex")
    : Buffer.alloc(payload.length, payload.unit, "hex");
}

type FrameEdit = HeaderEdit & { readonly opcode: number };

type WriteFrame = (edit: FrameEdit, payload: Buffer) => Buffer;

/** What a frame's edits say does not change the keys of those behind it. */
function spent(keys: Dice): null {
  keys.octets(4);
  return null;
}

function messageFrames(
  message: MessageElement,
  deflate: ((payload: Buffer) => Buffer) | null,
  frame: WriteFrame,
): Buffer[] {
  const compressed = message.deflate === true && deflate !== null;
  const plain = octetsOf(message.payload);
  const payload = compressed ? deflate(plain) : plain;
  const ends = [...cutsOf(message.fragments ?? [], payload.length), payload.length];
  const parts: Buffer[] = [];
  let begin = 0;
  for (const [index, end] of ends.entries()) {
    const edit = message.edits?.find(({ fragment }) => fragment === index);
    const first = index === 0;
    const header = {
      opcode: first ? (message.binary ? Opcode.binary : Opcode.text) : Opcode.continuation,
      fin: index === ends.length - 1,
      rsv: first && compressed ? rsv1 : 0,
      ...edit,
    };
    parts.push(frame(header, payload.subarray(begin, end)));
    const inside = message.inside?.[index];
    if (inside !== undefined) parts.push(frame(inside, octetsOf(inside.payload)));
    begin = end;
  }
  return parts;
}

/** Where fragments end, but the last; those that are left over are empty. */
function cutsOf(fragments: readonly number[], length: number): number[] {
  let at = 0;
  return fragments.map((octets) => (at = Math.min(length, at + octets)));
}

/** Compresses a connection's messages one after the other; null without compression. */
function deflating(
  agreed: AgreedDeflate | null,
  sender: "client" | "server",
): ((payload: Buffer) => Buffer) | null {
  if (agreed === null) return null;
  let deflater: Deflater | null = null;
  return (payload) => (deflater ??= new Deflater(deflateSettings(agreed, sender))).deflate(payload);
}

function frameOctets(
  { opcode, fin = true, rsv = 0, lengthBits, declared }: FrameEdit,
  payload: Buffer,
  maskKey: Buffer | null,
): Buffer {
  const length = declared ?? payload.length;
  const bits = lengthBits === 7 && length > 127 ? undefined : lengthBits;
  const header = encodeHeader({
    opcode,
    fin,
    rsv,
    maskKey,
    length,
    ...(bits !== undefined && { lengthBits: bits }),
  });
  const octets = Buffer.concat([header, payload]);
  if (maskKey !== null) mask(octets.subarray(header.length), maskKey);
  return octets;
}

function mutated(octets: Buffer, { flips = [], cut }: FrameStream): Buffer {
  if (octets.length > 0) for (const { at, xor } of flips) octets[at % octets.length]! ^= xor;
  return cut === undefined ? octets : octets.subarray(0, cut);
}
