import { extname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";

import type { Span } from "../../fuzzer/effort.ts";

import { lagLimit, overlaps, tickEvery } from "../place/lag-watch.ts";

/** Late looks that are kept: who has missed more of them was disturbed in any case. */
const kept = 64;

/** Ms that the thread may take to begin. */
const startLimit = 1_000;

/** Where the thread writes, in ns of the clock that all threads share. */
export const canarySlots = { lastLook: 0, lateLooks: 1, ring: 2, count: 2 + 2 * kept, kept } as const;

/**
 * A thread that does nothing but look at the clock. It is as idle as a target is whose cases wait, so that it is late
 * when such a target may be: when the machine is too busy to give either a processor in time, with other targets or with
 * anything else.
 */
export class Canary implements Disposable {
  readonly #slots: BigInt64Array<SharedArrayBuffer>;
  readonly #madeAt = process.hrtime.bigint();
  readonly #worker: Worker | null;

  /** @param slots what a thread has written, for tests; by default one is started */
  constructor(slots?: BigInt64Array<SharedArrayBuffer>) {
    this.#slots = slots ?? new BigInt64Array(new SharedArrayBuffer(8 * canarySlots.count));
    this.#worker = slots === undefined ? this.#start() : null;
  }

  /** How many late looks there were so far. */
  get lateLooks(): number {
    return Number(Atomics.load(this.#slots, canarySlots.lateLooks));
  }

  /**
   * Whether it was late when that mattered.
   *
   * @param since beginning of `spans`, in ms of `performance.now()`
   * @param lateBefore {@link lateLooks} at that time
   */
  wasLate(since: number, spans: readonly Span[], lateBefore: number): boolean {
    const count = this.lateLooks;
    if (count - lateBefore > kept) return true;
    const late = Array.from({ length: count - lateBefore }, (_, index) => this.#stretch(lateBefore + index));
    const waiting = this.#waiting();
    if (waiting !== null) late.push(waiting);
    return late.some((stretch) => overlaps(spans, since, stretch));
  }

  [Symbol.dispose](): void {
    void this.#worker?.terminate();
  }

  #start(): Worker {
    Atomics.store(this.#slots, canarySlots.lastLook, this.#madeAt);
    const program = join(import.meta.dirname, `canary-thread${extname(import.meta.filename)}`);
    const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };
    const worker = new Worker(program, { workerData: this.#slots, resourceLimits });
    worker.unref();
    // Where it has failed everything counts as disturbed.
    return worker.on("error", () => {});
  }

  #stretch(index: number): Span {
    const at = canarySlots.ring + 2 * (index % kept);
    return { from: this.#ms(at), to: this.#ms(at + 1) };
  }

  /** The look that should have been by now, and was not yet. */
  #waiting(): Span | null {
    const [from, to] = [this.#ms(canarySlots.lastLook), performance.now()];
    const hasBegun = Atomics.load(this.#slots, canarySlots.lastLook) !== this.#madeAt;
    const limit = hasBegun ? tickEvery + lagLimit : startLimit;
    return to - from > limit ? { from, to } : null;
  }

  /** A moment in ms of `performance.now()`. */
  #ms(slot: number): number {
    const ago = process.hrtime.bigint() - Atomics.load(this.#slots, slot);
    return performance.now() - Number(ago) / 1e6;
  }
}
