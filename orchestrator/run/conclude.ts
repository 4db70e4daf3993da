import { baselineNotes, type Baseline } from "../config/baselines.ts";
import { talliesOf } from "../../report/tally.ts";
import { exitCode, type FailOn, infrastructureFailed } from "../../report/exit.ts";
import { type Regression, renderTable, type TableCell } from "../../report/table.ts";

import { repeatCommand } from "../../report/repeat.ts";

import { type CellSummary, cellKey } from "./cell-run.ts";
import type { Phases } from "./phases.ts";
import { programName } from "./package-root.ts";
import { type OwnTarget, ownFlags, type RunRequest } from "./request.ts";

/** The exit code of a run that came to its end (design section 7). */
export function exitCodeOf(cells: readonly CellSummary[], failOn: FailOn): number {
  const sum = (of: (cell: CellSummary) => number) => cells.reduce((total, cell) => total + of(cell), 0);
  return exitCode(
    {
      interrupted: false,
      infrastructure: infrastructureFailed(
        cells.map(({ cell, end, answer }) => ({
          status: end.status,
          optional: cell.optional,
          notRun: answer.counts.notRun,
        })),
      ),
      regressed: sum(({ answer }) => answer.counts.regressed),
      stale: sum(({ answer }) => answer.counts.fixed),
      cells: cells.length,
    },
    failOn,
  );
}

/** What a terminal shows at the end: the table, what regressed, and what is to be said of the baselines. */
export function summaryText(
  cells: readonly CellSummary[],
  baselineOf: (target: string) => Baseline,
  { own, matrix }: Pick<RunRequest, "own" | "matrix">,
  options: { readonly width: number; readonly colour: boolean },
): string {
  const notes = cells.flatMap(({ cell, answer }) => baselineNotes(baselineOf(cell.target.name), answer));
  const table = renderTable(
    cells.map(tableCell),
    cells.flatMap((cell) => regressions(cell, own, matrix ?? null)),
    options,
  );
  return [table, ...[...new Set(notes)].map((note) => `${note}\n`)].join("");
}

/** How many cells were not played, and since when nothing of them has changed; "" when all were. */
export function cacheText(cells: readonly CellSummary[]): string {
  const cached = cells.flatMap(({ cachedFrom }) => cachedFrom ?? []);
  if (cached.length === 0) return "";
  const days = cached.map(({ finishedAt }) => new Date(finishedAt).toISOString().slice(0, 10)).toSorted();
  const since = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`;
  return `${cached.length} of ${cells.length} cells are unchanged and were taken from earlier runs (${since}); --no-cache plays them again\n`;
}

/** The object that `--json` prints. */
export function summaryJson(
  run: string,
  dir: string,
  cells: readonly CellSummary[],
  { built, cached, buildMs, playMs }: Phases,
  code: number,
): string {
  const list = cells.map((summary) => ({
    ...cellKey(summary.cell),
    status: summary.end.status,
    reason: summary.end.reason,
    ...talliesOf(summary.facts),
    regressed: summary.answer.counts.regressed,
    fixed: summary.answer.counts.fixed,
    duration: summary.duration,
    ...(summary.cachedFrom !== null && { cachedFrom: summary.cachedFrom }),
  }));
  const targets = { built, cached, buildMs, playMs };
  return JSON.stringify({ run, dir, cells: list, targets, exitCode: code });
}

function tableCell(summary: CellSummary): TableCell {
  const { cell, end, answer, duration } = summary;
  return {
    ...cellKey(cell),
    status: end.status,
    reason: end.reason,
    ...talliesOf(summary.facts),
    regressed: answer.counts.regressed,
    fixed: answer.counts.fixed,
    duration,
  };
}

function regressions(
  { cell, facts, answer }: CellSummary,
  own: OwnTarget | undefined,
  matrix: string | null,
): Regression[] {
  const key = cellKey(cell);
  return [...answer.cases].flatMap(([id, { outcome }]) => {
    const verdict = facts.get(id)?.verdict;
    if (outcome !== "regressed" || !verdict) return [];
    return [
      {
        cell: key,
        case: id,
        verdict,
        command: repeatCommand(key, id, programName, own && ownFlags(own), matrix),
      },
    ];
  });
}
