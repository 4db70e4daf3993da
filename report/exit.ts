import type { CellStatus } from "./cell.ts";

/** What a run may fail on, the word of `--fail-on` (design section 7). */
export const FAIL_ON = ["regressed", "unexpected", "infra", "never"] as const;

/** One of {@link FAIL_ON}. */
export type FailOn = (typeof FAIL_ON)[number];

/** The exit codes of design section 7. */
export const EXIT = {
  asExpected: 0,
  unexpected: 1,
  usage: 2,
  infrastructure: 3,
  stale: 4,
  interrupted: 130,
} as const;

/** What decides the exit code of a run. */
export interface RunFacts {
  readonly interrupted: boolean;
  /** Usage or configuration was wrong, so nothing can be said of the targets. */
  readonly configError?: boolean;
  /** See {@link infrastructureFailed}. */
  readonly infrastructure: boolean;
  /** Cases whose verdict neither the preset nor the baseline allows. */
  readonly regressed: number;
  /** Cases whose baseline entry is no longer true, or no longer needed. */
  readonly stale: number;
  /** Planned. */
  readonly cells: number;
}

/** What is asked of a cell before its verdicts mean anything. */
export interface CellFacts {
  readonly status: CellStatus;
  /** The matrix lets this cell be skipped. */
  readonly optional: boolean;
  /** Planned cases that have no verdict. */
  readonly notRun: number;
}

/**
 * Whether something other than a verdict went wrong: a cell that did not run, unless it is optional and was
 * skipped; a case that was not run; or no cell that ran at all, since nothing tested is not a success.
 */
export function infrastructureFailed(cells: readonly CellFacts[]): boolean {
  if (cells.length > 0 && !cells.some((cell) => cell.status === "ran")) return true;
  return cells.some((cell) => {
    if (cell.status === "skipped" && cell.optional) return false;
    return cell.status !== "ran" || cell.notRun > 0;
  });
}

/** The exit code of a run. If several apply: 130, 2, 3, 1, 4. A run without cells is 2, never 0. */
export function exitCode(facts: RunFacts, failOn: FailOn = "unexpected"): number {
  if (facts.interrupted) return EXIT.interrupted;
  if (facts.configError === true || facts.cells === 0) return EXIT.usage;
  if (failOn === "never") return EXIT.asExpected;
  if (facts.infrastructure) return EXIT.infrastructure;
  if (failOn === "infra") return EXIT.asExpected;
  if (facts.regressed > 0) return EXIT.unexpected;
  return failOn === "unexpected" && facts.stale > 0 ? EXIT.stale : EXIT.asExpected;
}
