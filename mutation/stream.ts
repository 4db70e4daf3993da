/**
 * What a mutation campaign sends over one connection, as data: it can be printed, stored, made smaller and sent again.
 */

import type { DeflateOffer } from "../reference-impl/negotiation.ts";
import type { Payload } from "../fuzzer/case.ts";

/** Header fields of a frame that are other than they would be. */
export interface HeaderEdit {
  readonly fin?: boolean;
  /** The three reserved bits as a number, RSV1 = 4. */
  readonly rsv?: number;
  readonly opcode?: number;
  /** By default as its sender must (RFC 6455 section 5.1). */
  readonly masked?: boolean;
  /** Bits of the length field. */
  readonly lengthBits?: 7 | 16 | 64;
  /** Payload octets that the header announces, whatever follows. */
  readonly declared?: number;
}

/** One frame; by its edits it may be any frame. */
export interface FrameElement extends HeaderEdit {
  readonly kind: "frame";
  readonly opcode: number;
  readonly payload: Payload;
}

/** A data message. */
export interface MessageElement {
  readonly kind: "message";
  readonly binary: boolean;
  readonly payload: Payload;
  /** Compressed, where the opening handshake agreed on that. */
  readonly deflate?: true;
  /** Octets of each frame's payload but the last's; by default the message is one frame. */
  readonly fragments?: readonly number[];
  /** The frame at each index follows the fragment at that index. */
  readonly inside?: readonly FrameElement[];
  /** Changes of the fragments' headers. */
  readonly edits?: readonly (HeaderEdit & { readonly fragment: number })[];
}

/** A part of a stream. */
export type StreamElement =
  | FrameElement
  | MessageElement
  /** What need not be a frame. */
  | { readonly kind: "octets"; readonly hex: string };

/** How the octets of a stream are divided among writes. */
export type Writes =
  | { readonly by: "whole" }
  /** Each element by itself, with so many ms between two of them; by default in the next turn of the event loop. */
  | { readonly by: "element"; readonly pause?: number }
  /** Pieces of these sizes, again and again. */
  | { readonly by: "size"; readonly sizes: readonly number[] };

/** One bit or more of one octet is turned over. */
export interface Flip {
  /** Offset in the octets of the elements, modulo their number. */
  readonly at: number;
  readonly xor: number;
}

/** A legal opening handshake, and then anything. */
export interface FrameStream {
  readonly kind: "frames";
  /** Who sends it: a server, to a client that has connected; by default a client. */
  readonly from?: "server";
  /** Null to offer no compression; of a server's, to agree to none. */
  readonly offer: DeflateOffer | null;
  /** Of a server's: its first octets leave with the response of the opening handshake. */
  readonly atOnce?: true;
  readonly elements: readonly StreamElement[];
  readonly flips?: readonly Flip[];
  /** Only so many octets of the elements are sent. */
  readonly cut?: number;
  readonly writes: Writes;
  /** Payload of the ping behind the elements, in hexadecimal: its pong shows that the talk goes on. */
  readonly sentinel: string;
  /** The close frame that ends a talk which goes on; the reason in hexadecimal. */
  readonly closing: { readonly code: number | null; readonly reason: string };
  /** What nonce and masking keys are drawn from. */
  readonly keys: number;
}

/** An opening handshake, legal or not, and nothing behind it. */
export interface OpeningStream {
  readonly kind: "opening";
  /**
   * Each line of the request as latin-1 with its own ending. `{host}` stands for host and port, `{resource}` for path and
   * query of the target. The empty line at the end is added.
   */
  readonly lines: readonly string[];
  readonly writes: Writes;
}

/** A server's half of the opening handshake, legal or not, and a ping behind it. */
export interface ResponseStream {
  readonly kind: "response";
  /**
   * Each line of the response as latin-1 with its own ending. `{accept}` stands for the value that fits the client's key.
   * The empty line at the end is added.
   */
  readonly lines: readonly string[];
  readonly writes: Writes;
}

/** Everything that is sent over one connection. */
export type Stream = FrameStream | OpeningStream | ResponseStream;

/** Whom a stream is for. */
export function readerOf(stream: Stream): "client" | "server" {
  if (stream.kind === "frames") return stream.from === "server" ? "client" : "server";
  return stream.kind === "opening" ? "server" : "client";
}
