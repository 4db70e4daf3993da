import { InflateError } from "../wire/deflate.ts";
import { type FrameEvent, type FrameHeader, type FrameStart, isControl, Opcode } from "../wire/frame.ts";

import type { Codec } from "./codec.ts";
import { type Failure, inflateFailure, invalidText, messageTooBig, protocolError } from "./failure.ts";
import { MessageBuffer } from "./message-buffer.ts";

/** RFC 6455 section 5.5. */
const maxControlOctets = 125;

/** RSV1 alone: the message is compressed (RFC 7692 section 6). */
export const rsv1 = 4;

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
  /** Where the payload goes. What is compressed is looked at when it is inflated, at its end. */
  readonly into:
    | { readonly type: "plain"; readonly text: TextValidator | null; readonly buffer: MessageBuffer }
    | { readonly type: "compressed"; readonly inflater: Inflater };
}

type Inflater = ReturnType<Codec["newInflater"]>;
type TextValidator = ReturnType<Codec["newTextValidator"]>;

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
  readonly #codec: Codec;
  readonly #decoder: ReturnType<Codec["newDecoder"]>;
  /** Null without permessage-deflate. */
  #inflater: Inflater | null;
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
    readonly codec: Codec;
    /** For the peer's messages where permessage-deflate was agreed to, with the same bound; else null. */
    readonly inflater: Inflater | null;
  }) {
    this.#mustBeMasked = setup.mustBeMasked;
    this.#maxMessage = setup.maxMessage;
    this.#codec = setup.codec;
    this.#decoder = setup.codec.newDecoder();
    this.#inflater = setup.inflater;
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
    const [violation] = this.#codec.startViolations(start, {
      mustBeMasked: this.#mustBeMasked,
      deflate: this.#inflater !== null,
      messageOpen,
    });
    return violation === undefined ? null : this.#violation(protocolError(violation));
  }

  #onHeader(header: FrameHeader): IncomingEvent | null {
    const [violation] = this.#codec.lengthViolations(header);
    if (violation !== undefined) return this.#violation(protocolError(violation));
    if (isControl(header.opcode)) return null;
    this.#message ??= this.#openMessage(header);
    const { into } = this.#message;
    const fits =
      into.type === "plain"
        ? into.buffer.length + header.length <= this.#maxMessage
        : into.inflater.hasRoomFor(header.length);
    return fits ? null : this.#violation(messageTooBig(this.#maxMessage));
  }

  #openMessage({ opcode, rsv }: FrameHeader): OpenMessage {
    const binary = opcode === Opcode.binary;
    if (rsv === rsv1) return { binary, into: { type: "compressed", inflater: this.#inflater! } };
    const text = binary ? null : this.#codec.newTextValidator();
    return { binary, into: { type: "plain", text, buffer: new MessageBuffer() } };
  }

  #onPayload(data: Buffer): IncomingEvent | null {
    if (isControl(this.#decoder.header!.opcode)) {
      this.#control.push(data);
      return null;
    }
    const { into } = this.#message!;
    if (into.type === "compressed") {
      into.inflater.push(data);
      return null;
    }
    if (into.text !== null && !into.text.push(data)) return this.#violation(invalidText);
    into.buffer.push(data);
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
    const { binary, into } = this.#message!;
    this.#message = null;
    if (into.type === "compressed") return this.#endCompressed(binary, into.inflater);
    const { text, buffer } = into;
    if (text !== null && !text.complete) return this.#violation(invalidText, false);
    return { type: "message", binary, payload: buffer.take() };
  }

  #endCompressed(binary: boolean, inflater: Inflater): IncomingEvent {
    try {
      const payload = inflater.end();
      if (!binary && !this.#codec.isValidUtf8(payload)) return this.#violation(invalidText, false);
      return { type: "message", binary, payload };
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      return this.#violation(inflateFailure(error, this.#maxMessage), false);
    }
  }

  #violation(failure: Failure, insideFrame = true): IncomingEvent {
    this.#broken = true;
    this.#insideBrokenFrame = insideFrame;
    this.#message = null;
    this.#inflater = null;
    return { type: "violation", failure };
  }
}
