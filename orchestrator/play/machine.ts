import { performance } from "node:perf_hooks";

import type { Span } from "../../fuzzer/effort.ts";

import { always, LagWatch, overlaps } from "../place/lag-watch.ts";

/** A time during which a case was open. */
export interface Window {
  /** Ends the window. Whether nothing happened in it, when that mattered, that could have slowed fuzzer or target. */
  close(): boolean;
}

interface OpenWindow {
  readonly since: number;
  readonly spans: readonly Span[];
  disturbed: boolean;
}

/**
 * Watches how busy this process is, for all cells that it plays: the lag of its event loop, and bulk cases that
 * are open. Also keeps bulk cases and quiet plays of all cells apart.
 */
export class Machine implements Disposable {
  readonly #lag = new LagWatch();
  readonly #windows = new Set<OpenWindow>();
  /** When each bulk case that is open began. */
  readonly #bulk = new Set<{ readonly since: number }>();
  #quiet = 0;
  #waiting: { kind: "bulk" | "quiet"; enter: (leave: () => void) => void }[] = [];

  /**
   * Opens a window for a case.
   *
   * @param spans when it must not be disturbed, in ms from now on; by default always
   */
  window(spans: readonly Span[] = always): Window {
    const window = { since: performance.now(), spans, disturbed: false };
    this.#windows.add(window);
    const watch = this.#lag.open(spans);
    return {
      close: () => {
        for (const { since } of this.#bulk) disturb(window, since);
        this.#windows.delete(window);
        return watch.close() && !window.disturbed;
      },
    };
  }

  /**
   * Lets a bulk case or a quiet play begin once no play of the other kind is open, in the order of asking.
   *
   * @returns a function that says that it has ended
   */
  async enter(kind: "bulk" | "quiet"): Promise<() => void> {
    if (this.#waiting.length === 0 && this.#mayEnter(kind)) return this.#letIn(kind);
    return await new Promise((enter) => void this.#waiting.push({ kind, enter }));
  }

  [Symbol.dispose](): void {
    this.#lag[Symbol.dispose]();
  }

  #mayEnter(kind: "bulk" | "quiet"): boolean {
    return kind === "bulk" ? this.#quiet === 0 : this.#bulk.size === 0;
  }

  #letIn(kind: "bulk" | "quiet"): () => void {
    if (kind === "quiet") {
      this.#quiet++;
      return () => {
        this.#quiet--;
        this.#letInWaiting();
      };
    }
    const open = { since: performance.now() };
    this.#bulk.add(open);
    return () => {
      this.#bulk.delete(open);
      for (const window of this.#windows) disturb(window, open.since);
      this.#letInWaiting();
    };
  }

  #letInWaiting(): void {
    while (this.#waiting.length > 0 && this.#mayEnter(this.#waiting[0]!.kind)) {
      const { kind, enter } = this.#waiting.shift()!;
      enter(this.#letIn(kind));
    }
  }
}

/** A bulk case was open from `from` until now. */
function disturb(window: OpenWindow, from: number): void {
  window.disturbed ||= overlaps(window.spans, window.since, { from, to: performance.now() });
}
