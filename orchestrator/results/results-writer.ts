import { EXIT } from "../../report/exit.ts";
import { CellCollector } from "./cell-collector.ts";
import { cellFileName } from "./cell-file-name.ts";
import type { EventOf, RunEvent } from "./event-schema.ts";
import type { PlannedCell } from "./result-parts.ts";
import {
  type CellFile,
  type PreparedTarget,
  RESULTS_SCHEMA,
  type RunCell,
  type RunFile,
  type RunInputs,
} from "./result-schemas.ts";
import type { RunDirectory } from "./results.ts";

/** What of `run.json` is known before the first event. */
export interface RunHead {
  readonly inputs: RunInputs;
  readonly platform: RunFile["platform"];
  readonly suite: RunFile["suite"];
}

/** Events after which `run.json` says something else. */
const CHANGES_RUN: ReadonlySet<RunEvent["type"]> = new Set(["planned", "cell-started", "cell-finished"]);

/** Cells of a run whose file is written for each change, however slow the disk is. */
const fewCells = 50;

/** Ms that a file of many cells takes to be written, from which on it is not written for each change. */
const longWrite = 2;

/** How many times as long as it took to write is waited before it is written again then. */
const restPerWrite = 20;

/**
 * The reader of the stream that keeps the files of a run up to date: subscribe its `handle`.
 *
 * `run.json` is written when the plan is known, as `running`, whenever a cell begins or ends (with very many cells, not
 * quite as often), and at the end; a cell file when the cell ends.
 */
export class ResultsWriter {
  readonly #directory: RunDirectory;
  readonly #head: RunHead;
  readonly #collector = new CellCollector();
  readonly #cells = new Map<string, RunCell>();
  readonly #prepared = new Map<string, PreparedTarget>();
  #started: EventOf<"run-started"> | null = null;
  #writtenAt = -Infinity;
  #writeTook = 0;

  constructor(directory: RunDirectory, head: RunHead) {
    this.#directory = directory;
    this.#head = head;
  }

  /** Takes one event in, and writes what it changes. */
  readonly handle = (event: RunEvent): void => {
    const finished = this.#take(event);
    if (finished !== null) {
      this.#writeCell(finished);
      this.#collector.forgetCases(finished.cell.id);
    }
    if (event.type === "run-finished") this.#end(event);
    else if (CHANGES_RUN.has(event.type) && !this.#rests) this.#writeRun(null);
  };

  get #rests(): boolean {
    const since = performance.now() - this.#writtenAt;
    if (this.#cells.size <= fewCells) return false;
    return this.#writeTook >= longWrite && since < restPerWrite * this.#writeTook;
  }

  /** Takes in what an interrupted run left, before the run goes on. Nothing is written. */
  replay(events: readonly RunEvent[]): void {
    for (const event of events) this.#take(event);
  }

  #take(event: RunEvent): CellFile | null {
    if (event.type === "run-started") this.#started ??= event;
    if (event.type === "prepared") this.#prepared.set(targetKey(event), preparedTarget(event));
    if (event.type === "planned") this.#plan(event);
    if (event.type === "cell-started") this.#reopen(event.cell);
    const finished = this.#collector.add(event);
    if (finished !== null) this.#close(finished, event.type === "cell-finished" ? event.cacheKey : undefined);
    return finished;
  }

  /** A resumed run plans again; what had ended stays as it was until it is started again. */
  #plan(event: EventOf<"planned">): void {
    for (const cell of event.cells) {
      if (!this.#cells.has(cell.id)) this.#cells.set(cell.id, openCell(cell));
    }
  }

  #reopen(id: string): void {
    const cell = this.#cells.get(id);
    if (cell !== undefined && cell.status !== null) this.#cells.set(id, openCell(cell));
  }

  #close(file: CellFile, cacheKey?: string): void {
    const digest = this.#prepared.get(targetKey(file.cell))?.digest ?? null;
    const ended = endedCell(file, digest);
    this.#cells.set(file.cell.id, cacheKey === undefined ? ended : { ...ended, cacheKey });
  }

  #writeCell(file: CellFile): void {
    this.#directory.writeCell(file);
    this.#directory.closeRecords(file.cell.id);
  }

  /** What has not ended by now was interrupted: it gets its file too, so that nothing played is lost. */
  #end(event: EventOf<"run-finished">): void {
    for (const file of this.#collector.unfinished()) {
      this.#close(file);
      this.#writeCell(file);
    }
    this.#writeRun(event);
  }

  #writeRun(end: EventOf<"run-finished"> | null): void {
    if (this.#started === null) return;
    const begun = performance.now();
    const prepared = [...this.#prepared.values()];
    this.#directory.writeRun(runFile(this.#started, this.#head, prepared, [...this.#cells.values()], end));
    this.#writtenAt = performance.now();
    this.#writeTook = this.#writtenAt - begun;
  }
}

function runFile(
  started: EventOf<"run-started">,
  head: RunHead,
  prepared: PreparedTarget[],
  cells: RunCell[],
  end: EventOf<"run-finished"> | null,
): RunFile {
  return {
    schema: RESULTS_SCHEMA,
    run: started.run,
    version: started.version,
    ...head,
    startedAt: started.at,
    finishedAt: end?.at ?? null,
    state: stateOf(cells, end),
    exitCode: end?.exitCode ?? null,
    completeness: completenessOf(cells),
    prepared,
    cells,
  };
}

function preparedTarget({ target, version, engine, ...rest }: EventOf<"prepared">): PreparedTarget {
  const { digest, cached, duration } = rest;
  return { target, version, engine: engine ?? null, digest, cached, duration };
}

function stateOf(cells: readonly RunCell[], end: EventOf<"run-finished"> | null): RunFile["state"] {
  if (end === null) return "running";
  const cut = cells.some((cell) => cell.status === null || cell.status === "interrupted");
  return cut || end.exitCode === EXIT.interrupted ? "interrupted" : "complete";
}

function completenessOf(cells: readonly RunCell[]): RunFile["completeness"] {
  const sum = (of: (cell: RunCell) => number): number => cells.reduce((total, cell) => total + of(cell), 0);
  return {
    cells: cells.length,
    cellsRan: sum((cell) => (cell.status === "ran" ? 1 : 0)),
    cases: sum((cell) => cell.cases),
    casesNotRun: sum(notRunOf),
  };
}

/** Of a cell that has not ended, everything. */
function notRunOf(cell: RunCell): number {
  if (cell.tally === null) return cell.cases;
  return cell.tally.notRun + (cell.extraTally?.notRun ?? 0);
}

/** What `run.json` says of a cell that has not ended. */
function openCell({ id, target, version, role, variant, optional, cases }: PlannedCell): RunCell {
  const planned = { id, target, version, role, variant, optional, cases, file: cellFileName(id) };
  return { ...planned, digest: null, status: null, reason: null, tally: null, duration: null };
}

/** What `run.json` says of a cell that has ended. */
function endedCell(file: CellFile, digest: string | null): RunCell {
  const { cell, status, reason, tally, extraTally, duration, cachedFrom } = file;
  return {
    ...cell,
    file: cellFileName(cell.id),
    digest,
    status,
    reason,
    tally,
    ...(extraTally === undefined ? {} : { extraTally }),
    duration,
    ...(cachedFrom === undefined ? {} : { cachedFrom }),
  };
}

function targetKey({
  target,
  version,
}: {
  readonly target: string;
  readonly version: string | null;
}): string {
  return JSON.stringify([target, version]);
}
