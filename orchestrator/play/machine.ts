import { performance } from "node:perf_hooks";

import { LagWatch } from "../place/lag-watch.ts";

/** A time during which a case was open. */
export interface Window {
  /** Ends the window. Whether nothing happened in it that could have slowed fuzzer or target. */
  close(): boolean;
}

/**
 * Watches how busy this process is, for all cells that it plays: the lag of its event loop, and bulk cases that
 * are open. Also keeps bulk cases and quiet plays of all cells apart.
 */
export class Machine implements Disposable {
  readonly #lag = new LagWatch();
  #lastBulk = -Infinity;
  #open = { bulk: 0, quiet: 0 };
  #waiting: { kind: "bulk" | "quiet"; enter: () => void }[] = [];

  /** Opens a window for a case. */
  window(): Window {
    const since = performance.now();
    const watch = this.#lag.open();
    return {
      close: () => {
        const onTime = watch.close();
        return onTime && this.#open.bulk === 0 && this.#lastBulk < since;
      },
    };
  }

  /**
   * Lets a bulk case or a quiet play begin once no play of the other kind is open, in the order of asking.
   *
   * @returns a function that says that it has ended
   */
  async enter(kind: "bulk" | "quiet"): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#mayEnter(kind)) {
      await new Promise<void>((enter) => void this.#waiting.push({ kind, enter }));
    } else {
      this.#open[kind]++;
    }
    return () => this.#leave(kind);
  }

  [Symbol.dispose](): void {
    this.#lag[Symbol.dispose]();
  }

  #mayEnter(kind: "bulk" | "quiet"): boolean {
    return this.#open[kind === "bulk" ? "quiet" : "bulk"] === 0;
  }

  #leave(kind: "bulk" | "quiet"): void {
    this.#open[kind]--;
    if (kind === "bulk") this.#lastBulk = performance.now();
    while (this.#waiting.length > 0 && this.#mayEnter(this.#waiting[0]!.kind)) {
      const next = this.#waiting.shift()!;
      this.#open[next.kind]++;
      next.enter();
    }
  }
}
