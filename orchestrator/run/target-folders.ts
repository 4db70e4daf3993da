import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";

import { namesCell } from "../config/filters.ts";
import { matrixFrom } from "../config/matrix.ts";
import { type Cell, plan } from "../config/plan.ts";
import { ConfigError } from "../config/problem.ts";
import { listTargets, type TargetFolder, type TargetList } from "../config/target.ts";
import { packageRoot } from "./package-root.ts";

/** The targets that come with wsmatrix. */
export const bundledTargets: string = join(packageRoot, "targets");

/** What problems call values that come from flags. */
export const commandLine = "command line";

/**
 * The targets that come with wsmatrix and those of the folder `targets` here, which `new-target` makes. Of two with one
 * name the one here is taken.
 *
 * @param here the folder that wsmatrix is started in
 * @throws {ConfigError} the folder of those that come with it cannot be listed
 */
export async function findTargets(here: string = process.cwd()): Promise<TargetList> {
  const bundled = await listTargets(bundledTargets);
  const own = resolve(here, "targets");
  if (!existsSync(own) || realpathSync(own) === realpathSync(bundledTargets)) return bundled;
  const { targets, broken } = await listTargets(own);
  // Somebody's folder of that name may hold anything.
  const faulty = broken.filter(({ name }) => existsSync(join(own, name, "target.yaml")));
  const names = new Set([...targets.map(nameOf), ...faulty.map(({ name }) => name)]);
  return {
    targets: [...targets, ...bundled.targets.filter((folder) => !names.has(nameOf(folder)))].toSorted(
      (a, b) => (nameOf(a) < nameOf(b) ? -1 : 1),
    ),
    broken: [...faulty, ...bundled.broken.filter(({ name }) => !names.has(name))],
  };
}

/** The entry of a matrix for a target that somebody names, as `ws` or `ws@8.18.0`. */
export function entryFor(named: string): { readonly use: string; readonly versions?: readonly string[] } {
  const [use = "", version] = named.split("@", 2);
  return { use, ...(version !== undefined && { versions: [version] }) };
}

/**
 * The cells of targets that somebody names and no cell of a matrix is of: all roles, variant `plain`. Nobody need have
 * verified them: to run them is how that is done.
 *
 * @param named targets by name or `name@version`; a pattern names only what a matrix has
 * @throws {ConfigError} there is something wrong with the target.yaml of one
 */
export function cellsBeside(
  planned: readonly Cell[],
  named: readonly string[],
  targets: TargetList,
): readonly Cell[] {
  const known = named.filter((name) => !planned.some((cell) => namesCell(name, cell)));
  const broken = targets.broken.filter(({ name }) => known.some((wanted) => entryFor(wanted).use === name));
  if (broken.length > 0) throw new ConfigError(broken.flatMap(({ problems }) => problems));
  const found = known.map(entryFor).filter((entry) => has(targets.targets, entry));
  if (found.length === 0) return [];
  return plan(matrixFrom(commandLine, { targets: found }, "."), targets, {}, { unverified: true });
}

function has(targets: readonly TargetFolder[], { use, versions = [] }: ReturnType<typeof entryFor>): boolean {
  const folder = targets.find((candidate) => nameOf(candidate) === use);
  return folder !== undefined && versions.every((version) => folder.definition.versions.includes(version));
}

function nameOf({ definition }: TargetFolder): string {
  return definition.name;
}
