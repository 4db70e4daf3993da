import {
  FrameDecoder,
  type FrameEvent,
  type FrameHeader,
  type FrameStart,
  isControl,
  Opcode,
} from "../wire/frame.ts";
import { lengthViolations, startViolations, type Violation } from "../wire/rules.ts";
import { Utf8Validator } from "../wire/utf8.ts";

import { Digester } from "./digest.ts";
import type { Digest } from "./record.ts";

/** Octets of a control frame that are kept; a longer one is a violation anyway (RFC 6455 section 5.5). */
const maxControlOctets = 65_536;

/** A data message that came to its end. */
export interface CompleteMessage {
  readonly binary: boolean;
  readonly payload: Digest;
}

/** A control frame that came to its end, legal or not. */
export interface IncomingControl {
  readonly opcode: number;
  /** Cut at {@link maxControlOctets}. */
  readonly payload: Buffer;
  readonly digest: Digest;
}

/** What takes the octets of one message, inflated, and sums them up. */
export interface MessageSink {
  push(octets: Uint8Array): void;
  finish(): Digest;
}

interface OpenMessage {
  readonly binary: boolean;
  /** Null for what is not text. */
  readonly text: Utf8Validator | null;
  readonly sink: MessageSink;
  readonly compressed: boolean;
  /** Payload octets of its frames so far, as announced. */
  announced: number;
}

/** What of a peer's frames is accepted. */
export interface ReadingRules {
  /** Frames must be masked or must not be; null for either. */
  readonly mustBeMasked: boolean | null;
  readonly validateText: boolean;
  /** Octets; 0 for no limit. */
  readonly maxFrame: number;
  readonly maxMessage: number;
  /** Inflates compressed messages (RFC 7692); null when deflate was not negotiated. */
  readonly inflater: MessageInflater | null;
}

/** What inflates the compressed messages of one direction, one after the other. */
export interface MessageInflater {
  /** The next octets of the message. @throws {InflateError} */
  push(octets: Buffer): void;
  /** The message is complete: all that it inflates to. @throws {InflateError} */
  end(): Buffer;
}

/** What {@link Incoming} reports, in the order of the octets. */
export interface IncomingHandler {
  /** A message begins: where do its octets go? */
  openMessage(binary: boolean): MessageSink;
  onViolation(text: string): void;
  /** Called again for each later chunk of the same bad message, and for its end. */
  onInvalidText(): void;
  /** A limit of {@link ReadingRules} is exceeded: the close code that says so, and why. */
  onTooLarge(code: 1008 | 1009, text: string): void;
  onMessage(message: CompleteMessage): void;
  onControl(control: IncomingControl): void;
  /** Frames are digested only while this says so. */
  wantsFrames(): boolean;
  /** A frame came to its end; `payload` is null when frames are not wanted. */
  onFrame(header: FrameHeader, payload: Digest | null): void;
  /** Payload octets of data frames: as they came, and what they inflated to. */
  onData(octets: number, inflated: number): void;
}

/**
 * Frames to messages, as Autobahn's fuzzer reads them: a violation is reported, and the frame is then handled
 * as if it were all right. Memory is bounded: messages are digested, not kept.
 */
export class Incoming {
  readonly #rules: ReadingRules;
  readonly #handler: IncomingHandler;
  readonly #decoder = new FrameDecoder();
  #message: OpenMessage | null = null;
  #control: Buffer[] = [];
  #controlLength = 0;
  #frame: Digester | null = null;

  constructor(rules: ReadingRules, handler: IncomingHandler) {
    this.#rules = rules;
    this.#handler = handler;
  }

  /** Takes octets, and stops looking at them between two events once `goOn` says no. */
  push(octets: Buffer, goOn: () => boolean): void {
    this.#decoder.push(octets);
    while (goOn()) {
      const event = this.#decoder.next();
      if (event === null) return;
      this.#take(event);
    }
  }

  #take(event: FrameEvent): void {
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

  #onStart(start: FrameStart): void {
    const context = {
      mustBeMasked: this.#rules.mustBeMasked ?? start.masked,
      deflate: this.#rules.inflater !== null,
      messageOpen: this.#message !== null,
    };
    this.#report(startViolations(start, context));
  }

  #onHeader(header: FrameHeader): void {
    this.#report(lengthViolations(header));
    this.#frame = this.#handler.wantsFrames() ? new Digester(false) : null;
    if (isControl(header.opcode)) {
      this.#control = [];
      this.#controlLength = 0;
    } else {
      this.#message ??= this.#openMessage(header);
      this.#checkSize(header, this.#message);
    }
  }

  #openMessage(header: FrameHeader): OpenMessage {
    const binary = header.opcode === Opcode.binary;
    return {
      binary,
      text: header.opcode === Opcode.text && this.#rules.validateText ? new Utf8Validator() : null,
      sink: this.#handler.openMessage(binary),
      compressed: this.#rules.inflater !== null && header.rsv === 4,
      announced: 0,
    };
  }

  #checkSize(header: FrameHeader, message: OpenMessage): void {
    const { maxFrame, maxMessage } = this.#rules;
    message.announced += header.length;
    if (maxMessage > 0 && message.announced > maxMessage) {
      this.#handler.onTooLarge(1009, `a message is longer than ${maxMessage} octets`);
    } else if (maxFrame > 0 && header.length > maxFrame) {
      this.#handler.onTooLarge(1008, `a frame is longer than ${maxFrame} octets`);
    }
  }

  #onPayload(data: Buffer): void {
    this.#frame?.push(data);
    if (isControl(this.#decoder.header!.opcode)) {
      const room = maxControlOctets - this.#controlLength;
      if (room > 0) this.#control.push(Buffer.from(data.subarray(0, room)));
      this.#controlLength += data.length;
      return;
    }
    const message = this.#message!;
    if (!message.compressed) {
      this.#handler.onData(data.length, data.length);
      this.#takePlain(message, data);
      return;
    }
    this.#handler.onData(data.length, 0);
    this.#rules.inflater!.push(data);
  }

  #takeInflated(message: OpenMessage, plain: Buffer): void {
    this.#handler.onData(0, plain.length);
    if (plain.length > 0) this.#takePlain(message, plain);
  }

  #takePlain(message: OpenMessage, plain: Buffer): void {
    if (message.text !== null && !message.text.push(plain)) this.#handler.onInvalidText();
    message.sink.push(plain);
  }

  #onEnd(header: FrameHeader): void {
    this.#handler.onFrame(header, this.#frame?.finish() ?? null);
    if (isControl(header.opcode)) this.#endControl(header);
    else if (header.fin) this.#endMessage();
  }

  #endControl(header: FrameHeader): void {
    const payload = Buffer.concat(this.#control);
    const digester = new Digester();
    digester.push(payload);
    this.#handler.onControl({ opcode: header.opcode, payload, digest: digester.finish() });
  }

  #endMessage(): void {
    const message = this.#message!;
    if (message.compressed) this.#takeInflated(message, this.#rules.inflater!.end());
    this.#message = null;
    if (message.text !== null && !message.text.complete) this.#handler.onInvalidText();
    this.#handler.onMessage({ binary: message.binary, payload: message.sink.finish() });
  }

  #report(violations: readonly Violation[]): void {
    for (const { text, section } of violations) this.#handler.onViolation(`${text} (section ${section})`);
  }
}
