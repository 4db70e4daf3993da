import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

import { isBulk } from "../../fuzzer/campaign.ts";
import type { Case, Step } from "../../fuzzer/case.ts";
import { longestTimer } from "../../fuzzer/player.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import { wantsOwnTls } from "../../fuzzer/server-tls.ts";
import type { Played, PlayMode, Stage, StageOutcome, Suspect } from "../../fuzzer/stage.ts";

import { type Exit, type Running, StartError } from "../engines/engine.ts";
import { messageOf } from "../engines/failure.ts";
import { type Fuzzer, ListenError, type Listener, type Timeliness } from "../place/fuzzer.ts";
import type { Certificates } from "../certificates.ts";
import type { Machine, Window } from "./machine.ts";
import { inPool } from "./pool.ts";

/** Starts of a client side by side: each plays a part of the cases, one after the other. */
const startsAtOnce: Readonly<Record<PlayMode, number>> = { crowd: 4, quiet: 4, silent: 4, alone: 1 };

/** The same for bulk cases. */
const bulkStartsAtOnce = 2;

/**
 * Cases that a start is asked to play at once, which it does if its library can: those of a crowd that only wait for
 * their timers. What is played again is played one after the other.
 */
const mostCasesAtOnce = 8;

/** Ms that a case of the extra chapters takes, of which most end before their waits do. */
const extraCost = 200;

/** Ms of cases that are worth a further start. */
const costPerStart = 500;

/** Ms without a connection, while no case is open, after which a client counts as stuck. */
const patience = 15_000;

/** Ms that a client may take to exit once it has asked for the reports, or played all. */
const exitPatience = 3_000;

/** Ms between two looks at a client. */
const lookEvery = 20;

export interface ClientStageSetup {
  readonly fuzzer: Fuzzer;
  /** Starts the client so that it drives this fuzzing server, and plays so many cases at once if it can. */
  readonly start: (fuzzerUrl: string, casesAtOnce: number) => Promise<Running>;
  /** Where listeners are made: an address, where the fuzzer is, that the client reaches. */
  readonly host: string;
  /** The port that the client fixes; null for any. With a fixed one, starts are one after the other. */
  readonly port: number | null;
  /** For TLS. */
  readonly tls: Pick<Certificates, "cert" | "key" | "makeFlawed"> | null;
  /** The client is to come over HTTP/2. Default: no. */
  readonly http2?: boolean;
  readonly machine: Machine;
  readonly profile: Profile;
  readonly signal: AbortSignal;
  /** Gets the end of the client's output after each start. */
  readonly onLogTail?: (tail: string) => void;
}

/** Has cases played by a client target: it is started on lists of cases, several starts side by side. */
export class ClientStage implements Stage {
  readonly #setup: ClientStageSetup;
  /** Once it has died while it may have played several cases, it plays one at a time: so the guilty one is found. */
  #casesAtOnce = mostCasesAtOnce;

  constructor(setup: ClientStageSetup) {
    this.#setup = setup;
  }

  /** In a crowd the bulk cases are played when all others have been: of a client nobody knows what it asks for when. */
  async play(
    cases: readonly Case[],
    mode: PlayMode,
    onPlayed: (played: Played) => void,
  ): Promise<StageOutcome> {
    const bulk = mode === "crowd" ? cases.filter(isBulk) : [];
    if (bulk.length === 0 || bulk.length === cases.length)
      return await this.#playLists(cases, mode, onPlayed);
    const timerBound = cases.filter((played) => !isBulk(played));
    const first = await this.#playLists(timerBound, mode, onPlayed);
    if (first.death !== null) return { ...first, unplayed: [...first.unplayed, ...bulk] };
    return await this.#playLists(bulk, mode, onPlayed);
  }

  async #playLists(
    cases: readonly Case[],
    mode: PlayMode,
    onPlayed: (played: Played) => void,
  ): Promise<StageOutcome> {
    const asMode = this.#setup.port === null ? mode : "alone";
    // Where one case wants TLS of its own, each connection is made for the next one of the list.
    const [ordinary, own] = [cases.filter((each) => !wantsOwnTls(each)), cases.filter(wantsOwnTls)];
    const lists = [
      ...(ordinary.length === 0 ? [] : share(ordinary, asMode)),
      ...(own.length === 0 ? [] : [own]),
    ];
    const outcomes: StageOutcome[] = [];
    await inPool(lists, startsAtOnce[asMode], async (list) => {
      const isTimerBound = !list.some(isBulk) && !list.some(wantsOwnTls);
      const casesAtOnce = mode === "crowd" && isTimerBound ? this.#casesAtOnce : 1;
      const start = new DriverStart(this.#setup, list, { mode, casesAtOnce, onPlayed });
      const outcome = await start.run();
      if (outcome.death !== null) this.#casesAtOnce = 1;
      outcomes.push(outcome);
    });
    return {
      unplayed: outcomes.flatMap((outcome) => outcome.unplayed),
      suspects: outcomes.flatMap((outcome) => outcome.suspects),
      death: outcomes.find((outcome) => outcome.death !== null)?.death ?? null,
    };
  }
}

/** How a start of the client came to its end: by itself, or because it did not go on. */
interface ClientEnd {
  readonly how: string;
  readonly byItself: boolean;
  /** It exited with code 0. */
  readonly inOrder: boolean;
}

interface StartOptions {
  readonly mode: PlayMode;
  readonly casesAtOnce: number;
  readonly onPlayed: (played: Played) => void;
}

/** One start of the client on its own list, with its own listener. */
class DriverStart {
  readonly #setup: ClientStageSetup;
  readonly #cases: readonly Case[];
  readonly #onPlayed: (played: Played) => void;
  readonly #isBulk: boolean;
  readonly #casesAtOnce: number;
  /** Played while no other target keeps the machine busy; bulk cases that are played again always are. */
  readonly #isSilent: boolean;
  readonly #open = new Map<string, Window>();
  readonly #played = new Set<string>();
  /** Cases that ended by a loss of TCP that may be the client's death, until it shows that it lives. */
  readonly #lost = new Map<string, Played>();
  #done = false;
  /** When the client last began or ended a case that it had not played yet, in ms of `performance.now()`. */
  #progressAt = 0;

  constructor(
    setup: ClientStageSetup,
    cases: readonly Case[],
    { mode, casesAtOnce, onPlayed }: StartOptions,
  ) {
    this.#setup = setup;
    this.#cases = cases;
    this.#casesAtOnce = casesAtOnce;
    this.#onPlayed = onPlayed;
    this.#isBulk = cases.some(isBulk);
    this.#isSilent = mode === "silent" || mode === "alone" || (mode === "quiet" && this.#isBulk);
  }

  async run(): Promise<StageOutcome> {
    const leave = await this.#enter();
    try {
      const listener = await this.#listen();
      return this.#outcome(await this.#driveToEnd(listener));
    } finally {
      leave();
    }
  }

  async #enter(): Promise<() => void> {
    const { machine } = this.#setup;
    if (this.#isSilent) return machine.enter("silent", this);
    return this.#isBulk ? machine.enter("bulk", this) : () => {};
  }

  /** Lets the client drive the listener, and ends both; resolves with how the client ended. */
  async #driveToEnd(listener: Listener): Promise<ClientEnd> {
    try {
      return await this.#drive(listener);
    } finally {
      await listener.close();
    }
  }

  /** Starts the client and ends it; resolves with how it ended. */
  async #drive(listener: Listener): Promise<ClientEnd> {
    const running = await this.#setup.start(listener.url, this.#casesAtOnce);
    try {
      return await this.#follow(running, listener);
    } finally {
      await running.stop();
      this.#setup.onLogTail?.(running.logTail());
    }
  }

  async #listen(): Promise<Listener> {
    const { fuzzer, host, port, profile, tls, http2 = false } = this.#setup;
    const flawed = this.#cases.some(wantsOwnTls) && (await tls?.makeFlawed());
    try {
      return await fuzzer.listen({
        host,
        port: port ?? 0,
        cases: this.#cases,
        profile,
        tls: tls && { cert: tls.cert, key: tls.key, ...(flawed && { flawed }) },
        http2,
        onStarted: (played) => this.#started(played),
        onFinished: (played, record, timeliness) => this.#finished(played, record, timeliness),
        onReports: () => {
          this.#done = true;
          this.#showedLife();
        },
      });
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      throw new StartError(`the fuzzer cannot listen for it at ${host}:${port ?? 0}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Waits until the client has exited or is to be ended; resolves with how. */
  async #follow(running: Running, listener: Listener): Promise<ClientEnd> {
    this.#progressAt = performance.now();
    const exit = new AbortController();
    void running.exited.then((how) => exit.abort(how));
    for (;;) {
      await sleep(lookEvery, null, { signal: exit.signal }).catch(() => {});
      if (exit.signal.aborted) {
        const { reason, code } = exit.signal.reason as Exit;
        return { how: reason, byItself: true, inOrder: code === 0 };
      }
      this.#setup.signal.throwIfAborted();
      this.#setup.fuzzer.check();
      listener.check?.();
      const idle = performance.now() - this.#progressAt;
      const finished = this.#done || this.#played.size + this.#lost.size === this.#cases.length;
      if (this.#open.size === 0 && idle > (finished ? exitPatience : patience)) {
        const how = finished
          ? "was ended after its last case"
          : `did not ask for a further case for ${patience} ms`;
        return { how, byItself: false, inOrder: false };
      }
    }
  }

  /** A case that is asked for again, before or after its end, is no progress: else a client could go on for ever. */
  #started(played: Case): void {
    if (this.#open.has(played.id) || this.#hasEnded(played)) return;
    this.#showedLife();
    this.#open.set(played.id, this.#setup.machine.window(this.#isBulk ? {} : { heeds: this }));
    this.#progressAt = performance.now();
  }

  #finished(played: Case, record: CaseRecord, { onTime }: Timeliness): void {
    const undisturbed = this.#open.get(played.id)?.close() ?? false;
    this.#open.delete(played.id);
    if (this.#hasEnded(played)) return;
    this.#progressAt = performance.now();
    // Cases of one process are in each other's way: what that can have caused is played again, one after the other.
    const isQuiet = this.#casesAtOnce === 1 && undisturbed && onTime;
    const entry = { case: played, record, quiet: this.#isSilent || isQuiet };
    if (lostByPeer(record)) this.#lost.set(played.id, entry);
    else this.#file(entry);
  }

  #hasEnded({ id }: Case): boolean {
    return this.#played.has(id) || this.#lost.has(id);
  }

  /**
   * A client that asks for more did not die of what it lost before, unless it plays several cases: then others ask, and
   * nobody knows before the end.
   */
  #showedLife(): void {
    if (this.#casesAtOnce === 1) this.#fileLost();
  }

  #fileLost(): void {
    for (const lost of this.#lost.values()) this.#file(lost);
  }

  #file({ case: played, record, quiet }: Played): void {
    this.#lost.delete(played.id);
    this.#played.add(played.id);
    this.#onPlayed({ case: played, record, quiet });
  }

  #outcome({ how, byItself, inOrder }: ClientEnd): StageOutcome {
    const haveAllEnded = this.#played.size + this.#lost.size === this.#cases.length;
    const isThrough = haveAllEnded && (this.#done || inOrder);
    if (isThrough || (this.#casesAtOnce === 1 && !byItself)) this.#fileLost();
    const suspects: readonly Suspect[] = this.#casesAtOnce > 1 ? [] : [...this.#lost.values()];
    const suspected = new Set(suspects.map((suspect) => suspect.case.id));
    const unplayed = this.#cases.filter(({ id }) => !this.#played.has(id) && !suspected.has(id));
    const complete = unplayed.length === 0 && suspects.length === 0;
    const left = unplayed.length + suspects.length;
    return {
      unplayed,
      suspects,
      death: complete ? null : `the client ${how} with ${left} of ${this.#cases.length} cases to go`,
    };
  }
}

/** Lists for starts side by side, with about the same waiting time in each. */
function share(cases: readonly Case[], mode: PlayMode): readonly (readonly Case[])[] {
  const most = cases.some(isBulk) ? Math.min(bulkStartsAtOnce, startsAtOnce[mode]) : startsAtOnce[mode];
  const total = cases.reduce((sum, next) => sum + costOf(next), 0);
  const count = Math.max(1, Math.min(most, cases.length, Math.ceil(total / costPerStart)));
  const lists = Array.from({ length: count }, () => ({ cost: 0, cases: [] as Case[] }));
  for (const next of cases.toSorted((a, b) => costOf(b) - costOf(a))) {
    const cheapest = lists.reduce((least, list) => (list.cost < least.cost ? list : least));
    cheapest.cost += costOf(next);
    cheapest.cases.push(next);
  }
  return lists.map((list) => list.cases);
}

/** Ms that a case takes with a good client: its waits, and for bulk cases a guess by their limit. */
function costOf(played: Case): number {
  if (played.extra !== undefined) return extraCost;
  if (isBulk(played)) return Math.sqrt(longestTimer(played.script)) * 10;
  const waits = (steps: readonly Step[]): number =>
    steps.reduce((sum, step) => (step.step === "wait" ? sum + step.ms + waits(step.then) : sum), 0);
  return 5 + waits(played.script);
}

/** TCP was lost without our doing and without a closing handshake, as when a program dies. */
function lostByPeer(record: CaseRecord): boolean {
  return !record.droppedByMe && !record.wasClean;
}
