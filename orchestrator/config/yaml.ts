import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { type Problem, type ValuePath, ConfigError, errorCode, fileProblem, formatPath } from "./problem.ts";
import { configText } from "./text.ts";
import { check } from "./yaml-issues.ts";
import { type Locator, locatorOf, parseText } from "./yaml-positions.ts";

export { type Problem, type ValuePath, ConfigError } from "./problem.ts";

/** Readonly all the way down. */
export type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

/** A validated value and where its parts come from. */
export interface Sourced<Value> {
  /** As the caller named it. */
  readonly file: string;
  readonly value: Value;
  /** A problem with a part of the value that only its reader can find. */
  readonly problem: (path: ValuePath, message: string, remedy?: string) => Problem;
}

/**
 * Reads a YAML file and validates it.
 *
 * @throws {ConfigError} it cannot be read, is no YAML, or does not fit the schema: every problem, with its place
 */
export async function readYaml<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<Sourced<z.output<Schema>>> {
  return parseYaml(file, await readText(file), schema);
}

/**
 * Validates YAML text. `file` is only for the problems.
 *
 * @throws {ConfigError} as `readYaml`
 */
export function parseYaml<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
): Sourced<z.output<Schema>> {
  const parsed = parseText(text);
  if ("errors" in parsed) {
    throw new ConfigError(parsed.errors.map((error) => ({ file, path: "", ...error })));
  }
  return validate(file, parsed.value, schema, locatorOf(parsed));
}

/**
 * Validates a value that is from no file, such as one made of command-line flags. Its problems have no line.
 *
 * @param name what the problems call it instead of a file: `command line`
 * @throws {ConfigError} it does not fit the schema
 */
export function validateValue<Schema extends z.ZodType>(
  name: string,
  value: unknown,
  schema: Schema,
): Sourced<z.output<Schema>> {
  const nowhere = { line: 0, column: 0 };
  return validate(name, value, schema, {
    place: () => nowhere,
    keyPlace: () => nowhere,
    written: () => null,
  });
}

function validate<Schema extends z.ZodType>(
  file: string,
  value: unknown,
  schema: Schema,
  locator: Locator,
): Sourced<z.output<Schema>> {
  const checked = check(schema, value, locator);
  if (checked.issues) throw new ConfigError(checked.issues.map((issue) => ({ file, ...issue })));
  const problem: Sourced<unknown>["problem"] = (path, message, remedy) => ({
    ...fileProblem(file, message, remedy),
    ...locator.place(path),
    path: formatPath(path),
  });
  return { file, value: checked.value, problem };
}

async function readText(file: string): Promise<string> {
  let octets: Buffer;
  try {
    octets = await readFile(file);
  } catch (error) {
    const code = errorCode(error);
    const message = code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`;
    throw new ConfigError([fileProblem(file, message)], { cause: error });
  }
  return configText(file, octets);
}
