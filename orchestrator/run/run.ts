import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { availableParallelism, arch, platform, totalmem } from "node:os";
import { dirname, resolve } from "node:path";

import { catalogue } from "../../fuzzer/catalogue.ts";
import type { Verdict } from "../../fuzzer/record.ts";
import { EXIT } from "../../report/exit.ts";
import { isExtraCase } from "../../report/tally.ts";

import { messageOf } from "../engines/failure.ts";
import { engineFor, engineNote, type Engines, sweepAll } from "../engines/select.ts";
import { EventLog } from "../results/events.ts";
import { Machine } from "../play/machine.ts";
import { Canary } from "../play/canary.ts";
import { Exclusive, inPoolWhenReady } from "../play/pool.ts";
import { chooseReporter, createReporter } from "../progress/progress.ts";
import type { Reporter } from "../progress/reporter.ts";
import {
  type LoadedRun,
  loadRun,
  openRunDirectory,
  type RunDirectory,
  type RunHead,
  ResultsWriter,
} from "../results/results.ts";
import type { PlannedCell } from "../results/result-parts.ts";
import { storageProblem } from "../results/storage-error.ts";
import { wantsCiFiles, writeCiFiles } from "../results/ci-files.ts";
import { resumeCommands, stopCommands } from "../../report/github/commands.ts";
import { CellCache } from "./cell-cache.ts";
import { type CellSummary, cellKey, runCell } from "./cell-run.ts";
import { casesOfCell, chaptersFor } from "./choose-cases.ts";
import { cacheText, exitCodeOf, summaryJson, summaryText } from "./conclude.ts";
import { type Configured, configure, defaultRunDirectory, runDirectoryOf } from "./configure.ts";
import { enginesOf } from "./engines-of.ts";
import { packageVersion, programName } from "./package-root.ts";
import { describePhases, PhaseReader } from "./phases.ts";
import { preparationKey, prepareTargets } from "./prepare.ts";
import { ownFlags, type RunRequest } from "./request.ts";
import { smokeVerdict } from "./smoke.ts";

/** Where a run prints: results on `out` only when asked for, everything else on `err`. */
export interface RunOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly width: number;
  readonly colour: boolean;
  readonly isTTY: boolean;
}

/**
 * `wsmatrix run`: plan, prepare, play, compare, tell.
 *
 * @returns the exit code (design section 7)
 * @throws {ConfigError} nothing was started
 */
export async function run(request: RunRequest, output: RunOutput, interrupt: AbortSignal): Promise<number> {
  const resumed = request.resume === undefined ? null : loadRun(runDirectoryOf(request.resume));
  const configured = await configure(request);
  const engines = await enginesOf(request, configured);
  const id = resumed?.run.run ?? newRunId();
  const dir = resolve(resumed?.paths.dir ?? request.out ?? defaultRunDirectory(id));
  const broken = new AbortController();
  const signal = AbortSignal.any([interrupt, broken.signal]);
  setMaxListeners(0, signal);
  using directory = openRunDirectory(dir);
  using log = EventLog.open(directory.paths.events, {
    resume: resumed !== null,
    onFailure: (error) => broken.abort(error),
  });
  const reporter = createReporter(
    chooseReporter(request.reporter, { isTTY: output.isTTY, env: process.env }),
  );
  const phases = new PhaseReader();
  log.subscribe(reporter.handle);
  log.subscribe(phases.handle);
  writeResults(directory, log, request, configured, resumed);
  announce(log, id, request, configured, resumed !== null);

  const context = { id, dir, directory, log, reporter, phases, engines, resumed, signal };
  return await conduct(request, configured, context, output, () => endOf(interrupt, broken.signal));
}

/** What cut a run short, with its exit code; null when nothing did. */
interface CutShort {
  readonly code: number;
  readonly why: string;
}

function endOf(interrupt: AbortSignal, broken: AbortSignal): CutShort | null {
  if (interrupt.aborted) return { code: EXIT.interrupted, why: "interrupted" };
  if (!broken.aborted) return null;
  const problem = storageProblem(broken.reason) ?? messageOf(broken.reason);
  return { code: EXIT.infrastructure, why: `${problem}: what was played before is kept; make room` };
}

/** Plays the cells and tells how it was. */
async function conduct(
  request: RunRequest,
  configured: Configured,
  context: RunContext,
  output: RunOutput,
  cutShort: () => CutShort | null,
): Promise<number> {
  const { id, dir, log, reporter, phases } = context;
  const started = performance.now();
  const cells = await playAll(request, configured, context);
  const cut = cutShort();
  const code = cut?.code ?? exitCodeOf(cells, request.failOn);
  log.append({ type: "run-finished", exitCode: code, duration: Math.round(performance.now() - started) });
  reporter.close();

  if (cells.length > 0) output.err(summaryText(cells, configured.baselineOf, request, output));
  const spent = describePhases(phases.phases);
  if (spent !== null) output.err(`${spent}\n`);
  output.err(cacheText(cells));
  output.err(cut === null ? `results: ${dir}\n` : `${cut.why}; go on with: wsmatrix run --resume ${dir}\n`);
  for (const failure of log.failures) output.err(`the results are not whole: ${messageOf(failure)}\n`);
  const final = log.failures.length > 0 && code !== EXIT.interrupted ? EXIT.infrastructure : code;
  if (request.smoke === true) output.err(smokeVerdict(cells, final, performance.now() - started));
  if (wantsCiFiles(request)) tellCi(request, dir, output);
  if (request.json) output.out(`${summaryJson(id, dir, cells, phases.phases, final)}\n`);
  return final;
}

/** What a CI wants of the run, with the workflow commands where GitHub reads them. */
function tellCi(request: RunRequest, dir: string, { err }: RunOutput): void {
  const { commandToken: token } = request;
  if (token !== undefined) err(`${resumeCommands(token)}\n`);
  writeCiFiles(loadRun(dir), request, programName, (line) => err(`${line}\n`));
  if (token !== undefined) err(`${stopCommands(token)}\n`);
}

/** Where unchanged cells are taken from. A run with a folder of its own stands alone, unless it is told otherwise. */
function cacheOf({ cache, out, smoke }: RunRequest, dir: string): CellCache | null {
  if (cache === false || smoke === true) return null;
  if (cache === undefined && out !== undefined) return null;
  return new CellCache(typeof cache === "string" ? cache : dirname(defaultRunDirectory("x")), dir);
}

interface RunContext {
  readonly id: string;
  /** The folder of the run, absolute. */
  readonly dir: string;
  readonly phases: PhaseReader;
  readonly directory: RunDirectory;
  readonly log: EventLog;
  readonly reporter: Reporter;
  readonly engines: Engines;
  readonly resumed: LoadedRun | null;
  readonly signal: AbortSignal;
}

/** Cells played at once: each waits for timers a part of its time, which one more than there are cores fills. */
const defaultJobs = availableParallelism() + 1;

/** Resolves with the cells that came to an end; of an aborted run, not all. */
async function playAll(
  request: RunRequest,
  configured: Configured,
  context: RunContext,
): Promise<readonly CellSummary[]> {
  const { directory, log, signal, resumed, reporter, engines } = context;
  const { cells, cases, profile, matrix, baselineOf } = configured;
  const engineName = request.engine ?? matrix.engine;
  const summaries = new Map<string, CellSummary>();
  const ports = new Exclusive();
  const cache = cacheOf(request, context.dir);
  const surroundings = [request.place ?? "auto", engines.docker?.info.version ?? ""];
  const jobs = Math.min(request.jobs ?? defaultJobs, cells.length);
  using machine = new Machine(jobs > 1 ? new Canary() : null);
  try {
    const note = engineNote(engineName, engines);
    if (note !== null) reporter.say(note);
    for (const removed of await sweepAll(engines)) reporter.say(`left by an earlier run: ${removed}`);
    const choose = (target: (typeof cells)[number]["target"]) => engineFor(target, engineName, engines);
    const preparations = prepareTargets(cells, choose, log, signal);
    const preparationOf = (cell: Configured["cells"][number]) =>
      preparations.get(preparationKey(cell.target))!;
    await inPoolWhenReady(cells, jobs, preparationOf, async (cell) => {
      signal.throwIfAborted();
      const preparation = await preparationOf(cell);
      const summary = await ports.do(fixedPortOf(cell), () =>
        runCell({
          cell,
          cases: casesOfCell(cell, cases),
          profile,
          preparation,
          accept: request.accept,
          baseline: baselineOf(cell.target.name),
          today: new Date().toISOString().slice(0, 10),
          limits: matrix.limits,
          cache,
          surroundings,
          earlier: earlierVerdicts(resumed, cell.id),
          earlierDuration: earlierFile(resumed, cell.id)?.duration ?? 0,
          directory,
          log,
          machine,
          signal,
        }),
      );
      summaries.set(cell.id, summary);
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await engines.docker?.sweepOwn().catch(() => []);
  }
  return cells.flatMap((cell) => summaries.get(cell.id) ?? []);
}

/** A port that the target's program fixes can be used by one cell at a time. */
function fixedPortOf({ target }: Configured["cells"][number]): string | null {
  return target.kind === "command" && target.port !== null ? String(target.port) : null;
}

function earlierFile(resumed: LoadedRun | null, cell: string): LoadedRun["cells"][number] | undefined {
  return resumed?.cells.find((candidate) => candidate.cell.id === cell);
}

/** What an interrupted run has already found out about a cell. */
function earlierVerdicts(
  resumed: LoadedRun | null,
  cell: string,
): Map<string, { verdict: Verdict; flaky: boolean }> {
  return new Map(
    Object.entries(earlierFile(resumed, cell)?.cases ?? {}).map(([id, result]) => [
      id,
      { verdict: result, flaky: result.flaky },
    ]),
  );
}

function writeResults(
  directory: RunDirectory,
  log: EventLog,
  request: RunRequest,
  configured: Configured,
  resumed: LoadedRun | null,
): void {
  const { sha256 } = directory.writeSuite({ hash: catalogue.hash, chapters: chaptersFor(configured.cases) });
  const head: RunHead = {
    suite: { sha256, cases: catalogue.entries.length },
    platform: {
      os: platform(),
      arch: arch(),
      node: process.versions.node,
      cpus: availableParallelism(),
      memoryBytes: totalmem(),
    },
    inputs: {
      argv: [...request.argv],
      profile: configured.profile,
      extra: configured.cases.some(({ id }) => isExtraCase(id)),
      matrix: {
        file: configured.matrix.file,
        cells: configured.cells.map((cell) => ({ id: cell.id, ...cellKey(cell) })),
      },
      filters: {
        targets: [...request.targets],
        cases: [...request.cases],
        exclude: [...request.exclude],
        roles: [...request.roles],
        variants: [...request.variants],
      },
      ...(request.own !== undefined && { own: ownFlags(request.own) }),
      engine: request.engine ?? configured.matrix.engine,
      accept: request.accept,
      failOn: request.failOn,
      jobs: request.jobs ?? defaultJobs,
      shard: request.shard === undefined ? null : { ...request.shard, plan: plannedCells(configured, true) },
      limits: Object.fromEntries(Object.entries(configured.matrix.limits)),
    },
  };
  const writer = new ResultsWriter(directory, head);
  if (resumed?.events) writer.replay(resumed.events.events);
  log.subscribe(writer.handle);
}

function announce(
  log: EventLog,
  id: string,
  request: RunRequest,
  configured: Configured,
  resumed: boolean,
): void {
  const { profile } = configured;
  log.append({
    type: "run-started",
    run: id,
    version: packageVersion,
    profile,
    argv: [...request.argv],
    ...(resumed && { resumed }),
  });
  log.append({ type: "planned", cells: plannedCells(configured, false) });
}

/** The cells as the record has them: those of this run, or those of the whole plan. */
function plannedCells({ cells, planned, cases }: Configured, whole: boolean): PlannedCell[] {
  return (whole ? planned : cells).map((cell) => ({
    id: cell.id,
    ...cellKey(cell),
    optional: cell.optional,
    cases: casesOfCell(cell, cases).length,
  }));
}

/** Sorts by time and is unlike any other: `2026-11-21T04-20-01-3f9a`. */
export function newRunId(): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return `${time}-${randomBytes(2).toString("hex")}`;
}
