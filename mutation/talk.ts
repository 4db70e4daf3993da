import { ClientOpening } from "../reference-impl/handshake-client.ts";
import { isSendableCloseCode } from "../wire/close.ts";
import { encodeFrame, Opcode } from "../wire/frame.ts";
import { fieldValue, type Head } from "../wire/handshake.ts";
import type { AgreedDeflate } from "../wire/permessage-deflate.ts";
import { acceptingResponse } from "../reference-impl/handshake-server.ts";
import { answerOffers, type DeflateOffer, extensionsLine } from "../reference-impl/negotiation.ts";

import type { Destination } from "../fuzzer/opening.ts";
import type { Driven } from "../fuzzer/socket.ts";
import { Dice } from "./dice.ts";
import { progressOf } from "./compare.ts";
import { type Observation, PeerReader, type SeenOpening, type WaitedFor } from "./observation.ts";
import { isReadableBehind, type Opinion, opinionsOf } from "./opinion.ts";
import { divide, type Rendered, renderFrames } from "./render.ts";
import { type FrameStream, readerOf } from "./stream.ts";

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

/** Ms in which a client may say something behind its close frame, before the server ends TCP. */
const lastWords = 5;

/**
 * Sends a stream to a peer and watches what comes back: the opening handshake, the stream, a ping; when the answers
 * are there, a close frame. Sans I/O.
 */
export class Talk implements Driven<TalkRecord> {
  readonly #stream: FrameStream;
  readonly #transport: TalkTransport;
  readonly #patience: Patience;
  /** Null where the peer is a client, and asks. */
  readonly #opening: ClientOpening | null;
  readonly #peer: "client" | "server";
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

  /** @param setup with the destination, of a stream to a server */
  constructor(
    stream: FrameStream,
    setup: { readonly to?: Destination; readonly transport: TalkTransport; readonly patience: Patience },
  ) {
    const { to } = setup;
    this.#peer = readerOf(stream);
    this.#stream = stream;
    this.#transport = setup.transport;
    this.#patience = setup.patience;
    this.#opening =
      to === undefined
        ? null
        : new ClientOpening(
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
    this.#transport.write(this.#opening!.begin());
    this.#deadline = now + this.#patience.due;
  }

  /** A client has asked for a connection. */
  accepted(now: number, request: Head): void {
    const agreed = agreedTo(this.#stream.offer, fieldValue(request, "Sec-WebSocket-Extensions"));
    const more = agreed === null ? [] : [extensionsLine(agreed)];
    this.#transport.write(acceptingResponse(fieldValue(request, "Sec-WebSocket-Key") ?? "", more));
    this.#begin(now, agreed);
    // What is written in one event leaves in one write.
    if (this.#stream.atOnce) this.turn(now);
    else if (this.#pause !== null) this.#deadline = now + this.#pause;
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
        this.#finish(this.#endsTcp ? null : "end", null);
        break;
      case "over":
        break;
    }
  }

  lost(_now: number, how: "fin" | "reset" = "fin"): void {
    this.#finish(null, how);
  }

  #receiveHead(now: number, octets: Buffer): void {
    const progress = this.#opening!.push(octets);
    if (progress.state === "more") return;
    if (progress.state === "refused") {
      this.#seenOpening = { state: "refused", ...progress.refusal };
      this.#finish(null, null);
      return;
    }
    const { deflate, rest } = progress;
    this.#begin(now, deflate);
    if (rest.length > 0) this.#reader!.push(rest);
    this.turn(now);
  }

  /** The connection is open. */
  #begin(now: number, agreed: AgreedDeflate | null): void {
    this.#seenOpening = { state: "open", agreed };
    this.#reader = new PeerReader(agreed, this.#peer);
    this.#rendered = renderFrames(this.#stream, agreed);
    const { octets: sent, bounds, sentinel } = this.#rendered;
    this.#opinions = opinionsOf(sent, agreed, this.#peer);
    this.#writes = [...divide(sent, this.#stream.writes, bounds)];
    this.#isReadable = isReadableBehind(sent, this.#opinions);
    if (this.#isReadable) this.#writes.push(Buffer.concat([this.#writes.pop() ?? nothing, sentinel]));
    this.#phase = "streaming";
    this.#deadline = now + this.#patience.due;
  }

  #progress(): ReturnType<typeof progressOf> {
    return progressOf(this.#opinions, this.#reader!.events, this.#isReadable ? this.#stream.sentinel : null);
  }

  /** The talk is over, and it is the server who ends TCP (RFC 6455 section 7.1.1). */
  get #endsTcp(): boolean {
    return this.#peer === "client" && this.#reader!.events.some(({ type }) => type === "close");
  }

  /** Something has come, or all has been sent. */
  #look(now: number): void {
    if (this.#phase === "closing") {
      if (this.#endsTcp) this.#deadline = Math.min(this.#deadline ?? Infinity, now + lastWords);
      return;
    }
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
      if (this.#endsTcp) this.#deadline = now + lastWords;
      return;
    }
    const theirs = this.#reader!.events.find((seen) => seen.type === "close");
    const code = theirs?.type === "close" ? theirs.code : null;
    const payload = Buffer.alloc(code !== null && isSendableCloseCode(code) ? 2 : 0);
    if (payload.length > 0) payload.writeUInt16BE(code!, 0);
    const maskKey = this.#peer === "server" ? Buffer.alloc(4) : null;
    this.#sendClose(now, encodeFrame({ opcode: Opcode.close, maskKey }, payload), false);
    if (this.#endsTcp) this.#deadline = now + lastWords;
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

/**
 * What a server agrees to with a client that asks for compression. To do without context takeover a client need not know
 * how (RFC 7692 section 7.1.1.2 only recommends it), unless it has said so.
 */
function agreedTo(offer: DeflateOffer | null, asked: string | null): AgreedDeflate | null {
  if (offer === null) return null;
  const { clientMaxWindowBits: bits, clientNoContextTakeover } = offer;
  const isAble = asked?.includes("client_no_context_takeover") === true;
  return answerOffers(asked, {
    ...offer,
    clientMaxWindowBits: bits === true ? null : bits,
    clientNoContextTakeover: clientNoContextTakeover && isAble,
  });
}
