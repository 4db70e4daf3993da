import type { ValuePath } from "../config/problem.ts";
import type { Locator, Place, TextError } from "../config/yaml-positions.ts";

/** JSON text that was understood. */
export interface ParsedJson {
  readonly value: unknown;
  /** Finds the parts of the value in the text. */
  readonly locator: Locator;
  /** Keys that an object has twice, the last one of each: it is the one that counts. */
  readonly doubled: readonly ValuePath[];
}

/** How deeply values may be nested; a spec file needs five levels. */
const MAX_DEPTH = 100;

const SPACE = /[ \t\n\r]*/y;
const STRING = new RegExp(String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`, "y");
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /[A-Za-z_]\w*/y;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** Words of other languages, and their JSON. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["True", "true"],
  ["False", "false"],
  ["None", "null"],
  ["undefined", "null"],
]);

/** A value and where it stands. */
interface Node {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
  readonly children: ReadonlyMap<PropertyKey, Child>;
}

interface Child {
  readonly node: Node;
  /** Offset of the key; null of an element of a list. */
  readonly key: number | null;
}

/** Reads one JSON value (RFC 8259), which is stricter than YAML and remembers places, unlike `JSON.parse`. */
export function parseJson(text: string): ParsedJson | { readonly error: TextError } {
  const reader = new Reader(text);
  try {
    const root = reader.document();
    return { value: root.value, locator: locatorOf(text, root), doubled: reader.doubled };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const { message, remedy, offset } = error;
    return { error: { ...placeOf(text, offset), message, ...(remedy !== null && { remedy }) } };
  }
}

class Malformed extends Error {
  readonly offset: number;
  readonly remedy: string | null;
  constructor(offset: number, message: string, remedy: string | null = null) {
    super(message);
    this.offset = offset;
    this.remedy = remedy;
  }
}

class Reader {
  readonly doubled: ValuePath[] = [];
  readonly #text: string;
  readonly #path: PropertyKey[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Node {
    const node = this.#value();
    this.#take(SPACE);
    if (this.#at < this.#text.length) this.#fail("nothing may follow the end of the JSON value");
    return node;
  }

  #value(): Node {
    this.#take(SPACE);
    if (this.#path.length > MAX_DEPTH) this.#fail("is nested too deeply");
    if (this.#text[this.#at] === "{") return this.#object();
    return this.#text[this.#at] === "[" ? this.#list() : this.#scalar();
  }

  #object(): Node {
    const start = this.#at++;
    const entries: [string, unknown][] = [];
    const children = new Map<PropertyKey, Child>();
    this.#members(start, "}", () => {
      const key = this.#at;
      const name = this.#key();
      if (children.has(name)) this.doubled.push([...this.#path, name]);
      const node = this.#under(name, () => this.#value());
      entries.push([name, node.value]);
      children.set(name, { node, key });
    });
    return { start, end: this.#at, value: Object.fromEntries(entries), children };
  }

  #list(): Node {
    const start = this.#at++;
    const values: unknown[] = [];
    const children = new Map<PropertyKey, Child>();
    this.#members(start, "]", () => {
      const node = this.#under(values.length, () => this.#value());
      children.set(values.length, { node, key: null });
      values.push(node.value);
    });
    return { start, end: this.#at, value: values, children };
  }

  /** What stands between brackets, with commas between and none behind. */
  #members(start: number, close: "}" | "]", member: () => void): void {
    this.#take(SPACE);
    while (this.#text[this.#at] !== close) {
      if (this.#at === this.#text.length) this.#unclosed(start);
      member();
      this.#take(SPACE);
      if (this.#text[this.#at] === close) break;
      const comma = this.#at;
      if (comma === this.#text.length) this.#unclosed(start);
      if (this.#text[comma] !== ",") this.#fail(`a comma or \`${close}\` is missing before`, this.#shown());
      this.#at++;
      this.#take(SPACE);
      if (this.#text[this.#at] === close)
        throw new Malformed(comma, "there is a comma behind the last one", "take it out");
    }
    this.#at++;
  }

  #key(): string {
    const written = this.#take(STRING);
    if (written === null) this.#failString("a key in double quotes is missing before");
    this.#take(SPACE);
    if (this.#text[this.#at] !== ":") this.#fail("a colon is missing before", this.#shown());
    this.#at++;
    return JSON.parse(written) as string;
  }

  #scalar(): Node {
    const start = this.#at;
    const written = this.#take(STRING) ?? this.#take(NUMBER);
    if (written !== null)
      return { start, end: this.#at, value: JSON.parse(written) as unknown, children: new Map() };
    const word = this.#take(WORD);
    if (word === null || !WORDS.has(word)) {
      this.#at = start;
      const meant = FOREIGN.get(word ?? "");
      if (meant !== undefined) throw new Malformed(start, `\`${word}\` is not JSON`, `write \`${meant}\``);
      this.#failString("a value is missing before");
    }
    return { start, end: this.#at, value: WORDS.get(word), children: new Map() };
  }

  #under<T>(key: PropertyKey, read: () => T): T {
    this.#path.push(key);
    const result = read();
    this.#path.pop();
    return result;
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  /** Fails where a string was possible, which may have been begun. */
  #failString(message: string): never {
    const next = this.#text[this.#at];
    if (next === '"')
      throw new Malformed(
        this.#at,
        "this text is not valid in JSON",
        "it must end on its line, with every \\ and tab in it escaped",
      );
    if (next === "'")
      throw new Malformed(
        this.#at,
        "JSON has no text in single quotes",
        'put it in double quotes: "like this"',
      );
    this.#fail(message, this.#shown());
  }

  #unclosed(start: number): never {
    const { line, column } = placeOf(this.#text, start);
    this.#fail(`\`${this.#text[start]!}\` of line ${line}, column ${column} is not closed`);
  }

  #fail(message: string, shown = ""): never {
    const isComment = /^(?:\/\/|\/\*|#)/.test(this.#text.slice(this.#at, this.#at + 2));
    if (isComment) throw new Malformed(this.#at, "JSON has no comments", "take it out");
    throw new Malformed(this.#at, `${message}${shown === "" ? "" : ` ${shown}`}`);
  }

  /** What stands at the present place, for a message. */
  #shown(): string {
    const rest = /^\S{0,20}/.exec(this.#text.slice(this.#at, this.#at + 20))![0];
    return rest === "" ? "the end of the file" : `\`${rest}\``;
  }
}

function locatorOf(text: string, root: Node): Locator {
  return {
    place: (path) => placeOf(text, walk(root, path).node.start),
    keyPlace(path) {
      const { node, key } = walk(root, path);
      return placeOf(text, key ?? node.start);
    },
    written(path) {
      const { node, found } = walk(root, path);
      const isScalar = typeof node.value !== "object" || node.value === null;
      return found && isScalar ? text.slice(node.start, node.end) : null;
    },
  };
}

function walk(root: Node, path: ValuePath): Child & { readonly found: boolean } {
  let at: Child = { node: root, key: null };
  for (const segment of path) {
    const next = at.node.children.get(segment);
    if (next === undefined) return { ...at, found: false };
    at = next;
  }
  return { ...at, found: true };
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}
