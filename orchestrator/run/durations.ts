import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { ConfigError, errorCode, fileProblem } from "../config/problem.ts";
import { parseJson } from "../engines/cache.ts";
import { writeJsonAtomically } from "../results/atomic-file.ts";

/** Where durations are looked for when nobody names a file: what the nightly workflow commits. */
export const PUBLISHED_DURATIONS = "results/published/durations.json";

const schema = z.literal(1);

/** A file that `merge` writes, or the `run.json` of a run. */
const fileSchema = z.union([
  z.object({ schema, durations: z.record(z.string(), z.number().nonnegative()) }),
  z.object({ schema, cells: z.array(z.object({ id: z.string(), duration: z.number().nullable() })) }),
]);

/** What of a cell is written down. */
interface TimedCell {
  readonly cell: { readonly id: string };
  readonly duration: number;
  readonly status: string;
}

/**
 * How long the cells of an earlier run took, in ms, by their ids.
 *
 * @param path a file, or the folder of a run; without one, {@link PUBLISHED_DURATIONS} if it is there
 * @throws {ConfigError} the file that is named is not there, or holds something else
 */
export function readDurations(path: string | undefined): ReadonlyMap<string, number> {
  if (path === undefined && !existsSync(PUBLISHED_DURATIONS)) return new Map();
  const named = path ?? PUBLISHED_DURATIONS;
  const file = isFolder(named) ? join(named, "run.json") : named;
  const parsed = fileSchema.safeParse(parseJson(textOf(file)));
  if (!parsed.success) {
    const remedy = "name the folder of a run, or a file that `merge --durations-out` wrote";
    throw new ConfigError([fileProblem(file, "holds no durations of cells", remedy)]);
  }
  const { data } = parsed;
  if ("durations" in data) return new Map(Object.entries(data.durations));
  return new Map(data.cells.flatMap(({ id, duration }) => (duration === null ? [] : [[id, duration]])));
}

/** Writes how long cells took, for {@link readDurations}. Those that did not run say nothing. */
export function writeDurations(file: string, cells: readonly TimedCell[]): void {
  const ran = cells.filter(({ status }) => status === "ran");
  const entries = ran.map(({ cell, duration }): [string, number] => [cell.id, Math.round(duration)]);
  writeJsonAtomically(file, { schema: 1, durations: Object.fromEntries(entries) });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([fileProblem(file, `cannot be read (${errorCode(error)})`)], { cause: error });
  }
}
