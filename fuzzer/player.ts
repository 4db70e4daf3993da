import { Deflater, Inflater } from "../wire/deflate.ts";
import { Opcode } from "../wire/frame.ts";
import { fieldValue, type Head } from "../wire/handshake.ts";
import { mask } from "../wire/mask.ts";
import { type AgreedDeflate, deflateSettings } from "../wire/permessage-deflate.ts";

import type { Case, Step } from "./case.ts";
import { ClientOpening, extensionsField } from "./client-opening.ts";
import { Digester, eventsMatch, payloadOctets } from "./digest.ts";
import { echoDeflate } from "./echo-deflate.ts";
import {
  defaultOptions,
  type DeflatePair,
  Endpoint,
  type EndpointOptions,
  type Transport,
} from "./endpoint.ts";
import type { CompleteMessage, IncomingControl } from "./incoming.ts";
import { makeRecord } from "./make-record.ts";
import { answerOffers } from "./negotiation.ts";
import { type Destination, type OpeningExtras, openingResponse } from "./opening.ts";
import { type Profile, profiles, tripsOf } from "./profile.ts";
import { randomOctets } from "./random.ts";
import type { CaseRecord, RecordedEvent, Role } from "./record.ts";
import { Timers } from "./timers.ts";
import type { Traffic } from "./traffic.ts";
import { Trips } from "./trips.ts";
import { WireLog } from "./wire-log.ts";

/** Events kept of one play. No list of expectations is near as long. */
const maxEvents = 1_000;

/** What a play needs beside its case. */
export interface PlayerSetup {
  /** The target's role; the fuzzer plays the other. */
  readonly role: Role;
  readonly transport: PlayerTransport;
  readonly options?: Partial<EndpointOptions>;
  readonly profile?: Profile;
  /**
   * Ms that a play may go on after its last timer could have ended it. Autobahn hangs for ever in a few
   * states; null does so too.
   */
  readonly watchdog?: number | null;
  /** Wall clock, ms since the epoch. */
  readonly wallClock?: () => number;
  /** So many random octets, for keys. */
  readonly random?: (octets: number) => Buffer;
}

/** A transport that can also say how far it is. */
export interface PlayerTransport extends Transport {
  /** Octets written that have not left yet; only differences matter. */
  queued?(): number;
}

/** Octets that a compressed message may inflate to; no case sends nearly as many. */
const maxInflated = 16 << 20;

/** Default of {@link PlayerSetup.watchdog}. */
export const watchdogGrace = 2_000;

/**
 * Plays one case over one connection, from the opening handshake to the loss of TCP. Sans I/O: the owner
 * reports what happens, with ms of one monotonic clock, wakes the player at {@link Player.deadline}, and gives
 * it a {@link Player.turn} in the next turn of its loop while {@link Player.wantsTurn}. Playing only records;
 * the verdict is the judge's.
 */
export class Player {
  readonly case: Case;
  readonly #setup: Required<PlayerSetup>;
  readonly #options: EndpointOptions;
  readonly #timers = new Timers();
  readonly #log = new WireLog();
  #now = 0;
  #opening: ClientOpening | null = null;
  #endpoint: Endpoint | null = null;
  #request: string | null = null;
  #serverResponse: string | null = null;
  #startedAt = 0;
  #startedWall = 0;
  #openingFailed: string | null = null;
  #openTimedOut = false;
  #received: RecordedEvent[] = [];
  #receivedDropped = 0;
  #trips: Trips | null = null;
  #deflate: AgreedDeflate | null = null;
  #traffic: Traffic | null = null;
  #raw: { key: Buffer | null; at: number } | null = null;
  #timerFired = false;
  #watchdogFired = false;
  #idle = false;
  #lastProgress = 0;
  #lastQueued = 0;
  #record: CaseRecord | null = null;

  constructor(playedCase: Case, setup: PlayerSetup) {
    this.case = playedCase;
    this.#setup = {
      options: {},
      profile: profiles.full,
      watchdog: watchdogGrace,
      wallClock: Date.now,
      random: randomOctets,
      ...setup,
    };
    this.#options = { ...defaultOptions, ...setup.options };
  }

  /** When to call {@link Player.tick}, in ms of the owner's clock; null when nothing is due. */
  get deadline(): number | null {
    return this.#timers.next;
  }

  /** Call {@link Player.turn} in the next turn. */
  get wantsTurn(): boolean {
    return this.#endpoint?.wantsTurn ?? false;
  }

  /** What was played; null until TCP is gone. */
  get record(): CaseRecord | null {
    return this.#record;
  }

  /** The connection is open and the case is being played. */
  get opened(): boolean {
    return this.#endpoint !== null;
  }

  /** TCP is connected and the fuzzer is the client: the opening handshake begins. */
  connected(now: number, to: Destination, extras?: OpeningExtras): void {
    this.#begin(now);
    const key = this.#setup.random(16).toString("base64");
    this.#opening = new ClientOpening(to, key, this.case.compression?.offers ?? [], extras);
    this.#request = this.#opening.request.toString("latin1");
    this.#send(this.#opening.request);
    const limit = this.#options.openHandshakeTimeout;
    if (limit > 0) this.#timers.add(now + limit, () => this.#openingTimedOut());
  }

  /** A request to play this case was read and found good: the fuzzer, as server, answers and starts. */
  accepted(now: number, request: Head, key: string): void {
    this.#begin(now);
    this.#log.received(now, Buffer.from(request.raw, "latin1"));
    this.#request = request.raw;
    const { response: agreed, params } = answerOffers(
      this.case.compression?.accepts ?? [],
      fieldValue(request, extensionsField),
    );
    const response = openingResponse(key, agreed === null ? [] : [`${extensionsField}: ${agreed}`]);
    this.#serverResponse = response.toString("latin1");
    this.#send(response);
    this.#open(params);
  }

  /** Octets from the peer; they are given away. */
  receive(now: number, octets: Buffer): void {
    if (this.#record !== null) return;
    this.#at(now);
    this.#log.received(now, octets);
    this.#lastProgress = now;
    if (this.#endpoint !== null) this.#endpoint.receive(octets);
    else if (this.#openingFailed === null) this.#readResponse(octets);
  }

  /** A new turn of the owner's loop. */
  turn(now: number): void {
    this.#at(now);
    this.#lastProgress = now;
    this.#endpoint?.turn();
  }

  /** Time has passed: runs what is due. */
  tick(now: number): void {
    this.#at(now);
    this.#timers.run(now);
  }

  /** TCP is gone, by the peer's FIN or RST or by our own doing. Finishes the record. */
  lost(now: number): void {
    if (this.#record !== null) return;
    this.#at(now);
    this.#endpoint?.lost();
    this.#timers.clear();
    this.#record = this.#makeRecord();
  }

  #at(now: number): void {
    this.#now = now;
    this.#endpoint?.at(now);
  }

  #begin(now: number): void {
    this.#at(now);
    this.#log.countFrom(now);
    this.#startedAt = now;
    this.#startedWall = this.#setup.wallClock();
  }

  #send(octets: Buffer): void {
    this.#log.sent(this.#now, octets, false);
    this.#setup.transport.write(octets);
  }

  #readResponse(octets: Buffer): void {
    const progress = this.#opening!.push(octets);
    if (progress.state === "refused") this.#refuse(progress.cause);
    if (progress.state !== "open") return;
    this.#timers.clear();
    this.#open(progress.deflate);
    if (progress.rest.length > 0) this.#endpoint!.receive(progress.rest);
  }

  #refuse(cause: string): void {
    this.#openingFailed = cause;
    this.#timers.clear();
    this.#setup.transport.reset();
  }

  #openingTimedOut(): void {
    this.#openTimedOut = true;
    this.#timerFired = true;
    this.#refuse("the opening handshake was not finished in time");
  }

  #open(deflate: AgreedDeflate | null): void {
    const rule = this.case.onMessage;
    this.#startedAt = this.#now;
    this.#log.countFrom(this.#now);
    this.#deflate = deflate;
    if (rule.rule !== "compare") this.#trips = new Trips(rule, this.#setup.profile);
    const fragment = rule.rule === "compressedRoundTrips" ? { autoFragmentSize: rule.fragment } : {};
    this.#endpoint = new Endpoint({
      side: this.#side,
      transport: this.#setup.transport,
      handler: {
        openMessage: () => this.#trips?.openSink() ?? new Digester(),
        onMessage: (message) => this.#onMessage(message),
        onPong: (control) => this.#onPong(control),
      },
      options: { ...this.#options, ...fragment },
      log: this.#log,
      timers: this.#timers,
      newMaskKey: () => this.#setup.random(4),
      deflate: deflate === null ? null : this.#makeDeflate(deflate),
    });
    this.#endpoint.at(this.#now);
    this.#endpoint.traffic.preopen.outgoing = this.#ownHead.length;
    this.#endpoint.traffic.preopen.incoming = this.#peerHead.length;
    this.#armWatchdog();
    if (rule.rule === "compressedRoundTrips") this.#startCompressed();
    else this.#do(this.case.script);
  }

  get #ownHead(): string {
    return (this.#side === "client" ? this.#request : this.#serverResponse) ?? "";
  }

  get #peerHead(): string {
    return (this.#side === "client" ? this.#opening?.response : this.#request) ?? "";
  }

  get #side(): "client" | "server" {
    return this.#setup.role === "server" ? "client" : "server";
  }

  #makeDeflate(agreed: AgreedDeflate): DeflatePair {
    const ours = deflateSettings(agreed, this.#side);
    const peers = deflateSettings(agreed, this.#side === "client" ? "server" : "client");
    const { onMessage: rule } = this.case;
    if (rule.rule !== "compressedRoundTrips")
      return { deflater: new Deflater(ours), inflater: new Inflater({ ...peers, maxOctets: maxInflated }) };
    const { corpora, prepared } = this.#setup.profile;
    const series = {
      corpus: corpora(rule.corpus),
      length: rule.length,
      count: tripsOf(rule, this.#setup.profile),
      settings: ours,
    };
    return echoDeflate({
      ours,
      peers,
      maxOctets: maxInflated,
      deflater: prepared?.deflaterFor(series) ?? null,
      answers: prepared?.answersTo(series, peers) ?? null,
    });
  }

  /** Without deflate there is nothing to test: the fuzzer closes at once. */
  #startCompressed(): void {
    const { script } = this.case;
    if (this.#deflate === null) {
      this.#do(script.filter(({ step }) => step === "log"));
      this.#endpoint!.sendClose(1000);
    } else {
      this.#do(script);
      this.#sendNext();
    }
  }

  #sendNext(): boolean {
    const rule = this.#trips!.rule;
    const message = this.#trips!.next();
    if (message === null) return false;
    const opcode = rule.binary ? Opcode.binary : Opcode.text;
    if (rule.rule === "compressedRoundTrips") this.#endpoint!.sendMessage(opcode, message);
    else this.#endpoint!.sendFrame({ opcode }, message, message.length);
    return true;
  }

  /** Does further steps in the open connection, beside those of the case. */
  perform(now: number, steps: readonly Step[]): void {
    this.#at(now);
    if (this.#record === null) this.#do(steps);
  }

  #do(steps: readonly Step[]): void {
    for (const step of steps) this.#doStep(step);
  }

  #doStep(step: Step): void {
    const endpoint = this.#endpoint!;
    switch (step.step) {
      case "frame":
        return endpoint.sendFrame(step, payloadOctets(step.payload), repeatLength(step.payload));
      case "message":
        return void endpoint.sendMessage(step.opcode, payloadOctets(step.payload), step.fragment);
      case "close":
        return endpoint.sendClose(step.code ?? null, step.reason ? payloadOctets(step.reason) : null);
      case "rawHeader":
        this.#raw = { key: endpoint.sendHeader(step.opcode, step.fin, step.length), at: 0 };
        return;
      case "rawOctets":
        return this.#sendRaw(payloadOctets(step.payload));
      case "killAfter":
        return this.#killAfter(step.ms);
      case "closeAfter":
        return this.#closeAfter(step.ms);
      case "wait":
        return this.#wait(step);
      case "log":
        return this.#setLogging(step.on, step.noted);
    }
  }

  /** One masking key runs over all pieces of an unfinished frame. */
  #sendRaw(octets: Buffer): void {
    const { key, at } = this.#raw!;
    const piece = Buffer.from(octets);
    if (key !== null) mask(piece, key, at);
    this.#raw = { key, at: at + piece.length };
    this.#endpoint!.sendOctets(piece);
  }

  #killAfter(ms: number): void {
    this.#log.note(this.#now, { log: "killSet", ms });
    this.#timers.add(this.#now + ms, () => {
      if (this.#endpoint!.state === "closed") return;
      this.#timerFired = true;
      this.#log.note(this.#now, { log: "killFired" });
      this.#endpoint!.failConnection(1001, "Going Away");
    });
  }

  #closeAfter(ms: number): void {
    this.#log.note(this.#now, { log: "closeSet", ms });
    this.#timers.add(this.#now + ms, () => this.#fireClose());
    if (this.#isBulk && this.#setup.profile.idleLimit !== null)
      this.#watchIdle(this.#setup.profile.idleLimit);
  }

  #fireClose(): void {
    if (this.#endpoint!.state === "closed") return;
    this.#timerFired = true;
    this.#log.note(this.#now, { log: "closeFired" });
    this.#endpoint!.sendClose();
  }

  #wait(step: Extract<Step, { step: "wait" }>): void {
    const tag = step.tag ?? null;
    this.#log.note(this.#now, { log: "waitSet", ms: step.ms, tag });
    this.#timers.add(this.#now + step.ms, () => {
      const { state } = this.#endpoint!;
      if (state === "closed") return;
      this.#log.note(this.#now, { log: "waitOver", tag });
      if (step.while === "open" && state !== "open") return;
      if (tag !== null) this.#keep({ event: "timeout", tag });
      this.#do(step.then);
    });
  }

  #setLogging(on: boolean, noted: boolean): void {
    this.#log.enabled = on;
    if (noted) this.#log.note(this.#now, { log: "logging", on });
  }

  #onMessage(message: CompleteMessage): void {
    if (this.#trips === null) {
      this.#keep({ event: "message", ...message });
      this.#finishWhenMatched();
      return;
    }
    const right = this.#trips.count(message);
    if (right && this.#sendNext()) return;
    if (right) this.#traffic ??= structuredClone(this.#endpoint!.traffic);
    this.#setLogging(true, this.#trips.rule.rule !== "lengthOnly");
    this.#endpoint!.sendClose(1000);
  }

  #onPong(control: IncomingControl): void {
    if (this.#trips === null) this.#keep({ event: "pong", payload: control.digest });
    this.#finishWhenMatched();
  }

  #keep(event: RecordedEvent): void {
    if (this.#received.length >= maxEvents) this.#receivedDropped++;
    else this.#received.push(event);
  }

  /** The finish rule: with nothing expected it holds at once, so an unasked pong ends a bulk case. */
  #finishWhenMatched(): void {
    const { expected, close, suppressClose } = this.case;
    if (suppressClose || !close.byFuzzer || this.#receivedDropped > 0) return;
    const matched = Object.values(expected).every((events) => eventsMatch(this.#received, events));
    if (matched) this.#endpoint!.sendClose(close.codes[0] ?? null);
  }

  get #isBulk(): boolean {
    return this.case.onMessage.rule !== "compare";
  }

  /** Looks again whenever the case would have been idle for `limit` ms since the last octet. */
  #watchIdle(limit: number): void {
    this.#lastProgress = Math.max(this.#lastProgress, this.#startedAt);
    const look = () => {
      if (this.#endpoint!.state !== "open") return;
      const queued = this.#setup.transport.queued?.() ?? 0;
      if (queued !== this.#lastQueued) this.#lastProgress = this.#now;
      this.#lastQueued = queued;
      if (this.#now - this.#lastProgress < limit) {
        this.#timers.add(this.#lastProgress + limit, look);
        return;
      }
      this.#idle = true;
      this.#fireClose();
    };
    this.#timers.add(this.#now + limit, look);
  }

  #armWatchdog(): void {
    const grace = this.#setup.watchdog;
    if (grace === null) return;
    const { closeHandshakeTimeout, serverConnectionDropTimeout } = this.#options;
    const longest = longestTimer(this.case.script) + closeHandshakeTimeout + serverConnectionDropTimeout;
    this.#timers.add(this.#now + longest + grace, () => {
      this.#watchdogFired = true;
      this.#timerFired = true;
      if (this.#endpoint!.state === "closed") this.#setup.transport.reset();
      else this.#endpoint!.dropConnection("reset");
    });
  }

  #makeRecord(): CaseRecord {
    return makeRecord({
      case: this.case,
      role: this.#setup.role,
      started: this.#startedWall,
      duration: this.#now - this.#startedAt,
      endpoint: this.#endpoint,
      openingFailed: this.#openingFailed,
      openTimedOut: this.#openTimedOut,
      httpRequest: this.#request,
      httpResponse: this.#opening?.response ?? this.#serverResponse,
      received: this.#received,
      receivedDropped: this.#receivedDropped,
      trips: this.#trips?.counts ?? null,
      deflate: this.#deflate,
      traffic: this.#traffic,
      watchdog: this.#watchdogFired,
      idle: this.#idle,
      timerFired: this.#timerFired,
      log: this.#log,
    });
  }
}

function repeatLength(payload: Parameters<typeof payloadOctets>[0]): number | undefined {
  return "unit" in payload ? payload.length : undefined;
}

/** Ms after which the script's own timers must have ended the case: the longest chain of waits and its timer. */
export function longestTimer(script: readonly Step[]): number {
  const each = script.map((step) => {
    if (step.step === "wait") return step.ms + longestTimer(step.then);
    return step.step === "killAfter" || step.step === "closeAfter" ? step.ms : 0;
  });
  return Math.max(0, ...each);
}

/** The record of a case that could not even begin, because TCP was not connected. */
export function unopenedRecord(played: Case, role: Role, reason: string): CaseRecord {
  const nowhere = { write() {}, end() {}, reset() {} };
  const player = new Player(played, { role, transport: nowhere });
  player.lost(0);
  return { ...player.record!, started: Date.now(), wasNotCleanReason: reason };
}
