import {
  FrameDecoder,
  type FrameEvent,
  type FrameHeader,
  type FrameStart,
  isControl,
  Opcode,
} from "#wire/frame.ts";
import { lengthViolations, startViolations, type Violation } from "#wire/rules.ts";
import { Utf8Validator } from "#wire/utf8.ts";

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

interface OpenMessage {
  readonly binary: boolean;
  /** Null for what is not text. */
  readonly text: Utf8Validator | null;
  readonly digester: Digester;
}

/** What {@link Incoming} reports, in the order of the octets. */
export interface IncomingHandler {
  readonly mustBeMasked: boolean;
  /** Take checksums of messages. */
  readonly hashing: boolean;
  onViolation(text: string): void;
  /** Called again for each later chunk of the same bad message, and for its end. */
  onInvalidText(): void;
  onMessage(message: CompleteMessage): void;
  onControl(control: IncomingControl): void;
  /** Frames are digested only while this says so. */
  wantsFrames(): boolean;
  /** A frame came to its end; `payload` is null when frames are not wanted. */
  onFrame(header: FrameHeader, payload: Digest | null): void;
}

/**
 * Frames to messages, as Autobahn's fuzzer reads them: a violation is reported, and the frame is then handled
 * as if it were all right. Memory is bounded: messages are digested, not kept.
 */
export class Incoming {
  readonly #handler: IncomingHandler;
  readonly #decoder = new FrameDecoder();
  #message: OpenMessage | null = null;
  #control: Buffer[] = [];
  #controlLength = 0;
  #frame: Digester | null = null;

  constructor(handler: IncomingHandler) {
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
      mustBeMasked: this.#handler.mustBeMasked,
      deflate: false,
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
      this.#message ??= {
        binary: header.opcode === Opcode.binary,
        text: header.opcode === Opcode.text ? new Utf8Validator() : null,
        digester: new Digester(this.#handler.hashing),
      };
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
    if (message.text !== null && !message.text.push(data)) this.#handler.onInvalidText();
    message.digester.push(data);
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
    const { binary, text, digester } = this.#message!;
    this.#message = null;
    if (text !== null && !text.complete) this.#handler.onInvalidText();
    this.#handler.onMessage({ binary, payload: digester.finish() });
  }

  #report(violations: readonly Violation[]): void {
    for (const { text, section } of violations) this.#handler.onViolation(`${text} (section ${section})`);
  }
}
