import { z } from "zod";
import { type Problem, type ValuePath, ConfigError, formatPath } from "../config/problem.ts";
import { check } from "../config/yaml-issues.ts";
import type { Locator } from "../config/yaml-positions.ts";

/** What a warning is about; see {@link SpecWarning}. */
export type WarningCode =
  /** There was no spec file, so the default one was written. */
  | "default-written"
  /** A key that nobody reads. */
  | "unknown-key"
  /** A key or value that is fine and changes nothing with us. */
  | "no-effect"
  /** A pattern that matches no case, or no agent. */
  | "matches-nothing"
  /** Something is said twice, and only the last one counts. */
  | "doubled";

/** Something that is worth a line and does not keep the spec from being used. The caller prints it. */
export interface SpecWarning extends Problem {
  readonly code: WarningCode;
}

/** What the command line's own problems call it instead of a file. */
export const COMMAND_LINE = "command line";

/** A warning about a flag of the command line. */
export function flagWarning(flag: string, message: string, remedy?: string): SpecWarning {
  return { ...flagProblem(flag, message, remedy), code: "no-effect" };
}

/** A problem with a flag of the command line. */
export function flagProblem(flag: string, message: string, remedy?: string): Problem {
  const problem = { file: COMMAND_LINE, line: 0, column: 0, path: flag, message };
  return remedy === undefined ? problem : { ...problem, remedy };
}

/** A whole spec, or a map in it, of which nothing is known yet. */
export type SpecMap = Readonly<Record<string, unknown>>;

/** Collects everything that is to be said about a spec, so that one run shows all mistakes. */
export class Findings {
  readonly file: string;
  readonly #locator: Locator;
  readonly #errors: Problem[] = [];
  readonly #warnings: SpecWarning[] = [];

  /** @param file as the caller named it */
  constructor(file: string, locator: Locator) {
    this.file = file;
    this.#locator = locator;
  }

  /** Validates the part of the spec at `path`; null when it does not fit, and then the errors are noted. */
  read<Schema extends z.ZodType>(
    path: ValuePath,
    value: unknown,
    schema: Schema,
  ): { readonly value: z.output<Schema> } | null {
    const locator = this.#locator;
    const checked = check(schema, value, {
      place: (inner) => locator.place([...path, ...inner]),
      keyPlace: (inner) => locator.keyPlace([...path, ...inner]),
      written: (inner) => locator.written([...path, ...inner]),
    });
    if (!checked.issues) return { value: checked.value };
    const outer = formatPath(path);
    for (const issue of checked.issues) {
      const inner = issue.path === "" || issue.path.startsWith("[") ? issue.path : `.${issue.path}`;
      this.#errors.push({ file: this.file, ...issue, path: outer === "" ? issue.path : `${outer}${inner}` });
    }
    return null;
  }

  /** The text under a key of the whole spec; null when there is none, or it does not fit. */
  text(spec: SpecMap, key: string): string | null {
    if (spec[key] === undefined || spec[key] === null) return null;
    return this.read([key], spec[key], z.string().min(1))?.value ?? null;
  }

  /** Notes an error about the value at `path`. */
  error(path: ValuePath, message: string, remedy?: string): void {
    this.#errors.push(this.#problem(path, this.#locator.place(path), message, remedy));
  }

  /** Notes an error about the key at the end of `path`, which is named. */
  keyError(path: ValuePath, message: string, remedy?: string): void {
    this.#errors.push(this.#problem(path, this.#locator.keyPlace(path), message, remedy));
  }

  /** Notes an error of another place, such as the command line. */
  otherError(problem: Problem): void {
    this.#errors.push(problem);
  }

  /** Notes a warning about the key at the end of `path`. */
  warn(code: WarningCode, path: ValuePath, message: string, remedy?: string): void {
    this.#warnings.push({ ...this.#problem(path, this.#locator.keyPlace(path), message, remedy), code });
  }

  /** Notes a warning of another place, such as the command line. */
  otherWarning(warning: SpecWarning): void {
    this.#warnings.push(warning);
  }

  get hasErrors(): boolean {
    return this.#errors.length > 0;
  }

  /** In the order of the file. */
  get warnings(): readonly SpecWarning[] {
    return this.#warnings.toSorted(byPlace);
  }

  /** @throws {ConfigError} errors were noted */
  throwErrors(): void {
    if (this.hasErrors) throw new ConfigError(this.#errors.toSorted(byPlace));
  }

  #problem(path: ValuePath, place: { line: number; column: number }, message: string, remedy?: string) {
    const problem: Problem = { file: this.file, ...place, path: formatPath(path), message };
    return remedy === undefined ? problem : { ...problem, remedy };
  }
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}
