import { isSendableCloseCode, parseClosePayload } from "../wire/close.ts";
import type { InflateError } from "../wire/deflate.ts";
import type { Violation } from "../wire/rules.ts";
import { isValidUtf8 } from "../wire/utf8.ts";

/** Why this side fails the connection (RFC 6455 section 7.1.7). */
export interface Failure {
  /** Of the close frame that says so: protocol error, invalid contents, or message too big (section 7.4.1). */
  readonly code: 1002 | 1007 | 1009;
  readonly text: string;
  /** Of RFC 6455, unless the text names another. */
  readonly section: string;
}

/** The failure that follows from a broken rule of framing. */
export function protocolError({ text, section }: Violation): Failure {
  return { code: 1002, text, section };
}

/** A text message that is not UTF-8. */
export const invalidText: Failure = Object.freeze({
  code: 1007,
  text: "a text message is not valid UTF-8",
  section: "8.1",
});

/**
 * A compressed message that does not inflate. A corrupt one has the code for contents that are not what the message
 * says they are: its frames are in order, and it is the octets within that are no compressed data.
 */
export function inflateFailure({ code }: InflateError, limit: number): Failure {
  if (code === "tooLarge") return messageTooBig(limit);
  return { code: 1007, text: "a compressed message is no DEFLATE stream (RFC 7692)", section: "7.2.2" };
}

/** A message of which more was announced than this side takes, or to more of which it inflates. */
export function messageTooBig(limit: number): Failure {
  return { code: 1009, text: `a message is longer than ${limit} octets`, section: "10.4" };
}

/** What is wrong with the payload of a close frame, or null. That one octet is too few is a rule of framing. */
export function closeFailure(payload: Buffer): Failure | null {
  const { code, reason } = parseClosePayload(payload);
  if (code !== null && !isSendableCloseCode(code)) {
    return protocolError({ text: `close code ${code} may not be sent`, section: "7.4" });
  }
  if (reason !== null && !isValidUtf8(reason)) {
    return { code: 1007, text: "the reason of a close frame is not valid UTF-8", section: "5.5.1" };
  }
  return null;
}
