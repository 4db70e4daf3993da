import { performance } from "node:perf_hooks";

/** Ms between two looks. */
const lookEvery = 50;

/**
 * Sees how late this process is served. A target on the same machine fares no better, and what it did not do in time says
 * little then.
 */
export class LagWatch {
  readonly #timer: NodeJS.Timeout;
  #last = performance.now();
  #worst = 0;

  constructor() {
    this.#timer = setInterval(() => this.#look(), lookEvery);
  }

  /** Ms that it was late at the most since the last call. */
  take(): number {
    this.#look();
    const worst = this.#worst;
    this.#worst = 0;
    return worst;
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    this.#worst = Math.max(this.#worst, now - this.#last - lookEvery);
    this.#last = now;
  }
}
