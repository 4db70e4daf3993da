import { readFileSync, statSync } from "node:fs";

import type { Behavior, BehaviorClose } from "../../fuzzer/record.ts";
import { escapeTerminal } from "../escape.ts";
import { BEHAVIOR_CLOSES, BEHAVIORS } from "../tally.ts";

/** What an index says of a case. */
export type IndexedVerdict = readonly [
  behavior: Behavior,
  behaviorClose: BehaviorClose,
  remoteCloseCode: number | null,
];

/** Agent -> case -> verdict. */
export type ReadIndex = ReadonlyMap<string, ReadonlyMap<string, IndexedVerdict>>;

/** A file that is no index of Autobahn's. The message has the place, what is wrong and what to do about it. */
export class IndexFileError extends Error {
  override readonly name = "IndexFileError";
  readonly file: string;

  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`${escapeTerminal(file)}: ${message}`, options);
    this.file = file;
  }
}

/** Octets. 517 cases of one agent are 130 kB. */
const largest = 256 * 1024 * 1024;

/**
 * Reads an `index.json`, the original's or ours. Keys that do not belong to a verdict are passed over, and a
 * missing `remoteCloseCode` is read as none, so that files which people have trimmed can be read.
 *
 * @throws IndexFileError
 */
export function readIndex(file: string): ReadIndex {
  return parseIndex(textOf(file), file);
}

/**
 * The same for a text at hand.
 *
 * @param file what messages call it
 * @throws IndexFileError
 */
export function parseIndex(text: string, file: string): ReadIndex {
  const agents = membersOf(parsed(text, file), { file, place: "" });
  return new Map(
    agents.map(([agent, results]) => {
      const at = { file, place: `agent ${shown(agent)}` };
      return [agent, new Map(membersOf(results, at).map((member) => verdictOf(member, at)))];
    }),
  );
}

/** Where in a file something is. */
interface Place {
  readonly file: string;
  readonly place: string;
}

function textOf(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > largest) throw new IndexFileError(file, `${size} octets are too many for an index.json`);
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof IndexFileError) throw error;
    throw new IndexFileError(file, unreadable(error), { cause: error });
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (code === "ENOENT") return "there is no such file; name the index.json of a report";
  if (code === "EISDIR") return "this is a folder; name the index.json in it";
  return `cannot be read (${code})`;
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    const reason = error instanceof Error ? escapeTerminal(error.message) : "";
    throw new IndexFileError(file, `not JSON (${reason}); name the index.json of a report`, { cause: error });
  }
}

function membersOf(value: unknown, { file, place }: Place): [string, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  const where = place === "" ? "" : `${place}: `;
  throw new IndexFileError(
    file,
    `${where}an object is wanted here, and this is ${kindOf(value)}; an index.json holds agents, and each agent holds cases`,
  );
}

function verdictOf(
  [id, value]: readonly [string, unknown],
  { file, place }: Place,
): [string, IndexedVerdict] {
  const at = { file, place: `${place}, case ${shown(id)}` };
  const facts = new Map(membersOf(value, at));
  return [
    id,
    [
      wordOf(facts, "behavior", BEHAVIORS, at),
      wordOf(facts, "behaviorClose", BEHAVIOR_CLOSES, at),
      closeCodeOf(facts.get("remoteCloseCode") ?? null, at),
    ],
  ];
}

function wordOf<W extends string>(
  facts: ReadonlyMap<string, unknown>,
  key: string,
  words: readonly W[],
  { file, place }: Place,
): W {
  const value = facts.get(key);
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  const found = facts.has(key) ? `is ${kindOf(value)}` : "is missing";
  throw new IndexFileError(file, `${place}: ${key} ${found}; it has to be one of ${words.join(", ")}`);
}

function closeCodeOf(value: unknown, { file, place }: Place): number | null {
  if (value === null) return null;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff) return value;
  throw new IndexFileError(
    file,
    `${place}: remoteCloseCode is ${kindOf(value)}; it has to be a close code or null`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return shown(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "an object";
}

function shown(text: string): string {
  return `"${escapeTerminal(text, 60)}"`;
}
