import type { FrameContext, Violation } from "../../wire/rules.ts";
import {
  encodeFrame,
  FrameDecoder,
  type FrameEvent,
  type FrameStart,
  type HeaderFields,
} from "../../wire/frame.ts";

import { type Codec, strictCodec } from "../codec.ts";

/**
 * A decoder that shows the first two octets of frames other than they are; all that follows from them is changed
 * with them.
 *
 * @param edit gets each frame's start, in order; the length stays what it is
 */
export function readingStarts(edit: (start: FrameStart) => FrameStart): Partial<Codec> {
  return { newDecoder: () => new EditedDecoder(edit) };
}

class EditedDecoder {
  readonly #decoder = new FrameDecoder();
  readonly #edit: (start: FrameStart) => FrameStart;
  #start: FrameStart | null = null;

  constructor(edit: (start: FrameStart) => FrameStart) {
    this.#edit = edit;
  }

  get header(): FrameDecoder["header"] {
    const { header } = this.#decoder;
    return header && { ...header, ...this.#start };
  }

  push(octets: Buffer): void {
    this.#decoder.push(octets);
  }

  next(): FrameEvent | null {
    const event = this.#decoder.next();
    if (event?.type === "header") return { type: "header", header: this.header! };
    if (event?.type !== "start") return event;
    this.#start = this.#edit(event.start);
    return { type: "start", start: this.#start };
  }
}

/**
 * A decoder whose events pass through a filter.
 *
 * @param filter makes a function for one connection; what it gives null for is not seen
 */
export function readingEvents(
  filter: () => (event: FrameEvent, decoder: FrameDecoder) => FrameEvent | null,
): Partial<Codec> {
  return {
    newDecoder() {
      const decoder = new FrameDecoder();
      const pass = filter();
      return {
        push: (octets: Buffer) => decoder.push(octets),
        get header() {
          return decoder.header;
        },
        next() {
          for (let event = decoder.next(); event !== null; event = decoder.next()) {
            const passed = pass(event, decoder);
            if (passed !== null) return passed;
          }
          return null;
        },
      };
    },
  };
}

/** The rules on a frame's start, asked about another frame or in another context than the true one. */
export function judgingStarts(
  edit: (start: FrameStart, context: FrameContext) => readonly [FrameStart, FrameContext],
): Partial<Codec> {
  return { startViolations: (start, context) => strictCodec.startViolations(...edit(start, context)) };
}

/** A further rule on a frame's start, which does not exist. */
export function alsoForbidding(
  forbidden: (start: FrameStart, context: FrameContext) => boolean,
): Partial<Codec> {
  const made: Violation = { text: "a rule that is none was broken", section: "5" };
  return {
    startViolations(start, context) {
      const found = strictCodec.startViolations(start, context);
      return forbidden(start, context) ? [...found, made] : found;
    },
  };
}

/** A frame that is about to be written. */
export interface OutgoingFrame extends Omit<HeaderFields, "length"> {
  readonly payload: Buffer;
}

/**
 * Writes other frames, more of them or none.
 *
 * @param edit gets each frame of less than 16 KiB, in order
 */
export function writing(edit: (frame: OutgoingFrame) => readonly OutgoingFrame[]): Partial<Codec> {
  return {
    encodeFrame(fields, payload) {
      const frames = edit({ ...fields, payload });
      return Buffer.concat(frames.map(({ payload: octets, ...header }) => encodeFrame(header, octets)));
    },
  };
}

/** The same for frames of one opcode; all others are written as they are. */
export function writingOpcode(
  opcode: number,
  edit: (frame: OutgoingFrame) => readonly OutgoingFrame[],
): Partial<Codec> {
  return writing((frame) => (frame.opcode === opcode ? edit(frame) : [frame]));
}

/** A payload with its last octet changed in one bit. */
export function spoilt(payload: Buffer): Buffer {
  const changed = Buffer.from(payload);
  if (changed.length > 0) changed[changed.length - 1]! ^= 1;
  return changed;
}
