import { escapeTerminal } from "../../report/escape.ts";

/** Where in a value something is: `["targets", 0, "roles"]`. */
export type ValuePath = readonly PropertyKey[];

/** One thing that is wrong with a configuration, where, and what to do about it. */
export interface Problem {
  /** As the caller named it. */
  readonly file: string;
  /** From 1; 0 where no line is at fault: a file that cannot be read, values that are not from a file. */
  readonly line: number;
  /** From 1, in UTF-16 units; 0 as for `line`. */
  readonly column: number;
  /** The value at fault, such as `targets[0].roles`; of a missing or unknown key, the one it is in. */
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

/** A configuration that cannot be used. Its message has a line for each problem. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** The exit code of usage and configuration errors (design section 7). */
  readonly exitCode = 2;
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join("\n"), options);
    this.problems = problems;
  }
}

/** A problem that is at no line of the file. */
export function fileProblem(file: string, message: string, remedy?: string): Problem {
  return { file, line: 0, column: 0, path: "", message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Characters of a problem that are shown: a file may hold any text, and messages quote it. */
const LINE_CAP = 1000;

/** `file:line:column path: message; remedy`, on one line and safe for a terminal. */
export function formatProblem({ file, line, column, path, message, remedy }: Problem): string {
  const place = line === 0 ? `${file}:` : `${file}:${line}:${column}`;
  const subject = path === "" ? place.replace(/:$/, "") : `${place} ${path}`;
  return escapeTerminal(`${subject}: ${message}${remedy === undefined ? "" : `; ${remedy}`}`, LINE_CAP);
}

/** `["targets", 0, "roles"]` -> `targets[0].roles`. */
export function formatPath(path: ValuePath): string {
  const segments = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
  return segments.join("").replace(/^\./, "");
}

/** Words for a message: `` `a`, `b`, `c` ``. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}

/** What the operating system calls an error (`ENOENT`), or else the error in words. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
