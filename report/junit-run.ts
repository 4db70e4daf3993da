import { type JunitFault, type JunitSuite, junitXml } from "./junit.ts";
import {
  type CellRecord,
  type RecordedRun,
  type RunRecord,
  casesInOrder,
  commandFor,
  isBroken,
} from "./run-record.ts";

/** What the XML of a run needs beside its record. */
export interface JunitRunOptions {
  /** How people call us, for the commands that repeat a case. */
  readonly program: string;
  /** The title of a case by its number. */
  readonly titleOf: (id: string) => string;
}

/**
 * A run as JUnit's XML, a suite for each cell. What a baseline or the preset allows passes; a cell that could not be
 * tested has one error of its own, beside those of cases that were begun and not run.
 */
export function junitOfRun({ run, cells }: RecordedRun, options: JunitRunOptions): string {
  return junitXml(cells.map((cell) => suiteOf(cell, run, options)));
}

function suiteOf(record: CellRecord, run: RunRecord, options: JunitRunOptions): JunitSuite {
  const { cell, cases, notRun, startedAt, cachedFrom } = record;
  const played = casesInOrder(cases).map(([id, entry]) => {
    const fails = entry.outcome === "regressed";
    return {
      id,
      title: options.titleOf(id),
      verdict: entry,
      duration: entry.duration,
      fails,
      ...(fails && { command: commandFor({ run, cell, id, program: options.program }) }),
    };
  });
  const silent = record.status === "ran" || played.length > 0 ? notRun : [];
  const missing = silent.map((id) => ({
    id,
    title: options.titleOf(id),
    verdict: null,
    duration: 0,
    fails: true,
  }));
  return {
    name: cell.id,
    cases: [...played, ...missing],
    faults: faultsOf(record),
    startedAt,
    properties: {
      role: cell.role,
      variant: cell.variant,
      ...(cachedFrom !== undefined && { "cached-from": cachedFrom.run }),
    },
  };
}

function faultsOf(record: CellRecord): readonly JunitFault[] {
  const { cell, status, reason, tally, logTail = "" } = record;
  if (status === "ran") return [];
  const kind = isBroken(record) ? "error" : "skipped";
  const text = `${tally.notRun} cases were not run.${logTail === "" ? "" : `\n${logTail.slice(-900)}`}`;
  return [{ name: cell.id, kind, message: `${status}: ${reason ?? ""}`, text }];
}
