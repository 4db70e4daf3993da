import {
  FrameDecoder,
  type FrameEvent,
  type FrameHeader,
  type FrameStart,
  isControl,
  Opcode,
} from "#wire/frame.ts";
import { lengthViolations, startViolations } from "#wire/rules.ts";
import { Utf8Validator } from "#wire/utf8.ts";

import { type Failure, invalidText, messageTooBig, protocolError } from "./failure.ts";
import { MessageBuffer } from "./message-buffer.ts";

/** RFC 6455 section 5.5. */
const maxControlOctets = 125;

/** A complete data message (RFC 6455 section 5.6). */
export interface Message {
  /** False for text, whose payload is UTF-8 then. */
  readonly binary: boolean;
  readonly payload: Buffer;
}

/** What {@link Incoming} finds, in the order of the octets. */
export type IncomingEvent =
  | ({ readonly type: "message" } & Message)
  | { readonly type: "ping"; readonly payload: Buffer }
  | { readonly type: "pong"; readonly payload: Buffer }
  | { readonly type: "close"; readonly payload: Buffer }
  /** The peer broke a rule. From now on only the end of a close frame is told, valid or not. */
  | { readonly type: "violation"; readonly failure: Failure };

interface OpenMessage {
  readonly binary: boolean;
  /** Null for what is not text. */
  readonly text: Utf8Validator | null;
  readonly buffer: MessageBuffer;
}

/**
 * Frames to messages, strictly: the first broken rule is told with the octet that breaks it, and ends the
 * reading. Memory: one message.
 *
 *     incoming.push(octets);
 *     for (let event = incoming.next(); event; event = incoming.next()) ...
 */
export class Incoming {
  readonly #mustBeMasked: boolean;
  readonly #maxMessage: number;
  readonly #decoder = new FrameDecoder();
  /** Pushed and not looked at. */
  #waiting: Buffer[] = [];
  #message: OpenMessage | null = null;
  #control = new MessageBuffer();
  #broken = false;
  #insideBrokenFrame = false;

  constructor(setup: {
    /** The peer is a client. */
    readonly mustBeMasked: boolean;
    /** Octets of a message that are taken. */
    readonly maxMessage: number;
  }) {
    this.#mustBeMasked = setup.mustBeMasked;
    this.#maxMessage = setup.maxMessage;
  }

  /** A rule was broken inside a frame of which the end has not been seen: it may never come. */
  get insideBrokenFrame(): boolean {
    return this.#insideBrokenFrame;
  }

  /** Takes the next octets. They are given away: masked payloads are unmasked in place, and events show parts of them. */
  push(octets: Buffer): void {
    this.#waiting.push(octets);
  }

  /** The next event, or null when more octets are needed. */
  next(): IncomingEvent | null {
    for (;;) {
      const event = this.#decoder.next();
      if (event !== null) {
        const found = this.#broken ? this.#skim(event) : this.#take(event);
        if (found !== null) return found;
      } else {
        const octets = this.#waiting.shift();
        if (octets === undefined) return null;
        this.#decoder.push(octets);
      }
    }
  }

  /** The peer has broken a rule: all that counts is whether it closes. */
  #skim(event: FrameEvent): IncomingEvent | null {
    const isClose = this.#decoder.header?.opcode === Opcode.close;
    if (event.type === "payload" && isClose) {
      this.#control.push(event.data.subarray(0, maxControlOctets - this.#control.length));
    }
    if (event.type !== "end") return null;
    this.#insideBrokenFrame = false;
    return isClose ? { type: "close", payload: this.#control.take() } : null;
  }

  #take(event: FrameEvent): IncomingEvent | null {
    switch (event.type) {
      case "start":
        return this.#onStart(event.start);
      case "header":
        return this.#onHeader(event.header);
      case "payload":
        return this.#onPayload(event.data);
      case "end":
        return this.#onEnd(this.#decoder.header!);
    }
  }

  #onStart(start: FrameStart): IncomingEvent | null {
    const messageOpen = this.#message !== null;
    const [violation] = startViolations(start, {
      mustBeMasked: this.#mustBeMasked,
      deflate: false,
      messageOpen,
    });
    return violation === undefined ? null : this.#violation(protocolError(violation));
  }

  #onHeader(header: FrameHeader): IncomingEvent | null {
    const [violation] = lengthViolations(header);
    if (violation !== undefined) return this.#violation(protocolError(violation));
    if (isControl(header.opcode)) return null;
    this.#message ??= {
      binary: header.opcode === Opcode.binary,
      text: header.opcode === Opcode.text ? new Utf8Validator() : null,
      buffer: new MessageBuffer(),
    };
    const tooBig = this.#message.buffer.length + header.length > this.#maxMessage;
    return tooBig ? this.#violation(messageTooBig(this.#maxMessage)) : null;
  }

  #onPayload(data: Buffer): IncomingEvent | null {
    if (isControl(this.#decoder.header!.opcode)) {
      this.#control.push(data);
      return null;
    }
    const { text, buffer } = this.#message!;
    if (text !== null && !text.push(data)) return this.#violation(invalidText);
    buffer.push(data);
    return null;
  }

  #onEnd(header: FrameHeader): IncomingEvent | null {
    if (isControl(header.opcode)) return this.#endControl(header.opcode);
    return header.fin ? this.#endMessage() : null;
  }

  #endControl(opcode: number): IncomingEvent {
    const payload = this.#control.take();
    switch (opcode) {
      case Opcode.ping:
        return { type: "ping", payload };
      case Opcode.pong:
        return { type: "pong", payload };
      default:
        return { type: "close", payload };
    }
  }

  #endMessage(): IncomingEvent {
    const { binary, text, buffer } = this.#message!;
    this.#message = null;
    if (text !== null && !text.complete) return this.#violation(invalidText, false);
    return { type: "message", binary, payload: buffer.take() };
  }

  #violation(failure: Failure, insideFrame = true): IncomingEvent {
    this.#broken = true;
    this.#insideBrokenFrame = insideFrame;
    this.#message = null;
    return { type: "violation", failure };
  }
}
