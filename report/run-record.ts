import { compareIds } from "../fuzzer/catalogue.ts";
import type { Verdict } from "../fuzzer/record.ts";
import type { AcceptPreset } from "./accept.ts";
import type { Outcome } from "./baseline.ts";
import type { CellKey, CellStatus } from "./cell.ts";
import { type CellFacts, EXIT, type FailOn, exitCode, infrastructureFailed } from "./exit.ts";
import { type Regression } from "./table.ts";
import { repeatCommand } from "./repeat.ts";
import { type Tally, tallySize } from "./tally.ts";

/**
 * What reports need of a run, as its folder has it: `run.json` and the files of its cells, read back, are such
 * records. JUnit, the job summary and the annotations are made of this and of nothing else.
 */
export interface RunRecord {
  readonly run: string;
  /** The version of wsmatrix. */
  readonly version: string;
  readonly state: "running" | "complete" | "interrupted";
  readonly exitCode: number | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly inputs: {
    readonly profile: "quick" | "full";
    readonly accept: AcceptPreset;
    readonly failOn: FailOn;
    /** Flags that name the program of one's own that was tested. */
    readonly own?: readonly string[] | undefined;
    /** Among other things the `file` of the matrix. */
    readonly matrix?: unknown;
  };
}

/** One case of a {@link CellRecord}. */
export interface CaseEntry extends Verdict {
  /** Milliseconds. */
  readonly duration: number;
  readonly flaky: boolean;
  readonly outcome?: Outcome | undefined;
}

/** One cell of a run. */
export interface CellRecord {
  readonly cell: CellKey & { readonly id: string; readonly optional: boolean };
  readonly status: CellStatus;
  /** Why it did not run; null when it ran. */
  readonly reason: string | null;
  /** The end of what the target or its build printed. */
  readonly logTail?: string | undefined;
  /** Milliseconds since the epoch; null when it was not even started. */
  readonly startedAt: number | null;
  /** Milliseconds. */
  readonly duration: number;
  readonly tally: Tally;
  readonly extraTally?: Tally | undefined;
  readonly cases: Readonly<Record<string, CaseEntry>>;
  /** Selected cases without a verdict. */
  readonly notRun: readonly string[];
  /** What is to be said of the baseline. */
  readonly notes?: readonly string[] | undefined;
  readonly cachedFrom?: { readonly run: string; readonly finishedAt: number } | undefined;
}

/** A run and its cells, in their order. */
export interface RecordedRun {
  readonly run: RunRecord;
  readonly cells: readonly CellRecord[];
}

/** Everything of a run that a gate counts. */
export interface RunTotals {
  readonly cells: number;
  readonly cases: number;
  readonly regressed: number;
  /** Cases that no longer need their baseline entry. */
  readonly stale: number;
  readonly flaky: number;
  readonly notRun: number;
  /** Cells that did not run and may not be missing. */
  readonly broken: number;
  /** Cells taken from earlier runs. */
  readonly cached: number;
}

/** Counts a run. */
export function totalsOf(cells: readonly CellRecord[]): RunTotals {
  const sum = (of: (cell: CellRecord) => number): number =>
    cells.reduce((total, cell) => total + of(cell), 0);
  return {
    cells: cells.length,
    cases: sum(sizeOf),
    regressed: sum((cell) => countOutcome(cell, "regressed")),
    stale: sum((cell) => countOutcome(cell, "fixed")),
    flaky: sum(({ tally, extraTally }) => tally.flaky + (extraTally?.flaky ?? 0)),
    notRun: sum(notRunOf),
    broken: sum((cell) => (isBroken(cell) ? 1 : 0)),
    cached: sum(({ cachedFrom }) => (cachedFrom === undefined ? 0 : 1)),
  };
}

/** The exit code that a run with these cells has (design section 7). */
export function exitCodeOfRecord(cells: readonly CellRecord[], failOn: FailOn, interrupted: boolean): number {
  const { regressed, stale } = totalsOf(cells);
  const infrastructure = infrastructureFailed(cells.map(factsOf));
  return exitCode({ interrupted, infrastructure, regressed, stale, cells: cells.length }, failOn);
}

/** Whether a cell lacks something that it was to have. */
export function isBroken(cell: CellRecord): boolean {
  return infrastructureFailed([factsOf(cell)]) && !(cell.status === "skipped" && cell.cell.optional);
}

/** Cases of one outcome. */
export function countOutcome({ cases }: CellRecord, outcome: Outcome): number {
  return Object.values(cases).filter((entry) => entry.outcome === outcome).length;
}

/** Every case that came out worse than it may, in the order of the cells, with the command that plays it again. */
export function regressionsOf({ run, cells }: RecordedRun, program: string): readonly Regression[] {
  return cells.flatMap(({ cell, cases }) =>
    casesInOrder(cases).flatMap(([id, verdict]) =>
      verdict.outcome === "regressed"
        ? [{ cell, case: id, verdict, command: commandFor({ run, cell, id, program }) }]
        : [],
    ),
  );
}

/** The command that plays a case of a run again. */
export function commandFor(what: {
  readonly run: RunRecord;
  readonly cell: CellKey;
  readonly id: string;
  /** How people call us. */
  readonly program: string;
}): string {
  const { own, matrix } = what.run.inputs;
  return repeatCommand(what.cell, what.id, what.program, own, matrixFile(matrix));
}

/** The usual matrix, and what stands for none, need not be said. */
function matrixFile(matrix: unknown): string | null {
  if (typeof matrix !== "object" || matrix === null || !("file" in matrix)) return null;
  const { file } = matrix;
  return typeof file === "string" && !USUAL_MATRICES.has(file) ? file : null;
}

const USUAL_MATRICES: ReadonlySet<string> = new Set(["matrix.yaml", "command line"]);

/** Cases by number: a record has them in the order in which they were played. */
export function casesInOrder(cases: CellRecord["cases"]): readonly [id: string, entry: CaseEntry][] {
  return Object.entries(cases).toSorted(([a], [b]) => compareIds(a, b));
}

/** What an exit code means, in a word for scripts. */
export const OUTCOME_WORDS: ReadonlyMap<number, string> = new Map([
  [EXIT.asExpected, "as-expected"],
  [EXIT.unexpected, "unexpected"],
  [EXIT.usage, "usage"],
  [EXIT.infrastructure, "infrastructure"],
  [EXIT.stale, "stale"],
  [EXIT.interrupted, "interrupted"],
]);

function factsOf(cell: CellRecord): CellFacts {
  return { status: cell.status, optional: cell.cell.optional, notRun: notRunOf(cell) };
}

function notRunOf({ tally, extraTally }: CellRecord): number {
  return tally.notRun + (extraTally?.notRun ?? 0);
}

function sizeOf({ tally, extraTally }: CellRecord): number {
  return tallySize(tally) + (extraTally === undefined ? 0 : tallySize(extraTally));
}
