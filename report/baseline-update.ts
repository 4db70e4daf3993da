import { compareIds } from "../fuzzer/catalogue.ts";
import type { AcceptPreset } from "./accept.ts";
import {
  type BaselineEntry,
  type CaseFacts,
  type Expectation,
  applies,
  evaluateBaseline,
} from "./baseline.ts";
import type { CellKey } from "./cell.ts";
import { matchesPattern } from "./pattern.ts";
import type { VerdictPair } from "./tally.ts";

/** A whole run of one target, held against its baseline. */
export interface UpdateQuestion {
  readonly entries: readonly BaselineEntry[];
  /** Every cell of the target, with every case that was selected. */
  readonly cells: readonly { readonly cell: CellKey; readonly cases: ReadonlyMap<string, CaseFacts> }[];
  readonly preset: AcceptPreset;
  /** As `YYYY-MM-DD`. */
  readonly today: string;
  /** Numbers of all cases there are. */
  readonly catalogue: readonly string[];
  /** What new entries say beside their verdicts. */
  readonly about: Pick<BaselineEntry, "reason" | "link" | "expires">;
}

/** What makes a baseline fit a run. Entries are named by their index. */
export interface BaselineChanges {
  /** Entries that nothing needs any more, or that have expired. */
  readonly remove: readonly number[];
  /** Entries that fewer cases need, with the patterns that stay. */
  readonly narrow: ReadonlyMap<number, readonly string[]>;
  /** Entries to put behind all others: later ones go before earlier ones. */
  readonly add: readonly BaselineEntry[];
  /** How many cases of cells the new entries allow that nothing allowed before. */
  readonly regressed: number;
}

/** One case of one cell that a new entry has to allow. */
interface Wanted {
  readonly id: string;
  readonly cell: CellKey;
  readonly expect: BaselineEntry["expect"];
  readonly about: UpdateQuestion["about"];
}

/**
 * What to change of a baseline so that the same run would be as expected: cases that no longer need their entry leave
 * it, and what regressed gets entries of its own.
 */
export function planUpdate(question: UpdateQuestion): BaselineChanges {
  const { entries, cells, preset, today } = question;
  const needed = new Map<number, Map<string, CellKey[]>>();
  const idle = new Map<number, Set<string>>();
  const expired = new Set<number>();
  const wanted: Wanted[] = [];
  for (const { cell, cases } of cells) {
    const answer = evaluateBaseline({ cell, cases, preset, entries, today });
    for (const index of answer.expired) expired.add(index);
    for (const [id, { outcome, entry }] of answer.cases) {
      if (outcome === "regressed") wanted.push(wantedFor(id, cell, cases.get(id)!, question.about));
      if (entry === null || outcome === "notRun") continue;
      if (outcome === "fixed" || outcome === "regressed") {
        // Entries before it would show through.
        for (const [index, one] of entries.entries())
          if (applies(one, cell, id, today)) setOf(idle, index).add(id);
      } else listOf(mapOf(needed, entry), id).push(cell);
    }
  }
  const regressed = wanted.length;
  const remove = [...expired];
  const narrow = new Map<number, readonly string[]>();
  for (const [index, ids] of idle) {
    const entry = entries[index]!;
    for (const id of ids) {
      for (const cell of needed.get(index)?.get(id) ?? [])
        wanted.push({ id, cell, expect: entry.expect, about: entry });
    }
    const left = withoutCases(entry.cases, ids, question.catalogue);
    if (left.length === 0) remove.push(index);
    else narrow.set(index, left);
  }
  const add = entriesFor(wanted, question);
  return { remove: remove.toSorted((a, b) => a - b), narrow, add, regressed };
}

function wantedFor(
  id: string,
  cell: CellKey,
  { verdict, flaky }: CaseFacts,
  about: UpdateQuestion["about"],
): Wanted {
  const expected = expectationOf(verdict!);
  return { id, cell, expect: flaky ? ["OK", expected] : expected, about };
}

/** How a failed close looks differs from time to time, so of a failed behavior it is not written down. */
function expectationOf({ behavior, behaviorClose }: VerdictPair): Expectation {
  return behavior === "FAILED" || behaviorClose === "OK" ? behavior : `${behavior}/${behaviorClose}`;
}

/** Patterns without some of the cases that they name; those that name none of them stay as they are. */
function withoutCases(
  patterns: readonly string[],
  ids: ReadonlySet<string>,
  catalogue: readonly string[],
): readonly string[] {
  return patterns.flatMap((pattern) => {
    const named = catalogue.filter((id) => matchesPattern(pattern, id));
    if (!named.some((id) => ids.has(id))) return [pattern];
    return named.filter((id) => !ids.has(id));
  });
}

/** As few entries as say what is wanted: cases that go together in the same cells share one. */
function entriesFor(wanted: readonly Wanted[], question: UpdateQuestion): readonly BaselineEntry[] {
  const byCase = Map.groupBy(wanted, ({ id, cell, expect, about }) =>
    JSON.stringify([cell.role, id, expect, factsOf(about)]),
  );
  const groups = Map.groupBy(byCase.values(), (same) => {
    const { cell, expect, about } = same[0]!;
    return JSON.stringify([cell.role, expect, factsOf(about), same.map((one) => keyOf(one.cell)).toSorted()]);
  });
  return [...groups.values()].flatMap((group) => {
    const { cell, expect, about } = group[0]![0]!;
    const ids = group.map((same) => same[0]!.id);
    const cells = group[0]!.map((one) => one.cell);
    return placesOf(cells, question).map((place) => ({
      role: cell.role,
      cases: shorten(ids, question.catalogue),
      expect,
      ...factsOf(about),
      ...place,
    }));
  });
}

/** Where an entry counts: nothing is said when it is every cell of the role. */
function placesOf(
  cells: readonly CellKey[],
  question: UpdateQuestion,
): readonly Pick<BaselineEntry, "versions" | "variants">[] {
  const all = question.cells.map(({ cell }) => cell).filter(({ role }) => role === cells[0]!.role);
  if (cells.length === all.length) return [{}];
  const versions = [...new Set(cells.map(({ version }) => version))];
  const variants = [...new Set(cells.map(({ variant }) => variant))];
  const within = all.filter((cell) => versions.includes(cell.version) && variants.includes(cell.variant));
  if (within.length > cells.length) return cells.flatMap((cell) => placesOf([cell], question));
  const everyVersion = all.every(({ version }) => versions.includes(version));
  const everyVariant = all.every(({ variant }) => variants.includes(variant));
  return [
    {
      ...(!everyVersion && { versions: versions.filter((version) => version !== null) }),
      ...(!everyVariant && { variants }),
    },
  ];
}

/** Numbers in order; `9.4.*` in place of all that begin so. */
function shorten(ids: readonly string[], catalogue: readonly string[]): readonly string[] {
  const wanted = new Set(ids);
  const said = new Set<string>();
  return [...wanted].toSorted(compareIds).flatMap((id) => {
    const pattern = prefixesOf(id).find((prefix) => {
      const named = catalogue.filter((other) => other.startsWith(prefix));
      return named.length > 1 && named.every((other) => wanted.has(other));
    });
    const text = pattern === undefined ? id : `${pattern}*`;
    if (said.has(text)) return [];
    said.add(text);
    return [text];
  });
}

/** `9.4.1` -> `9.`, `9.4.` */
function prefixesOf(id: string): readonly string[] {
  const parts = id.split(".");
  return parts.slice(1).map((_, count) => `${parts.slice(0, count + 1).join(".")}.`);
}

function factsOf({ reason, link, expires }: UpdateQuestion["about"]): UpdateQuestion["about"] {
  return { reason, ...(link !== undefined && { link }), ...(expires !== undefined && { expires }) };
}

function keyOf({ target, version, variant }: CellKey): string {
  return JSON.stringify([target, version, variant]);
}

function setOf<Key, Item>(map: Map<Key, Set<Item>>, key: Key): Set<Item> {
  const found = map.get(key) ?? new Set<Item>();
  map.set(key, found);
  return found;
}

function mapOf<Key, Inner, Item>(map: Map<Key, Map<Inner, Item>>, key: Key): Map<Inner, Item> {
  const found = map.get(key) ?? new Map<Inner, Item>();
  map.set(key, found);
  return found;
}

function listOf<Key, Item>(map: Map<Key, Item[]>, key: Key): Item[] {
  const found = map.get(key) ?? [];
  map.set(key, found);
  return found;
}
