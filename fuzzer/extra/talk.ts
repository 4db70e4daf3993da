import { encodeFrame, encodeHeader, Opcode } from "../../wire/frame.ts";
import { acceptKey, type Head, HeadReader, parseHead } from "../../wire/handshake.ts";
import type { FieldLine } from "../../wire/http2/fields.ts";
import { mask } from "../../wire/mask.ts";
import { type AgreedDeflate, formatDeflate } from "../../wire/permessage-deflate.ts";

import { payloadOctets } from "../digest.ts";
import type { TlsFacts } from "../server-tls.ts";
import type { Destination } from "../opening.ts";
import type { WireLog } from "../wire-log.ts";
import type { TalkEvent, TalkRecord } from "./events.ts";
import {
  agreedBy,
  answerTo,
  canAnswer,
  fill,
  headOf,
  openingFault,
  requestLines,
  responseLines,
  statusOf,
} from "./heads.ts";
import { longestScript, openPatience, responsePatience } from "./patience.ts";
import { PeerFrames, type UntimedEvent } from "./peer-frames.ts";
import { asksForTunnel, openingFields, requestText, responseText, statusOfFields } from "./http2/fields.ts";
import type { Http2Fact, Http2Send } from "./http2/script.ts";
import type { Http2Stream } from "./http2/stream.ts";
import type { Awaited, Chopping, ExtraStep, Script } from "./script.ts";

/** Events kept of one connection; pings and pongs may not take the place of the others. */
const maxEvents = 600;
const maxControls = 300;

/** Octets kept of a head, and of what comes behind a refusal. */
const maxHead = 16_384;
const maxBehind = 8_192;

/** Ms that a connection may take beside the waits of its script. */
const grace = 5_000;

/** What a talk wants done with TCP. */
export interface TalkTransport {
  write(octets: Buffer): void;
  /** Ends this half (FIN) once all has left; the other goes on. */
  shut(): void;
  /** An orderly end of both halves. */
  end(): void;
  /** Ends this half of TCP, and no TLS before it. */
  cut(): void;
  reset(): void;
  reading(on: boolean): void;
}

/** What a talk needs beside its script. */
export interface TalkSetup {
  readonly transport: TalkTransport;
  readonly log: WireLog;
  readonly deflate: { readonly offer: string; readonly answer: string } | null;
  readonly random: (octets: number) => Buffer;
  /** The fuzzer is the client of this. */
  readonly to?: Pick<Destination, "host" | "port" | "resource" | "tls">;
  /** The fuzzer is the client of a stream of HTTP/2. */
  readonly stream?: Http2Stream;
  /** The fuzzer is the server, and got this. */
  readonly request?: { readonly head: Head; readonly key: string };
  /** What TLS has come to on the connection. */
  readonly tls?: TlsFacts | null;
}

type Counted = "message" | "ping" | "pong" | "close" | "response" | "pingAnswer";

interface Wait {
  readonly isOver: () => boolean;
  readonly until: number;
  readonly tag: string | null;
}

/**
 * One connection of an extra case. Sans I/O: the owner tells what happens, with ms of one monotonic clock, and wakes it
 * at {@link Talk.deadline}. It only records.
 */
export class Talk {
  readonly #script: Script;
  readonly #setup: TalkSetup;
  #key: string;
  #now = 0;
  #begun = 0;
  #run: Generator<Wait, void> | null = null;
  #wait: Wait | null = null;
  #lastChance = Infinity;
  readonly #events: TalkEvent[] = [];
  #dropped = 0;
  readonly #counts: Record<Counted, number> = {
    message: 0,
    ping: 0,
    pong: 0,
    close: 0,
    response: 0,
    pingAnswer: 0,
  };
  #heads: HeadReader | null = new HeadReader();
  #request: string | null = null;
  #response: string | null = null;
  #behind = "";
  #deflate: AgreedDeflate | null = null;
  #frames: PeerFrames | null = null;
  /** What a stream of HTTP/2 was asked for makes it a tunnel. */
  #asksForTunnel = false;
  #closeSent = false;
  #ended = false;
  #record: TalkRecord | null = null;

  constructor(script: Script, setup: TalkSetup) {
    this.#script = script;
    this.#setup = setup;
    this.#key = setup.request?.key ?? setup.random(16).toString("base64");
  }

  /** When to call {@link Talk.tick}; null when the talk is over. */
  get deadline(): number | null {
    return this.#record === null ? Math.min(this.#wait?.until ?? Infinity, this.#lastChance) : null;
  }

  /** A response has begun. */
  get hasResponse(): boolean {
    return this.#response !== null;
  }

  /** Null until the talk is over. */
  get record(): TalkRecord | null {
    return this.#record;
  }

  /**
   * TCP is connected.
   *
   * @param facts of HTTP/2, which the connection of a stream has come to before
   */
  begin(now: number, facts: readonly Http2Fact[] = []): void {
    this.#now = this.#begun = now;
    this.#lastChance = now + longestScript(this.#script.steps) + grace;
    const { request, tls } = this.#setup;
    if (tls) this.#note({ event: "tls", ...tls });
    for (const fact of facts) this.#note({ event: "http2", ...fact });
    if (this.#setup.stream !== undefined) this.#heads = null;
    if (request !== undefined) {
      this.#request = request.head.raw.slice(0, maxHead);
      this.#heads = null;
      this.#setup.log.received(now, Buffer.from(request.head.raw, "latin1"));
    }
    this.#run = this.#perform(this.#script.steps);
    this.#advance();
  }

  /**
   * There is no connection, and why.
   *
   * @param ended how the peer ended TCP, where it did
   */
  notConnected(now: number, why: string, ended: "fin" | "reset" | null = null): void {
    this.#now = this.#begun = now;
    this.#note({ event: "notConnected", why });
    if (ended !== null) this.#note({ event: ended });
    this.#finish();
  }

  /** The fields of a response in a stream of HTTP/2. */
  receiveFields(now: number, fields: readonly FieldLine[]): void {
    const status = statusOfFields(fields);
    // What is only for the time being says nothing of the request yet (RFC 9110 section 15.2).
    if (this.#record !== null || this.#response !== null || (status !== null && status < 200)) return;
    this.#now = now;
    const text = responseText(fields);
    this.#response = text.slice(0, maxHead);
    this.#note({ event: "response", status });
    if (this.#asksForTunnel && status !== null && status < 300) this.#openFrames(parseHead(text));
    this.#advance();
  }

  /** Something of HTTP/2 came, in the stream or for all of the connection. */
  noteHttp2(now: number, fact: Http2Fact): void {
    if (this.#record !== null) return;
    this.#now = now;
    this.#note({ event: "http2", ...fact });
    if (fact.fact === "pingAnswer") this.#counts.pingAnswer++;
    this.#advance();
  }

  /** Octets from the peer, which are given away. */
  receive(now: number, octets: Buffer): void {
    if (this.#record !== null) return;
    this.#now = now;
    this.#setup.log.received(now, octets);
    this.#read(octets);
    this.#advance();
  }

  /** The peer has ended its half of TCP, or all of it. */
  ended(now: number, how: "fin" | "reset"): void {
    if (this.#record !== null || this.#ended) return;
    this.#now = now;
    this.#ended = true;
    this.#note({ event: how });
    this.#advance();
  }

  /** Time has passed. */
  tick(now: number): void {
    if (this.#record !== null) return;
    this.#now = now;
    if (now >= this.#lastChance) this.#finish("reset");
    else this.#advance();
  }

  #advance(): void {
    while (this.#record === null) {
      if (this.#wait !== null) {
        const over = this.#wait.isOver();
        if (!over && this.#now < this.#wait.until) return;
        if (!over && this.#wait.tag !== null) this.#note({ event: "timeout", tag: this.#wait.tag });
        this.#wait = null;
      }
      const next = this.#run!.next();
      if (next.done) this.#finish("end");
      else this.#wait = next.value;
    }
  }

  #finish(how: "end" | "reset" | null = null): void {
    if (this.#record !== null) return;
    this.#record = {
      side: this.#setup.request === undefined ? "client" : "server",
      events: this.#events,
      dropped: this.#dropped,
      frames: this.#frames?.frames ?? [],
      request: this.#request,
      response: this.#response,
      behind: this.#behind,
      deflate: this.#deflate === null ? null : formatDeflate(this.#deflate),
    };
    if (how === "end") this.#setup.transport.end();
    if (how === "reset") this.#setup.transport.reset();
  }

  #note(event: UntimedEvent): void {
    if (event.event in this.#counts) this.#counts[event.event as Counted]++;
    const t = Math.round((this.#now - this.#begun) * 1000) / 1000;
    const isControl = event.event === "ping" || event.event === "pong";
    if (this.#events.length < (isControl ? maxControls : maxEvents)) this.#events.push({ t, ...event });
    else this.#dropped++;
  }

  /** The steps stop when the peer has ended TCP. */
  *#perform(steps: readonly ExtraStep[]): Generator<Wait, void> {
    for (const step of steps) {
      if (this.#ended) return;
      if (!(yield* this.#do(step))) return;
    }
  }

  /** False when the rest is not to be done. */
  *#do(step: ExtraStep): Generator<Wait, boolean> {
    switch (step.step) {
      case "open":
        return yield* this.#open(step.ms ?? openPatience);
      case "request":
        yield* this.#sendRequest(step.head, step.chop, step.ms ?? responsePatience);
        return true;
      case "response":
        yield* this.#sendResponse(step.head, step.chop);
        return true;
      case "octets":
        yield* this.#send(payloadOctets(step.payload), step.chop);
        return true;
      case "frame":
        yield* this.#sendFrame(step);
        return true;
      case "repeat":
        for (let i = 0; i < step.times; i++) yield* this.#perform(step.steps);
        return true;
      case "await":
        yield* this.#await(step.for, step.ms, step.tag ?? null);
        return true;
      case "pause":
        yield { isOver: () => this.#ended, until: this.#now + step.ms, tag: null };
        return true;
      case "mark":
        this.#note({ event: "mark", tag: step.tag });
        return true;
      case "reading":
        this.#setup.transport.reading(step.on);
        return true;
      case "shut":
        this.#setup.transport.shut();
        return true;
      case "cut":
        this.#setup.transport.cut();
        return true;
      case "reset":
        this.#finish("reset");
        return false;
      case "http2":
        this.#sendHttp2(step.send);
        return true;
    }
  }

  *#open(patience: number): Generator<Wait, boolean> {
    const { deflate, request, stream } = this.#setup;
    if (stream !== undefined) {
      const offer = deflate === null ? [] : [["sec-websocket-extensions", deflate.offer] as const];
      this.#sendHttp2({ send: "headers", fields: [...openingFields, ...offer] });
      yield* this.#await({ what: "response" }, patience, "response");
      return this.#frames !== null;
    }
    if (request !== undefined) {
      yield* this.#sendResponse(headOf([...responseLines, "{extensions}"]));
      return true;
    }
    const offer = deflate === null ? [] : [`Sec-WebSocket-Extensions: ${deflate.offer}`];
    yield* this.#sendRequest(headOf([...requestLines, ...offer]), undefined, patience);
    return this.#frames !== null;
  }

  *#sendRequest(head: string, chop: Chopping | undefined, ms: number): Generator<Wait, void> {
    const { to } = this.#setup;
    const text = fill(head, { host: authorityOf(to!), resource: to!.resource, key: this.#key });
    this.#request = (this.#request ?? "") + text.slice(0, maxHead);
    this.#key = /^Sec-WebSocket-Key:[ \t]*([^\r\n]*?)[ \t]*\r?$/im.exec(text)?.[1] ?? this.#key;
    yield* this.#send(Buffer.from(text, "latin1"), chop);
    yield* this.#await({ what: "response" }, ms, "response");
  }

  #sendHttp2(send: Http2Send): void {
    const { to, stream } = this.#setup;
    if (send.send === "headers") {
      const values = { host: authorityOf(to!), resource: to!.resource, scheme: to!.tls ? "https" : "http" };
      const fields = send.fields.map(([name, value]) => [name, fill(value, values)] as const);
      // Further fields are trailers.
      if (this.#request === null) this.#asksForTunnel = asksForTunnel(fields);
      this.#request ??= requestText(fields).slice(0, maxHead);
      stream!.perform(send, fields);
    } else stream!.perform(send, []);
  }

  *#sendResponse(head: string, chop?: Chopping): Generator<Wait, void> {
    const { deflate, request } = this.#setup;
    const { head: asked, key } = request!;
    const text = fill(head, { accept: acceptKey(key), extensions: "\0" }).replace(
      /\0\r\n/,
      deflate === null || !canAnswer(asked, deflate.answer)
        ? ""
        : `Sec-WebSocket-Extensions: ${answerTo(asked, deflate.answer)}\r\n`,
    );
    this.#response = (this.#response ?? "") + text.slice(0, maxHead);
    // Also behind a response that opens nothing: so one sees whether the client takes it for one.
    this.#openFrames(parseHead(text));
    yield* this.#send(Buffer.from(text, "latin1"), chop);
  }

  #openFrames(response: Head): void {
    this.#deflate = agreedBy(response);
    this.#heads = null;
    this.#frames = new PeerFrames(this.#setup.request !== undefined, this.#deflate, {
      onEvent: (event) => {
        this.#note(event);
        if (event.event === "violation")
          this.#setup.log.note(this.#now, { log: "violation", text: event.text });
      },
      onFrame: (header, payload) => this.#setup.log.frameReceived(this.#now, header, payload),
      onPing: (payload) => {
        if (!this.#script.mutePongs && !this.#closeSent) this.#writeFrame({ opcode: Opcode.pong }, payload);
      },
      onClose: (payload) => {
        if (this.#closeSent || this.#script.muteClose) return;
        this.#writeFrame({ opcode: Opcode.close }, payload.subarray(0, 125));
      },
    });
    this.#note({ event: "opened" });
  }

  #read(octets: Buffer): void {
    if (this.#frames !== null) {
      this.#frames.push(octets);
      return;
    }
    if (this.#heads === null) {
      this.#behind += octets.toString("latin1", 0, Math.max(0, maxBehind - this.#behind.length));
      return;
    }
    const progress = this.#heads.push(octets);
    if (progress.state === "more") {
      this.#response = this.#heads.raw.slice(0, maxHead);
      return;
    }
    this.#heads = null;
    this.#response = (progress.state === "done" ? progress.head.raw : progress.raw).slice(0, maxHead);
    if (progress.state === "tooLarge") {
      this.#note({ event: "response", status: null });
      return;
    }
    this.#note({ event: "response", status: statusOf(progress.head) });
    if (openingFault(progress.head, this.#key) === null) this.#openFrames(progress.head);
    if (progress.rest.length > 0) this.#read(progress.rest);
  }

  *#await(awaited: Awaited, ms: number, tag: string | null): Generator<Wait, void> {
    const isOver = (): boolean => {
      if (this.#ended) return true;
      if (awaited.what === "end") return false;
      const count = this.#counts[awaited.what];
      return "count" in awaited ? count >= awaited.count || this.#counts.close > 0 : count > 0;
    };
    yield { isOver, until: this.#now + ms, tag };
  }

  *#sendFrame(step: Extract<ExtraStep, { step: "frame" }>): Generator<Wait, void> {
    const payload = payloadOctets(step.payload);
    if (step.chop === undefined) this.#writeFrame(step, payload);
    else yield* this.#send(this.#frameOctets(step, payload), step.chop);
  }

  #writeFrame(fields: FrameFields, payload: Buffer): void {
    this.#write(this.#frameOctets(fields, payload));
  }

  #frameOctets(fields: FrameFields, payload: Buffer): Buffer {
    const { opcode, fin = true, rsv = 0, lengthBits } = fields;
    const masked = fields.masked ?? this.#setup.request === undefined;
    const key = fields.key === undefined ? this.#setup.random(4) : Buffer.from(fields.key, "hex");
    const maskKey = masked ? key : null;
    // A broken close frame does not begin a closing handshake.
    if (opcode === Opcode.close && fin && rsv === 0 && !this.#closeSent) {
      this.#closeSent = true;
      this.#note({ event: "closeSent" });
    }
    this.#setup.log.frameSent(this.#now, { opcode, fin, rsv, maskKey, payload });
    if (lengthBits === undefined && fields.length === undefined)
      return encodeFrame({ opcode, fin, rsv, maskKey }, payload);
    const header = encodeHeader({
      opcode,
      fin,
      rsv,
      maskKey,
      length: payload.length,
      lengthBits: lengthBits ?? 64,
    });
    if (fields.length !== undefined) header.write(fields.length, 2, 8, "hex");
    const body = Buffer.from(payload);
    if (maskKey !== null) mask(body, maskKey);
    return Buffer.concat([header, body]);
  }

  *#send(octets: Buffer, chop?: Chopping): Generator<Wait, void> {
    if (chop === undefined) {
      this.#write(octets);
      return;
    }
    for (let at = 0; at < octets.length && !this.#ended; at += chop.octets) {
      this.#write(octets.subarray(at, at + chop.octets));
      if (at + chop.octets < octets.length)
        yield { isOver: () => this.#ended, until: this.#now + chop.every, tag: null };
    }
  }

  #write(octets: Buffer): void {
    if (this.#ended) return;
    this.#setup.log.sent(this.#now, octets, false);
    this.#setup.transport.write(octets);
  }
}

/** Host and port as they stand in Host and `:authority`. */
function authorityOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

type FrameFields = Pick<Extract<ExtraStep, { step: "frame" }>, "opcode"> &
  Partial<Omit<Extract<ExtraStep, { step: "frame" }>, "step" | "payload" | "chop">>;
