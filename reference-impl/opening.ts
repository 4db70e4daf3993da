import type { Head } from "../wire/handshake.ts";
import type { AgreedDeflate } from "../wire/permessage-deflate.ts";

/** Octets of a request's or response's head that are taken (RFC 6455 section 10.4: limits are ours to set). */
export const maxOpeningHead = 16_384;

/** What both sides may say about their opening handshake. */
export interface OpeningSettings {
  /** What this side calls itself: User-Agent or Server. Null for no such field, as by default. */
  readonly product?: string | null;
  /**
   * Subprotocols (RFC 6455 section 1.9) in the order of preference: those that a client asks for, or that a server has.
   * None by default.
   */
  readonly subprotocols?: readonly string[];
}

/**
 * A product as it was given.
 *
 * @throws TypeError when it cannot stand in a header: only printable ASCII is taken
 */
export function checkProduct(product: string | null): string | null {
  if (product !== null && !/^[!-~](?:[ -~]*[!-~])?$/.test(product))
    throw new TypeError(`a product must be printable ASCII: ${JSON.stringify(product)}`);
  return product;
}

/** One side of the opening handshake. Sans I/O. */
export interface Opening {
  readonly side: "client" | "server";
  /** What this side says first; null when it listens. */
  begin(): Buffer | null;
  /** Takes the next octets. Nothing may be pushed once the result is there. */
  push(octets: Buffer): OpeningProgress;
}

/** What came of the opening handshake. */
export type OpeningProgress =
  | { readonly state: "more" }
  | {
      readonly state: "open";
      /** What this side has to say now. */
      readonly reply: Buffer | null;
      /** Path and query. */
      readonly resource: string;
      /** How messages may be compressed (RFC 7692); null when nothing was agreed. */
      readonly deflate: AgreedDeflate | null;
      /** What was agreed on; null when nothing was. */
      readonly subprotocol: string | null;
      /** Of the peer: request or response. */
      readonly head: Head;
      /** Octets that came behind the head. */
      readonly rest: Buffer;
    }
  | { readonly state: "refused"; readonly reply: Buffer | null; readonly refusal: OpeningRefusal };

/** Why the connection was not opened. */
export interface OpeningRefusal {
  /** Of the HTTP response, whoever sent it; null when there was none that could be read. */
  readonly status: number | null;
  /** For people; may hold text of the peer's. */
  readonly text: string;
}

/** The first line of a head exactly as it came, blanks at its ends included. */
export function firstLine(head: Head): string {
  return head.raw.slice(0, head.raw.indexOf("\r\n"));
}
