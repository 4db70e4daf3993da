import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import type { Case } from "../../fuzzer/case.ts";
import type { Role } from "../../fuzzer/record.ts";

import { type Baseline, loadBaselines, NO_BASELINE } from "../config/baselines.ts";
import { loadMatrix, type Matrix, matrixFrom } from "../config/matrix.ts";
import { type Cell, plan } from "../config/plan.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";
import { applyFilters } from "../config/filters.ts";
import { chooseCases } from "./choose-cases.ts";
import { packageRoot } from "./package-root.ts";
import { cellsBeside, commandLine, entryFor, findTargets } from "./target-folders.ts";
import { readDurations } from "./durations.ts";
import type { OwnTarget, RunRequest } from "./request.ts";
import { divide } from "./shards.ts";

/** A run that is known to be possible. */
export interface Configured {
  readonly matrix: Matrix;
  readonly cells: readonly Cell[];
  /** The whole plan, of which `cells` may be one part. */
  readonly planned: readonly Cell[];
  /** What each cell is to play. */
  readonly cases: readonly Case[];
  readonly profile: "quick" | "full";
  /** The baseline of a target by its name. */
  readonly baselineOf: (target: string) => Baseline;
}

/**
 * Makes a plan of a request: matrix, targets, cases, baselines.
 *
 * @throws {ConfigError} with the place of each mistake
 */
export async function configure(request: RunRequest): Promise<Configured> {
  const matrix = await matrixOf(request);
  const planned = await cellsOf(request, matrix);
  const cells = cellsOfShard(request, planned);
  const cases = chooseCases(request, matrix, commandLine);
  const baselines = await baselinesOf(request, matrix, cells);
  return {
    matrix,
    cells,
    planned,
    cases,
    profile: request.profile ?? matrix.suite.profile,
    baselineOf: (target) => baselines.get(target) ?? NO_BASELINE,
  };
}

/** One part of the plan, or all of it. @throws {ConfigError} there are fewer cells than parts */
function cellsOfShard({ shard, durations }: RunRequest, planned: readonly Cell[]): readonly Cell[] {
  if (shard === undefined) return planned;
  const cells = divide(planned, shard.count, readDurations(durations))[shard.index - 1] ?? [];
  if (cells.length > 0) return cells;
  const message = `part ${shard.index} of ${shard.count} has no cells: there are only ${planned.length}`;
  const remedy = "divide into fewer; `wsmatrix plan --format github` never makes more than there are cells";
  throw new ConfigError([fileProblem(commandLine, message, remedy)]);
}

/** The cells of the matrix that are asked for, and those of targets that are named though no entry has them. */
async function cellsOf(request: RunRequest, matrix: Matrix): Promise<readonly Cell[]> {
  // One's own program is in no folder: a hundred files need not be read.
  const targets = request.own ? { targets: [], broken: [] } : await findTargets();
  const { roles, variants } = request;
  const named = request.own ? [] : request.targets;
  const planned = plan(matrix, targets, {}, { unverified: matrix.file === commandLine });
  const beside = cellsBeside(planned, named, targets);
  const filters = { targets: named, roles, variants };
  const names = targets.targets.map(({ definition }) => definition.name);
  return applyFilters([...planned, ...beside], filters, matrix.file, names);
}

async function matrixOf(request: RunRequest): Promise<Matrix> {
  if (request.own) return ownMatrix(request.own, request.roles);
  if (request.matrix !== undefined) return loadMatrix(request.matrix);
  if (existsSync("matrix.yaml")) return loadMatrix("matrix.yaml");
  if (request.targets.length > 0) {
    return matrixFrom(commandLine, { targets: request.targets.map(entryFor) }, ".");
  }
  const remedy =
    "name a matrix with --matrix FILE, a bundled target (`wsmatrix list`), or your own with --url, --command or --image";
  throw new ConfigError([fileProblem(resolve("matrix.yaml"), "there is no matrix here", remedy)]);
}

function ownMatrix({ kind, value, name, port, path }: OwnTarget, roles: readonly Role[]): Matrix {
  const entry = {
    name,
    [kind]: value,
    ...(roles.length > 0 && { roles }),
    ...(port !== undefined && { port }),
    ...(path !== undefined && { path }),
  };
  return matrixFrom(commandLine, { targets: [entry] }, ".");
}

async function baselinesOf(
  request: RunRequest,
  matrix: Matrix,
  cells: readonly Cell[],
): Promise<ReadonlyMap<string, Baseline>> {
  const names = [...new Set(cells.map((cell) => cell.target.name))];
  if (request.smoke === true) return new Map();
  if (request.baseline !== undefined) return loadBaselines(request.baseline, names, true);
  const own = request.own !== undefined || matrix.file === commandLine;
  return loadBaselines(
    own ? join(packageRoot, "baselines") : matrix.baselines,
    own && request.own ? [] : names,
    false,
  );
}

/** Where a run's files go when nobody says otherwise. */
export function defaultRunDirectory(run: string): string {
  return join("results", "runs", run);
}

/** The folder of a run that is named by folder or id. */
export function runDirectoryOf(name: string): string {
  return existsSync(join(name, "run.json")) ? name : join(dirname(defaultRunDirectory("x")), name);
}
