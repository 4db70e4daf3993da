/**
 * What a case of the chapters from 20 on is made of: connections that each do steps one after the other, and rules with
 * a requirement level that what came back must keep. Data only, as all cases are (design seam 1).
 */

import type { Citation, Payload } from "../case.ts";
import type { Role } from "../record.ts";
import type { Http2Expectation, Http2Script, Http2Send } from "./http2/script.ts";

/** How binding a rule is, in the words of RFC 2119; `open` for what the standard leaves to the implementation. */
export type Level = "MUST" | "SHOULD" | "open";

/** Octets in pieces: of so many octets, each so many ms after the one before. */
export interface Chopping {
  readonly octets: number;
  /** Ms, at least 1. */
  readonly every: number;
}

/** What the peer is waited for. */
export type Awaited =
  /** The head of its response, where the fuzzer is the client. */
  | { readonly what: "response" }
  /** So many of them since the connection began. */
  | { readonly what: "message" | "ping" | "pong"; readonly count: number }
  /** Its close frame. */
  | { readonly what: "close" }
  /** Its end of TCP. */
  | { readonly what: "end" }
  /** Its answer to a PING of HTTP/2. */
  | { readonly what: "pingAnswer" };

/** One thing that the fuzzer does on a connection. Each step begins when the one before is over. */
export type ExtraStep =
  /**
   * The opening handshake as it should be, with the extensions of the case; the rest is left out when it fails. `ms` is
   * how long a server may take for its answer.
   */
  | { readonly step: "open"; readonly ms?: number }
  /**
   * A request, and the wait for its answer. `{host}`, `{resource}` and `{key}` are replaced; the end of a line is
   * written as it stands.
   */
  | { readonly step: "request"; readonly head: string; readonly chop?: Chopping; readonly ms?: number }
  /** A response. `{accept}` and `{extensions}` are replaced. */
  | { readonly step: "response"; readonly head: string; readonly chop?: Chopping }
  /** Octets as they are. */
  | { readonly step: "octets"; readonly payload: Payload; readonly chop?: Chopping }
  | {
      readonly step: "frame";
      readonly opcode: number;
      /** Default true. */
      readonly fin?: boolean;
      /** RSV1 is 4. Default 0. */
      readonly rsv?: number;
      readonly payload: Payload;
      /** Default: what the fuzzer's side must do. */
      readonly masked?: boolean;
      /** Masking key in hexadecimal; by default a new one. */
      readonly key?: string;
      /** Bits of the length field; default: the fewest. */
      readonly lengthBits?: 7 | 16 | 64;
      /** The eight octets of a 64-bit length in hexadecimal, in place of the true one. */
      readonly length?: string;
      /** Announces the target's declared limit and so many octets, of which the payload is what comes. */
      readonly lengthBeyond?: number;
      readonly chop?: Chopping;
    }
  /** Steps that are done so many times in one turn; none of them may wait. */
  | { readonly step: "repeat"; readonly times: number; readonly steps: readonly ExtraStep[] }
  /** Waits for the peer. When nothing comes, `tag` is noted as a timeout, and the script goes on. */
  | { readonly step: "await"; readonly for: Awaited; readonly ms: number; readonly tag?: string }
  | { readonly step: "pause"; readonly ms: number }
  /** Notes a moment. */
  | { readonly step: "mark"; readonly tag: string }
  /** Stops reading from TCP, or goes on with it. */
  | { readonly step: "reading"; readonly on: boolean }
  /** Ends the fuzzer's half of TCP, and goes on reading. */
  | { readonly step: "shut" }
  /** The same without an end of TLS before it. */
  | { readonly step: "cut" }
  /** Resets TCP. */
  | { readonly step: "reset" }
  /** Frames of HTTP/2, where the case is about that; TCP stands for the stream there. */
  | { readonly step: "http2"; readonly send: Http2Send };

/**
 * Certificates that a client must refuse: out of their time, for somebody else or only by their common name for the
 * server, not of the authority that the client trusts, or not for servers.
 */
export type CertificateName =
  | "expired"
  | "notYetValid"
  | "otherName"
  | "otherAddress"
  | "commonName"
  | "selfSigned"
  | "otherAuthority"
  | "forClients"
  /** Signed with the key of a certificate that the authority has given, but not to be an authority. */
  | "byNoAuthority";

/** How TLS is spoken where the target speaks it; by default as with all other cases. */
export interface TlsScript {
  /** Not at all: what is sent is plain. Of a fuzzing client. */
  readonly none?: true;
  readonly version?: "TLSv1.2" | "TLSv1.3";
  /** Protocols to offer, or to choose from (RFC 7301). */
  readonly alpn?: readonly string[];
  /** The name for SNI; null for none. The certificate is not checked then. Of a fuzzing client. */
  readonly serverName?: string | null;
  /** What a fuzzing server shows; by default a good one. */
  readonly certificate?: CertificateName;
}

/** One connection of a case. */
export interface Script {
  readonly tls?: TlsScript;
  /** Of a case that is about HTTP/2: the connection is a stream. */
  readonly http2?: Http2Script;
  readonly steps: readonly ExtraStep[];
  /** Begins so many ms after the first connection, beside it. By default when the connection before has ended. */
  readonly besideAfter?: number;
  /** The fuzzer does not answer pings by itself. */
  readonly mutePongs?: boolean;
  /** The fuzzer does not answer a close frame by itself. */
  readonly muteClose?: boolean;
}

/** Whether a connection speaks TLS in a way of its own. */
export function hasOwnTls(script: Script | undefined): boolean {
  return script?.tls !== undefined;
}

/** A message that is looked for. */
export interface ExpectedMessage {
  readonly binary: boolean;
  readonly payload: Payload;
}

/** Something that can be said of what came back. `on` is the connection, from 0, which is the default. */
export type Expectation = { readonly on?: number } &
  /** No connection was opened: any response but 101, or none and the end of TCP. */
  (
    | { readonly expect: "refused" }
    /** A client sent no request. */
    | { readonly expect: "noRequest" }
    /** The server chose one of these protocols by ALPN; null stands for none. */
    | { readonly expect: "alpn"; readonly among: readonly (string | null)[] }
    /** A client named no server by SNI. */
    | { readonly expect: "noServerName" }
    /** There was a response, and its status is among these; 4 means all of 400 to 499. */
    | { readonly expect: "status"; readonly among: readonly number[] }
    /** A response of status 101 that fits the request (RFC 6455 section 4.1). */
    | { readonly expect: "opened" }
    /** A field of the response (or of the peer's request), by a regular expression on its value, in any letter case. */
    | { readonly expect: "field"; readonly name: string; readonly matches: string }
    | { readonly expect: "fieldAbsent"; readonly name: string }
    /** A field occurs so often at the most. */
    | { readonly expect: "fieldTimes"; readonly name: string; readonly most: number }
    /** The first line of the peer's head. */
    | { readonly expect: "startLine"; readonly matches: string }
    /** The peer's head keeps the grammar of RFC 9112. */
    | { readonly expect: "headIsClean" }
    /** The peer sent nothing between its request and the response. */
    | { readonly expect: "silentBeforeResponse" }
    /** Octets behind a refusing response hold no second one with this status, and no frames were answered. */
    | { readonly expect: "noSecondResponse"; readonly status: number }
    /** Exactly these messages. */
    | { readonly expect: "messages"; readonly are: readonly ExpectedMessage[] }
    /** These messages or the first of them, and no others. */
    | { readonly expect: "messagesWithin"; readonly are: readonly ExpectedMessage[] }
    /** The payloads of pongs: `all` of them in order, or in order some of them with `last` among them. */
    | { readonly expect: "pongs"; readonly are: readonly Payload[]; readonly how: "all" | "last" }
    /** The peer ended it, with a close frame or by ending TCP, without being asked to. */
    | { readonly expect: "failed" }
    /** The peer did not end it unasked. */
    | { readonly expect: "survived" }
    /** A close frame came. */
    | { readonly expect: "closeFrame" }
    /** The code of the peer's close frame is one of these; null stands for a close frame without one. True when none came. */
    | { readonly expect: "closeCode"; readonly among: readonly (number | null)[] }
    /** TCP was ended by the peer before the wait of this tag ran out. */
    | { readonly expect: "ended"; readonly before: string }
    /** How the peer ended TCP. */
    | { readonly expect: "endedBy"; readonly how: "fin" | "reset" }
    /** The wait of this tag did not run out. */
    | { readonly expect: "inTime"; readonly tag: string }
    /** What came before a mark or timeout: messages and pongs, at least so many. */
    | {
        readonly expect: "countBefore";
        readonly tag: string;
        readonly what: "message" | "pong";
        readonly least: number;
      }
    /** Every frame of the peer keeps RFC 6455 and RFC 7692. */
    | { readonly expect: "lawfulFrames" }
    /** No frame came behind the first close frame of the peer, or none that is of a message. */
    | { readonly expect: "silentAfterClose"; readonly what: "data" | "any" }
    /** Masking keys look unpredictable: no zeros, no repetition, no counting up, and all bits used. */
    | { readonly expect: "maskKeys"; readonly what: "nonzero" | "fresh" | "random" }
    /** All Sec-WebSocket-Keys that the fuzzing server has seen are different, and of 16 octets. */
    | { readonly expect: "nonces" }
    /** permessage-deflate was agreed on; false when it was not. */
    | { readonly expect: "deflateAgreed" }
    /** The server's answer is one that these offers allow (RFC 7692 section 7.1), or none. */
    | { readonly expect: "deflateAnswer"; readonly offers: readonly string[] }
    /** No permessage-deflate in the answer. */
    | { readonly expect: "deflateDeclined" }
    /** The peer's messages are compressed. */
    | { readonly expect: "compressed" }
    /** No match of the peer's goes back further than so many octets. */
    | { readonly expect: "distance"; readonly most: number }
    /** The peer's messages do not refer to the ones before. */
    | { readonly expect: "noContext" }
    /** The part of HTTP/2 in it. */
    | ({ readonly expect: "http2" } & Http2Expectation)
    | { readonly expect: "not"; readonly of: Expectation }
    | { readonly expect: "anyOf"; readonly of: readonly Expectation[] }
    | { readonly expect: "allOf"; readonly of: readonly Expectation[] }
  );

/** A rule of a case: what must hold, how binding it is, and where that is said. */
export interface Rule extends Citation {
  readonly level: Level;
  readonly expectation: Expectation;
}

/**
 * What a case cannot do without: permessage-deflate with the parameters of its answer; and that the fuzzer's messages
 * may refer to the ones before.
 */
export type Need = "deflate" | "context";

/** What a target may declare of itself; a case that tries it names it. */
export type LimitName = "maxMessage" | "subprotocols" | "paths";

/** The part of a case that its player and judge read. */
export interface ExtraPlay {
  /** Roles of a target that the case can be played with. */
  readonly roles: readonly Role[];
  readonly connections: readonly Script[];
  readonly rules: readonly Rule[];
  /** permessage-deflate: what the fuzzer offers as client, and agrees to as server. */
  readonly deflate?: { readonly offer: string; readonly answer: string };
  /** Without these the verdict is UNIMPLEMENTED. */
  readonly needs?: readonly Need[];
  /** It keeps a target busy or takes its memory, so that it is played apart from the others. */
  readonly heavy?: true;
  /** Only for targets that are reached over TLS. */
  readonly overTls?: true;
  /**
   * The version of HTTP that it is about: `h1` is not replayed inside streams of HTTP/2, `h2` is played only with
   * targets that are reached over HTTP/2, and without a gateway. By default it fits both.
   */
  readonly over?: "h1" | "h2";
  /** Only for targets that declare it: payloads and heads are made for that (see `bindLimits`). */
  readonly limit?: LimitName;
  /** Where what is deployed differs from the letter of the standard. */
  readonly practice?: string;
}
