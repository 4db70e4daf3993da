import { performance } from "node:perf_hooks";

import type { Span } from "../../fuzzer/effort.ts";

/** Ms between two looks at the event loop. */
export const tickEvery = 20;

/** A look that comes so many ms late means that octets and timers were late too. */
export const lagLimit = 100;

/** A stretch of time that is watched. */
export interface Watch {
  /** Ends it. Whether the event loop was in time whenever that mattered. */
  close(): boolean;
}

/** All of the time from the beginning of a watch. */
export const always: readonly Span[] = Object.freeze([{ from: 0, to: Infinity }]);

/** Whether a stretch of time overlaps one of `spans`, whose ms are counted from `since`. */
export function overlaps(spans: readonly Span[], since: number, { from, to }: Span): boolean {
  return spans.some((span) => from <= since + span.to && since + span.from <= to);
}

interface Open {
  readonly since: number;
  readonly spans: readonly Span[];
  late: boolean;
}

/** Watches how late the event loop of this process runs, for as long as anybody wants to know. */
export class LagWatch implements Disposable {
  #ticker: NodeJS.Timeout | null = null;
  #lastTick = 0;
  readonly #open = new Set<Open>();

  /**
   * Begins a stretch of time.
   *
   * @param spans when lateness matters, in ms from now on; by default always
   */
  open(spans: readonly Span[] = always): Watch {
    const watched = { since: performance.now(), spans, late: false };
    if (this.#open.size === 0) this.#startTicking(watched.since);
    this.#open.add(watched);
    return {
      close: () => {
        this.#look();
        this.#open.delete(watched);
        if (this.#open.size === 0) this[Symbol.dispose]();
        return !watched.late;
      },
    };
  }

  [Symbol.dispose](): void {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.#ticker = null;
  }

  #startTicking(now: number): void {
    this.#lastTick = now;
    this.#ticker ??= setInterval(() => {
      this.#look();
      this.#lastTick = performance.now();
    }, tickEvery);
    this.#ticker.unref();
  }

  /** Nothing was done since the last look that should have been done after it. */
  #look(): void {
    const now = performance.now();
    if (now - this.#lastTick <= tickEvery + lagLimit) return;
    const lag = { from: this.#lastTick, to: now };
    for (const each of this.#open) each.late ||= overlaps(each.spans, each.since, lag);
  }
}
