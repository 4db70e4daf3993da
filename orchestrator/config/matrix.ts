import { dirname, resolve } from "node:path";
import type { z } from "zod";
import type { Role } from "../../fuzzer/record.ts";
import type { Limits } from "../engines/engine.ts";
import { type EngineChoice, type Variant, matrixSchema } from "./matrix-schema.ts";
import type { Problem, ValuePath } from "./problem.ts";
import type { Target } from "./target.ts";
import { type DeepReadonly, type Sourced, readYaml, validateValue } from "./yaml.ts";

export { type EngineChoice, type Variant, VARIANTS, matrixSchema } from "./matrix-schema.ts";

/** Which cases are played, and how long. */
export interface SuiteSelection {
  readonly profile: "quick" | "full";
  /** Also the chapters from 20. */
  readonly extra: boolean;
  /** Patterns of case numbers, never empty; see `matchesPattern`. */
  readonly cases: readonly string[];
  /** Patterns of case numbers. */
  readonly exclude: readonly string[];
}

/** What of an entry does not depend on what names its target. */
interface EntryBase {
  readonly variants: readonly Variant[];
  /** Cells whose toolchain is missing are skipped without failing the run. */
  readonly optional: boolean;
  /** Where it is in the matrix, for problems: `["targets", 0]`. */
  readonly at: ValuePath;
}

/** One entry of a matrix. */
export type MatrixEntry =
  /** A folder of targets; null is what the folder says. */
  | (EntryBase & {
      readonly use: string;
      readonly versions: readonly string[] | null;
      readonly roles: readonly Role[] | null;
    })
  /** A target that the matrix itself describes. */
  | (EntryBase & {
      readonly use: null;
      readonly target: Exclude<Target, { kind: "folder" }>;
      readonly roles: readonly Role[];
    });

/** A validated matrix: defaults filled in, paths absolute. */
export interface Matrix {
  /** As the caller named it. */
  readonly file: string;
  readonly suite: SuiteSelection;
  readonly engine: EngineChoice;
  /** Absolute path of the folder of the baselines. */
  readonly baselines: string;
  readonly limits: Limits;
  readonly build: {
    /** Absolute paths of files of certificates (PEM) that builds in containers trust. */
    readonly caCertificates: readonly string[];
  };
  /** Never empty. */
  readonly entries: readonly MatrixEntry[];
  /** A problem with a part of the matrix, at its place. */
  readonly problem: (path: ValuePath, message: string, remedy?: string) => Problem;
}

/** A matrix as it is written, defaults filled in. */
type MatrixFile = DeepReadonly<z.output<typeof matrixSchema>>;
type EntryFile = MatrixFile["targets"][number];

/**
 * Reads a matrix. What it says of the folders of targets is checked by `plan`, which knows them.
 *
 * @throws {ConfigError} it cannot be read, or does not fit: every problem, with its place
 */
export async function loadMatrix(file: string): Promise<Matrix> {
  return matrixOf(await readYaml(file, matrixSchema), resolve(dirname(file)));
}

/**
 * Makes a matrix of a value that is from no file, such as one made of command-line flags.
 *
 * @param name what problems call it instead of a file: `command line`
 * @param dir the folder that relative paths are relative to, and that commands are started in
 * @throws {ConfigError} it does not fit
 */
export function matrixFrom(name: string, value: unknown, dir: string): Matrix {
  return matrixOf(validateValue(name, value, matrixSchema), resolve(dir));
}

/** Makes a matrix of its validated file; `dir` is an absolute path. */
export function matrixOf({ file, value, problem }: Sourced<MatrixFile>, dir: string): Matrix {
  return {
    file,
    suite: value.suite,
    engine: value.engine,
    baselines: resolve(dir, value.baselines),
    limits: limitsOf(value.limits),
    build: { caCertificates: value.build.caCertificates.map((path) => resolve(dir, path)) },
    entries: value.targets.map((entry, index) => entryOf(entry, index, dir)),
    problem,
  };
}

function entryOf(entry: EntryFile, index: number, dir: string): MatrixEntry {
  const { variants, optional } = entry;
  const base: EntryBase = { variants, optional, at: ["targets", index] };
  if (entry.use !== undefined) {
    return { ...base, use: entry.use, versions: entry.versions ?? null, roles: entry.roles ?? null };
  }
  return { ...base, use: null, target: targetOf(entry, dir), roles: entry.roles ?? ["server"] };
}

/** The schema sees to it that an entry without `use` has a name, and a URL, an image or a command. */
function targetOf(entry: EntryFile, dir: string): Exclude<Target, { kind: "folder" }> {
  const { name = "", command = "", env = {}, port = null, path = "/" } = entry;
  if (entry.url !== undefined) return { kind: "url", name, version: null, url: entry.url };
  if (entry.image === undefined) {
    return { kind: "command", name, version: null, command, env, port, path, cwd: dir };
  }
  const { image, root = false } = entry;
  return { kind: "image", name, version: null, image, command: entry.command ?? null, env, port, path, root };
}

function limitsOf({ memory, ...limits }: MatrixFile["limits"]): Limits {
  const { cpus, pids } = limits;
  return {
    ...(memory === undefined ? {} : { memoryBytes: octetsOf(memory) }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(pids === undefined ? {} : { pids }),
  };
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** "512m" -> octets. */
function octetsOf(size: string): number {
  return Number(size.slice(0, -1)) * (UNITS[size.slice(-1).toLowerCase()] ?? 1);
}
