import { EMPTY_TALLY, isExtraCase, tallyOf } from "../../report/tally.ts";
import type { EventOf, RunEvent } from "./event-schema.ts";
import type { PlannedCell } from "./result-parts.ts";
import { type CaseResult, type CellFile, RESULTS_SCHEMA } from "./result-schemas.ts";

/** What is known so far of a cell that was planned. One that ended may be started again by a resumed run. */
interface KnownCell {
  readonly planned: PlannedCell;
  startedAt: number | null;
  lastAt: number;
  /** Numbers of the selected cases; null until it is started. */
  selected: readonly string[] | null;
  readonly cases: Map<string, CaseResult>;
  ended: boolean;
}

/**
 * Makes cell files of the stream: while a run goes on, and again from the events that an interrupted one
 * left behind.
 */
export class CellCollector {
  readonly #cells = new Map<string, KnownCell>();

  /** Takes one event in. The cell file, when the event ends a cell; otherwise null. */
  add(event: RunEvent): CellFile | null {
    if (event.type === "planned") return this.#plan(event);
    if (!("cell" in event)) return null;
    const cell = this.#cells.get(event.cell);
    if (cell === undefined) return null;
    cell.lastAt = event.at;
    if (event.type === "cell-started") start(cell, event);
    if (event.type === "case-finished") cell.cases.set(event.case, caseResult(event));
    if (event.type !== "cell-finished") return null;
    cell.ended = true;
    return finish(cell, event);
  }

  /** A cell that ended has been written: the results of its cases are not needed any more. */
  forgetCases(id: string): void {
    this.#cells.get(id)?.cases.clear();
  }

  /** Cell files of what was planned and has not ended, as `interrupted`, with what was played of them. */
  unfinished(): readonly CellFile[] {
    return [...this.#cells.values()].filter((cell) => !cell.ended).map(interrupted);
  }

  /** A resumed run plans again: what is known of a cell stays. */
  #plan(event: EventOf<"planned">): null {
    for (const planned of event.cells) {
      const fresh = { startedAt: null, lastAt: event.at, selected: null, cases: new Map(), ended: false };
      this.#cells.set(planned.id, { ...(this.#cells.get(planned.id) ?? fresh), planned });
    }
    return null;
  }
}

function start(cell: KnownCell, event: EventOf<"cell-started">): void {
  cell.ended = false;
  cell.startedAt ??= event.at;
  cell.selected = event.cases ?? cell.selected;
}

function caseResult(event: EventOf<"case-finished">): CaseResult {
  const { verdict, remoteCloseCode, duration, plays, flaky, outcome, rfc, record } = event;
  return {
    ...verdict,
    remoteCloseCode,
    duration,
    plays,
    flaky,
    ...(outcome === undefined ? {} : { outcome }),
    ...(rfc === undefined ? {} : { rfc }),
    record: record ?? null,
  };
}

function finish(cell: KnownCell, event: EventOf<"cell-finished">): CellFile {
  const { status, reason, logTail, tally, extraTally, outcomes = {}, duration, notes, cachedFrom } = event;
  const cases = Object.fromEntries(
    [...cell.cases].map(([id, result]) => {
      const outcome = outcomes[id] ?? result.outcome;
      return [id, outcome === undefined ? result : { ...result, outcome }];
    }),
  );
  return {
    schema: RESULTS_SCHEMA,
    cell: cell.planned,
    status,
    reason,
    ...(logTail === undefined ? {} : { logTail }),
    startedAt: cell.startedAt,
    duration,
    tally,
    ...(extraTally === undefined ? {} : { extraTally }),
    cases,
    notRun: notRun(cell),
    ...(notes === undefined ? {} : { notes }),
    ...(cachedFrom === undefined ? {} : { cachedFrom }),
  };
}

/** The end that nobody wrote down, with tallies counted from what was played. */
function interrupted(cell: KnownCell): CellFile {
  const played = [...cell.cases].map(([id, result]) => ({ id, verdict: result, flaky: result.flaky }));
  const missing = notRun(cell).map((id) => ({ id, verdict: null, flaky: false }));
  const all = [...played, ...missing];
  const extra = all.filter(({ id }) => isExtraCase(id));
  const named = tallyOf(all.filter(({ id }) => !isExtraCase(id)));
  const unnamed = cell.selected === null ? Math.max(0, cell.planned.cases - all.length) : 0;
  return {
    schema: RESULTS_SCHEMA,
    cell: cell.planned,
    status: "interrupted",
    reason: "the run was interrupted",
    startedAt: cell.startedAt,
    duration: cell.startedAt === null ? 0 : Math.max(0, cell.lastAt - cell.startedAt),
    tally: { ...EMPTY_TALLY, ...named, notRun: named.notRun + unnamed },
    ...(extra.length === 0 ? {} : { extraTally: tallyOf(extra) }),
    cases: Object.fromEntries(cell.cases),
    notRun: notRun(cell),
  };
}

function notRun(cell: KnownCell): string[] {
  return (cell.selected ?? []).filter((id) => !cell.cases.has(id));
}
