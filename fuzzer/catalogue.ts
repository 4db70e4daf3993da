/**
 * The catalogue: all chapters of the suite in one frozen whole, and the selection of cases from it.
 */

import { createHash } from "node:crypto";

import type { Case, Chapter, Group } from "./case.ts";
import { chapter1 } from "./suite/chapter-1.ts";
import { chapter2 } from "./suite/chapter-2.ts";
import { chapter3 } from "./suite/chapter-3.ts";
import { chapter4 } from "./suite/chapter-4.ts";
import { chapter5 } from "./suite/chapter-5.ts";
import { chapter6 } from "./suite/chapter-6.ts";
import { chapter7 } from "./suite/chapter-7.ts";
import { chapter9 } from "./suite/chapter-9.ts";
import { chapter10 } from "./suite/chapter-10.ts";
import { chapter12 } from "./suite/chapter-12.ts";
import { chapter13 } from "./suite/chapter-13.ts";

/** A case and its place. */
export interface CatalogueEntry {
  /** From 1, in numeric order of the ids over the whole catalogue; Autobahn's own numbering. */
  readonly index: number;
  readonly case: Case;
  readonly chapter: Chapter;
  readonly group: Group;
}

/** All cases. Frozen deeply. */
export interface Catalogue {
  readonly chapters: readonly Chapter[];
  /** In numeric order of the ids: 2.9, 2.10, 3.1. */
  readonly entries: readonly CatalogueEntry[];
  readonly byId: ReadonlyMap<string, CatalogueEntry>;
  /** SHA-256, in hexadecimal, of the chapters as canonical JSON: the same data always give the same hash. */
  readonly hash: string;
}

/** Chapters from here on are ours; Autobahn's end at 13. */
const firstExtraChapter = 20;

/**
 * Puts chapters together, in whatever order they come.
 *
 * @throws TypeError when an id is doubled, is not numeric, lies outside its group or chapter, or when a chapter from 20
 * on is not marked as extra (or another one is)
 */
export function buildCatalogue(chapters: readonly Chapter[]): Catalogue {
  const ordered = chapters.toSorted((a, b) => compareIds(a.id, b.id));
  for (const chapter of ordered) checkChapter(chapter);
  const entries = ordered.flatMap(placesOf).toSorted((a, b) => compareIds(a.case.id, b.case.id));
  const numbered = entries.map((entry, at): CatalogueEntry => Object.freeze({ ...entry, index: at + 1 }));
  const byId = new Map(numbered.map((entry) => [entry.case.id, entry]));
  if (byId.size < numbered.length)
    throw new TypeError(`case ids are doubled: ${doubled(numbered).join(", ")}`);
  let hash: string | undefined;
  return Object.freeze({
    chapters: deepFreeze(ordered),
    entries: Object.freeze(numbered),
    byId,
    // Not every command wants it, and it takes a tenth of a small one's time.
    get hash() {
      return (hash ??= createHash("sha256").update(canonicalJson(ordered)).digest("hex"));
    },
  });
}

/** Orders ids by their numbers: 2.9 before 2.10, 9.8.6 before 10.1.1. */
export function compareIds(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** What to select: ids, or patterns in which `*` stands for any characters. */
export interface Selecting {
  readonly cases: readonly string[];
  readonly exclude?: readonly string[];
}

/** What was selected. */
export interface Selection {
  /** In numeric order, none twice. */
  readonly entries: readonly CatalogueEntry[];
  /** Patterns and ids that no case of the catalogue matches, as they were given; an unknown id is among them. */
  readonly unmatched: { readonly cases: readonly string[]; readonly exclude: readonly string[] };
}

/**
 * Selects cases as Autobahn's spec files do: what `cases` matches without what `exclude` matches.
 *
 * A pattern with `*` must match from the start of an id but not to its end: `1*` takes 1.1.1 and 10.1.1, `2.1*` takes
 * 2.1, 2.10 and 2.11. A pattern without `*` is an id. Cases of our own chapters are matched only by patterns that name
 * the chapter before any `*`, such as `20.*`: neither `*` nor `2*` nor `*.1` reaches them, in either list.
 */
export function selectCases(from: Catalogue, { cases, exclude = [] }: Selecting): Selection {
  const wanted = matchAll(from, cases);
  const unwanted = matchAll(from, exclude);
  return {
    entries: from.entries.filter((entry) => wanted.matched.has(entry) && !unwanted.matched.has(entry)),
    unmatched: { cases: wanted.unmatched, exclude: unwanted.unmatched },
  };
}

function matchAll(
  from: Catalogue,
  patterns: readonly string[],
): { readonly matched: ReadonlySet<CatalogueEntry>; readonly unmatched: readonly string[] } {
  const matched = new Set<CatalogueEntry>();
  const unmatched: string[] = [];
  for (const pattern of patterns) {
    const found = from.entries.filter(matcher(pattern));
    for (const entry of found) matched.add(entry);
    if (found.length === 0 && !unmatched.includes(pattern)) unmatched.push(pattern);
  }
  return { matched, unmatched };
}

function matcher(pattern: string): (entry: CatalogueEntry) => boolean {
  if (!pattern.includes("*")) return (entry) => entry.case.id === pattern;
  const parts = pattern.split("*");
  const [named] = pattern.split(/[.*]/, 1);
  return ({ case: { id }, chapter }) =>
    startsWithParts(id, parts) && (chapter.extra !== true || chapter.id === named);
}

/** The first part begins the id, the others follow in their order, with anything between and behind them. */
function startsWithParts(id: string, [first = "", ...others]: readonly string[]): boolean {
  if (!id.startsWith(first)) return false;
  let end = first.length;
  for (const part of others) {
    const found = id.indexOf(part, end);
    if (found < 0) return false;
    end = found + part.length;
  }
  return true;
}

function checkChapter(chapter: Chapter): void {
  if (Number(chapter.id) >= firstExtraChapter !== (chapter.extra === true)) {
    throw new TypeError(
      `chapter ${chapter.id}: chapters from ${firstExtraChapter} on are extra, and no others`,
    );
  }
  for (const group of chapter.groups) {
    if (group.id !== chapter.id && !group.id.startsWith(`${chapter.id}.`)) {
      throw new TypeError(`group ${group.id} does not belong into chapter ${chapter.id}`);
    }
    for (const { id } of group.cases) {
      if (!/^\d+(?:\.\d+)+$/.test(id))
        throw new TypeError(`case id "${id}" is not numbers with dots between them`);
      if (!id.startsWith(`${group.id}.`))
        throw new TypeError(`case ${id} does not belong into group ${group.id}`);
    }
  }
}

function placesOf(chapter: Chapter): Omit<CatalogueEntry, "index">[] {
  return chapter.groups.flatMap((group) => group.cases.map((each) => ({ case: each, chapter, group })));
}

function doubled(entries: readonly CatalogueEntry[]): string[] {
  const ids = entries.map((entry) => entry.case.id);
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
}

/** JSON with the keys of every object sorted, so that it does not depend on how the data were written down. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

/** The suite's own catalogue. */
export const catalogue: Catalogue = buildCatalogue([
  chapter1,
  chapter2,
  chapter3,
  chapter4,
  chapter5,
  chapter6,
  chapter7,
  chapter9,
  chapter10,
  chapter12,
  chapter13,
]);
