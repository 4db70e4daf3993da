import { setTimeout as sleep } from "node:timers/promises";

import { answer } from "../../mutation/answer.ts";
import type { Sent } from "../../mutation/dial.ts";
import type { Played } from "../../mutation/drive.ts";
import type { Stream } from "../../mutation/stream.ts";
import type { Patience } from "../../mutation/talk.ts";
import { profiles } from "../../fuzzer/profile.ts";
import { type AskedConnection, FuzzingServer } from "../../fuzzer/server.ts";

import { type Exit, type Running, StartError } from "../engines/engine.ts";
import { probeCase } from "../play/probe.ts";
import { deathOf, standstill } from "./death.ts";

/** Cases that one start of a client is told there are. */
const batch = 500;

/** Ms that a client may take until it asks for its first case. */
const firstPatience = 30_000;

/** Connections of one start that may wait for a stream. */
const mostWaiting = 64;

/** Ms that a client waits for a stream at the most; then it is ended, and started again when there is one. */
const idleLimit = 2_000;

/** Ms that a client may take to go on: libraries give a closing handshake ten seconds. */
const goOnLimit = 15_000;

/** Ms that a connection stays which the client has left behind, for what is on its way. */
const behindLimit = 250;

/** A stream that is to be played, and who waits for what comes of it. */
export interface Job {
  readonly stream: Stream;
  readonly patience: Patience;
  readonly done: (sent: Sent) => void;
}

/** What a start of a client is made of. */
export interface DriverSetup {
  /** Starts the client so that it drives this fuzzing server. @throws {StartError} */
  readonly start: (fuzzerUrl: string) => Promise<Running>;
  /** Where the listener is made: an address of this machine that the client reaches, and the port that it fixes. */
  readonly host: string;
  readonly port: number | null;
  /** Certificate and key as PEM, for TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Ms that the client may take from the end of a connection until it asks for the next. Default 15 s. */
  readonly goOnLimit?: number;
  readonly signal: AbortSignal;
  /** The next stream; null when there is none yet. */
  readonly next: () => Job | null;
}

/** How a start of a client ended. */
export interface DriverEnd {
  /** It asked for a case. */
  readonly asked: boolean;
  /** Why it ended, in words. */
  readonly reason: string;
}

/** A stream that a client plays, or has played without a sign yet that it lives on. */
interface OpenJob {
  readonly job: Job;
  played: Played | null;
  /** The client has asked for something else since. */
  isBehind: boolean;
  /** Drops the connection. */
  readonly drop: AbortController;
  alarm: NodeJS.Timeout | null;
}

/**
 * One start of a client, with a listener of its own. Each case that it asks for is the next stream that there is. A
 * stream has come to its end when the client asks for the next case: one that ends itself before, or never asks, has been
 * brought to that by the stream.
 */
export class Driver {
  readonly #setup: DriverSetup;
  readonly #open = new Set<OpenJob>();
  /** Connections for which there is no stream yet. */
  readonly #waiting: AskedConnection[] = [];
  readonly #over = Promise.withResolvers<string>();
  #asked = 0;
  #isDone = false;
  #isEnding = false;
  #idle: NodeJS.Timeout | null = null;

  constructor(setup: DriverSetup) {
    this.#setup = setup;
  }

  /** Whether a stream would be played at once. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0 && !this.#isEnding;
  }

  /** Whether it has not asked for a case yet. */
  get isStarting(): boolean {
    return this.#asked === 0 && !this.#isEnding;
  }

  /** Starts the client, and resolves when it is gone, or of no use any more and ended. @throws {StartError} */
  async run(): Promise<DriverEnd> {
    const server = await this.#listen();
    try {
      const running = await this.#setup.start(server.url);
      return await this.#follow(running);
    } finally {
      await server.close();
      this.#settleAll(null);
    }
  }

  /** Plays what there is to play. */
  serve(): void {
    while (this.isWaiting) {
      const job = this.#setup.next();
      if (job === null) return;
      this.#play(job, this.#waiting.shift()!);
    }
  }

  /** Ends the client: nothing is to come any more. */
  end(reason = "was ended"): void {
    this.#isEnding = true;
    this.#over.resolve(reason);
  }

  async #listen(): Promise<FuzzingServer> {
    const { host, port, tls } = this.#setup;
    try {
      return await FuzzingServer.listen({
        host,
        port: port ?? 0,
        cases: Array.from({ length: batch }, (_, index) => ({ ...probeCase, id: String(index + 1) })),
        profile: profiles.quick,
        ...(tls !== null && { tls }),
        onAsked: (asked) => this.#onAsked(asked),
        onUpdateReports: () => this.#onDone(),
      });
    } catch (cause) {
      throw new StartError(`nothing can listen for it at ${host}:${port ?? 0}`, { cause });
    }
  }

  async #follow(running: Running): Promise<DriverEnd> {
    const late = setTimeout(() => this.#asked === 0 && this.end("did not ask for a case"), firstPatience);
    const onAbort = () => this.end();
    this.#setup.signal.addEventListener("abort", onAbort, { once: true });
    try {
      const gone = await Promise.race([running.exited, this.#over.promise]);
      if (typeof gone !== "string") await this.#onExit(gone, running);
      return { asked: this.#asked > 0, reason: typeof gone === "string" ? gone : gone.reason };
    } finally {
      this.#isEnding = true;
      clearTimeout(late);
      if (this.#idle !== null) clearTimeout(this.#idle);
      this.#setup.signal.removeEventListener("abort", onAbort);
      await running.stop();
    }
  }

  /** Its connections may be lost a moment later than itself. */
  async #onExit(exit: Exit, running: Running): Promise<void> {
    this.#isEnding = true;
    for (let waited = 0; [...this.#open].some(({ played }) => played === null) && waited < 500; waited += 20)
      await sleep(20);
    const isExpected = this.#isDone || (this.#asked >= batch && exit.code === 0);
    this.#settleAll(isExpected ? null : deathOf(exit, running.logTail(), "client"));
  }

  #onAsked(asked: AskedConnection): void {
    this.#asked++;
    this.#goesOn();
    if (this.#isEnding || this.#waiting.length >= mostWaiting) {
      asked.tcp.resetAndDestroy();
      return;
    }
    this.#waiting.push(asked);
    this.serve();
    if (this.#idle !== null) clearTimeout(this.#idle);
    if (this.isWaiting) this.#idle = setTimeout(() => this.isWaiting && this.end("was idle"), idleLimit);
  }

  #onDone(): void {
    this.#isDone = true;
    this.#goesOn();
  }

  #play(job: Job, asked: AskedConnection): void {
    const open: OpenJob = {
      job,
      played: null,
      isBehind: false,
      drop: new AbortController(),
      alarm: null,
    };
    this.#open.add(open);
    const { stream, patience } = job;
    const limit = this.#setup.goOnLimit ?? goOnLimit;
    const signal = AbortSignal.any([this.#setup.signal, open.drop.signal]);
    void answer(stream, asked, { patience, signal }).then((played) => {
      open.played = played;
      if (open.isBehind) this.#settle(open, played);
      else if (this.#open.has(open)) open.alarm = setTimeout(() => this.#stands(open), limit);
    });
  }

  /** A client may leave the TCP of a connection open that is over for it. */
  #goesOn(): void {
    for (const open of this.#open) {
      if (open.played !== null) this.#settle(open, open.played);
      else if (!open.isBehind) open.alarm = setTimeout(() => open.drop.abort(), behindLimit);
      open.isBehind = true;
    }
  }

  /** It does not ask for more, and lives. */
  #stands(open: OpenJob): void {
    if (!this.#open.has(open)) return;
    this.#settle(open, { agreed: open.played?.agreed ?? null, difference: standstill });
    this.end("did not go on");
  }

  #settle(open: OpenJob, played: Played): void {
    this.#open.delete(open);
    if (open.alarm !== null) clearTimeout(open.alarm);
    open.job.done({ connected: true, ...played });
  }

  #settleAll(difference: Played["difference"]): void {
    for (const open of this.#open)
      this.#settle(open, {
        agreed: open.played?.agreed ?? null,
        difference: difference ?? open.played?.difference ?? null,
      });
  }
}
