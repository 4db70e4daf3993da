import type { Case } from "../case.ts";
import { randomOctets } from "../random.ts";
import type { CaseRecord, RecordedEvent, Role } from "../record.ts";
import { WireLog } from "../wire-log.ts";
import type { TalkEvent, TalkRecord } from "./events.ts";
import { Http2Connection, type Http2Setup } from "./http2/connection.ts";
import type { ExtraPlay, Script } from "./script.ts";
import { Talk, type TalkSetup } from "./talk.ts";

/** Where octets go when there is no connection. */
const nowhere = { write() {}, shut() {}, end() {}, cut() {}, reset() {}, reading() {} };

/**
 * A play of an extra case: its connections, and the one record that comes of them. Sans I/O: the owner connects, and
 * drives a {@link Talk} for each of {@link ExtraRun.scripts}.
 */
export class ExtraRun {
  readonly #case: Case;
  readonly #play: ExtraPlay;
  readonly #role: Role;
  readonly #random: (octets: number) => Buffer;
  readonly #log = new WireLog();
  readonly #started: number;
  #begun = 0;
  readonly #records: (TalkRecord | null)[];

  /** @throws TypeError when the case is not an extra one */
  constructor(
    played: Case,
    role: Role,
    setup: { wallClock?: () => number; random?: typeof randomOctets } = {},
  ) {
    if (played.extra === undefined) throw new TypeError(`case ${played.id} is none of the extra ones`);
    this.#case = played;
    this.#play = played.extra;
    this.#role = role;
    this.#random = setup.random ?? randomOctets;
    this.#started = (setup.wallClock ?? Date.now)();
    this.#records = this.#play.connections.map(() => null);
  }

  /** The play begins. */
  begin(now: number): void {
    this.#begun = now;
    this.#log.countFrom(now);
  }

  /** The scripts of the connections, in the order in which they begin. */
  get scripts(): readonly Script[] {
    return this.#play.connections;
  }

  /** Every connection is over. */
  get isOver(): boolean {
    return this.#records.every((record) => record !== null);
  }

  /** The talk of a connection that is there. */
  talk(at: number, setup: Omit<TalkSetup, "log" | "deflate" | "random">): Talk {
    const { connections, deflate = null } = this.#play;
    return new Talk(connections[at]!, { ...setup, log: this.#log, deflate, random: this.#random });
  }

  /** A connection of HTTP/2 for talks that begin on it. */
  http2(setup: Omit<Http2Setup, "log">): Http2Connection {
    return new Http2Connection({ ...setup, log: this.#log });
  }

  /** A talk is over. */
  over(at: number, talk: Talk): void {
    this.#records[at] = talk.record;
  }

  /** There is no connection, and why, and how the peer ended TCP, where it did. */
  notConnected(now: number, at: number, why: string, ended: "fin" | "reset" | null = null): void {
    const talk = this.talk(at, { transport: nowhere });
    talk.notConnected(now, why, ended);
    this.over(at, talk);
  }

  /** The record of what there was; connections that have not ended leave nothing. */
  record(now: number, nonces: readonly string[] = []): CaseRecord {
    const connections = this.#records.filter((record) => record !== null);
    const [first] = connections;
    const events = first?.events ?? [];
    const close = events.find((event) => event.event === "close");
    const ended = events.find((event) => event.event === "fin" || event.event === "reset");
    const missed = events.find((event) => event.event === "notConnected");
    return {
      id: this.#case.id,
      role: this.#role,
      started: this.#started,
      duration: Math.round((now - this.#begun) * 1000) / 1000,
      opened: events.some(({ event }) => event === "opened"),
      received: events.flatMap(receivedBy),
      receivedDropped: first?.dropped ?? 0,
      trips: null,
      deflate: first?.deflate ?? null,
      traffic: null,
      closedByMe: sentFirst(events),
      failedByMe: false,
      droppedByMe: ended === undefined,
      wasClean: close !== undefined && events.some(({ event }) => event === "closeSent"),
      wasNotCleanReason: missed?.why ?? null,
      wasServerConnectionDropTimeout: false,
      wasOpenHandshakeTimeout: false,
      wasCloseHandshakeTimeout: false,
      localCloseCode: null,
      localCloseReason: null,
      remoteCloseCode: close?.code ?? null,
      remoteCloseReason: close?.reason ?? null,
      internalError: null,
      watchdog: false,
      idle: false,
      timerFired: connections.some((each) => each.events.some(({ event }) => event === "timeout")),
      httpRequest: first?.request ?? null,
      httpResponse: first?.response ?? null,
      rxOctets: this.#log.rxOctets,
      txOctets: this.#log.txOctets,
      rxFrames: this.#log.rxFrames,
      txFrames: this.#log.txFrames,
      log: this.#log.entries,
      logDropped: this.#log.dropped,
      extra: { connections, nonces },
    };
  }
}

function receivedBy(event: TalkEvent): RecordedEvent[] {
  if (event.event === "message") return [{ event: "message", payload: event.payload, binary: event.binary }];
  return event.event === "pong" ? [{ event: "pong", payload: event.payload }] : [];
}

function sentFirst(events: readonly TalkEvent[]): boolean {
  const first = events.find(({ event }) => event === "close" || event === "closeSent");
  return first?.event === "closeSent";
}
