import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { isBulk } from "../../fuzzer/campaign.ts";
import type { Case } from "../../fuzzer/case.ts";
import type { DialOptions } from "../../fuzzer/client.ts";
import { attentiveSpans, type Span } from "../../fuzzer/effort.ts";
import { unopenedRecord } from "../../fuzzer/player.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import type { Played, PlayMode, Stage, StageOutcome, Suspect } from "../../fuzzer/stage.ts";

import type { Fuzzer, Timeliness } from "../place/fuzzer.ts";
import { Agenda, type Turn } from "./agenda.ts";
import type { Machine } from "./machine.ts";
import type { Keeper, LiveServer } from "./server-keeper.ts";

/** Ms between the loss of a connection and the news that the target is gone. */
const deathGrace = 60;

/**
 * Connections that are opened at once, and the ms between such lots: what a server has not accepted yet waits in a queue
 * of the operating system, which is short with some, and a connection that finds it full takes a second.
 */
const atOnce = 32;
const breath = 5;

/** Ms that a target which lives may take to accept a connection again, in growing steps. */
const refusedRetries = [50, 200, 500, 1_000] as const;

/**
 * Opening handshakes that take so many ms mean a target that is too busy for timing to be judged, and of a case with
 * gaps in which others may be played, that nobody knows where its gaps are.
 */
const slowOpening = { steady: 250, gappy: 100 };

export interface ServerStageSetup {
  readonly fuzzer: Fuzzer;
  readonly keeper: Keeper;
  readonly machine: Machine;
  readonly profile: Profile;
  /** Ms between the loss of a connection and the news that the target is gone, where that is longer than usual. */
  readonly exitDelay?: number | undefined;
  /** Most cases at once that the target stands; undefined for no limit of its own. */
  readonly concurrency: number | undefined;
  /** Whether the target still answers; where that is left out, nobody asks. */
  readonly stillAnswers?: (server: LiveServer) => Promise<boolean>;
  /** How the fuzzer's side is set up, where that is not the default. */
  readonly dialling?: Pick<DialOptions, "options" | "extras">;
  readonly signal: AbortSignal;
}

/** Has cases played against a server target, many at once, as far as octets and the target allow. */
export class ServerStage implements Stage {
  readonly #setup: ServerStageSetup;

  constructor(setup: ServerStageSetup) {
    this.#setup = setup;
  }

  async play(
    cases: readonly Case[],
    mode: PlayMode,
    onPlayed: (played: Played) => void,
    moreOf: (played: Case) => number = () => 0,
  ): Promise<StageOutcome> {
    const server = await this.#setup.keeper.ensure();
    const round = new Round(this.#setup, server, mode, { onPlayed, moreOf });
    await round.run(cases);
    return round.outcome(cases);
  }
}

interface RoundHooks {
  readonly onPlayed: (played: Played) => void;
  readonly moreOf: (played: Case) => number;
}

/** One call of {@link ServerStage.play}. */
class Round {
  readonly #setup: ServerStageSetup;
  readonly #server: LiveServer;
  readonly #mode: PlayMode;
  readonly #hooks: RoundHooks;
  readonly #played = new Set<string>();
  readonly #suspects: Suspect[] = [];
  readonly #stopped = new AbortController();
  readonly #signal: AbortSignal;
  #death: string | null = null;
  /** The death is that the target does not answer, so that whatever was open says nothing. */
  #hung = false;
  #asking: Promise<boolean> | null = null;
  /** What one play threw, which the others must not leave unheard. */
  #fault: { readonly error: unknown } | null = null;

  constructor(setup: ServerStageSetup, server: LiveServer, mode: PlayMode, hooks: RoundHooks) {
    this.#setup = setup;
    this.#server = server;
    this.#mode = mode;
    this.#hooks = hooks;
    void server.exited.then(({ reason }) => this.#die(`the target ${reason}`));
    this.#signal = AbortSignal.any([setup.signal, this.#stopped.signal]);
    setMaxListeners(0, this.#signal);
  }

  /** Keeps as many cases open as mode, target and octets allow, until all are played or the target is dead. */
  async run(cases: readonly Case[]): Promise<void> {
    const { profile, concurrency, machine } = this.#setup;
    const sharers = () => machine.sharers(this.#server);
    const agenda = new Agenda(cases, this.#mode, profile, { concurrency, sharers });
    const open = new Set<Promise<void>>();
    let begun = 0;
    while (!agenda.isEmpty || open.size > 0) {
      const next = agenda.isEmpty ? Infinity : agenda.next(performance.now());
      if (typeof next === "number") {
        await endOfOneOf(open, next);
      } else {
        const playing = this.#playOne(next, agenda)
          .catch((error: unknown) => void (this.#fault ??= { error }))
          .finally(() => open.delete(playing));
        open.add(playing);
        if (++begun % atOnce === 0) await sleep(breath);
      }
      this.#setup.signal.throwIfAborted();
      if (this.#fault !== null) throw this.#fault.error;
      if (this.#death !== null) break;
    }
    await Promise.all(open);
    this.#setup.signal.throwIfAborted();
    if (this.#fault !== null) throw this.#fault.error;
  }

  outcome(cases: readonly Case[]): StageOutcome {
    const suspected = new Set(this.#suspects.map((suspect) => suspect.case.id));
    const unplayed = cases.filter(({ id }) => !this.#played.has(id) && !suspected.has(id));
    return { unplayed, suspects: this.#suspects, death: this.#death };
  }

  async #playOne(turn: Turn, agenda: Agenda): Promise<void> {
    const next = turn.case;
    const leave = once(await this.#enter(next));
    const spans = attentiveSpans(next, turn.again);
    const window = this.#setup.machine.window({ spans, ...(!isBulk(next) && { heeds: this.#server }) });
    const patience = agenda.began(turn, performance.now());
    // One that only waits for its timers is in nobody's way.
    const alarm = patience === Infinity ? undefined : setTimeout(leave, patience);
    const dialled = await this.#dial(next).finally(leave);
    clearTimeout(alarm);
    const undisturbed = window.close();
    agenda.ended(turn, performance.now(), dialled?.record.timerFired === false);
    if (dialled === null || this.#setup.signal.aborted) return;
    const { record, onTime } = dialled;
    await this.#lookForLife(record);
    const quiet = undisturbed && onTime && openedQuickly(spans, record);
    await this.#file(next, record, quiet || this.#isSilent(next));
    if (this.#death === null) agenda.again(next, this.#hooks.moreOf(next));
  }

  async #enter(next: Case): Promise<() => void> {
    const { machine } = this.#setup;
    if (this.#isSilent(next)) return machine.enter("silent", this.#server);
    return isBulk(next) ? machine.enter("bulk", this.#server) : () => {};
  }

  /** Whether a case is played while no other target keeps the machine busy; a bulk case that is played again always is. */
  #isSilent(next: Case): boolean {
    return this.#mode === "silent" || this.#mode === "alone" || (this.#mode === "quiet" && isBulk(next));
  }

  /** The record of a play; null when the target was dead before TCP was connected. */
  async #dial(next: Case): Promise<(Timeliness & { readonly record: CaseRecord }) | null> {
    const { destination, direct = destination } = this.#server;
    const to = next.extra?.over === "h2" ? direct : destination;
    for (const pause of [...refusedRetries, null]) {
      if (this.#death !== null) return null;
      const options = { ...this.#setup.dialling, profile: this.#setup.profile, signal: this.#signal };
      const result = await this.#setup.fuzzer.dial(next, to, options);
      this.#server.check?.();
      if (result.connected) return result;
      if (this.#death !== null || this.#signal.aborted) return null;
      if (pause === null) {
        this.#setup.keeper.discard();
        this.#die(`the target does not accept connections any more (${result.reason})`);
        this.#suspects.push({ case: next, record: unopenedRecord(next, "server", result.reason) });
        return null;
      }
      await sleep(pause);
    }
    return null;
  }

  /** Reports a play, unless the target died in it. */
  async #file(next: Case, record: CaseRecord, quiet: boolean): Promise<void> {
    if (lostByPeer(record) && this.#death === null)
      await Promise.race([this.#server.exited, sleep(this.#setup.exitDelay ?? deathGrace)]);
    if (this.#hung || (this.#death !== null && lostByPeer(record))) {
      this.#suspects.push({ case: next, record });
      return;
    }
    this.#played.add(next.id);
    this.#hooks.onPlayed({ case: next, record, quiet });
  }

  /** A target that hangs would fail every case from then on: it counts as dead, like one whose process has ended. */
  async #lookForLife(record: CaseRecord): Promise<void> {
    const { stillAnswers, keeper } = this.#setup;
    const isSuspicious = record.timerFired || isUnanswered(record);
    if (stillAnswers === undefined || this.#death !== null || !isSuspicious) return;
    this.#asking ??= stillAnswers(this.#server).finally(() => (this.#asking = null));
    if ((await this.#asking) || this.#death !== null) return;
    this.#hung = true;
    keeper.discard();
    this.#die("the target does not answer any more");
  }

  #die(reason: string): void {
    this.#death ??= reason;
    setTimeout(() => this.#stopped.abort(), deathGrace);
  }
}

/** TCP was lost without our doing and without a closing handshake, as when a program dies. */
function lostByPeer(record: CaseRecord): boolean {
  return !record.droppedByMe && !record.wasClean;
}

/** An opening handshake, of any of a case's connections, got no answer at all until the fuzzer gave up. */
function isUnanswered(record: CaseRecord): boolean {
  if (record.extra === undefined) return record.wasOpenHandshakeTimeout;
  return record.extra.connections.some(
    ({ response, events }) =>
      response === null && events.some((event) => event.event === "timeout" && event.tag === "response"),
  );
}

function openedQuickly(spans: readonly Span[], record: CaseRecord): boolean {
  const first = record.log[0]?.t ?? 0;
  return record.opened && -first < slowOpening[spans.length > 1 ? "gappy" : "steady"];
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

/** Resolves when a case has ended, or so many ms have passed. */
async function endOfOneOf(open: ReadonlySet<Promise<void>>, ms: number): Promise<void> {
  if (ms === Infinity) return await Promise.race(open);
  const alarm = new AbortController();
  const pause = sleep(Math.max(1, ms), undefined, { signal: alarm.signal }).catch(() => {});
  await Promise.race([...open, pause]);
  alarm.abort();
}
