import { performance } from "node:perf_hooks";

/** Ms between two looks at the event loop. */
const tickEvery = 20;

/** A look that comes so many ms late means that octets and timers were late too. */
const lagLimit = 100;

/** A stretch of time that is watched. */
export interface Watch {
  /** Ends it. Whether the event loop was in time all along. */
  close(): boolean;
}

/** Watches how late the event loop of this process runs, for as long as anybody wants to know. */
export class LagWatch implements Disposable {
  #ticker: NodeJS.Timeout | null = null;
  #lastTick = 0;
  #lastLag = -Infinity;
  #open = 0;

  /** Begins a stretch of time. */
  open(): Watch {
    const since = performance.now();
    if (this.#open++ === 0) this.#startTicking(since);
    return {
      close: () => {
        if (--this.#open === 0) this[Symbol.dispose]();
        return this.#lastLag < since && !this.#isLate();
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
      if (this.#isLate()) this.#lastLag = performance.now();
      this.#lastTick = performance.now();
    }, tickEvery);
    this.#ticker.unref();
  }

  #isLate(): boolean {
    return performance.now() - this.#lastTick > tickEvery + lagLimit;
  }
}
