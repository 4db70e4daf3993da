import { availableParallelism } from "node:os";

import type { CellStatus } from "#report/cell.ts";

import { type Engine, type Prepared, PrepareError } from "../engines/engine.ts";
import type { EventLog } from "../events.ts";
import type { Cell } from "../plan.ts";
import { inPool } from "../play/pool.ts";
import { type Target, targetLabel } from "../target.ts";

/** A target that is ready to start, or why it is not. */
export type Preparation =
  | { readonly ok: true; readonly engine: Engine; readonly prepared: Prepared }
  | { readonly ok: false; readonly status: CellStatus; readonly reason: string; readonly logTail: string };

/** Makes each target of the cells ready once. A target that cannot be made costs only its own cells. */
export async function prepareTargets(
  cells: readonly Cell[],
  engineFor: (target: Target) => Engine,
  log: EventLog,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Preparation>> {
  const targets = new Map(cells.map((cell) => [targetLabel(cell.target), cell.target]));
  const preparations = new Map<string, Preparation>();
  await inPool([...targets], availableParallelism(), async ([label, target]) => {
    signal.throwIfAborted();
    const { name, version } = target;
    log.append({ type: "preparing", target: name, version });
    const preparation = await prepareOne(target, engineFor(target), signal);
    preparations.set(label, preparation);
    if (!preparation.ok) return;
    const { digest, cached, duration } = preparation.prepared;
    log.append({ type: "prepared", target: name, version, digest, cached, duration });
  });
  return preparations;
}

async function prepareOne(target: Target, engine: Engine, signal: AbortSignal): Promise<Preparation> {
  try {
    return { ok: true, engine, prepared: await engine.prepare(target, { signal }) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PrepareError)) throw error;
    return { ok: false, status: error.kind, reason: error.message, logTail: error.logTail };
  }
}
