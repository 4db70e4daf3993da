import { type Change, compareVerdicts } from "../compare.ts";
import type { VerdictPair } from "../tally.ts";
import { compareVersions, lineOf, type PlayedCell, type PlayedRun } from "./played.ts";

/** What became of a case between two runs; `infrastructure`: it could not be played this time, or last time. */
export const DIFF_KINDS = ["regressed", "fixed", "changed", "new", "gone", "infrastructure"] as const;

/** One of {@link DIFF_KINDS}. */
export type DiffKind = (typeof DIFF_KINDS)[number];

/** One case that differs between two runs. */
export interface CaseDiff {
  readonly kind: DiffKind;
  readonly case: string;
  /** Null where it has no verdict. */
  readonly before: VerdictPair | null;
  readonly after: VerdictPair | null;
}

/** How one cell differs between two runs. */
export interface CellDiff {
  /** Null where one of the runs does not have the cell. */
  readonly before: PlayedCell | null;
  readonly after: PlayedCell | null;
  readonly equal: number;
  readonly cases: readonly CaseDiff[];
}

/** How two runs differ. */
export interface RunDiff {
  readonly before: PlayedRun;
  readonly after: PlayedRun;
  /** Cells with a difference, in the order of the later run; then what only the earlier one has. */
  readonly cells: readonly CellDiff[];
  readonly counts: Readonly<Record<DiffKind, number>>;
  /** Cells of which all verdicts are the same. */
  readonly equalCells: number;
  /** Ids of cells that only one of the runs has. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const KINDS: Readonly<Record<Change, DiffKind>> = {
  worse: "regressed",
  better: "fixed",
  other: "changed",
  new: "new",
  gone: "gone",
};

/**
 * Holds two runs against each other, cell by cell. A cell whose version is new is held against the newest
 * version that the earlier run had of the same target, role and variant.
 */
export function diffRuns(before: PlayedRun, after: PlayedRun): RunDiff {
  const earlier = new Map(before.cells.map((cell) => [cell.id, cell]));
  const pairs = after.cells.map((cell) => ({ after: cell, before: counterpart(cell, before, after) }));
  const used = new Set(pairs.map((pair) => pair.before?.id));
  const known = pairs.flatMap((pair) => (pair.before === null ? [] : diffCells(pair.before, pair.after)));
  const counts: Record<DiffKind, number> = {
    regressed: 0,
    fixed: 0,
    changed: 0,
    new: 0,
    gone: 0,
    infrastructure: 0,
  };
  for (const { cases } of known) for (const { kind } of cases) counts[kind] += 1;
  return {
    before,
    after,
    cells: known.filter(({ cases }) => cases.length > 0),
    counts,
    equalCells: known.filter(({ cases }) => cases.length === 0).length,
    added: pairs.filter((pair) => pair.before === null).map((pair) => pair.after.id),
    removed: [...earlier.keys()].filter((id) => !used.has(id)),
  };
}

/** How the verdicts of two cells differ. */
export function diffCells(before: PlayedCell, after: PlayedCell): CellDiff {
  const { equal, differences } = compareVerdicts(before.cases, after.cases);
  const cases = differences.flatMap(({ case: id, change, before: was, after: is }): CaseDiff[] => {
    const kind = couldNotBePlayed(change, id, before, after) ? "infrastructure" : KINDS[change];
    return isPending(kind, after) ? [] : [{ kind, case: id, before: was, after: is }];
  });
  return { before, after, equal, cases };
}

/** What has not been played yet, in a run that still goes on, is no difference. */
function isPending(kind: DiffKind, after: PlayedCell): boolean {
  const going = after.status === "waiting" || after.status === "unfinished";
  return going && (kind === "gone" || kind === "infrastructure");
}

/** A verdict is missing although it was asked for. */
function couldNotBePlayed(change: Change, id: string, before: PlayedCell, after: PlayedCell): boolean {
  if (change === "gone") return after.status !== "ran" || after.notRun.includes(id);
  if (change === "new") return before.status !== "ran" || before.notRun.includes(id);
  return false;
}

function counterpart(cell: PlayedCell, before: PlayedRun, after: PlayedRun): PlayedCell | null {
  const same = before.cells.find(({ id }) => id === cell.id);
  if (same !== undefined) return same;
  const line = lineOf(cell);
  const [newest] = newestFirst(after, line);
  const [last] = newestFirst(before, line);
  return newest?.id === cell.id ? (last ?? null) : null;
}

function newestFirst({ cells }: PlayedRun, line: string): readonly PlayedCell[] {
  return cells
    .filter((cell) => lineOf(cell) === line)
    .toSorted((a, b) => compareVersions(a.version, b.version));
}
