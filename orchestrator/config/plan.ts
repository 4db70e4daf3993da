import type { Role } from "../../fuzzer/record.ts";
import { type Filters, applyFilters } from "./filters.ts";
import { type Matrix, type MatrixEntry, type SuiteSelection, type Variant } from "./matrix.ts";
import { nearest } from "./nearest.ts";
import { type Problem, type ValuePath, ConfigError, quoted } from "./problem.ts";
import { type Target, type TargetFolder, type TargetList, folderTarget, targetLabel } from "./target.ts";

export { cellFileName } from "../results/cell-file-name.ts";
export type { Filters } from "./filters.ts";

/** The unit of work, of failure and of a results file: one target in one role and variant. */
export interface Cell {
  /** `ws@8.23.0/server/plain`; without a version `mine/server/plain`. */
  readonly id: string;
  readonly target: Target;
  /** What the target is. */
  readonly role: Role;
  readonly variant: Variant;
  /** When what it needs is missing here, it is skipped and the run is complete all the same. */
  readonly optional: boolean;
  readonly suite: SuiteSelection;
}

/** What a plan may hold. */
export interface PlanOptions {
  /** Also targets that nobody has verified. Default: to plan one is an error. */
  readonly unverified?: boolean;
}

/**
 * The cells of a matrix, in its order: entries, then versions, roles and variants.
 *
 * @param targets the folders that `use` entries name; a broken one matters only to a matrix that uses it
 * @throws {ConfigError} the matrix names what a target has not, plans a cell twice, or the filters leave nothing
 */
export function plan(
  matrix: Matrix,
  targets: TargetList,
  filters: Filters = {},
  options: PlanOptions = {},
): readonly Cell[] {
  const problems = matrix.entries.flatMap((entry) => entryProblems(matrix, entry, targets, options));
  if (problems.length > 0) throw new ConfigError(problems);
  const planned = matrix.entries.map((entry) => ({
    at: entry.at,
    cells: cellsOf(entry, matrix.suite, targets),
  }));
  const twice = plannedTwice(matrix, planned);
  if (twice.length > 0) throw new ConfigError(twice);
  return applyFilters(
    planned.flatMap(({ cells }) => cells),
    filters,
    matrix.file,
  );
}

function cellsOf(entry: MatrixEntry, suite: SuiteSelection, targets: TargetList): readonly Cell[] {
  const { variants, optional } = entry;
  return targetsOf(entry, targets).flatMap(({ target, roles }) =>
    roles.flatMap((role) =>
      variants.map((variant) => {
        const id = `${targetLabel(target)}/${role}/${variant}`;
        return { id, target, role, variant, optional, suite };
      }),
    ),
  );
}

interface Planned {
  readonly target: Target;
  readonly roles: readonly Role[];
}

function targetsOf(entry: MatrixEntry, targets: TargetList): readonly Planned[] {
  if (entry.use === null) return [{ target: entry.target, roles: entry.roles }];
  const folder = folderOf(entry.use, targets);
  if (folder === undefined) return [];
  const roles = entry.roles ?? folder.definition.roles;
  const versions = entry.versions ?? folder.definition.versions.slice(0, 1);
  return versions.map((version) => ({ target: folderTarget(folder, version), roles }));
}

/** What an entry asks of its folder that the folder has not. */
function entryProblems(
  matrix: Matrix,
  entry: MatrixEntry,
  targets: TargetList,
  { unverified = false }: PlanOptions,
): readonly Problem[] {
  if (entry.use === null) return [];
  const folder = folderOf(entry.use, targets);
  if (folder === undefined) return unusable(matrix, entry.use, entry.at, targets);
  const { name, verified, versions, roles, capabilities } = folder.definition;
  if (!verified && !unverified) {
    const message = `\`${name}\` has not been verified (\`verified: false\` in its target.yaml), so it is not planned`;
    return [
      matrix.problem([...entry.at, "use"], message, "run it, make it do what its file says, then say `true`"),
    ];
  }
  const lacking = (
    key: string,
    asked: readonly string[] | null,
    has: readonly string[],
  ): readonly Problem[] =>
    (asked ?? []).flatMap((value, index) => {
      if (has.includes(value)) return [];
      const message = `\`${name}\` has no ${key.slice(0, -1)} \`${value}\``;
      return [matrix.problem([...entry.at, key, index], message, `its ${key} are ${quoted(has)}`)];
    });
  const variants = ["plain", ...(capabilities.tls === false ? [] : ["tls"]), ...folder.definition.variants];
  return [
    ...lacking("versions", entry.versions, versions),
    ...lacking("roles", entry.roles, roles),
    ...lacking("variants", entry.variants, variants),
  ];
}

function unusable(matrix: Matrix, use: string, at: ValuePath, targets: TargetList): readonly Problem[] {
  const path = [...at, "use"];
  const broken = targets.broken.find(({ name }) => name === use);
  if (broken)
    return [matrix.problem(path, `target \`${use}\` has mistakes in it, see below`), ...broken.problems];
  const names = targets.targets.map(({ definition }) => definition.name);
  const meant = nearest(use, names);
  const remedy = meant === null ? `targets are ${quoted(names)}` : `did you mean \`${meant}\`?`;
  return [matrix.problem(path, `no such target \`${use}\``, remedy)];
}

function folderOf(name: string, targets: TargetList): TargetFolder | undefined {
  return targets.targets.find(({ definition }) => definition.name === name);
}

/** Cells that two entries plan. */
function plannedTwice(
  matrix: Matrix,
  planned: readonly { readonly at: ValuePath; readonly cells: readonly Cell[] }[],
): readonly Problem[] {
  const first = new Map<string, ValuePath>();
  return planned.flatMap(({ at, cells }) =>
    cells.flatMap(({ id }) => {
      const before = first.get(id);
      first.set(id, before ?? at);
      return before === undefined ? [] : [twiceProblem(matrix, id, at, before)];
    }),
  );
}

function twiceProblem(matrix: Matrix, id: string, at: ValuePath, before: ValuePath): Problem {
  const { file, line, column } = matrix.problem(before, "");
  const place = line === 0 ? `entry ${Number(before.at(-1)) + 1}` : `${file}:${line}:${column}`;
  return matrix.problem(at, `\`${id}\` is planned twice`, `the other place is ${place}`);
}
