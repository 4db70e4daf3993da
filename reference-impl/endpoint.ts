import { type CloseContent, closePayload, isSendableCloseCode, parseClosePayload } from "../wire/close.ts";
import { Opcode } from "../wire/frame.ts";
import { mask } from "../wire/mask.ts";
import { type AgreedDeflate, deflateSettings } from "../wire/permessage-deflate.ts";

import { type Codec, strictCodec } from "./codec.ts";
import type { Failure } from "./failure.ts";
import { Incoming, type IncomingEvent, type Message, rsv1 } from "./incoming.ts";
import { freshMaskKey } from "./mask-keys.ts";

/** RFC 6455 section 5.5: a control frame's payload; two octets of a close frame's are the code. */
const maxPing = 125;
const maxReason = 123;

/** A payload at least this long is written as it is, behind its header; a shorter one is copied. */
const writeAsItIsFrom = 16_384;

/** Settings of an {@link Endpoint}. Times are ms; waits for the peer begin when the octets before them have left. */
export interface EndpointOptions {
  /**
   * Octets of a message that are taken, at least 1, of a compressed one when it is inflated; of a longer one not even
   * the payload is waited for.
   */
  readonly maxMessage: number;
  /** Octets from which on messages are compressed, where permessage-deflate was agreed to. */
  readonly deflateThreshold: number;
  /** How long the peer may take to answer a close frame that ends the talk in peace. */
  readonly closeReplyTimeout: number;
  /** How long the peer may take to close after it broke a rule, and a server to drop TCP. */
  readonly closeTimeout: number;
  /**
   * Server side: how long the rest of a frame that broke a rule is waited for. Without it the peer's close
   * frame cannot be read, so this side drops TCP by itself.
   */
  readonly brokenFrameTimeout: number;
  /** How long a close frame, and what stands before it, may take to leave. */
  readonly flushTimeout: number;
  /** A masking key of four octets, new and unpredictable at each call. */
  readonly newMaskKey: () => Buffer;
  /** What frames are read and written with. Any but the default is for trying what a defect does. */
  readonly codec: Codec;
}

/** Defaults of {@link EndpointOptions}. */
export const defaultEndpointOptions: EndpointOptions = Object.freeze({
  maxMessage: 64 * 1024 * 1024,
  deflateThreshold: 0,
  closeReplyTimeout: 5_000,
  closeTimeout: 1_000,
  brokenFrameTimeout: 50,
  flushTimeout: 30_000,
  newMaskKey: freshMaskKey,
  codec: strictCodec,
});

/** What the peer did, in the order of its octets. */
export type EndpointEvent =
  | ({ readonly type: "message" } & Message)
  /** A ping; while open it has been answered already. */
  | { readonly type: "ping"; readonly payload: Buffer }
  | { readonly type: "pong"; readonly payload: Buffer }
  /** A close frame, valid unless this side had failed the connection before; it has been answered already. */
  | ({ readonly type: "close" } & CloseContent)
  /** The peer broke a rule, and this side fails the connection. */
  | { readonly type: "failed"; readonly failure: Failure };

/**
 * - `open`: no close frame either way.
 * - `closing`: this side sent a close frame; messages still come in.
 * - `failing`: this side sent a close frame because of a broken rule; only the peer's close frame counts.
 * - `leaving`: both close frames are there; TCP is still to be closed.
 * - `gone`: TCP is closed, or is to be closed by this side.
 */
export type EndpointState = "open" | "closing" | "failing" | "leaving" | "gone";

/** How a connection ended, or has come so far. */
export interface Closure {
  /** A close frame went each way (RFC 6455 section 7.1.4). */
  readonly clean: boolean;
  /** What this side's close frame said; null when it sent none. */
  readonly sent: CloseContent | null;
  /** What the peer's close frame said; null when none came. */
  readonly received: CloseContent | null;
  /** The rule that the peer broke; null when it broke none. */
  readonly failure: Failure | null;
}

/** What is to be done with TCP: nothing, an orderly close once all octets have left, or a close at once. */
export type TcpWish = "keep" | "end" | "drop";

/** What is to be written, and then done. */
export interface Output {
  /** In order. They may not be changed. */
  readonly octets: readonly Buffer[];
  readonly tcp: TcpWish;
}

/**
 * One side of an open WebSocket connection (RFC 6455 sections 5 to 7, RFC 7692 section 6), strict. Sans I/O: the owner gives octets
 * and ms of one monotonic clock, takes events one by one, and does what {@link Endpoint.takeOutput} says. What is
 * sent while an event is handled stands before whatever the octets behind it cause: so a message can be answered
 * before the broken frame that follows it ends the talk. An owner that takes no events holds up the peer.
 *
 *     endpoint.receive(now, octets);
 *     for (let event = endpoint.next(); event; event = endpoint.next()) ...
 *     const { octets, tcp } = endpoint.takeOutput(now);
 */
export class Endpoint {
  readonly side: "client" | "server";
  readonly #options: EndpointOptions;
  readonly #incoming: Incoming;
  /** Null without permessage-deflate. */
  readonly #deflater: ReturnType<Codec["newDeflater"]> | null;
  #state: EndpointState = "open";
  #now = 0;
  /** When the present wait began: with the state, when octets were put out, or when they had left. */
  #since = 0;
  #output: Buffer[] = [];
  #queued = 0;
  #tcp: TcpWish = "keep";
  /** Octets were put out, and the owner has not said that they have left. */
  #unflushed = false;
  #sent: CloseContent | null = null;
  #received: CloseContent | null = null;
  #failure: Failure | null = null;

  /** @param deflate what the opening handshake agreed on; null to compress nothing */
  constructor(
    side: "client" | "server",
    options: Partial<EndpointOptions> = {},
    deflate: AgreedDeflate | null = null,
  ) {
    const peer = side === "server" ? "client" : "server";
    this.side = side;
    this.#options = { ...defaultEndpointOptions, ...options };
    const { maxMessage, codec } = this.#options;
    this.#deflater = deflate && codec.newDeflater(deflateSettings(deflate, side));
    this.#incoming = new Incoming({
      mustBeMasked: side === "server",
      maxMessage,
      codec,
      inflater:
        deflate &&
        codec.newInflater({ ...deflateSettings(deflate, peer), maxOctets: maxMessage, strict: true }),
    });
  }

  get state(): EndpointState {
    return this.#state;
  }

  get closure(): Closure {
    const [sent, received] = [this.#sent, this.#received];
    return { clean: sent !== null && received !== null, sent, received, failure: this.#failure };
  }

  /** When to call {@link Endpoint.tick}, in ms of the owner's clock; null when nothing is due. */
  get deadline(): number | null {
    const wait = this.#wait();
    return wait === null || this.#output.length > 0 ? null : this.#since + wait;
  }

  /** Octets that the next {@link Endpoint.takeOutput} gives. */
  get queued(): number {
    return this.#queued;
  }

  /** Octets from the peer. They are given away: payloads are unmasked in place, and events show parts of them. */
  receive(now: number, octets: Buffer): void {
    this.#now = now;
    if (this.#isReading) this.#incoming.push(octets);
  }

  /** The next event, or null when more octets are needed. */
  next(): EndpointEvent | null {
    while (this.#isReading) {
      const found = this.#incoming.next();
      if (found === null) return null;
      const event = this.#handle(found);
      if (event !== null) return event;
    }
    return null;
  }

  /** Time has passed. */
  tick(now: number): void {
    this.#now = now;
    const { deadline } = this;
    if (deadline !== null && deadline <= now)
      this.#leaveTcp(this.#dropsBySelf && !this.#unflushed ? "end" : "drop");
  }

  /** All octets that were put out have left. */
  flushed(now: number): void {
    this.#now = now;
    if (this.#unflushed && this.#output.length === 0) {
      this.#unflushed = false;
      this.#since = now;
    }
  }

  /** TCP is gone. Nothing more comes out. */
  lost(): void {
    this.#state = "gone";
    this.#clearOutput();
  }

  /** What is to be written now: at the end of each turn. Once it has left, {@link Endpoint.flushed} must be told. */
  takeOutput(now: number): Output {
    const octets = this.#output;
    if (octets.length > 0) this.#since = now;
    this.#clearOutput();
    return { octets, tcp: this.#tcp };
  }

  /**
   * Sends a message, compressed where that was agreed on. The payload may not be changed afterwards.
   *
   * @param fragment octets of a frame, at least 1 (RFC 6455 section 5.4); by default the message is one frame
   * @param between called after each frame but the last: what it sends must be control frames
   * @returns false when the connection is not open any more, and nothing was sent
   * @throws TypeError when a text is not UTF-8
   * @throws RangeError when fragments would have no octets
   */
  send({ binary, payload }: Message, fragment = Infinity, between: () => void = () => {}): boolean {
    if (!(fragment >= 1)) throw new RangeError(`a fragment has at least one octet, not ${fragment}`);
    if (!binary && !this.#options.codec.isValidUtf8(payload))
      throw new TypeError("the payload of a text message must be UTF-8");
    if (this.#state !== "open") return false;
    const opcode = binary ? Opcode.binary : Opcode.text;
    if (this.#deflater === null || payload.length < this.#options.deflateThreshold) {
      this.#writeMessage(opcode, payload, "given", fragment, between);
    } else {
      // What is not sent may not be deflated either: the next message would refer to it.
      this.#writeMessage(opcode, this.#deflater.deflate(payload), "compressed", fragment, between);
    }
    return true;
  }

  /**
   * Sends a ping.
   *
   * @returns false when the connection is not open any more, and nothing was sent
   * @throws RangeError when the payload is longer than 125 octets
   */
  ping(payload: Buffer = empty): boolean {
    if (payload.length > maxPing) throw new RangeError(`a ping holds at most ${maxPing} octets`);
    return this.#sendWhileOpen(Opcode.ping, payload);
  }

  /**
   * Begins the closing handshake, without a code when there is none.
   *
   * @returns false when the connection is not open any more, and nothing was sent
   * @throws RangeError when the code may not be sent, a reason has no code, or is longer than 123 octets
   */
  close(code: number | null = null, reason = ""): boolean {
    if (code !== null && !isSendableCloseCode(code))
      throw new RangeError(`close code ${code} may not be sent`);
    if (code === null && reason !== "") throw new RangeError("a close reason needs a code");
    const octets = reason === "" ? null : Buffer.from(reason);
    if (octets !== null && octets.length > maxReason)
      throw new RangeError(`a close reason holds at most ${maxReason} octets`);
    if (this.#state !== "open") return false;
    this.#sendClose({ code, reason: octets });
    this.#enter("closing");
    return true;
  }

  get #isReading(): boolean {
    return this.#state === "open" || this.#state === "closing" || this.#state === "failing";
  }

  /** As a server: the peer's close frame cannot be read, since the frame before it does not end. */
  get #dropsBySelf(): boolean {
    return this.#state === "failing" && this.side === "server" && this.#incoming.insideBrokenFrame;
  }

  /** Ms that the present state may last; null when it has no limit. */
  #wait(): number | null {
    if (this.#unflushed && this.#state !== "open" && this.#state !== "gone")
      return this.#options.flushTimeout;
    switch (this.#state) {
      case "open":
      case "gone":
        return null;
      case "closing":
        return this.#options.closeReplyTimeout;
      case "failing":
        return this.#dropsBySelf ? this.#options.brokenFrameTimeout : this.#options.closeTimeout;
      case "leaving":
        return this.#options.closeTimeout;
    }
  }

  #handle(found: IncomingEvent): EndpointEvent | null {
    switch (found.type) {
      case "ping":
        this.#sendWhileOpen(Opcode.pong, found.payload);
        return found;
      case "message":
      case "pong":
        return found;
      case "close":
        return this.#onClose(found.payload);
      case "violation":
        return this.#fail(found.failure);
    }
  }

  #onClose(payload: Buffer): EndpointEvent {
    const content = parseClosePayload(payload);
    const failure = this.#state === "failing" ? null : this.#options.codec.closeFailure(payload);
    this.#received = content;
    const event: EndpointEvent = failure === null ? { type: "close", ...content } : this.#fail(failure);
    if (this.#state === "open") this.#sendClose(content);
    this.#bothHaveClosed();
    return event;
  }

  #fail(failure: Failure): EndpointEvent {
    this.#failure = failure;
    if (this.#state === "open") {
      const reason = Buffer.from(`${failure.text} (section ${failure.section})`).subarray(0, maxReason);
      this.#sendClose({ code: failure.code, reason });
      this.#enter("failing");
    } else {
      this.#leaveTcp("end");
    }
    return { type: "failed", failure };
  }

  /** The server closes TCP first (RFC 6455 section 7.1.1); the client gives it time to. */
  #bothHaveClosed(): void {
    if (this.#state === "gone") return;
    if (this.side === "server") this.#leaveTcp("end");
    else this.#enter("leaving");
  }

  #leaveTcp(how: "end" | "drop"): void {
    this.#state = "gone";
    this.#tcp = how;
  }

  #enter(state: EndpointState): void {
    this.#state = state;
    this.#since = this.#now;
  }

  #sendClose(content: CloseContent): void {
    this.#sent = content;
    this.#write(Opcode.close, closePayload(content.code, content.reason));
  }

  #sendWhileOpen(opcode: number, payload: Buffer): boolean {
    if (this.#state !== "open") return false;
    this.#write(opcode, payload);
    return true;
  }

  /** Only the first frame of a compressed message says so (RFC 7692 section 6.1). */
  #writeMessage(
    opcode: number,
    payload: Buffer,
    kind: "given" | "compressed",
    fragment: number,
    between: () => void,
  ): void {
    if (payload.length <= fragment) {
      this.#write(opcode, payload, kind);
      return;
    }
    for (let at = 0; at < payload.length; at += fragment) {
      const fin = at + fragment >= payload.length;
      const part = payload.subarray(at, at + fragment);
      const rsv = at === 0 && kind === "compressed" ? rsv1 : 0;
      this.#write(at === 0 ? opcode : Opcode.continuation, part, kind, { fin, rsv });
      if (!fin) between();
    }
  }

  /** Compressed payloads are our own, and can be masked where they are; those of others must be copied. */
  #write(
    opcode: number,
    payload: Buffer,
    kind: "given" | "compressed" = "given",
    { fin = true, rsv = kind === "compressed" ? rsv1 : 0 } = {},
  ): void {
    const { codec, newMaskKey } = this.#options;
    const maskKey = this.side === "client" ? newMaskKey() : null;
    if (payload.length < writeAsItIsFrom || (maskKey !== null && kind === "given")) {
      this.#put(codec.encodeFrame({ opcode, fin, rsv, maskKey }, payload));
      return;
    }
    if (maskKey !== null) mask(payload, maskKey);
    this.#put(codec.encodeHeader({ opcode, fin, rsv, maskKey, length: payload.length }));
    this.#put(payload);
  }

  #put(octets: Buffer): void {
    this.#output.push(octets);
    this.#queued += octets.length;
    this.#unflushed = true;
  }

  #clearOutput(): void {
    this.#output = [];
    this.#queued = 0;
  }
}

const empty = Buffer.alloc(0);
