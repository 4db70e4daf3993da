import { performance } from "node:perf_hooks";

import type { Span } from "../../fuzzer/effort.ts";

import { always, LagWatch, overlaps } from "../place/lag-watch.ts";
import { Canary } from "./canary.ts";

/** A time during which a case was open. */
export interface Window {
  /** Ends the window. Whether nothing happened in it, when that mattered, that could have slowed fuzzer or target. */
  close(): boolean;
}

/** What a window is for. */
export interface WindowOptions {
  /** When it must not be disturbed, in ms from now on; by default always. */
  readonly spans?: readonly Span[];
  /**
   * Whose bulk cases disturb it: those of the same target, as given to {@link Machine.enter}. By default anybody's, as is
   * right for what needs much of a processor itself.
   */
  readonly heeds?: object;
}

interface OpenWindow {
  readonly since: number;
  readonly spans: readonly Span[];
  readonly heeds: object | undefined;
  disturbed: boolean;
}

/** What may ask to be let in: a bulk case, or a play beside which no bulk case of any target is open. */
export type Entrance = "bulk" | "silent";

interface OpenBulk {
  readonly since: number;
  readonly owner: object;
}

interface Waiting {
  readonly kind: Entrance;
  readonly owner: object;
  readonly enter: (leave: () => void) => void;
}

/**
 * Watches how busy this process and its machine are, for all cells that are played: the lag of its event loop, that of
 * an idle thread, and bulk cases that are open. Also keeps bulk cases and silent plays of all cells apart.
 */
export class Machine implements Disposable {
  readonly #lag = new LagWatch();
  readonly #canary: Canary | null;
  readonly #windows = new Set<OpenWindow>();
  readonly #bulk = new Set<OpenBulk>();
  #silent = 0;
  #waiting: Waiting[] = [];

  /** @param canary tells of other targets that are played at the same time; null where there are none */
  constructor(canary: Canary | null = null) {
    this.#canary = canary;
  }

  /** Opens a window for a case. */
  window({ spans = always, heeds }: WindowOptions = {}): Window {
    const window = { since: performance.now(), spans, heeds, disturbed: false };
    this.#windows.add(window);
    const watch = this.#lag.open(spans);
    const lateBefore = this.#canary?.lateLooks ?? 0;
    return {
      close: () => {
        for (const bulk of this.#bulk) disturb(window, bulk);
        this.#windows.delete(window);
        const wasLate = this.#canary?.wasLate(window.since, spans, lateBefore) ?? false;
        return watch.close() && !wasLate && !window.disturbed;
      },
    };
  }

  /**
   * Lets a bulk case or a silent play begin once no play of the other kind is open, in the order of asking.
   *
   * @param owner stands for the target
   * @returns a function that says that it has ended
   */
  async enter(kind: Entrance, owner: object): Promise<() => void> {
    if (this.#waiting.length === 0 && this.#mayEnter(kind)) return this.#letIn(kind, owner);
    return await new Promise((enter) => void this.#waiting.push({ kind, owner, enter }));
  }

  /** How many targets have bulk cases open, or would if this one had. */
  sharers(owner: object): number {
    return new Set([owner, ...[...this.#bulk].map((bulk) => bulk.owner)]).size;
  }

  [Symbol.dispose](): void {
    this.#canary?.[Symbol.dispose]();
    this.#lag[Symbol.dispose]();
  }

  #mayEnter(kind: Entrance): boolean {
    return kind === "bulk" ? this.#silent === 0 : this.#bulk.size === 0;
  }

  #letIn(kind: Entrance, owner: object): () => void {
    if (kind === "silent") {
      this.#silent++;
      return () => {
        this.#silent--;
        this.#letInWaiting();
      };
    }
    const open = { since: performance.now(), owner };
    this.#bulk.add(open);
    return () => {
      this.#bulk.delete(open);
      for (const window of this.#windows) disturb(window, open);
      this.#letInWaiting();
    };
  }

  #letInWaiting(): void {
    while (this.#waiting.length > 0 && this.#mayEnter(this.#waiting[0]!.kind)) {
      const { kind, owner, enter } = this.#waiting.shift()!;
      enter(this.#letIn(kind, owner));
    }
  }
}

/** A bulk case was open until now. */
function disturb(window: OpenWindow, { since, owner }: OpenBulk): void {
  if (window.heeds !== undefined && window.heeds !== owner) return;
  window.disturbed ||= overlaps(window.spans, window.since, { from: since, to: performance.now() });
}
