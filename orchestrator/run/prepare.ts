import { availableParallelism } from "node:os";

import type { CellStatus } from "../../report/cell.ts";

import { type Engine, EngineGoneError, type Prepared, PrepareError } from "../engines/engine.ts";
import type { EventLog } from "../results/events.ts";
import type { Cell } from "../config/plan.ts";
import { inPool } from "../play/pool.ts";
import { type Target, targetLabel } from "../config/target.ts";

/** A target that is ready to start, or why it is not. */
export type Preparation =
  | { readonly ok: true; readonly engine: Engine; readonly prepared: Prepared }
  | { readonly ok: false; readonly status: CellStatus; readonly reason: string; readonly logTail: string };

/**
 * Makes each target of the cells ready once, in their order. A target that cannot be made costs only its own cells.
 *
 * @returns a promise for each target, by its {@link preparationKey}; they reject only when the run is aborted or there is a bug
 */
export function prepareTargets(
  cells: readonly Cell[],
  engineFor: (target: Target) => Engine,
  log: EventLog,
  signal: AbortSignal,
): ReadonlyMap<string, Promise<Preparation>> {
  const targets = new Map(cells.map((cell) => [preparationKey(cell.target), cell.target]));
  const results = new Map([...targets.keys()].map((label) => [label, Promise.withResolvers<Preparation>()]));
  const work = async ([label, target]: readonly [string, Target]) => {
    const result = results.get(label)!;
    await prepareAndTell(target, engineFor(target), log, signal).then(result.resolve, (error: unknown) => {
      result.reject(error);
      throw error;
    });
  };
  inPool([...targets], availableParallelism(), work).catch((error: unknown) => {
    for (const { reject } of results.values()) reject(error);
  });
  const promises = new Map([...results].map(([label, { promise }]) => [label, promise]));
  // Who awaits one of them hears of a failure; the others are no loose ends.
  for (const promise of promises.values()) promise.catch(() => {});
  return promises;
}

/** Tells the targets of a run apart: a server and a client of one's own may have one name, and are two programs. */
export function preparationKey(target: Target): string {
  return target.kind === "folder" ? targetLabel(target) : JSON.stringify(target);
}

async function prepareAndTell(
  target: Target,
  engine: Engine,
  log: EventLog,
  signal: AbortSignal,
): Promise<Preparation> {
  signal.throwIfAborted();
  const { name, version } = target;
  log.append({ type: "preparing", target: name, version });
  const begun = performance.now();
  const preparation = await prepareOne(target, engine, signal);
  if (preparation.ok) {
    const { digest, cached, duration } = preparation.prepared;
    const label = { target: name, version, engine: engine.name };
    log.append({ type: "prepared", ...label, digest, cached, duration });
  } else {
    const { status, reason } = preparation;
    const duration = Math.round(performance.now() - begun);
    log.append({ type: "not-prepared", target: name, version, status, reason, duration });
  }
  return preparation;
}

async function prepareOne(target: Target, engine: Engine, signal: AbortSignal): Promise<Preparation> {
  try {
    return { ok: true, engine, prepared: await engine.prepare(target, { signal }) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineGoneError) {
      return { ok: false, status: "crashed", reason: error.message, logTail: "" };
    }
    if (!(error instanceof PrepareError)) throw error;
    return { ok: false, status: error.kind, reason: error.message, logTail: error.logTail };
  }
}
