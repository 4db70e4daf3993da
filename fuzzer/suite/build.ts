/**
 * Builders of cases, so that the chapters read like tables. Pure: nothing here plays or judges.
 */

import { Opcode } from "../../wire/frame.ts";

import type { Case, Chapter, Citation, ExpectedEvent, Group, Payload, Step } from "../case.ts";

/** Text as UTF-8 octets. */
export function text(characters: string): Payload {
  return { hex: Buffer.from(characters, "utf8").toString("hex") };
}

/**
 * Octets in hexadecimal; spaces between octets are allowed.
 *
 * @throws RangeError when that is no whole number of octets
 */
export function hex(spelled: string): Payload {
  const digits = spelled.replaceAll(" ", "").toLowerCase();
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw new RangeError(`no octets in hexadecimal: "${spelled}"`);
  return { hex: digits };
}

/** A unit of octets, in hexadecimal, repeated and cut to `length` octets. */
export function repeat(unit: string, length: number): Payload {
  return { unit: hexDigits(unit), length };
}

/** No octets. */
export const empty: Payload = { hex: "" };

/** The octets of payloads given in hexadecimal, one behind the other. */
export function joined(...payloads: readonly Payload[]): Payload {
  return { hex: payloads.map((payload) => hexOf(payload)).join("") };
}

/** How a frame gets out: in pieces of `chop` octets, or as one piece in a turn of its own. */
export interface Writing {
  readonly chop?: number;
  readonly sync?: boolean;
}

/** A frame with any opcode, `fin` and reserved bits. */
export function frame(
  opcode: number,
  payload: Payload,
  options: Writing & { readonly fin?: boolean; readonly rsv?: number } = {},
): Step {
  return { step: "frame", opcode, payload, ...options };
}

/** A whole text message in one frame. */
export function textFrame(payload: Payload, writing: Writing = {}): Step {
  return frame(Opcode.text, payload, writing);
}

/** The first fragment of a text message. */
export function firstFragment(payload: Payload, writing: Writing = {}): Step {
  return frame(Opcode.text, payload, { fin: false, ...writing });
}

/** A fragment that is neither the first nor the last. */
export function nextFragment(payload: Payload, writing: Writing = {}): Step {
  return frame(Opcode.continuation, payload, { fin: false, ...writing });
}

/** The last fragment of a message. */
export function lastFragment(payload: Payload, writing: Writing = {}): Step {
  return frame(Opcode.continuation, payload, writing);
}

/** A ping frame. */
export function ping(payload: Payload, writing: Writing = {}): Step {
  return frame(Opcode.ping, payload, writing);
}

/** A pong frame. */
export function pong(payload: Payload, writing: Writing = {}): Step {
  return frame(Opcode.pong, payload, writing);
}

/** A text message, by default in one frame. */
export function textMessage(payload: Payload, fragment?: number): Step {
  const base = { step: "message", opcode: Opcode.text, payload } as const;
  return fragment === undefined ? base : { ...base, fragment };
}

/** A binary message, by default in one frame. */
export function binaryMessage(payload: Payload, fragment?: number): Step {
  const base = { step: "message", opcode: Opcode.binary, payload } as const;
  return fragment === undefined ? base : { ...base, fragment };
}

/** The fuzzer's own close frame, with which it starts the closing handshake. */
export function close(code?: number, reason?: Payload): Step {
  return {
    step: "close",
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Give up after so many ms. */
export function killAfter(ms: number): Step {
  return { step: "killAfter", ms };
}

/** Close after so many ms. */
export function closeAfter(ms: number): Step {
  return { step: "closeAfter", ms };
}

/** A pause of so many ms in the script; the steps behind it are done in the states named. With a tag it is an event. */
export function wait(ms: number, state: "open" | "notClosed", steps: readonly Step[], tag?: string): Step {
  // oxlint-disable-next-line unicorn/no-thenable -- data of a case; nothing awaits a step
  return { step: "wait", ms, ...(tag === undefined ? {} : { tag }), while: state, then: steps };
}

/** The echo of a text message. */
export function textEcho(payload: Payload): ExpectedEvent {
  return { event: "message", payload, binary: false };
}

/** The echo of a binary message. */
export function binaryEcho(payload: Payload): ExpectedEvent {
  return { event: "message", payload, binary: true };
}

/** The answer to a ping. */
export function pongBack(payload: Payload): ExpectedEvent {
  return { event: "pong", payload };
}

/** What a case looks for in the end. */
export type Outcome = Pick<Case, "expected" | "close">;

/** These events and nothing else; then the fuzzer closes with 1000 and wants a clean end. */
export function answeredBy(...events: readonly ExpectedEvent[]): Outcome {
  return { expected: { OK: events }, close: { byFuzzer: true, codes: [1000], clean: true } };
}

/** Silence, and the peer fails the connection: 1002, a close frame without a code or the end of TCP. */
export const peerMustFail: Outcome = {
  expected: { OK: [] },
  close: { byFuzzer: false, codes: [1002], clean: false },
};

/** As {@link peerMustFail}, but what came before the error should be answered; if not, that is NON-STRICT. */
export function peerMustFailAfter(...events: readonly ExpectedEvent[]): Outcome {
  return { expected: { OK: events, "NON-STRICT": [] }, close: peerMustFail.close };
}

/** Sections of RFC 6455, the WebSocket protocol. */
export function rfc6455(...sections: readonly string[]): Citation[] {
  return sections.map((section) => ({ rfc: 6455, section }));
}

/** Sections of RFC 3629, UTF-8. */
export function rfc3629(...sections: readonly string[]): Citation[] {
  return sections.map((section) => ({ rfc: 3629, section }));
}

/** A case without what is the same in most: the rules for messages and for the end, and the deadline in words. */
export type CaseFields = Omit<Case, "onMessage" | "onEnd"> & Partial<Pick<Case, "onMessage" | "onEnd">>;

/** A case by the base rules, its description completed by the deadline that its script sets. */
export function define(fields: CaseFields): Case {
  const description = `${fields.description} ${deadline(fields.script, "the start")}`.trim();
  return { onMessage: { rule: "compare" }, onEnd: "base", ...fields, description };
}

/** A group of cases. */
export function group(id: string, title: string, cases: readonly Case[]): Group {
  return { id, title, cases };
}

/** A chapter of Autobahn's. */
export function chapter(id: string, title: string, groups: readonly Group[]): Chapter {
  return { id, title, groups };
}

/** `1 octet`, `65,536 octets`. */
export function octets(count: number): string {
  return `${grouped(count)} ${count === 1 ? "octet" : "octets"}`;
}

/** 65536 -> `65,536`. */
export function grouped(count: number): string {
  // Of thousands of numbers while a program starts: locales take their time.
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `CE BA E1`, of a payload given in hexadecimal. */
export function spaced(payload: Payload): string {
  return hexOf(payload)
    .toUpperCase()
    .replaceAll(/(..)(?=.)/g, "$1 ");
}

/** Sentences that many cases share. */
export const say = {
  /** The message comes back and the connection ends as it should. */
  echo: (type: "text" | "binary"): string =>
    `The peer sends the message back once, with the same octets and as a ${type} message. The fuzzer then closes with 1000 and the peer answers that close frame.`,
  /** The peer fails the connection at once. */
  fail:
    "The peer fails the connection: a close frame with code 1002, one without a code, or just the end of TCP. " +
    "It echoes and answers nothing. Another code is a WRONG CODE close, keeping the connection open a FAILED one.",
  /** As {@link say.fail}, after a message that is in order. */
  failAfterEcho: (message = "the good message"): string =>
    `The peer echoes ${message} and then fails the connection: a close frame with code 1002, one without a code, or just the end of TCP. ` +
    "Failing without the echo is NON-STRICT: no rule wants messages before an error answered first, and a peer that reads all frames at once may well fail before it writes. " +
    "Anything else sent, such as a pong, is FAILED; another code is a WRONG CODE close.",
} as const;

/** When the fuzzer stops waiting, in a sentence; empty for a script without a deadline. */
function deadline(script: readonly Step[], since: string): string {
  const closing = script.some((step) => step.step === "close");
  for (const step of script) {
    if (step.step === "wait") return deadline(step.then, "the last step");
    if (step.step !== "killAfter" && step.step !== "closeAfter") continue;
    const time = seconds(step.ms);
    if (closing) return `The fuzzer waits ${time} for the peer's close frame, then it ends TCP.`;
    return step.step === "killAfter"
      ? `The fuzzer gives up ${time} after ${since} (close code 1001, then the end of TCP).`
      : `If nothing has closed the connection ${time} after ${since}, the fuzzer sends a close frame without a code.`;
  }
  return "";
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

function hexDigits(octetsInHex: string): string {
  return hexOf(hex(octetsInHex));
}

function hexOf(payload: Payload): string {
  if (!("hex" in payload)) throw new TypeError("a repeated payload has no short form");
  return payload.hex;
}
