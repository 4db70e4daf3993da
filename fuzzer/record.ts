/**
 * What playing a case leaves behind, and what judging makes of it (design seam 3).
 *
 * A record is bounded whatever the peer sends: of a payload it keeps the length, a checksum and the first
 * octets; round trips are counters; logs are capped.
 */

import type { ExtraRecord } from "./extra/events.ts";
import type { Traffic } from "./traffic.ts";

/** What the target is; the fuzzer is the opposite. */
export type Role = "server" | "client";

/** Autobahn's verdict on what was exchanged, in its spelling. */
export type Behavior = "OK" | "NON-STRICT" | "INFORMATIONAL" | "UNIMPLEMENTED" | "FAILED";

/** Autobahn's verdict on how the connection ended, in its spelling. */
export type BehaviorClose = "OK" | "UNCLEAN" | "WRONG CODE" | "FAILED BY CLIENT" | "INFORMATIONAL" | "FAILED";

/** Octets that were received, without keeping them. */
export interface Digest {
  /** Octets. */
  readonly length: number;
  /** The first 64 octets, in hexadecimal. */
  readonly head: string;
  /** Of all octets; only where there are more than `head` holds. */
  readonly sha256?: string;
}

/** Something the peer did, as the case sees it. */
export type RecordedEvent =
  | { readonly event: "message"; readonly payload: Digest; readonly binary: boolean }
  | { readonly event: "pong"; readonly payload: Digest }
  | { readonly event: "timeout"; readonly tag: string };

/** A verdict on one record. */
export interface Verdict {
  readonly behavior: Behavior;
  readonly behaviorClose: BehaviorClose;
  /** Why, in a sentence. */
  readonly result: string;
  /** Why, in a sentence. */
  readonly resultClose: string;
}

/** One line of the wire log. `t` is ms since the case started (negative: during the opening handshake). */
export type LogEntry =
  | {
      readonly t: number;
      readonly log: "received" | "sent";
      readonly octets: number;
      readonly hex: string;
      readonly sync?: boolean;
    }
  | {
      readonly t: number;
      readonly log: "frameReceived" | "frameSent";
      readonly opcode: number;
      readonly fin: boolean;
      readonly rsv: number;
      /** The masking key in hexadecimal; null when not masked. */
      readonly mask: string | null;
      readonly payload: Digest;
      /** Total payload octets of a repeated unit (sent frames). */
      readonly repeat?: number;
      readonly chop?: number;
      readonly sync?: boolean;
    }
  | { readonly t: number; readonly log: "waitSet"; readonly ms: number; readonly tag: string | null }
  | { readonly t: number; readonly log: "waitOver"; readonly tag: string | null }
  | { readonly t: number; readonly log: "killSet" | "closeSet"; readonly ms: number }
  | { readonly t: number; readonly log: "killFired" | "closeFired" }
  | { readonly t: number; readonly log: "logging"; readonly on: boolean }
  /** A rule of RFC 6455 that the peer broke, in words. */
  | { readonly t: number; readonly log: "violation"; readonly text: string };

/** Facts of one play of one case. */
export interface CaseRecord {
  readonly id: string;
  /** The target's role. */
  readonly role: Role;
  /** Milliseconds since the epoch at TCP connect or request. */
  readonly started: number;
  /** Milliseconds from the start of the case to the loss of TCP. */
  readonly duration: number;
  /** The opening handshake was completed and the case started. */
  readonly opened: boolean;
  /** Events as the compare rule sees them, in order; capped. */
  readonly received: readonly RecordedEvent[];
  /** Events past the cap. */
  readonly receivedDropped: number;
  /** Counters of the rules of chapter 9 and later; null for the compare rule. */
  readonly trips: {
    /** Messages that the fuzzer sent under the rule. */
    readonly sent: number;
    /** Echoes of the right type and length. */
    readonly right: number;
    readonly wrong: number;
    /** What the last message that decided anything meant: all done, or wrong. */
    readonly last: "complete" | "wrong" | null;
    /** Of the last wrong message. */
    readonly lastWrong: { readonly binary: boolean; readonly length: number } | null;
  } | null;
  /** What both sides agreed on, as the response's element of Sec-WebSocket-Extensions; null without deflate. */
  readonly deflate: string | null;
  /** Of a compressed case, at the time when its last echo had come. */
  readonly traffic: Traffic | null;
  readonly closedByMe: boolean;
  readonly failedByMe: boolean;
  readonly droppedByMe: boolean;
  readonly wasClean: boolean;
  readonly wasNotCleanReason: string | null;
  readonly wasServerConnectionDropTimeout: boolean;
  readonly wasOpenHandshakeTimeout: boolean;
  readonly wasCloseHandshakeTimeout: boolean;
  readonly localCloseCode: number | null;
  /** Octets of the reason sent, in hexadecimal. */
  readonly localCloseReason: string | null;
  readonly remoteCloseCode: number | null;
  /** Octets of the reason received, in hexadecimal. */
  readonly remoteCloseReason: string | null;
  /** Processing the peer's octets could not go on (a reason that is no UTF-8, a broken deflate stream). */
  readonly internalError: string | null;
  /** The watchdog ended a connection that nothing else would have ended. */
  readonly watchdog: boolean;
  /** The quick profile ended a bulk case after a time without an octet either way. */
  readonly idle: boolean;
  /** A timer that ends a case (kill, close, idle, watchdog) ran out, or one of the engine. Waits are not among them. */
  readonly timerFired: boolean;
  /** The target process died while the case was open, and dies again when it is played alone. */
  readonly targetDied?: boolean;
  /** Raw heads of the opening handshake as latin-1 text, capped, as far as they came; null when there was none. */
  readonly httpRequest: string | null;
  readonly httpResponse: string | null;
  /** Size of a read or write in octets -> how many. */
  readonly rxOctets: Readonly<Record<string, number>>;
  readonly txOctets: Readonly<Record<string, number>>;
  /** Opcode -> how many frames. */
  readonly rxFrames: Readonly<Record<string, number>>;
  readonly txFrames: Readonly<Record<string, number>>;
  readonly log: readonly LogEntry[];
  /** Log entries past the cap. */
  readonly logDropped: number;
  /** Of an extra case: what happened on each connection. */
  readonly extra?: ExtraRecord;
}
