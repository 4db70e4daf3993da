import { createServer, type Server, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

import { type Head, HeadReader } from "../wire/handshake.ts";

import type { Case, Step } from "./case.ts";
import { DirectSession } from "./direct-session.ts";
import { playExtraOn, recordOfSilence } from "./extra/answer.ts";
import { type DriverRequest, readDriverRequest } from "./driver-urls.ts";
import { defaultOptions, type EndpointOptions } from "./endpoint.ts";
import { judge } from "./judge.ts";
import { casesPatience, OpenCases } from "./open-cases.ts";
import { readRequest, type Refusal, refusalResponse } from "./opening.ts";
import { Player, watchdogGrace } from "./player.ts";
import type { Profile } from "./profile.ts";
import type { Behavior, CaseRecord } from "./record.ts";
import {
  ServerTls,
  type ServerTlsSettings,
  type Silence,
  wantsOwnTls,
  watchForSilence,
} from "./server-tls.ts";
import { SocketTransport } from "./socket.ts";

/** Ms that `/getCaseStatus` waits for a result that is not there yet; longer than any case takes. */
const statusPatience = 1_200_000;

/** Results that `/getCaseStatus` can tell: of about two hundred agents. */
const maxResults = 100_000;

/** Keys of opening handshakes that are compared with each other. */
const maxNonces = 1_000;

/** Ms that {@link FuzzingServer.drain} waits, and between two looks. */
const drainLimit = 500;
const drainStep = 10;

export interface FuzzingServerSetup {
  /** An address of this machine. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** What clients see as cases 1 to N. */
  readonly cases: readonly Case[];
  readonly profile: Profile;
  readonly options?: Partial<EndpointOptions>;
  /**
   * For TLS. It begins before anybody knows what is asked for: where cases want TLS of their own, each connection behind
   * that for `getCaseCount` is made for the next case of the list.
   */
  readonly tls?: ServerTlsSettings;
  /** Cases that an agent is not to play: the connection is closed at once, and there is no result. */
  readonly isExcluded?: (agent: string, id: string) => boolean;
  /** Takes connections that ask for a case, instead of the case: nothing is recorded of them. */
  readonly onAsked?: (asked: AskedConnection) => void;
  /** A client asked for a case and it begins. */
  readonly onCaseStarted?: (played: Case, agent: string) => void;
  /** A case ended. */
  readonly onCaseFinished?: (played: Case, record: CaseRecord, agent: string) => void;
  /** `/updateReports`: the client is done. */
  readonly onUpdateReports?: (agent: string, shutdown: boolean) => void;
  /** `/stopServer`. */
  readonly onStop?: () => void;
  /** A request was refused: for logs. */
  readonly onRefused?: (refusal: Refusal, resource: string) => void;
}

/**
 * The fuzzer as server: a listener with its own list of cases, which a client target drives by Autobahn's
 * URLs. Each start of a client gets a listener of its own, so results belong to the listener whatever the
 * agent calls itself (design seam 8).
 */
export class FuzzingServer {
  readonly #setup: FuzzingServerSetup;
  readonly #server: Server;
  readonly #tls: ServerTls | null;
  readonly #sockets = new Set<Socket>();
  readonly #results = new Map<string, Behavior>();
  readonly #waiting = new Map<string, Set<(behavior: Behavior) => void>>();
  /** Cases that connections are still to come for, in the order of asking, where their TLS depends on that. */
  readonly #due: Case[];
  #counted = false;
  /** Sec-WebSocket-Keys that clients have used, the last ones. */
  readonly #nonces: string[] = [];
  readonly #open = new OpenCases();
  #lastActivity = performance.now();

  private constructor(setup: FuzzingServerSetup) {
    this.#setup = setup;
    this.#tls = setup.tls === undefined ? null : new ServerTls(setup.tls);
    this.#due = setup.tls !== undefined && setup.cases.some(wantsOwnTls) ? [...setup.cases] : [];
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#onConnection(socket));
  }

  /** Starts listening. @throws when the address cannot be listened on */
  static async listen(setup: FuzzingServerSetup): Promise<FuzzingServer> {
    const server = new FuzzingServer(setup);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(setup.port, setup.host, resolve);
    });
    return server;
  }

  /** Where clients connect to, without a trailing slash. */
  get url(): string {
    const host = this.#setup.host.includes(":") ? `[${this.#setup.host}]` : this.#setup.host;
    return `${this.#setup.tls ? "wss" : "ws"}://${host}:${this.port}`;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Cases that are being played now. */
  get playing(): number {
    return this.#open.count;
  }

  /** When a connection last began or ended, in ms of `performance.now()`. */
  get lastActivity(): number {
    return this.#lastActivity;
  }

  /** Stops listening, lets closing handshakes that have begun come to their end, and drops what is still open then. */
  async drain(): Promise<void> {
    this.#server.close();
    for (let waited = 0; this.#sockets.size > this.playing && waited < drainLimit; waited += drainStep) {
      await sleep(drainStep);
    }
    await this.close();
  }

  /** Stops listening and drops all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  #onConnection(tcp: Socket): void {
    this.#lastActivity = performance.now();
    this.#sockets.add(tcp);
    tcp.once("close", () => {
      this.#sockets.delete(tcp);
      this.#lastActivity = performance.now();
    });
    const next = this.#counted ? this.#due.shift() : undefined;
    const due = next !== undefined && wantsOwnTls(next) ? next : null;
    const socket = this.#tls?.wrap(tcp, due?.extra?.connections[0]?.tls) ?? tcp;
    const link = { socket, tcp, due };
    for (const end of new Set([tcp, socket])) end.on("error", () => {});
    const stopWatch = due ? watchForSilence(socket, tcp, (how) => this.#onSilence(due, how)) : () => {};
    readHead(link, this.#options.openHandshakeTimeout, (head, rest) => {
      stopWatch();
      this.#onRequest(link, head, rest);
    });
  }

  /** A client asked for nothing on a connection whose TLS was made for a case. */
  #onSilence(played: Case, how: Silence): void {
    this.#setup.onCaseStarted?.(played, "");
    this.#setup.onCaseFinished?.(played, recordOfSilence(played, how.began, how), "");
  }

  get #options(): EndpointOptions {
    return { ...defaultOptions, ...this.#setup.options };
  }

  #onRequest(link: Link, head: Head, rest: Buffer): void {
    const reading = readRequest(head);
    if ("refusal" in reading) {
      this.#refuse(link, reading.refusal, head.startLine);
      return;
    }
    const request = readDriverRequest(reading.resource, this.#setup.cases);
    if ("refusal" in request) {
      this.#refuse(link, request.refusal, reading.resource);
      return;
    }
    if (this.#nonces.push(reading.key) > maxNonces) this.#nonces.shift();
    this.#serve(link, { head, key: reading.key, rest }, request);
  }

  #refuse({ socket }: Link, refusal: Refusal, resource: string): void {
    this.#setup.onRefused?.(refusal, resource);
    socket.end(refusalResponse(refusal));
    setTimeout(() => socket.destroy(), watchdogGrace).unref();
    socket.once("end", () => socket.destroy()).resume();
  }

  #serve(link: Link, opening: Opening, request: DriverRequest): void {
    switch (request.command) {
      case "runCase":
        if (this.#setup.onAsked !== undefined)
          return this.#setup.onAsked({ ...link, head: opening.head, rest: opening.rest });
        return this.#runCase(link, opening, this.#caseOn(link, request.case), request.agent);
      case "getCaseCount":
        this.#counted = true;
        return this.#say(link, opening, String(this.#setup.cases.length));
      case "getCaseInfo":
        return this.#say(link, opening, caseInfo(request.case));
      case "getCaseStatus":
        return this.#sayStatus(link, opening, resultKey(request.agent, request.case.id));
      case "updateReports":
        return this.#endTest(link, opening, request.agent, request.shutdown);
      case "stopServer":
        this.#say(link, opening, null);
        return this.#setup.onStop?.();
      case "direct":
        return this.#obey(link, opening);
    }
  }

  #obey(link: Link, opening: Opening): void {
    const transport = new SocketTransport(link.socket, link.tcp);
    const session = new DirectSession(transport, this.#setup.options ?? {});
    transport.drive(session, () => {});
    transport.enter((now) => {
      session.accepted(now, opening.head, opening.key);
      if (opening.rest.length > 0) session.receive(now, opening.rest);
    });
  }

  /**
   * What is played on a connection: that for which its TLS was made, whichever the client asks for, as one that connects
   * once more than it should is ahead of its numbers; null for a case that wants TLS of its own elsewhere.
   */
  #caseOn({ due }: Link, asked: Case): Case | null {
    return due ?? (this.#tls !== null && wantsOwnTls(asked) ? null : asked);
  }

  #runCase(link: Link, opening: Opening, played: Case | null, agent: string): void {
    if (played === null || this.#setup.isExcluded?.(agent, played.id)) {
      this.#say(link, opening, null);
      return;
    }
    this.#open.begin(agent);
    this.#setup.onCaseStarted?.(played, agent);
    const done = (record: CaseRecord) => {
      this.#keepResult(resultKey(agent, played.id), judge(played, record).behavior);
      this.#setup.onCaseFinished?.(played, record, agent);
      this.#open.end(agent);
    };
    if (played.extra === undefined) this.#play(link, opening, played, watchdogGrace, done);
    else playExtraOn(link, opening, played, this.#nonces, done);
  }

  /** Plays over a connection; what it returns does further steps there. */
  #play(
    link: Link,
    opening: Opening,
    played: Case,
    watchdog: number,
    done: (record: CaseRecord) => void,
  ): (steps: readonly Step[]) => void {
    const transport = new SocketTransport(link.socket, link.tcp);
    const { profile, options = {} } = this.#setup;
    const player = new Player(played, { role: "client", transport, profile, options, watchdog });
    transport.drive(player, done);
    transport.enter((now) => {
      player.accepted(now, opening.head, opening.key);
      if (opening.rest.length > 0) player.receive(now, opening.rest);
    });
    return (steps) => transport.enter((now) => player.perform(now, steps));
  }

  /** Opens the connection, sends a text unless null, and closes with an empty close frame. */
  #say(link: Link, opening: Opening, text: string | null): void {
    this.#play(link, opening, conversation(saying(text)), watchdogGrace, () => {});
  }

  /**
   * A client that has its answer may exit, and what it left open ends with it, as if it had closed that itself. So cases
   * that are open still come to their end before.
   */
  #endTest(link: Link, opening: Opening, agent: string, shutdown: boolean): void {
    const patience = casesPatience + watchdogGrace;
    const perform = this.#play(link, opening, conversation([]), patience, () => {});
    this.#open.whenNone(agent, () => {
      perform(saying(null));
      this.#setup.onUpdateReports?.(agent, shutdown);
    });
  }

  #sayStatus(link: Link, opening: Opening, key: string): void {
    const status = (behavior: Behavior) => `{"behavior": "${behavior}"}`;
    const known = this.#results.get(key);
    if (known !== undefined) {
      this.#say(link, opening, status(known));
      return;
    }
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting);
    const perform = this.#play(link, opening, conversation([]), statusPatience, () => waiting.delete(tell));
    const tell = (behavior: Behavior) => perform(saying(status(behavior)));
    waiting.add(tell);
  }

  /** Agents are as many as clients like, so the oldest results give way. */
  #keepResult(key: string, behavior: Behavior): void {
    if (this.#results.size >= maxResults) this.#results.delete(this.#results.keys().next().value!);
    this.#results.set(key, behavior);
    for (const tell of this.#waiting.get(key) ?? []) tell(behavior);
    this.#waiting.delete(key);
  }
}

/** A client that has asked for a connection, and waits for the response. */
export interface AskedConnection {
  readonly socket: Socket;
  /** The socket below TLS, where there is one. */
  readonly tcp: Socket;
  readonly head: Head;
  /** Octets that came behind the request. */
  readonly rest: Buffer;
}

/** A connection: where octets go, and the TCP socket below it, which alone can be reset. */
interface Link {
  readonly socket: Socket;
  readonly tcp: Socket;
  /** The case that its TLS was made for; null for ordinary TLS, or none. */
  readonly due: Case | null;
}

interface Opening {
  readonly head: Head;
  readonly key: string;
  /** Octets that came behind the request. */
  readonly rest: Buffer;
}

/** A talk about cases is a case of its own that nobody judges. */
function conversation(script: readonly Step[]): Case {
  return {
    id: "0",
    title: "driver command",
    description: "",
    expectation: "",
    citations: [],
    script,
    expected: {},
    close: { byFuzzer: true, codes: [], clean: false },
    suppressClose: true,
    onMessage: { rule: "compare" },
    onEnd: "base",
  };
}

function saying(text: string | null): Step[] {
  const close: Step = { step: "close" };
  if (text === null) return [close];
  return [{ step: "frame", opcode: 1, payload: { hex: Buffer.from(text).toString("hex") } }, close];
}

/** As Python's json writes it, since drivers may compare texts. */
function caseInfo({ id, description }: Case): string {
  const oneLine = JSON.stringify(description.replaceAll(/\s+/g, " "));
  return `{"id": ${JSON.stringify(id)}, "description": ${oneLine.replaceAll(/[\u0080-\uffff]/g, escaped)}}`;
}

const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A case's result of one agent. */
const resultKey = (agent: string, id: string) => `${id} ${agent}`;

/** Reads a request head, within `limit` ms and the size limit of heads; drops the connection otherwise. */
function readHead({ socket, tcp }: Link, limit: number, done: (head: Head, rest: Buffer) => void): void {
  const reader = new HeadReader();
  const alarm = setTimeout(() => tcp.resetAndDestroy(), limit);
  const onEnd = () => socket.destroy();
  const onData = (octets: Buffer) => {
    const progress = reader.push(octets);
    if (progress.state === "more") return;
    clearTimeout(alarm);
    socket.off("data", onData).off("end", onEnd);
    if (progress.state === "done") done(progress.head, progress.rest);
    else tcp.resetAndDestroy();
  };
  socket.on("data", onData).on("end", onEnd);
  socket.once("close", () => clearTimeout(alarm));
}
