/** What the extra player records of each connection. Bounded, as all of a record is (design seam 3). */

import type { Digest } from "../record.ts";
import type { TlsFacts } from "../server-tls.ts";
import type { Http2Fact } from "./http2/script.ts";

/** Something that happened on a connection; `t` is ms since its begin. */
export type TalkEvent = { readonly t: number } & (
  | { readonly event: "response"; readonly status: number | null }
  /** From here on octets are frames. */
  | { readonly event: "opened" }
  | {
      readonly event: "message";
      readonly binary: boolean;
      /** Of the message, inflated where it was compressed. */
      readonly payload: Digest;
      /** Null when it was not compressed. */
      readonly deflate: DeflateFacts | null;
    }
  | { readonly event: "ping" | "pong"; readonly payload: Digest }
  /** `reason` is in hexadecimal. */
  | { readonly event: "close"; readonly code: number | null; readonly reason: string }
  /** The peer broke a rule of framing. */
  | { readonly event: "violation"; readonly text: string }
  /** The fuzzer sent a close frame. */
  | { readonly event: "closeSent" }
  /** The peer ended TCP. */
  | { readonly event: "fin" | "reset" }
  /** A wait ran out. */
  | { readonly event: "timeout"; readonly tag: string }
  | { readonly event: "mark"; readonly tag: string }
  /** Something of HTTP/2 came. */
  | ({ readonly event: "http2" } & Http2Fact)
  /** There was no connection to begin with, or no TLS on it, or a client asked for nothing. */
  | { readonly event: "notConnected"; readonly why: string }
  /** The handshake of TLS is over. */
  | ({ readonly event: "tls" } & TlsFacts)
);

/** How a message of the peer was compressed. */
export interface DeflateFacts {
  /** The furthest that a match goes back, in octets. */
  readonly distance: number;
  /** A match goes back beyond the begin of the message. */
  readonly usesContext: boolean;
  /** Types of its blocks: s, f or d, in capitals when final. */
  readonly blocks: string;
}

/** The header of a frame of the peer's. */
export interface FrameFact {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  /** In hexadecimal; null when not masked. */
  readonly mask: string | null;
  readonly length: number;
}

/** What is kept of one connection. */
export interface TalkRecord {
  /** The fuzzer's. */
  readonly side: "client" | "server";
  readonly events: readonly TalkEvent[];
  /** Events past the cap. */
  readonly dropped: number;
  /** The first frames of the peer. */
  readonly frames: readonly FrameFact[];
  /** Heads as latin-1, capped. */
  readonly request: string | null;
  readonly response: string | null;
  /** What came behind a response that opens nothing, as latin-1, capped. */
  readonly behind: string;
  /** What was agreed on, as the response's element of Sec-WebSocket-Extensions; null without deflate. */
  readonly deflate: string | null;
}

/** What is kept of a play of an extra case. */
export interface ExtraRecord {
  readonly connections: readonly TalkRecord[];
  /** Sec-WebSocket-Keys that the fuzzing server has seen of this client so far, the last one that of the case. */
  readonly nonces: readonly string[];
}
