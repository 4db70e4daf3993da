/**
 * Deadlines under whatever clock the caller has. Nothing here waits: the owner asks for {@link Timers.next},
 * sleeps as it likes, and calls {@link Timers.run}.
 */
export class Timers {
  #pending: Timer[] = [];

  /** Calls `action` once, at `at` ms of the caller's clock or later. Equal times keep their order. */
  add(at: number, action: () => void): Timer {
    const timer: Timer = { at, action };
    const index = this.#pending.findLastIndex((other) => other.at <= at);
    this.#pending.splice(index + 1, 0, timer);
    return timer;
  }

  /** Takes a timer back; one that has run or was cancelled is left alone. */
  cancel(timer: Timer | null): void {
    if (timer !== null) this.#pending = this.#pending.filter((other) => other !== timer);
  }

  /** Takes all timers back. */
  clear(): void {
    this.#pending = [];
  }

  /** The earliest deadline, or null when there is none. */
  get next(): number | null {
    return this.#pending[0]?.at ?? null;
  }

  /** Runs what is due at `now`, in order, timers added meanwhile included. */
  run(now: number): void {
    while (this.#pending.length > 0 && this.#pending[0]!.at <= now) this.#pending.shift()!.action();
  }
}

/** A deadline that was added to {@link Timers}. */
export interface Timer {
  readonly at: number;
  readonly action: () => void;
}
