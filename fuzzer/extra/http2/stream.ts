import {
  defaultMaxFrame,
  encodeHttp2Frame,
  ErrorCode,
  FrameFlag,
  FrameType,
  padded,
  uint32,
} from "../../../wire/http2/frame.ts";
import { encodeFields } from "../../../wire/http2/hpack.ts";
import type { FieldLine } from "../../../wire/http2/fields.ts";

import { payloadOctets } from "../../digest.ts";
import type { TalkTransport } from "../talk.ts";
import type { Http2Script, Http2Send } from "./script.ts";

/** What a stream needs of its connection. */
export interface StreamOwner {
  /** Octets that may be sent on all streams together; what is sent is taken off. */
  window: number;
  /** What the peer's SETTINGS_INITIAL_WINDOW_SIZE says. */
  readonly initialWindow: number;
  /** Gives the stream its number. */
  open(stream: Http2Stream): number;
  /** Puts out a whole frame. */
  send(frame: Buffer): void;
}

/**
 * A stream as the client sees it: to a talk it is what TCP is otherwise. END_STREAM stands for FIN, and RST_STREAM
 * with CANCEL for a reset (RFC 8441 section 5). The windows that the peer gives are obeyed.
 */
export class Http2Stream implements TalkTransport {
  readonly script: Http2Script;
  readonly #owner: StreamOwner;
  #id: number | null = null;
  #waiting: Buffer[] = [];
  #windowMoved = 0;
  #ending = false;
  #ended = false;
  #peerEnded = false;
  /** What the peer may still send. */
  receiveWindow: number;
  #isReading = true;
  #heldBack = 0;

  /** @param receiveWindow what this side's SETTINGS_INITIAL_WINDOW_SIZE says */
  constructor(owner: StreamOwner, script: Http2Script, receiveWindow: number) {
    this.#owner = owner;
    this.script = script;
    this.receiveWindow = receiveWindow;
  }

  /** Null until its fields are sent. */
  get id(): number | null {
    return this.#id;
  }

  /** What the peer has said is taken for its last word here. */
  endByPeer(): void {
    this.#peerEnded = true;
  }

  /** A reset by the peer: nothing may be sent any more. */
  resetByPeer(): void {
    this.#peerEnded = this.#ended = true;
    this.#waiting = [];
  }

  /** The peer's WINDOW_UPDATE. */
  moveWindow(octets: number): void {
    this.#windowMoved += octets;
  }

  /** Sends what a script says. */
  perform(send: Http2Send, fields: readonly FieldLine[]): void {
    if (send.send === "headers") {
      this.#sendFields(fields, send);
      return;
    }
    const { type, flags = 0, payload } = send;
    const stream = send.on === "connection" ? 0 : (this.#id ?? 0);
    const octets = payloadOctets(payload);
    if (type === FrameType.windowUpdate && stream !== 0) this.receiveWindow += octets.readUInt32BE(0);
    if (type === FrameType.data && (flags & FrameFlag.endStream) !== 0) this.#ended = true;
    this.#owner.send(encodeHttp2Frame({ type, flags, stream, payload: octets }));
  }

  write(octets: Buffer): void {
    if (this.#id === null || this.#ended) return;
    this.#waiting.push(Buffer.from(octets));
    this.pump();
  }

  shut(): void {
    this.#ending = true;
    this.pump();
  }

  end(): void {
    this.shut();
  }

  cut(): void {
    this.reset();
  }

  reset(): void {
    if (this.#id !== null && !(this.#ended && this.#peerEnded)) this.#rst();
  }

  reading(on: boolean): void {
    this.#isReading = on;
    if (on) this.#giveWindow(0);
  }

  /** Octets of the peer's DATA have come, padding included; a window that was used up is opened again. */
  took(octets: number): void {
    this.receiveWindow -= octets;
    if (!this.script.keepsWindow) this.#giveWindow(octets);
  }

  /** Sends what waits, as far as windows allow. */
  pump(): void {
    const { octets: most = defaultMaxFrame, pad } = this.script.data ?? {};
    const overhead = pad === undefined ? 0 : pad + 1;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const allowed = Math.min(most, defaultMaxFrame - overhead, this.#window - overhead, next.length);
      if (allowed <= 0 && next.length > 0) return;
      this.#sendData(next.subarray(0, allowed), pad);
      if (allowed < next.length) this.#waiting[0] = next.subarray(allowed);
      else this.#waiting.shift();
    }
    if (this.#ending && !this.#ended && this.#id !== null) {
      this.#ended = true;
      this.#send(FrameType.data, FrameFlag.endStream, Buffer.alloc(0));
    }
  }

  get #window(): number {
    return Math.min(this.#owner.window, this.#owner.initialWindow + this.#windowMoved);
  }

  #sendData(octets: Buffer, pad: number | undefined): void {
    const payload = pad === undefined ? octets : padded(octets, pad);
    this.#owner.window -= payload.length;
    this.#windowMoved -= payload.length;
    this.#send(FrameType.data, pad === undefined ? 0 : FrameFlag.padded, payload);
  }

  #sendFields(
    fields: readonly FieldLine[],
    { end, cut = defaultMaxFrame, pad }: Extract<Http2Send, { send: "headers" }>,
  ): void {
    this.#id ??= this.#owner.open(this);
    if (end) this.#ended = true;
    const block = encodeFields(fields);
    for (let at = 0; at === 0 || at < block.length; at += cut) {
      const part = block.subarray(at, at + cut);
      const last = at + cut >= block.length ? FrameFlag.endHeaders : 0;
      if (at > 0) this.#send(FrameType.continuation, last, part);
      else {
        const flags = last | (end ? FrameFlag.endStream : 0) | (pad === undefined ? 0 : FrameFlag.padded);
        this.#send(FrameType.headers, flags, pad === undefined ? part : padded(part, pad));
      }
    }
  }

  #giveWindow(octets: number): void {
    this.#heldBack += octets;
    if (!this.#isReading || this.#heldBack === 0 || this.#peerEnded) return;
    this.receiveWindow += this.#heldBack;
    this.#send(FrameType.windowUpdate, 0, uint32(this.#heldBack));
    this.#heldBack = 0;
  }

  #rst(): void {
    this.#ended = this.#peerEnded = true;
    this.#waiting = [];
    this.#send(FrameType.rstStream, 0, uint32(ErrorCode.cancel));
  }

  #send(type: number, flags: number, payload: Buffer): void {
    this.#owner.send(encodeHttp2Frame({ type, flags, stream: this.#id!, payload }));
  }
}
