import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import type { Mutant, Side } from "../../reference-impl/mutants/mutant.ts";
import { mutants } from "../../reference-impl/mutants/mutants.ts";
import type { Trial, TrialRequest, TrialResult } from "./trial.ts";

/** What became of one mutant on one side. */
export interface MutantResult extends TrialResult {
  readonly mutant: Mutant;
  readonly side: Side;
  /** Patterns of the cases that should have caught it, of which none did. */
  readonly missed: readonly string[];
}

/** The suite on trial. */
export interface SelfCheck {
  readonly results: readonly MutantResult[];
  /** Cases in which the endpoint without a defect was caught: the suite would be wrong. */
  readonly falseAlarms: readonly TrialResult[];
  /** Ms of real time. */
  readonly duration: number;
}

/** What to put on trial. */
export interface SelfCheckOptions {
  readonly profile: "quick" | "full";
  /** Names of the mutants; default: all. */
  readonly only?: readonly string[];
  readonly signal: AbortSignal;
  /** Called when a trial has ended. */
  readonly onTrial?: (done: number, of: number) => void;
}

/**
 * Plays the suite against every mutant and the endpoint without a defect, in memory and under a virtual clock, on all
 * cores.
 *
 * @throws the signal's reason, once it is aborted
 */
export async function selfCheck(options: SelfCheckOptions): Promise<SelfCheck> {
  const started = performance.now();
  const chosen = mutants.filter(({ name }) => options.only?.includes(name) ?? true);
  const trials: Trial[] = [
    ...(["server", "client"] as const).map((side) => ({ mutant: null, side })),
    ...chosen.flatMap(({ name, sides }) => sides.map((side) => ({ mutant: name, side }))),
  ];
  // Those that play long cases go first, so that no core has one of them left at the end.
  const order = trials.map((_, index) => index).toSorted((a, b) => costOf(trials[b]!) - costOf(trials[a]!));
  const results: TrialResult[] = Array.from(trials, () => ({ caught: [], played: 0 }));
  let done = 0;
  const work = async () => {
    const worker = new Worker(new URL(`./trial-worker${extension}`, import.meta.url));
    try {
      for (let index = order.shift(); index !== undefined; index = order.shift()) {
        results[index] = await ask(worker, { ...trials[index]!, profile: options.profile }, options.signal);
        options.onTrial?.(++done, trials.length);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, work));
  return {
    results: trials.flatMap((trial, index) => resultOf(trial, results[index]!)),
    falseAlarms: results.filter(({ caught }, index) => trials[index]!.mutant === null && caught.length > 0),
    duration: Math.round(performance.now() - started),
  };
}

/** Whether the suite noticed all that it should have: nothing missed, no false alarm. */
export function passes({ results, falseAlarms }: SelfCheck): boolean {
  return falseAlarms.length === 0 && results.every(({ missed }) => missed.length === 0);
}

/** Mutants that no case was expected to catch, and none did. */
export function blindSpots({ results }: SelfCheck): readonly MutantResult[] {
  return results.filter(({ mutant, caught }) => mutant.caughtBy.length === 0 && caught.length === 0);
}

const extension = import.meta.filename.endsWith(".ts") ? ".ts" : ".js";

function costOf({ mutant }: Trial): number {
  return mutant === null ? Infinity : (mutants.find(({ name }) => name === mutant)?.long.length ?? 0);
}

function resultOf({ mutant: name, side }: Trial, result: TrialResult): readonly MutantResult[] {
  const mutant = mutants.find((candidate) => candidate.name === name);
  if (mutant === undefined) return [];
  const missed = mutant.caughtBy.filter((pattern) => !result.caught.some((id) => matches(id, pattern)));
  return [{ ...result, mutant, side, missed }];
}

/** Whether a case number matches a pattern, in which `*` stands for any characters. */
export function matches(id: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(".", "\\."));
  return new RegExp(`^${parts.join(".*")}$`).test(id);
}

function ask(worker: Worker, request: TrialRequest, signal: AbortSignal): Promise<TrialResult> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      signal.removeEventListener("abort", onAbort);
      then();
    };
    const onMessage = (result: TrialResult) => settle(() => resolve(result));
    const onError = (error: unknown) => settle(() => reject(error));
    const onAbort = () => settle(() => reject(signal.reason));
    worker.on("message", onMessage);
    worker.on("error", onError);
    signal.addEventListener("abort", onAbort, { once: true });
    worker.postMessage(request);
  });
}
