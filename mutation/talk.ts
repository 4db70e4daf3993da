import { ClientOpening } from "../reference-impl/handshake-client.ts";
import { isSendableCloseCode } from "../wire/close.ts";
import { encodeFrame, Opcode } from "../wire/frame.ts";

import type { Destination } from "../fuzzer/opening.ts";
import type { Driven } from "../fuzzer/socket.ts";
import { Dice } from "./dice.ts";
import { progressOf } from "./compare.ts";
import { type Observation, PeerReader, type SeenOpening, type WaitedFor } from "./observation.ts";
import { isReadableBehind, type Opinion, opinionsOf } from "./opinion.ts";
import { divide, type Rendered, renderFrames } from "./render.ts";
import type { FrameStream } from "./stream.ts";

/** How long the peer is waited for, in ms. */
export interface Patience {
  /** For the response of the opening handshake, for an answer, for the end: from the last thing that happened. */
  readonly due: number;
  /** For a change of mind: a peer that goes on may have noticed late. */
  readonly late: number;
  /** Where nothing is due any more. */
  readonly idle: number;
}

/** Beside thousands of other streams. */
export const patienceInCrowd: Patience = { due: 4_000, late: 800, idle: 60 };

/** For a stream that is played alone, to see whether what was seen is so. */
export const patienceAlone: Patience = { due: 10_000, late: 2_000, idle: 250 };

/** What a talk writes to. */
export interface TalkTransport {
  write(octets: Buffer): void;
  /** An orderly end of TCP. */
  end(): void;
}

/** What a talk has come to. */
export interface TalkRecord {
  readonly observation: Observation;
  /** Empty when the connection was not opened. */
  readonly opinions: readonly Opinion[];
  /** What was sent behind the opening handshake; null when it was not opened. */
  readonly rendered: Rendered | null;
}

/**
 * Sends a stream to a server and watches what comes back: the opening handshake, the stream, a ping; when the answers
 * are there, a close frame. Sans I/O.
 */
export class Talk implements Driven<TalkRecord> {
  readonly #stream: FrameStream;
  readonly #transport: TalkTransport;
  readonly #patience: Patience;
  readonly #opening: ClientOpening;
  #phase: "opening" | "streaming" | "waiting" | "closing" | "over" = "opening";
  #seenOpening: SeenOpening = { state: "none" };
  #reader: PeerReader | null = null;
  #rendered: Rendered | null = null;
  #opinions: readonly Opinion[] = [];
  #writes: Buffer[] = [];
  /** Our ping and our close frame would be read as such. */
  #isReadable = false;
  #deadline: number | null = null;
  #sentClose = false;
  #record: TalkRecord | null = null;

  constructor(
    stream: FrameStream,
    setup: { readonly to: Destination; readonly transport: TalkTransport; readonly patience: Patience },
  ) {
    const { to } = setup;
    this.#stream = stream;
    this.#transport = setup.transport;
    this.#patience = setup.patience;
    this.#opening = new ClientOpening(
      { ...to, secure: Boolean(to.tls) },
      { deflate: stream.offer, nonce: new Dice(stream.keys, 0).octets(16) },
    );
  }

  get deadline(): number | null {
    return this.#deadline;
  }

  get wantsTurn(): boolean {
    return this.#phase === "streaming" && this.#pause === null;
  }

  /** Ms between two writes; null where the next turn will do. */
  get #pause(): number | null {
    const { writes } = this.#stream;
    return writes.by === "element" ? (writes.pause ?? null) : null;
  }

  get record(): TalkRecord | null {
    return this.#record;
  }

  /** TCP is connected. */
  connected(now: number): void {
    this.#transport.write(this.#opening.begin());
    this.#deadline = now + this.#patience.due;
  }

  receive(now: number, octets: Buffer): void {
    if (this.#phase === "opening") this.#receiveHead(now, octets);
    else if (this.#phase !== "over") {
      this.#reader!.push(octets);
      this.#look(now);
    }
  }

  turn(now: number): void {
    if (this.#phase !== "streaming") return;
    const next = this.#writes.shift();
    if (next !== undefined) this.#transport.write(next);
    if (this.#writes.length > 0) {
      if (this.#pause !== null) this.#deadline = now + this.#pause;
      return;
    }
    this.#phase = "waiting";
    this.#look(now);
  }

  tick(now: number): void {
    if (this.#deadline === null || now < this.#deadline) return;
    switch (this.#phase) {
      case "opening":
        this.#finish("opening", null);
        break;
      case "streaming":
        this.#deadline = now + this.#patience.due;
        if (this.#pause !== null) this.turn(now);
        break;
      case "waiting":
        this.#finish(this.#progress() === "due" ? "answers" : null, null);
        break;
      case "closing":
        this.#finish("end", null);
        break;
      case "over":
        break;
    }
  }

  lost(_now: number, how: "fin" | "reset" = "fin"): void {
    this.#finish(null, how);
  }

  #receiveHead(now: number, octets: Buffer): void {
    const progress = this.#opening.push(octets);
    if (progress.state === "more") return;
    if (progress.state === "refused") {
      this.#seenOpening = { state: "refused", ...progress.refusal };
      this.#finish(null, null);
      return;
    }
    const { deflate, rest } = progress;
    this.#seenOpening = { state: "open", agreed: deflate };
    this.#reader = new PeerReader(deflate);
    this.#rendered = renderFrames(this.#stream, deflate);
    const { octets: sent, bounds, sentinel } = this.#rendered;
    this.#opinions = opinionsOf(sent, deflate);
    this.#writes = [...divide(sent, this.#stream.writes, bounds)];
    this.#isReadable = isReadableBehind(sent, this.#opinions);
    if (this.#isReadable) this.#writes.push(Buffer.concat([this.#writes.pop() ?? nothing, sentinel]));
    this.#phase = "streaming";
    this.#deadline = now + this.#patience.due;
    if (rest.length > 0) this.#reader.push(rest);
    this.turn(now);
  }

  #progress(): ReturnType<typeof progressOf> {
    return progressOf(this.#opinions, this.#reader!.events, this.#isReadable ? this.#stream.sentinel : null);
  }

  /** Something has come, or all has been sent. */
  #look(now: number): void {
    if (this.#phase === "closing") return;
    this.#deadline = now + this.#patience.due;
    switch (this.#progress()) {
      case "closed":
        this.#answerClose(now);
        break;
      case "done":
        if (this.#phase === "waiting") this.#sendClose(now, this.#rendered!.closing);
        break;
      case "settled":
        if (this.#phase === "waiting") this.#finish(null, null);
        return;
      case "idle":
        this.#deadline = now + this.#patience.idle;
        break;
      case "late":
        this.#deadline = now + this.#patience.late;
        break;
      case "due":
        break;
    }
    if (this.#phase === "streaming") this.#deadline = now + (this.#pause ?? this.#patience.due);
  }

  /** The peer closes: it is answered, unless what we have sent is no whole frame, or was a close frame. */
  #answerClose(now: number): void {
    if (!this.#isReadable || this.#phase !== "waiting") {
      this.#phase = "closing";
      // How it ends matters only where our own close frame was in the stream.
      if (this.#opinions[0]!.end.state !== "closed") this.#deadline = now + this.#patience.late;
      return;
    }
    const theirs = this.#reader!.events.find((seen) => seen.type === "close");
    const code = theirs?.type === "close" ? theirs.code : null;
    const payload = Buffer.alloc(code !== null && isSendableCloseCode(code) ? 2 : 0);
    if (payload.length > 0) payload.writeUInt16BE(code!, 0);
    this.#sendClose(now, encodeFrame({ opcode: Opcode.close, maskKey: Buffer.alloc(4) }, payload), false);
  }

  #sendClose(now: number, frame: Buffer, first = true): void {
    this.#sentClose = first;
    this.#phase = "closing";
    this.#deadline = now + (first ? this.#patience.due : this.#patience.late);
    this.#transport.write(frame);
  }

  #finish(waitedFor: WaitedFor, ended: Observation["ended"]): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#deadline = null;
    const events = this.#reader?.events ?? [];
    this.#record = {
      observation: {
        opening: this.#seenOpening,
        events,
        closed: this.#sentClose,
        sentCode: this.#stream.closing.code,
        ended,
        waitedFor,
      },
      opinions: this.#opinions,
      rendered: this.#rendered,
    };
    if (ended === null) this.#transport.end();
  }
}

const nothing = Buffer.alloc(0);
