import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  type BaselineAnswer,
  type BaselineEntry,
  type UnusedEntry,
  baselineEntrySchema,
} from "../../report/baseline.ts";
import { VARIANTS } from "./matrix-schema.ts";
import { ConfigError, type Problem, fileProblem, quoted } from "./problem.ts";
import { type Sourced, parseYaml, readYaml } from "./yaml.ts";

/** A target's baseline and where its entries come from. */
export interface Baseline {
  /** As it was named; null when there is no file, and so no entries. */
  readonly file: string | null;
  readonly entries: readonly BaselineEntry[];
  /** `baselines/ws.yaml:12` of an entry, by its index. */
  readonly place: (entry: number) => string;
}

/** The baseline of a target that has none. */
export const NO_BASELINE: Baseline = { file: null, entries: [], place: () => "" };

/** A file of comments only is a baseline without entries. */
const fileSchema = z.array(baselineEntrySchema).nullable();

/**
 * Reads one baseline file.
 *
 * @throws {ConfigError} it cannot be read or does not fit: every problem, with its place
 */
export async function loadBaseline(file: string): Promise<Baseline> {
  return baselineOf(file, await readYaml(file, fileSchema));
}

/** The same for text that is not written yet; `file` is only for the problems. @throws {ConfigError} */
export function baselineOfText(file: string, text: string): Baseline {
  return baselineOf(file, parseYaml(file, text, fileSchema));
}

function baselineOf(file: string, { value, problem }: Sourced<z.output<typeof fileSchema>>): Baseline {
  const problems = (value ?? []).flatMap(({ variants = [] }, entry) =>
    variants.flatMap((name, index) => {
      if (VARIANTS.some((variant) => variant === name)) return [];
      const remedy = `variants are ${quoted(VARIANTS)}`;
      return [problem([entry, "variants", index], `no such variant \`${name}\``, remedy)];
    }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  const place = (entry: number): string => `${file}:${problem([entry], "").line}`;
  return { file, entries: value ?? [], place };
}

/**
 * Finds the baseline of each target: `<target>.yaml` in a folder, or one file for all of them.
 *
 * @param path the folder or file
 * @param required it was asked for by name, so that its absence is a mistake; otherwise there are no entries then
 * @throws {ConfigError} as `loadBaseline`, of all files together
 */
export async function loadBaselines(
  path: string,
  targets: readonly string[],
  required: boolean,
): Promise<ReadonlyMap<string, Baseline>> {
  const kind = await kindOf(path);
  if (kind === null && required) {
    const remedy = "name a baseline file, or a folder with a <target>.yaml for each target";
    throw new ConfigError([fileProblem(path, "there is no such file or folder", remedy)]);
  }
  const shared = kind === "file" ? await loadBaseline(path) : null;
  const baselines = new Map<string, Baseline>();
  const problems: Problem[] = [];
  for (const name of targets) {
    try {
      baselines.set(name, shared ?? (await loadFrom(path, name)));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return baselines;
}

/** A name that could lead out of the folder has no file in it. */
async function loadFrom(folder: string, target: string): Promise<Baseline> {
  if (/[/\\]/.test(target)) return NO_BASELINE;
  const file = baselineFileOf(folder, target);
  return (await kindOf(file)) === null ? NO_BASELINE : loadBaseline(file);
}

/** The file of a target: the path itself where it is one file for all, else `<target>.yaml` in that folder. */
export function baselineFileOf(path: string, target: string): string {
  return /\.ya?ml$/.test(path) ? path : join(path, `${target}.yaml`);
}

async function kindOf(path: string): Promise<"file" | "folder" | null> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return null;
  return stats.isDirectory() ? "folder" : "file";
}

/**
 * What people should know of a baseline beside the verdicts: stale, expired and unused entries, a line each,
 * with the place of the entry. Not escaped.
 */
export function baselineNotes(baseline: Baseline, answer: BaselineAnswer): readonly string[] {
  const note = (entry: number, text: string): string => `${baseline.place(entry)}: ${text}`;
  return [
    ...staleEntries(answer).map(([entry, cases]) =>
      note(entry, `stale: ${cases.join(", ")} no longer ${cases.length === 1 ? "needs" : "need"} it`),
    ),
    ...answer.expired.map((entry) => note(entry, `expired on ${baseline.entries[entry]?.expires ?? ""}`)),
    ...answer.unused.map(({ entry, why }) => note(entry, WHY_UNUSED[why])),
  ];
}

const WHY_UNUSED: Readonly<Record<UnusedEntry["why"], string>> = {
  noSuchCase: "names no case of the suite",
  notPlayed: "none of its cases was played",
  overridden: "later entries name all of its cases",
};

/** Entries with the cases that are better than they say. */
function staleEntries(answer: BaselineAnswer): readonly (readonly [number, readonly string[]])[] {
  const stale = new Map<number, string[]>();
  for (const [id, { outcome, entry }] of answer.cases) {
    if (outcome !== "fixed" || entry === null) continue;
    stale.set(entry, [...(stale.get(entry) ?? []), id]);
  }
  return [...stale];
}
