import { closePayload, parseClosePayload } from "../wire/close.ts";
import { InflateError } from "../wire/deflate.ts";
import { encodeFrame, encodeHeader, isControl, Opcode } from "../wire/frame.ts";
import { isValidUtf8, Utf8Validator } from "../wire/utf8.ts";

import {
  type CompleteMessage,
  Incoming,
  type IncomingControl,
  type MessageInflater,
  type MessageSink,
  type ReadingRules,
} from "./incoming.ts";
import { type Timer, Timers } from "./timers.ts";
import { newTraffic, type Traffic } from "./traffic.ts";
import type { WireLog } from "./wire-log.ts";

/** What a connection can be asked to do. A socket, a TLS socket or a test's pipe is a thin adapter. */
export interface Transport {
  write(octets: Buffer): void;
  /** Orderly close: FIN after everything written has left. */
  end(): void;
  /** Abort: RST; what has not left is lost. */
  reset(): void;
  /** Room for octets that are to be written as they are, from frames that have left. */
  room?(octets: number): Buffer;
}

/** Settings of the fuzzer's side. Times are ms; 0 switches a timer off. */
export interface EndpointOptions {
  readonly openHandshakeTimeout: number;
  readonly closeHandshakeTimeout: number;
  /** Client side only: how long the server may take to drop TCP after the closing handshake. */
  readonly serverConnectionDropTimeout: number;
  /** Answer a close with its own code and reason instead of 1000. */
  readonly echoCloseCodeReason: boolean;
  /** Fail connections by dropping TCP instead of a closing handshake. */
  readonly failByDrop: boolean;
  /** Octets of a fragment of messages that name none; 0 for whole messages. */
  readonly autoFragmentSize: number;
  /** Octets of a received frame, or of the frames of a message, at the most; 0 for no limit. */
  readonly maxFramePayloadSize: number;
  readonly maxMessagePayloadSize: number;
  readonly utf8validateIncoming: boolean;
  readonly maskClientFrames: boolean;
  readonly maskServerFrames: boolean;
  readonly requireMaskedClientFrames: boolean;
  readonly acceptMaskedServerFrames: boolean;
}

/** Autobahn's settings for its fuzzer (verdicts rely on them). */
export const defaultOptions: EndpointOptions = Object.freeze({
  openHandshakeTimeout: 5_000,
  closeHandshakeTimeout: 1_000,
  serverConnectionDropTimeout: 1_000,
  echoCloseCodeReason: false,
  failByDrop: false,
  autoFragmentSize: 0,
  maxFramePayloadSize: 0,
  maxMessagePayloadSize: 0,
  utf8validateIncoming: true,
  maskClientFrames: true,
  maskServerFrames: false,
  requireMaskedClientFrames: true,
  acceptMaskedServerFrames: false,
});

/** RFC 6455 section 5.5: a control frame's payload; two octets of it are the close code. */
const maxCloseReason = 123;

/** What the endpoint tells its owner. Calls come while octets are processed, in their order. */
export interface EndpointHandler {
  /** A message begins: where do its octets go? */
  openMessage(binary: boolean): MessageSink;
  onMessage(message: CompleteMessage): void;
  onPong(control: IncomingControl): void;
}

/** Compresses the messages of one direction, one after the other. */
export interface MessageDeflater {
  deflate(message: Buffer): Buffer;
}

/** permessage-deflate as it was negotiated, for both directions. */
export interface DeflatePair {
  readonly deflater: MessageDeflater;
  readonly inflater: MessageInflater;
}

/** How a frame is to be written. */
export interface FrameToSend {
  readonly opcode: number;
  readonly fin?: boolean;
  readonly rsv?: number;
  /** Pieces of so many octets, each in a turn of its own. */
  readonly chop?: number;
  /** One piece, in a turn of its own. */
  readonly sync?: boolean;
}

/** Octets that leave in a turn of their own, or in as many as they have pieces. */
interface QueuedWrite {
  readonly octets: Buffer;
  readonly sync: boolean;
  /** Octets of each piece. */
  readonly piece: number;
  /** Octets that have left. */
  written: number;
}

/**
 * One side of an open WebSocket connection as the fuzzer plays it: it parses on after a violation, writes any
 * frame in any state, and notes how the connection ends. Sans I/O: octets and ms of some clock come in,
 * writes and closes go to a {@link Transport}, and {@link Endpoint.timers} says when it wants to be woken.
 */
export class Endpoint {
  readonly side: "client" | "server";
  readonly log: WireLog;
  readonly timers: Timers;
  readonly options: EndpointOptions;
  state: "open" | "closing" | "closed" = "open";

  closedByMe = false;
  failedByMe = false;
  droppedByMe = false;
  wasClean = false;
  wasNotCleanReason: string | null = null;
  wasServerConnectionDropTimeout = false;
  wasCloseHandshakeTimeout = false;
  localCloseCode: number | null = null;
  localCloseReason: Buffer | null = null;
  remoteCloseCode: number | null = null;
  remoteCloseReason: Buffer | null = null;
  internalError: string | null = null;
  readonly traffic: Traffic = newTraffic();

  readonly #transport: Transport;
  readonly #handler: EndpointHandler;
  readonly #incoming: Incoming;
  readonly #deflater: MessageDeflater | null;
  readonly #newMaskKey: () => Buffer;
  #now = 0;
  #closeTimer: Timer | null = null;
  #queue: QueuedWrite[] = [];
  #queueRunning = false;

  constructor(setup: {
    readonly side: "client" | "server";
    readonly transport: Transport;
    readonly handler: EndpointHandler;
    readonly options: EndpointOptions;
    readonly log: WireLog;
    readonly timers: Timers;
    /** A fresh masking key of four octets. */
    readonly newMaskKey: () => Buffer;
    /** Both directions of permessage-deflate; null when it was not negotiated. */
    readonly deflate: DeflatePair | null;
  }) {
    this.side = setup.side;
    this.log = setup.log;
    this.timers = setup.timers;
    this.options = setup.options;
    this.#transport = setup.transport;
    this.#handler = setup.handler;
    this.#newMaskKey = setup.newMaskKey;
    this.#deflater = setup.deflate?.deflater ?? null;
    this.#incoming = new Incoming(readingRules(setup.side, setup.options, setup.deflate), {
      openMessage: (binary) => this.#handler.openMessage(binary),
      onTooLarge: (code, text) => this.failConnection(code, text),
      onData: (octets, inflated) => this.#countIncoming(octets, inflated),
      onViolation: (text) => {
        this.log.note(this.#now, { log: "violation", text });
        this.failConnection(1002, text);
      },
      onInvalidText: () => {
        this.log.note(this.#now, {
          log: "violation",
          text: "a text message is not valid UTF-8 (section 8.1)",
        });
        this.failConnection(1007, "text is not valid UTF-8");
      },
      onMessage: (message) => {
        if (this.state === "open") this.traffic.incoming.messages++;
        if (!this.failedByMe) this.#handler.onMessage(message);
      },
      onControl: (control) => this.#onControl(control),
      wantsFrames: () => this.log.enabled,
      onFrame: (header, payload) => {
        if (this.state === "open" && !isControl(header.opcode)) this.traffic.incoming.frames++;
        this.log.frameReceived(this.#now, header, payload);
      },
    });
  }

  /** Sets the time for everything that follows, in ms of the owner's clock. */
  at(now: number): void {
    this.#now = now;
  }

  /** Octets from the peer. They are given away: masked payloads are unmasked in place. */
  receive(octets: Buffer): void {
    if (this.state === "closed") return;
    if (this.state === "open") this.traffic.incoming.wire += octets.length;
    try {
      this.#incoming.push(octets, () => this.state !== "closed");
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      this.#giveUp(`a compressed message cannot be inflated: ${error.message}`);
    }
  }

  /** Pieces wait for a turn of their own: call {@link Endpoint.turn} in the next one. */
  get wantsTurn(): boolean {
    return this.#queueRunning;
  }

  /** A new turn of the owner's event loop: the next queued piece is written. */
  turn(): void {
    const next = this.#queue[0];
    this.#queueRunning = next !== undefined;
    if (next === undefined) return;
    // A piece is made when it leaves: of a large frame there are thousands.
    const piece = next.octets.subarray(next.written, next.written + next.piece);
    next.written += piece.length;
    if (next.written >= next.octets.length) this.#queue.shift();
    if (this.state !== "closed") this.#write(piece, next.sync);
  }

  /** Writes a frame whatever the state; after TCP was dropped its octets vanish. */
  sendFrame(frame: FrameToSend, payload: Buffer, repeat?: number): void {
    const { opcode, fin = true, rsv = 0, chop, sync = false } = frame;
    const maskKey = this.#maskKey();
    this.log.frameSent(this.#now, {
      opcode,
      fin,
      rsv,
      maskKey,
      payload,
      ...(repeat !== undefined && { repeat }),
      ...(chop !== undefined && { chop }),
      ...(sync && { sync }),
    });
    const room = (octets: number) => this.#transport.room?.(octets) ?? Buffer.allocUnsafe(octets);
    this.sendOctets(encodeFrame({ opcode, fin, rsv, maskKey }, payload, room), sync, chop);
  }

  /**
   * Writes a message as frames of `fragment` octets, compressed where deflate was negotiated, and only while open.
   * A message whose length is a multiple of `fragment` ends with an empty final frame, as Autobahn's do.
   *
   * @returns frames written
   */
  sendMessage(opcode: number, message: Buffer, fragment: number = this.options.autoFragmentSize): number {
    if (this.state !== "open") return 0;
    const payload = this.#deflater?.deflate(message) ?? message;
    const outgoing = this.traffic.outgoing;
    outgoing.messages++;
    outgoing.webSocket += payload.length;
    outgoing.app += message.length;
    const before = outgoing.frames;
    this.#sendFragments({ opcode, rsv: this.#deflater === null ? 0 : 4 }, payload, fragment);
    return outgoing.frames - before;
  }

  #sendFragments(first: FrameToSend, payload: Buffer, fragment: number): void {
    let at = 0;
    if (fragment > 0 && payload.length > fragment) {
      for (; at + fragment <= payload.length; at += fragment) {
        const frame = at === 0 ? first : { opcode: Opcode.continuation };
        this.#sendDataFrame({ ...frame, fin: false }, payload.subarray(at, at + fragment));
      }
    }
    this.#sendDataFrame(at === 0 ? first : { opcode: Opcode.continuation }, payload.subarray(at));
  }

  #sendDataFrame(frame: FrameToSend, payload: Buffer): void {
    this.traffic.outgoing.frames++;
    this.sendFrame(frame, payload);
  }

  /** Begins the closing handshake; does nothing unless open. Neither code nor reason is validated. */
  sendClose(code: number | null = null, reason: Buffer | null = null): void {
    if (this.state !== "open") return;
    this.#sendCloseFrame(code, reason);
    this.closedByMe = true;
    const wait = this.options.closeHandshakeTimeout;
    if (wait > 0) this.#closeTimer = this.timers.add(this.#now + wait, () => this.#closeHandshakeTimedOut());
  }

  /** Fails the connection: with a close frame while open, by dropping TCP when it is closing already. */
  failConnection(code: number, reason: string): void {
    if (this.state === "closed") return;
    this.failedByMe = true;
    if (this.options.failByDrop) {
      this.wasClean = false;
      this.wasNotCleanReason = "the fuzzer failed the connection by dropping TCP";
      this.dropConnection("reset");
    } else if (this.state === "open") this.sendClose(code, Buffer.from(reason).subarray(0, maxCloseReason));
    else this.dropConnection("end");
  }

  /** Drops TCP; from now on nothing that arrives counts. */
  dropConnection(how: "end" | "reset"): void {
    if (this.state === "closed") return;
    this.droppedByMe = true;
    this.#closeTransport(how);
  }

  /** TCP is gone, whoever did it. */
  lost(): void {
    this.state = "closed";
    this.#queue = [];
    this.timers.clear();
    if (!this.wasClean && !this.droppedByMe) {
      this.wasNotCleanReason ??= "the peer dropped TCP without a closing handshake";
    }
  }

  /** Writes octets, in order with whatever is queued. */
  sendOctets(octets: Buffer, sync = false, chop = 0): void {
    if (chop > 0) {
      if (octets.length > 0) this.#queue.push({ octets, sync: true, piece: chop, written: 0 });
    } else if (sync || this.#queue.length > 0) {
      this.#queue.push({ octets, sync, piece: octets.length, written: 0 });
    } else {
      if (this.state !== "closed") this.#write(octets, false);
      return;
    }
    if (!this.#queueRunning) this.turn();
  }

  /** A masking key when this side masks (RFC 6455 section 5.3), else null. */
  #maskKey(): Buffer | null {
    const { maskClientFrames, maskServerFrames } = this.options;
    return (this.side === "client" ? maskClientFrames : maskServerFrames) ? this.#newMaskKey() : null;
  }

  /** The header of a frame whose payload follows by {@link Endpoint.sendOctets}; returns its masking key. */
  sendHeader(opcode: number, fin: boolean, length: number): Buffer | null {
    const maskKey = this.#maskKey();
    this.sendOctets(encodeHeader({ opcode, fin, length, maskKey }));
    return maskKey;
  }

  #write(octets: Buffer, sync: boolean): void {
    if (this.state === "open") this.traffic.outgoing.wire += octets.length;
    this.log.sent(this.#now, octets, sync);
    this.#transport.write(octets);
  }

  #sendCloseFrame(code: number | null, reason: Buffer | null): void {
    this.sendFrame({ opcode: Opcode.close }, closePayload(code, reason));
    this.localCloseCode = code;
    this.localCloseReason = reason;
    this.state = "closing";
  }

  #countIncoming(octets: number, inflated: number): void {
    if (this.state !== "open") return;
    this.traffic.incoming.webSocket += octets;
    this.traffic.incoming.app += inflated;
  }

  #onControl(control: IncomingControl): void {
    if (control.opcode === Opcode.close) this.#onClose(control.payload);
    else if (control.opcode === Opcode.pong) this.#handler.onPong(control);
    else if (control.opcode === Opcode.ping && this.state === "open") {
      this.sendFrame({ opcode: Opcode.pong }, control.payload);
    }
  }

  #onClose(payload: Buffer): void {
    const { code, reason } = parseClosePayload(payload);
    this.remoteCloseCode = code;
    if (code !== null && !isAutobahnCloseCode(code))
      this.failConnection(1002, `close code ${code} is not allowed`);
    if (reason !== null && !new Utf8Validator().push(reason))
      this.failConnection(1007, "close reason is not UTF-8");
    if (this.options.failByDrop && this.failedByMe) return;
    if (reason !== null && !decodesInPython2(reason)) {
      this.#giveUp("the reason of the peer's close frame is not valid UTF-8");
      return;
    }
    this.remoteCloseReason = reason;
    switch (this.state) {
      case "open":
        this.#answerClose(code, reason);
        break;
      case "closing":
        this.#closeWasAnswered();
        break;
      case "closed":
        this.wasClean = false;
    }
  }

  #answerClose(code: number | null, reason: Buffer | null): void {
    this.wasClean = true;
    if (this.options.echoCloseCodeReason) this.#sendCloseFrame(code, reason);
    else this.#sendCloseFrame(1000, null);
    this.closedByMe = false;
    if (this.side === "server") this.dropConnection("end");
  }

  #closeWasAnswered(): void {
    this.timers.cancel(this.#closeTimer);
    this.wasClean = true;
    if (this.side === "server") {
      this.dropConnection("reset");
    } else if (this.options.serverConnectionDropTimeout > 0) {
      this.timers.add(this.#now + this.options.serverConnectionDropTimeout, () => this.#serverDropTimedOut());
    }
  }

  #closeHandshakeTimedOut(): void {
    if (this.state === "closed") return;
    this.wasClean = false;
    this.wasNotCleanReason = "the peer did not answer the close frame in time";
    this.wasCloseHandshakeTimeout = true;
    this.dropConnection("reset");
  }

  #serverDropTimedOut(): void {
    if (this.state === "closed") return;
    this.wasClean = false;
    this.wasNotCleanReason = "the server did not drop TCP in time";
    this.wasServerConnectionDropTimeout = true;
    this.dropConnection("reset");
  }

  /** What Autobahn does when processing raises: TCP is closed at once and all flags stay as they are. */
  #giveUp(reason: string): void {
    this.internalError = reason;
    if (this.state !== "closed") this.#closeTransport("reset");
  }

  #closeTransport(how: "end" | "reset"): void {
    this.state = "closed";
    this.#queue = [];
    if (how === "end") this.#transport.end();
    else this.#transport.reset();
  }
}

function readingRules(
  side: "client" | "server",
  options: EndpointOptions,
  deflate: DeflatePair | null,
): ReadingRules {
  const masked = options.requireMaskedClientFrames ? true : null;
  const unmasked = options.acceptMaskedServerFrames ? null : false;
  return {
    mustBeMasked: side === "server" ? masked : unmasked,
    validateText: options.utf8validateIncoming,
    maxFrame: options.maxFramePayloadSize,
    maxMessage: options.maxMessagePayloadSize,
    inflater: deflate?.inflater ?? null,
  };
}

/**
 * The close codes that Autobahn takes from a peer: those of RFC 6455 section 7.4, without 1012 to 1014, which
 * were registered later (see also `isSendableCloseCode`).
 */
function isAutobahnCloseCode(code: number): boolean {
  if (code >= 3000) return code < 5000;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011);
}

/** Python 2 decodes UTF-8 that encodes surrogates; anything else ill-formed stops the original's processing. */
function decodesInPython2(reason: Buffer): boolean {
  return isValidUtf8(
    Buffer.from(reason.toString("latin1").replaceAll(/\xed[\xa0-\xbf][\x80-\xbf]/g, "???"), "latin1"),
  );
}
