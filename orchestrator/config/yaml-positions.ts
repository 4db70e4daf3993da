import {
  type Document,
  type Node,
  LineCounter,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from "yaml";
import type { ValuePath } from "./problem.ts";

/** A place in a text; line and column count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds the parts of a value in the text they were written in. */
export interface Locator {
  /** Of a value; where it does not exist, of the nearest value around it that does. */
  place(path: ValuePath): Place;
  /** Of the key that a value has; of the value where it has none. */
  keyPlace(path: ValuePath): Place;
  /** A scalar as it was written (`16.0`, not 16); null for anything else. */
  written(path: ValuePath): string | null;
}

/** YAML text that was understood. */
export interface ParsedText {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: unknown;
}

/** Something that is wrong with the text itself. */
export interface TextError extends Place {
  readonly message: string;
  readonly remedy?: string;
}

/** Most aliases (`*name`) that a text may hold, nested ones counted as often as they expand. */
const MAX_ALIASES = 100;

/** Where the parser's own message says little to whoever wrote the text. */
const OWN_WORDS: Readonly<Partial<Record<string, string>>> = {
  DUPLICATE_KEY: "this key is there already",
  MULTIPLE_DOCS: "only one YAML document fits in a file",
  RESOURCE_EXHAUSTION: "is nested too deeply",
};

/** Reads one YAML 1.2 document. Tags that nobody knows and aliases of nothing are errors too. */
export function parseText(text: string): ParsedText | { readonly errors: readonly TextError[] } {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
    const errors = [...document.errors, ...document.warnings].map(({ code, message, pos: [offset] }) => ({
      ...placeOf(lines, offset),
      message: OWN_WORDS[code] ?? message,
    }));
    errors.push(...danglingAliases(document, lines));
    if (errors.length > 0) return { errors: firstOfEachPlace(errors) };
    return { document, lines, value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown };
  } catch (error) {
    if (error instanceof RangeError)
      return { errors: [{ line: 1, column: 1, message: "is nested too deeply" }] };
    if (!(error instanceof ReferenceError)) throw error;
    return { errors: [{ line: 1, column: 1, message: "holds too many aliases" }] };
  }
}

/** Finds the parts of a document that was read. */
export function locatorOf({ document, lines }: ParsedText): Locator {
  const start = (node: Node | null): Place => placeOf(lines, node?.range?.[0] ?? 0);
  return {
    place: (path) => start(walk(document, path).node),
    keyPlace(path) {
      const { key, node } = walk(document, path);
      return start(key ?? node);
    },
    written(path) {
      const { node, found } = walk(document, path);
      return found && isScalar(node) ? (node.source ?? null) : null;
    },
  };
}

interface Step {
  /** The last node on the path that exists. */
  readonly node: Node | null;
  readonly key: Node | null;
  /** The whole path exists. */
  readonly found: boolean;
}

function walk(document: Document, path: ValuePath): Step {
  let at: Step = { node: document.contents, key: null, found: true };
  for (const segment of path) {
    const next = child(document, at.node, segment);
    if (next === null) return { ...at, found: false };
    at = next;
  }
  return at;
}

function child(document: Document, node: Node | null, segment: PropertyKey): Step | null {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) {
    const item = target.items[Number(segment)];
    return isNode(item) ? { node: item, key: null, found: true } : null;
  }
  if (!isMap(target)) return null;
  const pair = target.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
  if (pair === undefined) return null;
  const key = isNode(pair.key) ? pair.key : null;
  return { node: isNode(pair.value) && !isEmpty(pair.value) ? pair.value : key, key, found: true };
}

/** A key without a value (`name:`) has a node of no length; the key is the better place to point at. */
function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.source === "";
}

function danglingAliases(document: Document, lines: LineCounter): readonly TextError[] {
  const errors: TextError[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const message = `there is no anchor \`&${alias.source}\` before this alias`;
      const remedy = "a text that begins with * must be in quotes";
      errors.push({ ...placeOf(lines, alias.range?.[0] ?? 0), message, remedy });
    },
  });
  return errors;
}

/** A parser that has lost its way says so again and again at one place. */
function firstOfEachPlace(errors: readonly TextError[]): readonly TextError[] {
  return [...Map.groupBy(errors, ({ line, column }) => `${line}:${column}`).values()].flatMap((same) =>
    same.slice(0, 1),
  );
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
