/** What cases say that are about HTTP/2 (RFC 9113), beside the steps and expectations that all extra cases have. */

import type { FieldLine } from "../../../wire/http2/fields.ts";
import type { Payload } from "../../case.ts";

/** What is sent as frames of HTTP/2; what other steps send leaves in DATA frames of the stream. */
export type Http2Send =
  | {
      /** HEADERS of the stream, which begin it. In values `{host}`, `{resource}` and `{scheme}` are replaced. */
      readonly send: "headers";
      readonly fields: readonly FieldLine[];
      /** With END_STREAM. */
      readonly end?: true;
      /** So many octets of the fields a frame: the first HEADERS, the others CONTINUATION. */
      readonly cut?: number;
      /** Octets of padding in HEADERS. */
      readonly pad?: number;
    }
  /** Any frame, as it is; its octets count for no window. */
  | {
      readonly send: "frame";
      readonly on: "stream" | "connection";
      readonly type: number;
      readonly flags?: number;
      readonly payload: Payload;
    };

/** How a script is played over HTTP/2: in a stream, by default the only one of its connection. */
export interface Http2Script {
  /** In a stream of the same connection as the script before. Then the settings are those that were said there. */
  readonly sharing?: true;
  /** Settings of the fuzzer's (RFC 9113 section 6.5.2). */
  readonly settings?: readonly (readonly [id: number, value: number])[];
  /** The stream's window is not opened again for what has come. */
  readonly keepsWindow?: true;
  /** What is sent leaves in DATA frames of so many octets, with so many octets of padding. */
  readonly data?: { readonly octets: number; readonly pad?: number };
}

/** Something of HTTP/2 that happened on the connection or in the stream. */
export type Http2Fact =
  /** The peer's SETTINGS, and each further one. */
  | { readonly fact: "settings"; readonly values: readonly (readonly [id: number, value: number])[] }
  /** A PING of the fuzzer's was answered. */
  | { readonly fact: "pingAnswer"; readonly hex: string }
  /** GOAWAY came. */
  | { readonly fact: "goaway"; readonly code: number }
  /** RST_STREAM came. */
  | { readonly fact: "rstStream"; readonly code: number }
  /** The peer broke a rule of HTTP/2. */
  | { readonly fact: "violation"; readonly text: string };

/** What can be said of the part that HTTP/2 has in what came back. */
export type Http2Expectation =
  /** The peer has said this of a setting. */
  | { readonly what: "setting"; readonly id: number; readonly value: number }
  /** The peer's frames and fields keep RFC 9113. */
  | { readonly what: "lawful" }
  /** The peer ended the stream, or the connection, with an error: one of these codes; by default any but NO_ERROR. */
  | { readonly what: "error"; readonly codes?: readonly number[] }
  /** A PING of this payload was answered with the same. */
  | { readonly what: "pingAnswered"; readonly hex: string };
