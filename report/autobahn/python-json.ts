/**
 * JSON written as Python 2 writes it with `sort_keys=True, indent=3, separators=(",", ": ")`. Scripts take
 * Autobahn's files apart as text, so blanks, line ends and the order of keys are part of the format.
 */

/** A number that is printed as a float even when it is whole: 1 gives `1.0`. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/**
 * What can be written. The keys of an object are sorted as strings; those of a map that are numbers come first
 * and are sorted as numbers, as in Autobahn's statistics.
 */
export type PythonJson =
  | null
  | boolean
  | number
  | string
  | PythonFloat
  | readonly PythonJson[]
  | ReadonlyMap<string | number, PythonJson>
  | { readonly [key: string]: PythonJson };

/**
 * The text of a value, without a line end behind it.
 *
 * @throws RangeError for a number that JSON cannot hold
 */
export function pythonJson(value: PythonJson): string {
  return written(value, "\n");
}

const indent = "   ";

function written(value: PythonJson, lineEnd: string): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : floatText(value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof PythonFloat) return floatText(value.value);
  const inner = lineEnd + indent;
  if (Array.isArray(value)) {
    const items = (value as readonly PythonJson[]).map((item) => written(item, inner));
    return items.length === 0 ? "[]" : `[${inner}${items.join(`,${inner}`)}${lineEnd}]`;
  }
  const members = sortedMembers(
    value as ReadonlyMap<string, PythonJson> | Readonly<Record<string, PythonJson>>,
  );
  const lines = members.map(([key, member]) => `${quoted(String(key))}: ${written(member, inner)}`);
  return lines.length === 0 ? "{}" : `{${inner}${lines.join(`,${inner}`)}${lineEnd}}`;
}

function sortedMembers(
  value: ReadonlyMap<string | number, PythonJson> | Readonly<Record<string, PythonJson>>,
): (readonly [string | number, PythonJson])[] {
  const members = value instanceof Map ? [...value] : Object.entries(value);
  return members.toSorted(([a], [b]) => compareKeys(a, b));
}

function compareKeys(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number" || typeof b === "number") return typeof a === "number" ? -1 : 1;
  return comparePoints(a, b);
}

/** Orders by code points; `<` would go by UTF-16 units and put U+10000 before U+E000. */
export function comparePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at]!.codePointAt(0) ?? 0) - (right[at]!.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Exponents from here on are spelled out, as below -4. */
const firstExponent = 16;

/** The shortest digits that give the number back, as both languages choose them, in Python's notation. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`JSON holds no ${value}`);
  const [digits = "", power = ""] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= firstExponent) {
    const sign = exponent < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};

/** Everything but printable ASCII is escaped, each half of a surrogate pair for itself. */
function quoted(text: string): string {
  const escaped = text.replaceAll(/["\\]|[^ -~]/g, (unit) => SHORT[unit] ?? unicodeEscape(unit));
  return `"${escaped}"`;
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
