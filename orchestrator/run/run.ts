import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { availableParallelism, arch, platform, totalmem } from "node:os";
import { resolve } from "node:path";

import { catalogue } from "../../fuzzer/catalogue.ts";
import type { Verdict } from "../../fuzzer/record.ts";
import { EXIT } from "../../report/exit.ts";

import { messageOf } from "../engines/failure.ts";
import { createEngines, engineFor } from "../engines/select.ts";
import { makeCertificates } from "../certificates.ts";
import { EventLog } from "../results/events.ts";
import { Machine } from "../play/machine.ts";
import { Exclusive, inPoolWhenReady } from "../play/pool.ts";
import { chooseReporter, createReporter } from "../progress/progress.ts";
import type { Reporter } from "../progress/reporter.ts";
import { targetLabel } from "../config/target.ts";
import {
  type LoadedRun,
  loadRun,
  openRunDirectory,
  type RunDirectory,
  type RunHead,
  ResultsWriter,
} from "../results/results.ts";
import { type CellSummary, cellKey, runCell } from "./cell-run.ts";
import { exitCodeOf, summaryJson, summaryText } from "./conclude.ts";
import { type Configured, configure, defaultRunDirectory, runDirectoryOf } from "./configure.ts";
import { packageVersion } from "./package-root.ts";
import { prepareTargets } from "./prepare.ts";
import type { RunRequest } from "./request.ts";

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
export async function run(request: RunRequest, output: RunOutput, signal: AbortSignal): Promise<number> {
  setMaxListeners(0, signal);
  const resumed = request.resume === undefined ? null : loadRun(runDirectoryOf(request.resume));
  const configured = await configure(request);
  const id = resumed?.run.run ?? newRunId();
  const dir = resolve(resumed?.paths.dir ?? request.out ?? defaultRunDirectory(id));
  using directory = openRunDirectory(dir);
  using log = EventLog.open(directory.paths.events, { resume: resumed !== null });
  const reporter = createReporter(
    chooseReporter(request.reporter, { isTTY: output.isTTY, env: process.env }),
  );
  log.subscribe(reporter.handle);
  writeResults(directory, log, request, configured, resumed);
  announce(log, id, request, configured, resumed !== null);

  const started = performance.now();
  const cells = await playAll(request, configured, { directory, log, reporter, resumed, signal });
  const code = signal.aborted ? EXIT.interrupted : exitCodeOf(cells, request.failOn);
  log.append({ type: "run-finished", exitCode: code, duration: Math.round(performance.now() - started) });
  reporter.close();

  if (cells.length > 0) output.err(summaryText(cells, configured.baselineOf, request.own, output));
  output.err(
    signal.aborted ? `interrupted; go on with: wsmatrix run --resume ${dir}\n` : `results: ${dir}\n`,
  );
  for (const failure of log.failures) output.err(`the results are not whole: ${messageOf(failure)}\n`);
  const final = log.failures.length > 0 && code !== EXIT.interrupted ? EXIT.infrastructure : code;
  if (request.json) output.out(`${summaryJson(id, dir, cells, final)}\n`);
  return final;
}

interface RunContext {
  readonly directory: RunDirectory;
  readonly log: EventLog;
  readonly reporter: Reporter;
  readonly resumed: LoadedRun | null;
  readonly signal: AbortSignal;
}

/** Resolves with the cells that came to an end; of an aborted run, not all. */
async function playAll(
  request: RunRequest,
  configured: Configured,
  context: RunContext,
): Promise<readonly CellSummary[]> {
  const { directory, log, signal, resumed } = context;
  const { cells, cases, profile, matrix, baselineOf } = configured;
  const engines = createEngines();
  const summaries = new Map<string, CellSummary>();
  const ports = new Exclusive();
  using machine = new Machine();
  using certificates = cells.some(({ variant }) => variant === "tls") ? await makeCertificates() : null;
  try {
    for (const removed of await engines.process.sweep())
      context.reporter.say(`left by an earlier run: ${removed}`);
    const choose = (target: (typeof cells)[number]["target"]) =>
      engineFor(target, request.engine ?? matrix.engine, engines);
    const preparations = prepareTargets(cells, choose, log, signal);
    const preparationOf = (cell: Configured["cells"][number]) => preparations.get(targetLabel(cell.target))!;
    await inPoolWhenReady(cells, request.jobs ?? availableParallelism(), preparationOf, async (cell) => {
      signal.throwIfAborted();
      const preparation = await preparationOf(cell);
      const summary = await ports.do(fixedPortOf(cell), () =>
        runCell({
          cell,
          cases,
          profile,
          preparation,
          accept: request.accept,
          baseline: baselineOf(cell.target.name),
          today: new Date().toISOString().slice(0, 10),
          limits: matrix.limits,
          certificates,
          earlier: earlierVerdicts(resumed, cell.id),
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
  }
  return cells.flatMap((cell) => summaries.get(cell.id) ?? []);
}

/** A port that the target's program fixes can be used by one cell at a time. */
function fixedPortOf({ target }: Configured["cells"][number]): string | null {
  return target.kind === "command" && target.port !== null ? String(target.port) : null;
}

/** What an interrupted run has already found out about a cell. */
function earlierVerdicts(
  resumed: LoadedRun | null,
  cell: string,
): Map<string, { verdict: Verdict; flaky: boolean }> {
  const file = resumed?.cells.find((candidate) => candidate.cell.id === cell);
  return new Map(
    Object.entries(file?.cases ?? {}).map(([id, result]) => [id, { verdict: result, flaky: result.flaky }]),
  );
}

function writeResults(
  directory: RunDirectory,
  log: EventLog,
  request: RunRequest,
  configured: Configured,
  resumed: LoadedRun | null,
): void {
  const { sha256 } = directory.writeSuite({ hash: catalogue.hash, chapters: catalogue.chapters });
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
      extra: configured.matrix.suite.extra,
      matrix: {
        file: configured.matrix.file,
        cells: configured.cells.map((cell) => ({ id: cell.id, ...cellKey(cell) })),
      },
      filters: { targets: [...request.targets], cases: [...request.cases], exclude: [...request.exclude] },
      engine: request.engine ?? configured.matrix.engine,
      accept: request.accept,
      failOn: request.failOn,
      jobs: request.jobs ?? availableParallelism(),
      shard: null,
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
  const { profile, cells, cases } = configured;
  log.append({
    type: "run-started",
    run: id,
    version: packageVersion,
    profile,
    argv: [...request.argv],
    ...(resumed && { resumed }),
  });
  const planned = cells.map((cell) => ({
    id: cell.id,
    ...cellKey(cell),
    optional: cell.optional,
    cases: cases.length,
  }));
  log.append({ type: "planned", cells: planned });
}

/** Sorts by time and is unlike any other: `2026-11-21T04-20-01-3f9a`. */
function newRunId(): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return `${time}-${randomBytes(2).toString("hex")}`;
}
