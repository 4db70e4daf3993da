import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";

import type { Scenario, ScenarioResult } from "../../reference-impl/scenarios/scenario.ts";

import { type Cell } from "../config/plan.ts";
import { type Engine, PrepareError } from "../engines/engine.ts";
import type { CellEnd } from "../play/cell.ts";
import { inPool } from "../play/pool.ts";
import { cellFileName } from "../results/cell-file-name.ts";
import { writeAtomically } from "../results/atomic-file.ts";
import { equipped } from "../run/engines-of.ts";
import type { RunRequest } from "../run/request.ts";
import { playScenarios } from "./scenario-cell.ts";

/** What became of the scenarios of one cell. */
export interface ScenarioCell {
  readonly cell: Cell;
  readonly end: CellEnd;
  readonly results: readonly ScenarioResult[];
}

/** What is told while scenarios are played. */
export interface ScenarioHooks {
  readonly onCell: (cell: ScenarioCell) => void;
  readonly say: (text: string) => void;
}

/**
 * Plays scenarios with all cells of a request, several cells at once.
 *
 * @returns the cells in the order of the plan
 * @throws {ConfigError} nothing was started
 * @throws {EngineMissingError} the same
 */
export async function playScenarioCells(
  request: RunRequest,
  scenarios: readonly Scenario[],
  hooks: ScenarioHooks,
  signal: AbortSignal,
): Promise<readonly ScenarioCell[]> {
  return await equipped(request, hooks.say, async ({ cells, matrix, engineOf }) => {
    const done = new Map<string, ScenarioCell>();
    await inPool(cells, request.jobs ?? availableParallelism(), async (cell) => {
      signal.throwIfAborted();
      const { limits } = matrix;
      const played = await playOne(cell, engineOf(cell), { scenarios, limits, out: request.out, signal });
      done.set(cell.id, played);
      hooks.onCell(played);
    });
    return cells.flatMap((cell) => done.get(cell.id) ?? []);
  });
}

interface CellRequest {
  readonly scenarios: readonly Scenario[];
  readonly limits: Parameters<typeof playScenarios>[0]["limits"];
  /** Folder of a run; undefined to write nothing. */
  readonly out: string | undefined;
  readonly signal: AbortSignal;
}

async function playOne(cell: Cell, engine: Engine, request: CellRequest): Promise<ScenarioCell> {
  const { scenarios, limits, out, signal } = request;
  const results: ScenarioResult[] = [];
  const end = await prepared(engine, cell, signal, (ready) =>
    playScenarios(
      { cell, engine, prepared: ready, limits, logFile: logFileOf(cell, out), signal },
      scenarios,
      (result) => results.push(result),
    ),
  );
  if (out !== undefined) writeCell(out, cell, end, results);
  return { cell, end, results };
}

async function prepared(
  engine: Engine,
  { target }: Cell,
  signal: AbortSignal,
  use: (ready: Awaited<ReturnType<Engine["prepare"]>>) => Promise<CellEnd>,
): Promise<CellEnd> {
  try {
    return await use(await engine.prepare(target, { signal }));
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    return { status: error.kind, reason: error.message, logTail: error.logTail };
  }
}

function logFileOf(cell: Cell, out: string | undefined): string | null {
  if (out === undefined) return null;
  const file = join(resolve(out), "logs", `${cellFileName(cell.id)}.scenarios.log`);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** `scenarios/<cell>.json` of a run (design section 8). */
function writeCell(out: string, { id }: Cell, end: CellEnd, results: readonly ScenarioResult[]): void {
  const file = join(resolve(out), "scenarios", `${cellFileName(id)}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeAtomically(file, `${JSON.stringify({ schema: 1, cell: id, ...end, scenarios: results }, null, 2)}\n`);
}
