import { isBulk } from "../../fuzzer/campaign.ts";
import type { Case } from "../../fuzzer/case.ts";
import { attentiveSpans, effortOf, octetsInFlight, type Span } from "../../fuzzer/effort.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { PlayMode } from "../../fuzzer/stage.ts";

/** Cases open at once, by mode. */
const width: Readonly<Record<PlayMode, number>> = { crowd: 256, quiet: 32, silent: 32, alone: 1 };

/** Bulk cases at work at once. */
const bulkWidth = 4;

/** Bulk cases open at once: those at work, and those that seem to wait for nothing but their timers. */
const mostBulk = 24;

/** Octets that the bulk cases open at once may send and get back. */
const mostOctets = 64 << 20;

/** A bulk case that takes so many times longer than those before it did, and at least so many ms, seems to wait. */
const patience = 10;
const leastPatience = 1_000;

/** Ms in which nothing begins or ends before anything is played again: until then there is enough to do. */
const calm = 30;

/** Ms that a gap between attentive spans must have for a bulk case to begin in it, and its share that is counted on. */
const leastGap = 100;
const useOfGap = 0.6;

/** How much the latest case counts in what is known of the target's slowness. */
const newest = 0.3;

/** A case whose turn it is. */
export interface Turn {
  readonly case: Case;
  /** It was played before, and only its verdict is to be proven: see {@link Agenda.again}. */
  readonly again: boolean;
}

/** What bounds an agenda beside the cases themselves. */
export interface AgendaLimits {
  /** Most cases at once that the target stands; undefined for no limit of its own. */
  readonly concurrency?: number | undefined;
  /** How many targets are at work on bulk cases, this one counted. */
  readonly sharers?: () => number;
}

interface OpenCase {
  readonly bulk: boolean;
  readonly effort: number;
  /** Its effort, and that of the bulk cases beside it when its turn came: they share target and fuzzer. */
  readonly work: number;
  readonly octets: number;
  readonly spans: readonly Span[];
  /** Null while it has not begun. */
  since: number | null;
}

/**
 * Decides which case begins next against one server target, and when. In a crowd, timer-bound cases come first, those
 * that wait before all others; bulk cases follow, the longest first, once nothing is open that they could disturb; the
 * shortest may begin before, while the last timer-bound cases only wait. Times are ms of one clock.
 */
export class Agenda {
  readonly #mode: PlayMode;
  readonly #concurrency: number;
  readonly #sharers: () => number;
  readonly #profile: Profile;
  /** In the order of their beginning. */
  readonly #first: Case[];
  readonly #again: Case[] = [];
  readonly #bulk: Case[];
  readonly #open = new Map<Turn, OpenCase>();
  /** When a case last began or ended that is played for the first time. */
  #busyAt = -Infinity;
  /** Ms that a ms of {@link OpenCase.work} takes. */
  #slowness = 2;

  constructor(cases: readonly Case[], mode: PlayMode, profile: Profile, limits: AgendaLimits = {}) {
    this.#mode = mode;
    this.#profile = profile;
    this.#concurrency = limits.concurrency ?? Infinity;
    this.#sharers = limits.sharers ?? (() => 1);
    const crowd = mode === "crowd";
    const waits = (played: Case) => attentiveSpans(played).length > 1;
    this.#first = crowd ? cases.filter((played) => !isBulk(played)) : [...cases];
    if (crowd) this.#first.sort((a, b) => Number(waits(b)) - Number(waits(a)));
    this.#bulk = crowd ? cases.filter(isBulk).toSorted((a, b) => this.#effortOf(b) - this.#effortOf(a)) : [];
  }

  /** Whether every case has been given out. */
  get isEmpty(): boolean {
    return this.#first.length === 0 && this.#again.length === 0 && this.#bulk.length === 0;
  }

  /**
   * Gives out the next case. Instead, where none may begin now: ms after which to ask again, unless a case ends before;
   * `Infinity` where only that can help.
   */
  next(now: number): Turn | number {
    if (this.#open.size >= Math.min(width[this.#mode], this.#concurrency)) return Infinity;
    const next = this.#first[0];
    if (next === undefined) return this.#again.length > 0 ? this.#nextAgain(now) : this.#nextBulk(now);
    const wait = this.#mode === "crowd" ? 0 : this.#untilBulkIsAlone(isBulk(next), now);
    return wait > 0 ? wait : this.#take(this.#first, 0);
  }

  /** A timer-bound case is to be played so many times more. While it waits for its timers, bulk cases may begin. */
  again(played: Case, times: number): void {
    for (let i = 0; i < times; i++) this.#again.push(played);
  }

  /**
   * A case that was given out begins only now.
   *
   * @returns ms after which it counts as one that only waits for its timers, should it go on for so long; `Infinity` for
   * one that is not bulk
   */
  began(turn: Turn, now: number): number {
    const open = this.#open.get(turn);
    if (open === undefined) return Infinity;
    open.since = now;
    if (!turn.again) this.#busyAt = now;
    return open.bulk ? this.#patienceFor(open) : Infinity;
  }

  /** @param inTime it was not ended by a timer: its time says something of the target */
  ended(turn: Turn, now: number, inTime: boolean): void {
    const { bulk = false, work = 0, since = null } = this.#open.get(turn) ?? {};
    this.#open.delete(turn);
    if (!turn.again) this.#busyAt = now;
    if (!bulk || !inTime || since === null) return;
    this.#slowness = Math.max(1, (1 - newest) * this.#slowness + (newest * (now - since)) / work);
  }

  #nextAgain(now: number): Turn | number {
    const wait = Math.max(this.#untilAtMostAtWork(0, now), this.#busyAt + calm - now);
    return wait > 0 ? wait : this.#take(this.#again, 0);
  }

  #nextBulk(now: number): Turn | number {
    const wait = this.#untilAtMostAtWork(bulkWidth - 1, now);
    if (wait > 0) return wait;
    const gap = this.#gap(now);
    if (gap.to === 0) return gap.again;
    const slowness = this.#slowness * this.#sharers();
    const canBegin = (played: Case) => this.#fits(played) && slowness * this.#workOf(played) <= gap.to;
    // A gap is filled with short ones: of those it is best known that they end in time.
    const isGap = gap.to < Infinity;
    const at = isGap ? this.#bulk.findLastIndex(canBegin) : this.#bulk.findIndex(canBegin);
    return at === -1 ? gap.again : this.#take(this.#bulk, at);
  }

  /** Outside of a crowd: ms until a bulk case has the target for itself, but for bulk cases that only wait. */
  #untilBulkIsAlone(isBulkNext: boolean, now: number): number {
    const areOthersOpen = [...this.#open.values()].some(({ bulk }) => !bulk);
    return isBulkNext && areOthersOpen ? Infinity : this.#untilAtMostAtWork(0, now);
  }

  /** Ms until no more than so many bulk cases count as being at work. */
  #untilAtMostAtWork(most: number, now: number): number {
    const open = [...this.#open.values()].filter(({ bulk }) => bulk);
    if (open.length >= mostBulk) return Infinity;
    const until = open.map((each) => this.#seemsToWaitIn(each, now));
    return until.toSorted((a, b) => b - a)[most] ?? 0;
  }

  /** Ms until a bulk case counts as one that only waits, at the soonest where it has not begun. */
  #seemsToWaitIn(open: OpenCase, now: number): number {
    return (open.since ?? now) + this.#patienceFor(open) - now;
  }

  #patienceFor({ work }: OpenCase): number {
    return Math.max(leastPatience, patience * this.#slowness * work);
  }

  /**
   * The ms that a bulk case may take now without disturbing what is open; 0 for none, and then the ms after which to
   * ask again.
   */
  #gap(now: number): { readonly to: number; readonly again: number } {
    let to = Infinity;
    let again = Infinity;
    for (const { bulk, spans, since } of this.#open.values()) {
      if (bulk) continue;
      const at = since === null ? 0 : now - since;
      const present = spans.find((span) => span.from <= at && at < span.to);
      const next = spans.find((span) => span.from > at);
      if (present !== undefined) to = 0;
      if (next !== undefined) to = Math.min(to, next.from - at < leastGap ? 0 : useOfGap * (next.from - at));
      // The end of the attentive span that is going on, or else of the next one.
      again = Math.min(again, (present ?? next)?.to === undefined ? Infinity : (present ?? next)!.to - at);
    }
    return { to, again };
  }

  #fits(played: Case): boolean {
    const octets = [...this.#open.values()].reduce((sum, each) => sum + each.octets, 0);
    return octets === 0 || octets + octetsInFlight(played) <= mostOctets;
  }

  /** Of those that have begun nobody knows how far they are: short ones get ahead of them. */
  #workOf(played: Case): number {
    const others = [...this.#open.values()].filter(({ bulk }) => bulk);
    return others.reduce((sum, { effort }) => sum + effort, this.#effortOf(played));
  }

  #effortOf(played: Case): number {
    return effortOf(played, this.#profile);
  }

  #take(from: Case[], at: number): Turn {
    const [played] = from.splice(at, 1) as [Case];
    const turn = { case: played, again: from === this.#again };
    this.#open.set(turn, {
      bulk: isBulk(played),
      effort: this.#effortOf(played),
      work: this.#workOf(played),
      octets: octetsInFlight(played),
      spans: attentiveSpans(played, turn.again),
      since: null,
    });
    return turn;
  }
}
