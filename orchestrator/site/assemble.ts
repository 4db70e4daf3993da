import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { buildCatalogue, type Catalogue, catalogue } from "../../fuzzer/catalogue.ts";
import type { PlayedRun } from "../../report/facts/played.ts";
import type { SiteInput } from "../../report/site/input.ts";

import { ConfigError, fileProblem } from "../config/problem.ts";
import { EventFileError } from "../results/events.ts";
import { type LoadedRun, loadRun, RunFileError, runPaths } from "../results/results.ts";
import { defaultRunDirectory, runDirectoryOf } from "../run/configure.ts";
import { packageVersion, programName } from "../run/package-root.ts";
import { playedRun, readVerdicts } from "./played-run.ts";
import { RecordReader } from "./record-reader.ts";
import { readPairs, readScenarios, readSelfCheck } from "./side-files.ts";
import { readTargetFacts } from "./target-facts.ts";

/** What a site is to be made of. */
export interface SiteRequest {
  /** Folders or ids; none for all of `results/runs`. */
  readonly runs: readonly string[];
  /** Runs that are kept as history, beside the one that is shown. */
  readonly history: number;
  /** A folder or file; null for those of wsmatrix. */
  readonly baseline: string | null;
  /** What `selfcheck --json` printed; null for `selfcheck.json` of the run. */
  readonly selfCheck: string | null;
  /** Gives the run that is shown as it is now, while it goes on; default: its files are read. */
  readonly follow?: (dir: string) => Pick<LoadedRun, "run" | "cells" | "notes">;
}

/** What a site is made of, open until it is disposed of. */
export interface Assembled extends Disposable {
  readonly input: SiteInput;
  /** The folder of the run that is shown. */
  readonly dir: string;
}

/**
 * Reads all that the site is made of. Runs that cannot be read are left out, and named.
 *
 * @throws {ConfigError} no run can be read, or a baseline is wrong
 */
export async function assembleSite(request: SiteRequest): Promise<Assembled> {
  const { dirs, skipped } = chooseRuns(request);
  const shownAt = firstReadable(request, dirs, skipped);
  if (shownAt === null) throw nothingToShow(request, skipped);
  const { dir, loaded, older } = shownAt;
  const shown = playedRun(loaded);
  const history = older.flatMap((folder) => tried(folder, skipped, () => readVerdicts(folder)));
  const reader = new RecordReader(runPaths(dir), loaded.cells);
  const input: SiteInput = {
    version: packageVersion,
    madeAt: Date.now(),
    program: programName,
    catalogue: catalogueOf(dir),
    runs: [shown, ...history],
    skipped,
    targets: await readTargetFacts(targetsOf(shown), request.baseline),
    record: reader.record,
    log: reader.log,
    selfCheck: readSelfCheck(request.selfCheck ?? join(dir, "selfcheck.json")),
    pairs: readPairs(dir),
    scenarios: readScenarios(dir),
    live: request.follow !== undefined && shown.state === "running",
  };
  return { input, dir, [Symbol.dispose]: () => reader[Symbol.dispose]() };
}

/** The newest run that can be read, and those before it. */
function firstReadable(
  { follow }: SiteRequest,
  dirs: readonly string[],
  skipped: Skipped,
): { dir: string; loaded: Pick<LoadedRun, "run" | "cells" | "notes">; older: readonly string[] } | null {
  for (const [at, dir] of dirs.entries()) {
    const [loaded] = tried(dir, skipped, () => follow?.(dir) ?? loadRun(dir, { filesOnly: true }));
    if (loaded !== undefined) return { dir, loaded, older: dirs.slice(at + 1) };
  }
  return null;
}

type Skipped = { run: string; reason: string }[];

/** Folders of the runs that can be read, the newest first, as many as were asked for. */
function chooseRuns({ runs, history }: SiteRequest): {
  readonly dirs: readonly string[];
  readonly skipped: Skipped;
} {
  const skipped: Skipped = [];
  const named = runs.length > 0 ? runs.map(runDirectoryOf) : storedRuns();
  const found = named.flatMap((dir) => tried(dir, skipped, () => ({ dir, startedAt: startOf(dir) })));
  const newest = found.toSorted((a, b) => b.startedAt - a.startedAt);
  return { dirs: newest.slice(0, 1 + history).map(({ dir }) => dir), skipped };
}

/** Every folder of `results/runs` that could be a run. */
function storedRuns(): readonly string[] {
  const folder = dirname(defaultRunDirectory("x"));
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}

/** When a run began, from the first octets of what `loadRun` checks later. */
function startOf(dir: string): number {
  const file = runPaths(dir).run;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new RunFileError(`${file}: cannot be read, or is not JSON`, { cause: error });
  }
  const { schema, startedAt } = value as { schema?: unknown; startedAt?: unknown };
  if (schema !== 1)
    throw new RunFileError(`it has schema version ${String(schema)}, and this wsmatrix reads version 1`);
  return typeof startedAt === "number" ? startedAt : 0;
}

function tried<T>(run: string, skipped: Skipped, read: () => T): T[] {
  try {
    return [read()];
  } catch (error) {
    if (!(error instanceof RunFileError) && !(error instanceof EventFileError)) throw error;
    skipped.push({ run, reason: error.message });
    return [];
  }
}

function nothingToShow({ runs }: SiteRequest, skipped: Skipped): ConfigError {
  if (skipped.length > 0) {
    return new ConfigError(skipped.map(({ run, reason }) => fileProblem(run, reason)));
  }
  const remedy = "`wsmatrix run` makes one";
  return new ConfigError([fileProblem(runs[0] ?? "results/runs", "there is no run here", remedy)]);
}

/** The suite that was played: that of the run, since the one of this version may be another. */
function catalogueOf(dir: string): Catalogue {
  try {
    const { hash, chapters } = JSON.parse(readFileSync(runPaths(dir).suite, "utf8")) as Catalogue;
    const same = hash === catalogue.hash && chapters.every(({ extra }) => extra !== true);
    return same ? catalogue : buildCatalogue(chapters);
  } catch {
    return catalogue;
  }
}

function targetsOf({ cells }: PlayedRun): ReadonlySet<string> {
  return new Set(cells.map(({ target }) => target));
}
