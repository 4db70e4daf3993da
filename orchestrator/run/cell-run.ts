import type { CaseResult } from "../../fuzzer/campaign.ts";
import type { Case } from "../../fuzzer/case.ts";
import type { Verdict } from "../../fuzzer/record.ts";
import { rfcReading } from "../../fuzzer/rfc-reading.ts";
import type { AcceptPreset } from "../../report/accept.ts";
import { type BaselineAnswer, type CaseFacts, evaluateBaseline } from "../../report/baseline.ts";
import type { CellKey } from "../../report/cell.ts";
import { classify, talliesOf } from "../../report/tally.ts";

import { type Baseline, baselineNotes } from "../config/baselines.ts";
import type { Limits } from "../engines/engine.ts";
import type { EventLog, NewEvent } from "../results/events.ts";
import type { Cell } from "../config/plan.ts";
import { type CellEnd, playCell } from "../play/cell.ts";
import { profileWithCache } from "../play/kept-messages.ts";
import type { Machine } from "../play/machine.ts";
import type { RecordsFile, RunDirectory } from "../results/results.ts";
import type { CachedFrom } from "../results/result-parts.ts";
import type { CachedCell, CellCache } from "./cell-cache.ts";
import { cellKeyOf, isLasting } from "./cell-key.ts";
import { knownCases } from "./choose-cases.ts";
import type { Preparation } from "./prepare.ts";

export interface CellRunSetup {
  readonly cell: Cell;
  readonly cases: readonly Case[];
  readonly preparation: Preparation;
  readonly profile: "quick" | "full";
  readonly accept: AcceptPreset;
  readonly baseline: Baseline;
  /** The day of the run, as `YYYY-MM-DD`. */
  readonly today: string;
  readonly limits: Limits;
  /** Cells of earlier runs that need not be played again; null when all are to be played. */
  readonly cache: CellCache | null;
  /** What was chosen about engines, for {@link cellKeyOf}. */
  readonly surroundings: readonly string[];
  /** Verdicts of an interrupted attempt that stay. */
  readonly earlier: ReadonlyMap<string, CaseFacts & { readonly verdict: Verdict }>;
  /** Ms that the interrupted attempt took; 0 where there was none. */
  readonly earlierDuration: number;
  readonly directory: RunDirectory;
  readonly log: EventLog;
  readonly machine: Machine;
  readonly signal: AbortSignal;
}

/** A cell that has ended, for the table and the exit code. */
export interface CellSummary {
  readonly cell: Cell;
  readonly end: CellEnd;
  readonly facts: ReadonlyMap<string, CaseFacts & { readonly verdict: Verdict | null }>;
  readonly answer: BaselineAnswer;
  /** Milliseconds; of a cell from the cache, what it took when it was played. */
  readonly duration: number;
  /** Null when it was played in this run. */
  readonly cachedFrom: CachedFrom | null;
}

/** Plays one cell, writes its records and events, and compares it with its baseline. */
export async function runCell(setup: CellRunSetup): Promise<CellSummary> {
  const { cell, cases, log, earlier } = setup;
  const started = performance.now();
  log.append({ type: "cell-started", cell: cell.id, cases: cases.map(({ id }) => id) });
  const verdicts = new Map<string, CaseFacts & { verdict: Verdict | null }>(
    cases.map(({ id }) => [id, notRun]),
  );
  for (const [id, facts] of earlier) if (verdicts.has(id)) verdicts.set(id, facts);
  const key = cellKeyOf(setup);
  const cached = key === null || earlier.size > 0 ? null : takeFromCache(setup, key, verdicts);
  const end = cached === null ? await play(setup, verdicts) : ranBefore;
  const answer = evaluate(setup, verdicts);
  const played = setup.earlierDuration + Math.round(performance.now() - started);
  const duration = cached?.file.duration ?? played;
  const notes = baselineNotes(setup.baseline, answer);
  log.append({
    type: "cell-finished",
    cell: cell.id,
    status: end.status,
    reason: end.reason,
    ...(end.logTail !== "" && { logTail: end.logTail }),
    ...talliesOf(verdicts),
    outcomes: Object.fromEntries([...answer.cases].map(([id, { outcome }]) => [id, outcome])),
    duration,
    ...(notes.length > 0 && { notes: [...notes] }),
    ...(cached !== null && { cachedFrom: cached.from }),
    ...(key !== null && isLasting(end.status, verdicts.values()) && { cacheKey: key }),
  });
  return { cell, end, facts: verdicts, answer, duration, cachedFrom: cached?.from ?? null };
}

const ranBefore: CellEnd = Object.freeze({ status: "ran", reason: null, logTail: "" });

/**
 * Takes a cell with its records from an earlier run. Not one with a case that regressed only now, because the baseline
 * or the preset is another: before it is called so, it is played again.
 */
function takeFromCache(
  setup: CellRunSetup,
  key: string,
  verdicts: Map<string, CaseFacts & { verdict: Verdict | null }>,
): CachedCell | null {
  const cached = setup.cache?.find(key) ?? null;
  if (cached === null || setup.cases.some(({ id }) => cached.file.cases[id] === undefined)) return null;
  const { cases } = cached.file;
  const found = setup.cases.map(({ id }) => ({ id, ...cases[id]! }));
  const facts = new Map(found.map((entry) => [entry.id, { verdict: verdictOf(entry), flaky: entry.flaky }]));
  const { cases: outcomes } = evaluate(setup, facts);
  const worse = found.some((entry) => {
    return outcomes.get(entry.id)!.outcome === "regressed" && entry.outcome !== "regressed";
  });
  if (worse) return null;
  try {
    cached.bring(setup.directory.paths);
  } catch {
    return null;
  }
  setup.log.appendAll(found.map((entry) => toldAgain(setup, entry)));
  for (const [id, fact] of facts) verdicts.set(id, fact);
  return cached;
}

function toldAgain(
  { cell }: CellRunSetup,
  entry: { readonly id: string } & CachedCell["file"]["cases"][string],
): NewEvent {
  const { id, remoteCloseCode, duration, plays, flaky, rfc, record } = entry;
  const verdict = verdictOf(entry);
  return {
    type: "case-finished",
    cell: cell.id,
    case: id,
    verdict,
    class: classify(verdict),
    remoteCloseCode,
    duration,
    plays,
    flaky,
    ...(rfc !== undefined && { rfc }),
    ...(record !== null && { record }),
  };
}

function verdictOf({ behavior, behaviorClose, result, resultClose }: Verdict): Verdict {
  return { behavior, behaviorClose, result, resultClose };
}

const notRun = Object.freeze({ verdict: null, flaky: false });

async function play(
  setup: CellRunSetup,
  verdicts: Map<string, CaseFacts & { verdict: Verdict | null }>,
): Promise<CellEnd> {
  const { cell, preparation, log, directory, earlier } = setup;
  if (!preparation.ok) return preparation;
  const left = setup.cases.filter(({ id }) => !earlier.has(id));
  if (left.length === 0) return { status: "ran", reason: null, logTail: "" };
  let restarts = 0;
  return playCell(
    {
      ...setup,
      ...preparation,
      cases: left,
      profile: profileWithCache(setup.profile),
      logFile: directory.paths.log(cell.id),
    },
    {
      onProbed: (ok, reason) => void log.append({ type: "probed", cell: cell.id, ok, reason }),
      isAcceptable: (played, verdict) => isAcceptable(setup, played, verdict),
      onResult: (result) => {
        verdicts.set(result.case.id, { verdict: result.verdict, flaky: result.flaky });
        report(setup, result);
      },
      onDeath: (reason, suspects) =>
        void log.append({
          type: "target-died",
          cell: cell.id,
          reason,
          suspects: suspects.map(({ id }) => id),
          restarts: ++restarts,
        }),
    },
  );
}

/** The record is in its file before the event that names it. */
function report(
  { cell, log, directory }: CellRunSetup,
  { case: played, record, verdict, plays, flaky }: CaseResult,
): void {
  const rfc = rfcReading(played, record, verdict);
  let range: ReturnType<RecordsFile["append"]>;
  try {
    range = directory.records(cell.id).append(record);
  } catch (error) {
    // An event must not name a record that is not there; and nobody could be told here.
    log.fail(error);
    return;
  }
  log.append({
    type: "case-finished",
    cell: cell.id,
    case: played.id,
    verdict,
    class: classify(verdict),
    remoteCloseCode: record.remoteCloseCode,
    duration: record.duration,
    plays,
    flaky,
    ...(rfc !== null && { rfc }),
    record: range,
  });
}

function isAcceptable(setup: CellRunSetup, played: Case, verdict: Verdict): boolean {
  const answer = evaluate(setup, new Map([[played.id, { verdict, flaky: false }]]));
  return answer.cases.get(played.id)!.outcome !== "regressed";
}

function evaluate(
  { cell, accept, baseline, today }: CellRunSetup,
  cases: ReadonlyMap<string, CaseFacts>,
): BaselineAnswer {
  return evaluateBaseline({
    cell: cellKey(cell),
    cases,
    preset: accept,
    entries: baseline.entries,
    today,
    catalogue: knownCases(),
  });
}

/** A cell as reports know it. */
export function cellKey({ target, role, variant }: Cell): CellKey {
  return { target: target.name, version: target.version, role, variant };
}
