import { valueOf } from "../../../wire/http2/fields.ts";
import {
  clientPreface,
  decodeSettings,
  defaultWindow,
  encodeHttp2Frame,
  encodeSettings,
  FrameFlag,
  FrameType,
  type Http2Frame,
  Http2FrameReader,
  Setting,
  uint32,
  withoutPadding,
} from "../../../wire/http2/frame.ts";
import { HpackDecoder } from "../../../wire/http2/hpack.ts";

import type { WireLog } from "../../wire-log.ts";
import { openPatience } from "../patience.ts";
import type { Talk, TalkTransport } from "../talk.ts";
import { fieldFaults } from "./fields.ts";
import type { Http2Fact, Http2Script } from "./script.ts";
import { Http2Stream, type StreamOwner } from "./stream.ts";

/** Facts about the connection that are kept for talks that are still to begin. */
const maxFacts = 50;

/** Octets of one block of fields that are collected. */
const maxBlock = 65_536;

/** What a connection needs. */
export interface Http2Setup {
  /** TCP, or TLS on it. */
  readonly transport: TalkTransport;
  readonly log: WireLog;
  /** The script that it is opened for. */
  readonly script: Http2Script;
  /** Talks that will join; behind the last one the connection is ended. */
  readonly talks: number;
}

interface Member {
  readonly talk: Talk;
  readonly stream: Http2Stream;
  readonly over: () => void;
  begun: boolean;
}

/**
 * A connection of HTTP/2 as the client has it (RFC 9113), with a talk in each of its streams. Sans I/O, to be driven as
 * a talk is. What the peer does wrong is told to the talks, and the connection goes on as long as it can.
 */
export class Http2Connection implements StreamOwner {
  readonly #setup: Http2Setup;
  readonly #frames = new Http2FrameReader();
  readonly #hpack = new HpackDecoder();
  readonly #members: Member[] = [];
  readonly #streams = new Map<number, Member>();
  readonly #facts: Http2Fact[] = [];
  #now = 0;
  /** Until when the peer may take to allow extended CONNECT (RFC 8441 section 3). */
  #waitsUntil = Infinity;
  #nextId = 1;
  #over = 0;
  #isReady = false;
  /** Streams that the peer lets be open at once. */
  #mostStreams = Infinity;
  #hasSettings = false;
  #ended = false;
  /** Fields of which there are more to come. */
  #block: { readonly first: Http2Frame; readonly parts: Buffer[] } | null = null;
  window = defaultWindow;
  initialWindow = defaultWindow;
  /** What the peer may still send on all streams together. */
  #receiveWindow = defaultWindow;

  constructor(setup: Http2Setup) {
    this.#setup = setup;
  }

  /** When to call {@link Http2Connection.tick}; null when nothing is due. */
  get deadline(): number | null {
    const times = this.#members.map((member) => (member.begun ? member.talk.deadline : this.#mayWaitUntil));
    const next = Math.min(...times.map((time) => time ?? Infinity));
    return next === Infinity ? null : next;
  }

  /** Null until all talks are over. */
  get record(): true | null {
    return this.#over >= this.#setup.talks ? true : null;
  }

  /** TCP is connected. */
  begin(now: number): void {
    this.#now = now;
    this.#waitsUntil = now + openPatience;
    const settings = [[Setting.enablePush, 0] as const, ...(this.#setup.script.settings ?? [])];
    this.#setup.transport.write(clientPreface);
    this.#send(FrameType.settings, 0, 0, encodeSettings(settings));
  }

  /** A stream for a talk that is to {@link Http2Connection.join}. */
  newStream(script: Http2Script): Http2Stream {
    const said = this.#setup.script.settings?.find(([id]) => id === Setting.initialWindowSize);
    return new Http2Stream(this, script, said?.[1] ?? defaultWindow);
  }

  /** A talk that begins in its stream as soon as the peer allows extended CONNECT; `over` is called when it has a record. */
  join(now: number, talk: Talk, stream: Http2Stream, over: () => void): void {
    this.#now = now;
    this.#members.push({ talk, stream, over, begun: false });
    this.#beginTalks();
  }

  /** Octets from the peer, which are given away. */
  receive(now: number, octets: Buffer): void {
    this.#now = now;
    if (this.#ended) return;
    try {
      this.#frames.push(octets);
      for (let frame = this.#frames.next(); frame !== null; frame = this.#frames.next()) this.#take(frame);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#violation(`HTTP/2 cannot be read any more: ${error.message}`);
      this.#setup.transport.reset();
      this.ended(now);
    }
  }

  /** TCP is lost. What was not ended in its stream is broken off. */
  ended(now: number): void {
    this.#now = now;
    if (this.#ended) return;
    this.#ended = true;
    for (const member of this.#members) {
      if (!member.begun) this.#missed(member, "the connection of HTTP/2 was ended before it could be used");
      else this.#tell(member, ({ talk }) => talk.ended(now, "reset"));
    }
  }

  /** Time has passed. */
  tick(now: number): void {
    this.#now = now;
    for (const member of this.#members) {
      if (!member.begun && now >= this.#mayWaitUntil) this.#missed(member, this.#whyNotReady());
      else if (member.begun && (member.talk.deadline ?? Infinity) <= now)
        this.#tell(member, ({ talk }) => talk.tick(now));
    }
  }

  open(stream: Http2Stream): number {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#streams.set(
      id,
      this.#members.find((member) => member.stream === stream)!,
    );
    return id;
  }

  send(frame: Buffer): void {
    if (this.#ended) return;
    if (isLoggedHere(frame[3]!, frame.length - 9)) this.#setup.log.sent(this.#now, frame, false);
    this.#setup.transport.write(frame);
  }

  #send(type: number, flags: number, stream: number, payload: Buffer): void {
    this.send(encodeHttp2Frame({ type, flags, stream, payload }));
  }

  #beginTalks(): void {
    if (this.#ended) {
      for (const member of this.#members)
        if (!member.begun) this.#missed(member, "the connection of HTTP/2 had ended");
    }
    if (!this.#isReady) return;
    for (const member of this.#members) {
      if (member.begun) continue;
      if (this.#going >= this.#mostStreams) return;
      member.begun = true;
      this.#tell(member, ({ talk }) => {
        talk.begin(this.#now, this.#facts);
      });
    }
  }

  /** Talks that have begun and are not over. */
  get #going(): number {
    return this.#members.filter(({ begun, talk }) => begun && talk.record === null).length;
  }

  /** One that waits until another's stream has ended waits for as long as that takes. */
  get #mayWaitUntil(): number {
    return this.#isReady && this.#going > 0 ? Infinity : this.#waitsUntil;
  }

  #whyNotReady(): string {
    if (this.#isReady) return "SETTINGS_MAX_CONCURRENT_STREAMS allows no stream (RFC 9113 section 5.1.2)";
    return this.#hasSettings
      ? "SETTINGS_ENABLE_CONNECT_PROTOCOL did not come with 1 (RFC 8441 section 3)"
      : "no SETTINGS of HTTP/2 came";
  }

  #missed(member: Member, why: string): void {
    member.begun = true;
    this.#tell(member, ({ talk }) => talk.notConnected(this.#now, why));
  }

  /** Does something with a talk that goes on. */
  #tell(member: Member, action: (member: Member) => void): void {
    if (member.talk.record !== null) return;
    action(member);
    if (member.talk.record === null) return;
    this.#over += 1;
    member.over();
    if (this.record !== null && !this.#ended) this.#leave();
    else this.#beginTalks();
  }

  /** GOAWAY: the server began no stream, so that the last one of its is 0. */
  #leave(): void {
    this.#send(FrameType.goaway, 0, 0, Buffer.alloc(8));
    this.#ended = true;
    this.#setup.transport.end();
  }

  /** Something that all talks are told, also those that are still to begin. */
  #fact(fact: Http2Fact): void {
    if (this.#facts.length < maxFacts) this.#facts.push(fact);
    for (const member of this.#members)
      if (member.begun) this.#tell(member, ({ talk }) => talk.noteHttp2(this.#now, fact));
  }

  #violation(text: string): void {
    this.#setup.log.note(this.#now, { log: "violation", text });
    this.#fact({ fact: "violation", text });
  }

  #take(frame: Http2Frame): void {
    const { type, flags, stream } = frame;
    if (isLoggedHere(type, frame.payload.length))
      this.#setup.log.received(this.#now, encodeHttp2Frame(frame));
    if (!this.#hasSettings && type !== FrameType.settings)
      this.#violation("the first frame is not SETTINGS (section 3.4)");
    if (this.#block !== null && (type !== FrameType.continuation || stream !== this.#block.first.stream))
      throw new RangeError("a frame stands between HEADERS and CONTINUATION (section 6.10)");
    switch (type) {
      case FrameType.data:
        return this.#onData(frame);
      case FrameType.headers:
        return this.#onHeaders(frame);
      case FrameType.continuation:
        return this.#onContinuation(frame);
      case FrameType.rstStream:
        return this.#onReset(frame);
      case FrameType.settings:
        return this.#onSettings(frame);
      case FrameType.pushPromise:
        throw new RangeError("a stream is promised, which was ruled out (section 6.6)");
      case FrameType.ping:
        if (flags & FrameFlag.ack)
          this.#fact({ fact: "pingAnswer", hex: frame.payload.toString("hex", 0, 8) });
        else this.#send(FrameType.ping, FrameFlag.ack, 0, frame.payload);
        return;
      case FrameType.goaway:
        return this.#onGoaway(frame);
      case FrameType.windowUpdate:
        return this.#onWindow(frame);
      default:
    }
  }

  /** The talk of a stream; null, and a violation, where there was no such stream. */
  #memberOf({ stream }: Http2Frame): Member | null {
    const member = this.#streams.get(stream);
    if (member === undefined)
      this.#violation(`stream ${stream}, which nobody opened, gets a frame (section 5.1)`);
    return member ?? null;
  }

  #onData(frame: Http2Frame): void {
    const { length } = frame.payload;
    this.#receiveWindow -= length;
    if (this.#receiveWindow < 0) this.#violation("DATA exceed the connection's window (section 6.9.1)");
    const member = this.#memberOf(frame);
    if (member !== null && length > Math.max(0, member.stream.receiveWindow))
      this.#violation("DATA exceed the stream's window (section 6.9.1)");
    const octets = withoutPadding(frame);
    if (octets === null) throw new RangeError("padding is longer than its frame (section 6.1)");
    if (length > 0) {
      this.#receiveWindow += length;
      this.#send(FrameType.windowUpdate, 0, 0, uint32(length));
      member?.stream.took(length);
    }
    if (member === null) return;
    if (octets.length > 0) this.#tell(member, ({ talk }) => talk.receive(this.#now, Buffer.from(octets)));
    if (frame.flags & FrameFlag.endStream) this.#endStream(member);
  }

  #onHeaders(frame: Http2Frame): void {
    const part = withoutPadding(frame);
    if (part === null) throw new RangeError("padding is longer than its frame (section 6.2)");
    this.#block = { first: frame, parts: [part] };
    if (frame.flags & FrameFlag.endHeaders) this.#endBlock();
  }

  #onContinuation(frame: Http2Frame): void {
    if (this.#block === null) throw new RangeError("CONTINUATION comes without HEADERS (section 6.10)");
    this.#block.parts.push(frame.payload);
    if (this.#block.parts.reduce((sum, each) => sum + each.length, 0) > maxBlock)
      throw new RangeError(`fields of more than ${maxBlock} octets`);
    if (frame.flags & FrameFlag.endHeaders) this.#endBlock();
  }

  #endBlock(): void {
    const { first, parts } = this.#block!;
    this.#block = null;
    const fields = this.#hpack.decode(Buffer.concat(parts));
    const member = this.#memberOf(first);
    if (member === null) return;
    const isResponse = valueOf(fields, ":status") !== null || !member.talk.hasResponse;
    for (const fault of fieldFaults(fields, isResponse ? "response" : "trailers"))
      this.#tell(member, ({ talk }) => talk.noteHttp2(this.#now, { fact: "violation", text: fault }));
    if (isResponse) this.#tell(member, ({ talk }) => talk.receiveFields(this.#now, fields));
    if (first.flags & FrameFlag.endStream) this.#endStream(member);
  }

  #endStream(member: Member): void {
    member.stream.endByPeer();
    this.#tell(member, ({ talk }) => talk.ended(this.#now, "fin"));
  }

  #onReset(frame: Http2Frame): void {
    const member = this.#memberOf(frame);
    if (member === null) return;
    const code = frame.payload.length === 4 ? frame.payload.readUInt32BE(0) : -1;
    member.stream.resetByPeer();
    this.#tell(member, ({ talk }) => talk.noteHttp2(this.#now, { fact: "rstStream", code }));
    this.#tell(member, ({ talk }) => talk.ended(this.#now, "reset"));
  }

  #onSettings({ flags, payload }: Http2Frame): void {
    if (flags & FrameFlag.ack) return;
    const values = decodeSettings(payload).slice(0, 50);
    this.#hasSettings = true;
    this.#fact({ fact: "settings", values });
    for (const [id, value] of values) {
      if (id === Setting.initialWindowSize) this.initialWindow = value;
      if (id === Setting.maxConcurrentStreams) this.#mostStreams = value;
      if (id === Setting.enableConnectProtocol && value === 1) this.#isReady = true;
    }
    this.#send(FrameType.settings, FrameFlag.ack, 0, Buffer.alloc(0));
    this.#pumpAll();
    this.#beginTalks();
  }

  /** Streams beyond the last that the peer names are as if they had never been (RFC 9113 section 6.8). */
  #onGoaway({ payload }: Http2Frame): void {
    if (payload.length < 8) throw new RangeError("GOAWAY is too short (section 6.8)");
    const last = payload.readUInt32BE(0) & 0x7fff_ffff;
    this.#fact({ fact: "goaway", code: payload.readUInt32BE(4) });
    for (const [id, member] of this.#streams)
      if (id > last) this.#tell(member, ({ talk }) => talk.ended(this.#now, "reset"));
  }

  #onWindow(frame: Http2Frame): void {
    const octets = frame.payload.length === 4 ? frame.payload.readUInt32BE(0) & 0x7fff_ffff : 0;
    if (octets === 0) this.#violation("WINDOW_UPDATE of nothing (section 6.9)");
    if (frame.stream === 0) this.window += octets;
    else this.#memberOf(frame)?.stream.moveWindow(octets);
    this.#pumpAll();
  }

  #pumpAll(): void {
    for (const { stream } of this.#members) stream.pump();
  }
}

/** What DATA hold is logged by the talk that it is for. */
const isLoggedHere = (type: number, octets: number): boolean => type !== FrameType.data || octets === 0;
