/** Which frames RFC 6455 forbids. The encoder writes any frame; this module is where legality lives. */

import { type FrameHeader, type FrameStart, isControl, Opcode } from "./frame.ts";

/** What decides whether a frame is legal beside its own header. */
export interface FrameContext {
  /** Frames must be masked (they come from a client) or must not be (RFC 6455 section 5.1). */
  readonly mustBeMasked: boolean;
  /** permessage-deflate was negotiated: RSV1 may mark the first frame of a data message (RFC 7692 section 6). */
  readonly deflate: boolean;
  /** A data message has begun and its final frame is still to come. */
  readonly messageOpen: boolean;
}

/** A broken rule, in words, with the section that states it. */
export interface Violation {
  readonly text: string;
  /** Of RFC 6455, unless the text names another. */
  readonly section: string;
}

/** Rules that the first two octets of a frame decide, in the order in which they are checked. */
export function startViolations(start: FrameStart, context: FrameContext): Violation[] {
  const found: Violation[] = [];
  const note = (text: string, section: string) => void found.push({ text, section });
  const compressed = context.deflate && start.rsv === 4;
  if (start.rsv !== 0 && !compressed)
    note(`reserved bits are ${start.rsv}, and no extension gives them a meaning`, "5.2");
  if (context.mustBeMasked && !start.masked) note("a frame from a client is not masked", "5.1");
  if (!context.mustBeMasked && start.masked) note("a frame from a server is masked", "5.1");
  if (isControl(start.opcode)) controlViolations(start, compressed, note);
  else dataViolations(start, compressed, context, note);
  return found;
}

type Note = (text: string, section: string) => void;

function controlViolations(start: FrameStart, compressed: boolean, note: Note): void {
  if (!start.fin) note("a control frame is fragmented", "5.5");
  if (start.length7 > 125) note("a control frame announces more than 125 octets", "5.5");
  if (start.opcode > Opcode.pong) note(`control opcode ${start.opcode} is reserved`, "5.2");
  if (start.opcode === Opcode.close && start.length7 === 1)
    note("a close frame has a payload of one octet", "5.5.1");
  if (compressed) note("a control frame is marked as compressed (RFC 7692)", "6.1");
}

function dataViolations(start: FrameStart, compressed: boolean, context: FrameContext, note: Note): void {
  const continuation = start.opcode === Opcode.continuation;
  if (start.opcode > Opcode.binary) note(`data opcode ${start.opcode} is reserved`, "5.2");
  if (continuation && !context.messageOpen) note("a continuation frame continues no message", "5.4");
  if (!continuation && context.messageOpen) note("a new message begins inside a fragmented one", "5.4");
  if (compressed && context.messageOpen)
    note("a frame other than a message's first is marked as compressed (RFC 7692)", "6.1");
}

/** Rules on the extended payload length. */
export function lengthViolations(header: FrameHeader): Violation[] {
  if (header.length7 === 126 && header.length < 126) {
    return [{ text: `length ${header.length} is not written in the shortest form`, section: "5.2" }];
  }
  if (header.length7 === 127 && header.length >= 2 ** 63) {
    return [{ text: "the most significant bit of the 64-bit length is set", section: "5.2" }];
  }
  if (header.length7 === 127 && header.length < 65_536) {
    return [{ text: `length ${header.length} is not written in the shortest form`, section: "5.2" }];
  }
  return [];
}
