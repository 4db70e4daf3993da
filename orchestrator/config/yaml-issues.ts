import type { z } from "zod";
import { nearest } from "./nearest.ts";
import { type Problem, formatPath, quoted } from "./problem.ts";
import type { Locator } from "./yaml-positions.ts";

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/** A problem whose file is not known here. */
export type PlacedIssue = Omit<Problem, "file">;

/** A value that fits, or what is wrong with it. */
export type Checked<Schema extends z.ZodType> =
  | { readonly value: z.output<Schema>; readonly issues?: never }
  | { readonly issues: readonly PlacedIssue[] };

/** Validates a value, and says in our own words what is wrong with it, each thing with its place. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  locator: Locator,
): Checked<Schema> {
  const knownKeys = new Map<string, readonly string[]>();
  const outcome = schema.safeParse(value, {
    reportInput: true,
    error(issue) {
      // Only here does the issue know its schema, and so the keys that there are.
      if (issue.code === "unrecognized_keys") knownKeys.set(formatPath(issue.path ?? []), keysOf(issue.inst));
      return wording(issue);
    },
  });
  if (outcome.success) return { value: outcome.data };
  const issues = outcome.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return unknownKeys(issue, knownKeys, locator);
    return isMissing(value, issue) ? missingKey(issue, locator) : wrongValue(issue, locator);
  });
  return { issues: issues.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

function unknownKeys(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  knownKeys: ReadonlyMap<string, readonly string[]>,
  locator: Locator,
): readonly PlacedIssue[] {
  const path = formatPath(issue.path);
  const known = knownKeys.get(path) ?? [];
  return issue.keys.map((key) => ({
    ...locator.keyPlace([...issue.path, key]),
    path,
    message: `unknown key \`${key}\``,
    remedy: suggestion(key, known) ?? `known are ${quoted(known)}`,
  }));
}

function missingKey(issue: Issue, locator: Locator): PlacedIssue {
  const parent = issue.path.slice(0, -1);
  const message = `missing key \`${String(issue.path.at(-1))}\``;
  return { ...locator.place(parent), path: formatPath(parent), message };
}

/** A rule of a schema may say `params: { at: "key", remedy: "..." }`. */
function wrongValue(issue: Issue, locator: Locator): PlacedIssue {
  const atKey = issue.code === "invalid_key" || (issue.code === "custom" && issue.params?.["at"] === "key");
  const place = atKey ? locator.keyPlace(issue.path) : locator.place(issue.path);
  const remedy = remedyFor(issue, locator);
  return {
    ...place,
    path: formatPath(issue.path),
    message: issue.message,
    ...(remedy === null ? {} : { remedy }),
  };
}

/** The key is not there at all; one without a value is there. */
function isMissing(value: unknown, issue: Issue): boolean {
  const key = issue.path.at(-1);
  if (key === undefined || issue.code === "custom") return false;
  let parent = value;
  for (const step of issue.path.slice(0, -1))
    parent = isObject(parent) ? Reflect.get(parent, step) : undefined;
  return isObject(parent) && !Object.hasOwn(parent, key);
}

/** What to do about it, where that can be told from the issue. */
function remedyFor(issue: Issue, locator: Locator): string | null {
  if (issue.code === "custom" && typeof issue.params?.["remedy"] === "string") return issue.params["remedy"];
  if (issue.code === "invalid_value" && typeof issue.input === "string") {
    return suggestion(issue.input, issue.values.map(String));
  }
  if (issue.code !== "invalid_type") return null;
  const written = locator.written(issue.path) ?? nameOf(issue.input);
  if (issue.expected === "string" && isPlain(issue.input)) return `put it in quotes: "${written}"`;
  if (issue.expected === "array" && typeof issue.input === "string") return `write a list: [${written}]`;
  return null;
}

/** Messages of the issues for which the schema itself has none. */
function wording(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeName(issue.expected)}, not ${nameOf(issue.input)}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${quoted(issue.values.map(String))}`;
    case "too_small":
      return issue.origin === "array" || issue.origin === "string"
        ? "must not be empty"
        : `must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    case "invalid_union":
      return `must be ${alternatives(issue.errors)}, not ${nameOf(issue.input)}`;
    case "invalid_key":
      return issue.issues[0]?.message ?? "is no key that fits here";
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_element":
    case "custom":
    case "unrecognized_keys":
    default:
      return "does not fit here";
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

function typeName(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? `the text \`${value.slice(0, 40)}\`` : JSON.stringify(value);
}

function alternatives(errors: readonly (readonly Issue[])[]): string {
  const types = errors.flatMap(([first]) =>
    first?.code === "invalid_type" ? [typeName(first.expected)] : [],
  );
  return types.join(" or ") || "something else";
}

function keysOf(schema: unknown): readonly string[] {
  const shape = isObject(schema) && "shape" in schema ? schema.shape : null;
  return isObject(shape) ? Object.keys(shape) : [];
}

function suggestion(word: string, known: readonly string[]): string | null {
  const best = nearest(word, known);
  return best === null ? null : `did you mean \`${best}\`?`;
}

function isPlain(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
