/**
 * Cases of chapter 6 from tables of octets: each row says what the octets are and why they are text or not.
 */

import type { Case, Citation, Group, Payload } from "../case.ts";
import {
  answeredBy,
  define,
  group,
  hex,
  killAfter,
  octets,
  rfc3629,
  rfc6455,
  say,
  spaced,
  textEcho,
  textMessage,
  type Outcome,
} from "./build.ts";

/** Octets that are sent as a text message. */
export interface Row {
  readonly payload: Payload;
  readonly valid: boolean;
  readonly title: string;
  /** Why it is well-formed or not: completes "well-formed:" or "not UTF-8:". */
  readonly why: string;
}

/** A row of octets that are UTF-8. */
export function valid(octetsInHex: string, title: string, why: string): Row {
  return { payload: hex(octetsInHex), valid: true, title, why };
}

/** A row of octets that are not UTF-8. */
export function invalid(octetsInHex: string, title: string, why: string): Row {
  return { payload: hex(octetsInHex), valid: false, title, why };
}

/** The peer takes the text for what it is not: it must fail, and be the one that does. */
export const peerMustReject: Outcome = {
  expected: { OK: [] },
  close: { byFuzzer: false, codes: [1007], clean: false, wrongSideIsFatal: true },
};

/** What a peer does with text that is no UTF-8, in words. */
export const rejects =
  "The peer fails the connection: a close frame with code 1007, one without a code, or just the end of TCP. " +
  "It echoes nothing. If the peer is not the one that closes, because it stays silent or because the fuzzer finds the bad octets in an echo, both verdicts are FAILED. Another code from the peer is a WRONG CODE close.";

/** A group of rows, each sent as one unfragmented text message; echo and close have half a second. */
export function rowGroup(
  id: string,
  title: string,
  citations: readonly Citation[],
  rows: readonly Row[],
): Group {
  return group(
    id,
    title,
    rows.map((row, at) => rowCase(`${id}.${at + 1}`, citations, row)),
  );
}

function rowCase(
  id: string,
  citations: readonly Citation[],
  { payload, valid: isValid, title, why }: Row,
): Case {
  const sent = `Sends one text message of ${octets(countOctets(payload))} in one frame: ${spaced(payload)}.`;
  const fields = { id, title, script: [textMessage(payload), killAfter(500)] };
  if (isValid) {
    return define({
      ...fields,
      description: `${sent} It is well-formed UTF-8: ${why}.`,
      expectation: say.echo("text"),
      citations: [...rfc6455("5.6"), ...citations],
      ...answeredBy(textEcho(payload)),
    });
  }
  return define({
    ...fields,
    description: `${sent} It is not UTF-8: ${why}.`,
    expectation: rejects,
    citations: [...rfc6455("8.1", "7.4.1"), ...citations],
    ...peerMustReject,
  });
}

/** `U+0041`. */
export function codePoint(value: number): string {
  return `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The octets of a code point, in hexadecimal. */
export function octetsOf(value: number): string {
  return Buffer.from(String.fromCodePoint(value), "utf8").toString("hex");
}

/** The three octets that UTF-8 would give a surrogate if it did not exclude them, in hexadecimal. */
export function surrogateOctets(value: number): string {
  return Buffer.from([0xe0 | (value >> 12), 0x80 | ((value >> 6) & 0x3f), 0x80 | (value & 0x3f)]).toString(
    "hex",
  );
}

/** The octets from one value to another, in hexadecimal, each followed by `tail`. */
export function octetRange(from: number, to: number, tail = ""): string {
  return Array.from(
    { length: to - from + 1 },
    (_, at) => (from + at).toString(16).padStart(2, "0") + tail,
  ).join("");
}

/** Citations of the rules that say which octets are UTF-8. */
export const utf8Rules: readonly Citation[] = rfc3629("3", "4");

/** As {@link utf8Rules}, with the warning of what overlong forms are abused for. */
export const overlongRules: readonly Citation[] = rfc3629("3", "4", "10");

function countOctets(payload: Payload): number {
  return "hex" in payload ? payload.hex.length / 2 : payload.length;
}
