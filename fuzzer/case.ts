/**
 * A case as data: what is sent when, what may come back and how the connection should end.
 *
 * Cases hold no code. The player, the judge, the documentation and the site read the same description
 * (design seam 1), so a case can be listed, checked, drawn and replayed without running anything.
 */

import type { ExtraPlay } from "./extra/script.ts";

/** Octets of a payload, in a form that stays small whatever the length. */
export type Payload =
  /** Exactly these octets, in hexadecimal. */
  | { readonly hex: string }
  /** A unit, in hexadecimal, repeated and cut to `length` octets. */
  | {
      readonly unit: string;
      readonly length: number;
      /** Of a case that tries a target's declared limit: the length is that limit and so many octets. */
      readonly beyond?: number;
      /** So many octets here stand for so many of that limit. */
      readonly scale?: readonly [number, number];
    };

/** The corpora that messages of chapters 12 and 13 are cut from. */
export type CorpusName = "json" | "bitmap" | "prose" | "html" | "binary";

/** One thing that the fuzzer does. Steps outside a `wait` are all done in one turn, when the case starts. */
export type Step =
  /** One frame, legal or not. It is written in any state, even after a close frame. */
  | {
      readonly step: "frame";
      readonly opcode: number;
      /** Default true. */
      readonly fin?: boolean;
      /** The three reserved bits as a number, RSV1 = 4. Default 0. */
      readonly rsv?: number;
      readonly payload: Payload;
      /** Write the frame in pieces of so many octets, each in a turn of its own. */
      readonly chop?: number;
      /** Write the frame as one piece, in a turn of its own. */
      readonly sync?: boolean;
    }
  /** A data message, only while the connection is open, optionally in fragments of so many octets. */
  | {
      readonly step: "message";
      readonly opcode: 1 | 2;
      readonly payload: Payload;
      readonly fragment?: number;
    }
  /** A close frame, only while the connection is open; it starts the closing handshake. */
  | { readonly step: "close"; readonly code?: number; readonly reason?: Payload }
  /** The header of a frame whose payload follows by `rawOctets` steps. */
  | { readonly step: "rawHeader"; readonly opcode: number; readonly fin: boolean; readonly length: number }
  /** A part of the payload announced by the last `rawHeader`. */
  | { readonly step: "rawOctets"; readonly payload: Payload }
  /** So many ms later, unless closed: fail the connection with 1001. */
  | { readonly step: "killAfter"; readonly ms: number }
  /** So many ms later, unless closed: send a close frame without a code. */
  | { readonly step: "closeAfter"; readonly ms: number }
  /** So many ms later, in the states named: note the event, then do the steps. */
  | {
      readonly step: "wait";
      readonly ms: number;
      /** Noted as a `timeout` event when present. */
      readonly tag?: string;
      /** `open`: nothing follows unless the connection is still open; `notClosed`: nor while it is closing. */
      readonly while: "open" | "notClosed";
      readonly then: readonly Step[];
    }
  /** Frame-level logging on or off, with or without an entry that says so. */
  | { readonly step: "log"; readonly on: boolean; readonly noted: boolean };

/** Something the peer may do that a case looks for. */
export type ExpectedEvent =
  | { readonly event: "message"; readonly payload: Payload; readonly binary: boolean }
  | { readonly event: "pong"; readonly payload: Payload }
  | { readonly event: "timeout"; readonly tag: string };

/** How the connection should end. */
export interface ExpectedClose {
  /** The fuzzer is the one that sends the first close frame. */
  readonly byFuzzer: boolean;
  /** Close codes that the peer may use; the first is also the one that the finish rule sends. */
  readonly codes: readonly number[];
  /** A closing handshake is required. */
  readonly clean: boolean;
  /** When the wrong side closes, the behavior is FAILED too (the UTF-8 cases). */
  readonly wrongSideIsFatal?: boolean;
}

/** How messages and pongs are handled while the case runs. */
export type MessageRule =
  /** Append to the events; when every expected list equals them, and the fuzzer is to close, close. */
  | { readonly rule: "compare" }
  /** One echo of this type and length, contents not compared; close whatever came (9.1 to 9.6). */
  | { readonly rule: "lengthOnly"; readonly binary: boolean; readonly length: number }
  /** Send, wait for an echo of this type and length, and again, `count` times (9.7, 9.8). */
  | {
      readonly rule: "roundTrips";
      readonly payload: Payload;
      readonly binary: boolean;
      readonly length: number;
      readonly count: number;
    }
  /**
   * Round trips of messages cut from a corpus, each compressed; type, length and contents of the echo must match
   * (chapters 12 and 13). The first message is sent after the script. Where deflate was not negotiated the fuzzer
   * closes with 1000 instead of all that, and the behavior is UNIMPLEMENTED.
   */
  | {
      readonly rule: "compressedRoundTrips";
      readonly corpus: CorpusName;
      readonly binary: boolean;
      /** Of each message: code points of a text corpus, octets of another. */
      readonly length: number;
      readonly count: number;
      /** Octets of a fragment, after compression; 0 for whole messages. */
      readonly fragment: number;
    };

/** What a fuzzing server answers to offers of permessage-deflate (RFC 7692 section 7.1), in order of preference. */
export interface DeflateAcceptance {
  /** Only an offer with `client_max_window_bits` will do. */
  readonly needsClientMaxWindowBits: boolean;
  /** Add `client_no_context_takeover` to the response. */
  readonly clientNoContextTakeover: boolean;
  /** Add `client_max_window_bits` with this value to the response; null for none. */
  readonly clientMaxWindowBits: number | null;
}

/** How a case negotiates permessage-deflate. */
export interface Compression {
  /** What the fuzzing client offers: one element of Sec-WebSocket-Extensions each. */
  readonly offers: readonly string[];
  /** What the fuzzing server accepts: for each preference in turn, the first offer that satisfies it. */
  readonly accepts: readonly DeflateAcceptance[];
}

/** What is added to the base rules when the connection is gone. */
export type EndRule =
  | "base"
  /** A wrong close code also makes the behavior FAILED (7.1.1 to 7.1.5, 7.3, 7.5, 7.7, 7.9). */
  | "wrongCodeFails"
  /** Both verdicts are INFORMATIONAL, always (7.1.6, 7.13). */
  | "informational"
  /** The frames sent must have been split as announced (10.1.1). */
  | "frameCount";

/** A section of an RFC that a case rests on. */
export interface Citation {
  readonly rfc: number;
  readonly section: string;
}

/** One case of the suite. */
export interface Case {
  /** Autobahn's number, such as `5.19`; from 20 on one of ours. */
  readonly id: string;
  /** One line, no full stop. */
  readonly title: string;
  /** What the fuzzer does. */
  readonly description: string;
  /** What a conforming peer does, and what is tolerated. */
  readonly expectation: string;
  readonly citations: readonly Citation[];
  readonly script: readonly Step[];
  /** Behavior -> the events that earn it; `[]` is silence. Empty when the message rule decides. */
  readonly expected: {
    readonly OK?: readonly ExpectedEvent[];
    readonly "NON-STRICT"?: readonly ExpectedEvent[];
  };
  readonly close: ExpectedClose;
  /** The finish rule sends no close frame even when it could. */
  readonly suppressClose?: boolean;
  readonly onMessage: MessageRule;
  readonly onEnd: EndRule;
  /** Chapters 12 and 13: permessage-deflate is negotiated for this case. */
  readonly compression?: Compression;
  /** The time the case takes is a result of interest (chapters 9, 12, 13). */
  readonly reportTime?: boolean;
  /** Of the chapters from 20 on: what is done and what must hold. The script and the rules above are empty then. */
  readonly extra?: ExtraPlay;
}

/** Cases that belong together, with a name (1.1, 6.22 ...; where a chapter has one group, the chapter's id). */
export interface Group {
  readonly id: string;
  readonly title: string;
  readonly cases: readonly Case[];
}

/** A chapter of the suite. */
export interface Chapter {
  readonly id: string;
  readonly title: string;
  /** One of ours (from 20), not Autobahn's: selected only by patterns that name its number. */
  readonly extra?: true;
  readonly groups: readonly Group[];
}
