import { encodeFrame, Opcode } from "../wire/frame.ts";
import type { AgreedDeflate } from "../wire/permessage-deflate.ts";
import { Utf8Validator } from "../wire/utf8.ts";
import { type Codec, strictCodec } from "../reference-impl/codec.ts";
import { Endpoint } from "../reference-impl/endpoint.ts";
import type { Failure } from "../reference-impl/failure.ts";

import { type Division, framesOf } from "./division.ts";
import { watchingFinalBlocks } from "./final-blocks.ts";

/** What an echo server owes for something that it was sent. */
export type Answer =
  | { readonly type: "echo"; readonly binary: boolean; readonly payload: Buffer }
  | { readonly type: "pong"; readonly payload: Buffer };

/** Where a reading of a stream ends. */
export type OpinionEnd =
  /** The talk goes on. */
  | {
      readonly state: "open";
      /** Inside a frame: whatever is sent behind the stream belongs to its payload. */
      readonly swallowed: boolean;
      /** Inside a message that can come to no good end. One who looks early may have failed the connection. */
      readonly doomed: boolean;
    }
  /** By a close frame that was in order, with this code; `doomed` as above, of a message that it cuts off. */
  | { readonly state: "closed"; readonly code: number | null; readonly doomed: boolean }
  /** By something legal of which the RFCs do not say what follows. */
  | { readonly state: "unclear" }
  | {
      readonly state: "failed";
      readonly failure: Failure;
      /** The RFC says that who receives this must fail the connection; else it only says that nobody may send it. */
      readonly must: boolean;
      /** The frame that breaks the rule came to its end. */
      readonly whole: boolean;
    };

/** What an endpoint that keeps to the RFCs makes of a stream's octets, in one way of reading them. */
export interface Opinion {
  readonly answers: readonly Answer[];
  readonly end: OpinionEnd;
}

/**
 * The reference endpoint's readings of a stream: the first is its own. A text that is not UTF-8 may be noticed with the
 * octet that makes it so, or not before the message ends (RFC 6455 section 8.1 names no moment).
 */
export function opinionsOf(
  octets: Buffer,
  agreed: AgreedDeflate | null,
  reader: "client" | "server" = "server",
): readonly Opinion[] {
  const division = framesOf(octets);
  const eager = read(division, { reader, agreed });
  if (eager.end.state !== "failed" || eager.end.failure.section !== "8.1") return [eager];
  return [eager, read(division, { reader, agreed, changes: { newTextValidator: lateValidator } })];
}

/** Whether what is sent behind a stream begins a frame that the peer, if it still listens, will read as one. */
export function isReadableBehind(octets: Buffer, [eager]: readonly Opinion[]): boolean {
  return eager!.end.state !== "closed" && !framesOf(octets).swallowed;
}

/** Who reads, and how. */
interface Reading {
  readonly reader: "client" | "server";
  readonly agreed: AgreedDeflate | null;
  readonly changes?: Partial<Codec>;
}

function read({ frames, swallowed, inHeader }: Division, reading: Reading): Opinion {
  const { agreed } = reading;
  const finalBlocks = watchingFinalBlocks();
  const endpoint = readingEndpoint(reading, finalBlocks.newInflater);
  const answers: Answer[] = [];
  for (const [index, frame] of frames.entries()) {
    const end = take(endpoint, frame, answers);
    // The message that has come to its end with this frame is no answer that is due.
    if (finalBlocks.inEnded()) return { answers: answers.slice(0, -1), end: { state: "unclear" } };
    if (end === null) continue;
    if (finalBlocks.inOpen()) return { answers, end: { state: "unclear" } };
    const whole = !swallowed || index < frames.length - 1;
    if (end.state === "failed") return { answers, end: { ...end, whole } };
    if (end.state !== "closed") return { answers, end };
    const before = () =>
      read({ frames: frames.slice(0, index), swallowed: false, inHeader: false }, reading).end;
    return { answers, end: { ...end, doomed: agreed !== null && isOpenAndDoomed(before()) } };
  }
  if (finalBlocks.inOpen()) return { answers, end: { state: "unclear" } };
  // Of a compressed message in a frame that does not end, one who inflates as it comes may know more than we do; and so
  // may one who looks at each octet of a header that does not end.
  const doomed = swallowed ? agreed !== null || inHeader : isDoomed(endpoint);
  return { answers, end: { state: "open", swallowed, doomed } };
}

const isOpenAndDoomed = (end: OpinionEnd) => end.state === "open" && end.doomed;

/** Reads; what it would send is of no interest, and nothing of it is compressed. */
function readingEndpoint({ reader, agreed, changes }: Reading, newInflater: Codec["newInflater"]): Endpoint {
  const newDeflater = () => ({ deflate: (octets: Buffer) => octets });
  const codec = { ...strictCodec, ...changes, newInflater, newDeflater };
  return new Endpoint(reader, { codec }, agreed);
}

/** Null while the talk goes on. */
function take(
  endpoint: Endpoint,
  octets: Buffer,
  answers: Answer[],
): Exclude<OpinionEnd, { state: "open" }> | null {
  endpoint.receive(0, Buffer.from(octets));
  for (let event = endpoint.next(); event !== null; event = endpoint.next()) {
    switch (event.type) {
      case "message":
        answers.push({ type: "echo", binary: event.binary, payload: event.payload });
        break;
      case "ping":
        answers.push({ type: "pong", payload: event.payload });
        break;
      case "pong":
        break;
      case "close":
        return { state: "closed", code: event.code, doomed: false };
      case "failed":
        return { state: "failed", failure: event.failure, must: mustFail(event.failure), whole: true };
    }
  }
  return null;
}

/** Whether a message that is still open would fail even if it ended here. */
function isDoomed(endpoint: Endpoint): boolean {
  const maskKey = endpoint.side === "server" ? Buffer.alloc(4) : null;
  const end = encodeFrame({ opcode: Opcode.continuation, maskKey }, Buffer.alloc(0));
  const outcome = take(endpoint, end, []);
  return outcome?.state === "failed" && outcome.failure.section !== "5.4";
}

/**
 * Whether the RFCs tell the one who receives it to fail the connection: a frame that is not masked (RFC 6455 section
 * 5.1), reserved bits and opcodes (5.2), a text that is not UTF-8 (8.1), RSV1 where it may not be (RFC 7692 section 6.1).
 * What else is forbidden is forbidden to the sender, and who receives it may do as it likes (RFC 6455 section 10.7).
 */
function mustFail({ section, text }: Failure): boolean {
  if (section === "5.2") return text.startsWith("reserved bits") || text.endsWith("is reserved");
  return section === "5.1" || section === "8.1" || section === "6.1";
}

function lateValidator(): ReturnType<Codec["newTextValidator"]> {
  const strict = new Utf8Validator();
  return {
    push(octets: Uint8Array) {
      strict.push(octets);
      return true;
    },
    get complete() {
      return strict.complete;
    },
  };
}
