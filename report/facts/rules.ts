import type { Catalogue, CatalogueEntry } from "../../fuzzer/catalogue.ts";
import type { Citation } from "../../fuzzer/case.ts";
import type { BaselineEntry } from "../baseline.ts";
import { classify } from "../tally.ts";
import { entryFor } from "./reasons.ts";
import { compareVersions, lineOf, type PlayedCase, type PlayedCell } from "./played.ts";

/** How a case went wrong, seen from the peer. */
export type Fault =
  /** It did not fail a connection that has to be failed. */
  | "accepts"
  /** It failed or closed a connection on which nothing was wrong. */
  | "refuses"
  /** It sent something other than what is due, or nothing. */
  | "answers"
  | "wrongCode"
  | "handshake"
  | "died";

/** A rule that a cell breaks: cases that fail in the same way for the same reason. */
export interface BrokenRule {
  readonly fault: Fault;
  readonly chapter: CatalogueEntry["chapter"];
  /** What the cases have in common, the most particular first. */
  readonly citations: readonly Citation[];
  /** Of our chapters: what was wrong, as the judge says it; null for Autobahn's. */
  readonly said: string | null;
  /** Numbers of the cases, in numeric order. */
  readonly cases: readonly string[];
  /** What the target's baseline says of them; null when nothing. */
  readonly known: Pick<BaselineEntry, "reason" | "link"> | null;
  readonly since: Since;
}

/** In which of the versions that were played the rule is broken. */
export type Since =
  /** No other version was played. */
  | { readonly in: "only" }
  /** In all that were played, which are these, the newest first. */
  | { readonly in: "all"; readonly versions: readonly string[] }
  /** Since this version; the one before it did not. */
  | { readonly in: "since"; readonly version: string; readonly before: string };

/** What is asked by {@link brokenRules}. */
export interface RulesQuestion {
  readonly cell: PlayedCell;
  /** All cells of the run. */
  readonly cells: readonly PlayedCell[];
  readonly catalogue: Catalogue;
  /** The baseline of the target. */
  readonly baseline: readonly BaselineEntry[];
  /** Day of the run, as `YYYY-MM-DD`. */
  readonly today: string;
}

/** The rules that a cell breaks, one for each chapter, fault and reason; what most cases show comes first. */
export function brokenRules(question: RulesQuestion): readonly BrokenRule[] {
  const { cell, catalogue } = question;
  const found = new Map<
    string,
    { facts: Omit<BrokenRule, "citations" | "since" | "cases">; entries: CatalogueEntry[] }
  >();
  for (const played of cell.cases.values()) {
    const entry = catalogue.byId.get(played.id);
    if (entry === undefined || classify(played) !== "failed") continue;
    const fault = faultOf(played, entry);
    const known = entryFor(question.baseline, cell, played.id, question.today);
    const said = entry.chapter.extra === true ? played.result : null;
    const key = JSON.stringify([entry.chapter.id, fault, known?.reason, said]);
    const rule = found.get(key) ?? { facts: { fault, chapter: entry.chapter, known, said }, entries: [] };
    rule.entries.push(entry);
    found.set(key, rule);
  }
  const usage = citedBy(catalogue);
  return [...found.values()]
    .map(({ facts, entries }) => ({
      ...facts,
      citations: commonCitations(entries, usage),
      cases: entries.map((entry) => entry.case.id),
      since: sinceWhen(
        question,
        entries.map((entry) => entry.case.id),
      ),
    }))
    .toSorted((a, b) => b.cases.length - a.cases.length);
}

function faultOf(played: PlayedCase, { case: described }: CatalogueEntry): Fault {
  if (played.result.includes("targetDied")) return "died";
  if (played.result.startsWith("the opening handshake")) return "handshake";
  if (played.behaviorClose === "WRONG CODE") return "wrongCode";
  if (played.behaviorClose === "FAILED") return described.close.byFuzzer ? "refuses" : "accepts";
  return "answers";
}

/** How many cases cite each section. */
function citedBy({ entries }: Catalogue): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    for (const citation of entry.case.citations) {
      counts.set(keyOf(citation), (counts.get(keyOf(citation)) ?? 0) + 1);
    }
  }
  return counts;
}

/** Sections that all cases rest on; what few cases of the suite cite says most. */
function commonCitations(
  entries: readonly CatalogueEntry[],
  usage: ReadonlyMap<string, number>,
): readonly Citation[] {
  const [first, ...others] = entries;
  const common = (first?.case.citations ?? []).filter((citation) =>
    others.every((entry) => entry.case.citations.some((other) => keyOf(other) === keyOf(citation))),
  );
  const weight = (citation: Citation) => usage.get(keyOf(citation)) ?? 0;
  const telling = common.filter((citation) => !GENERAL.has(keyOf(citation)));
  return (telling.length > 0 ? telling : common).toSorted((a, b) => weight(a) - weight(b));
}

/** Sections on how to fail a connection, and on control frames as such: true of many rules, telling of none. */
const GENERAL: ReadonlySet<string> = new Set(["6455 7.1.7", "6455 7.1.6", "6455 7.4.1", "6455 5.5"]);

function keyOf({ rfc, section }: Citation): string {
  return `${rfc} ${section}`;
}

function sinceWhen({ cell, cells }: RulesQuestion, ids: readonly string[]): Since {
  const line = lineOf(cell);
  const versions = cells
    .filter((other) => lineOf(other) === line && ids.some((id) => other.cases.has(id)))
    .toSorted((a, b) => compareVersions(a.version, b.version));
  const from = versions.findIndex(({ id }) => id === cell.id);
  const older = versions.slice(from + 1);
  if (older.length === 0) return { in: "only" };
  const breaks = (other: PlayedCell) =>
    ids.some((id) => {
      const played = other.cases.get(id);
      return played !== undefined && classify(played) === "failed";
    });
  const sound = older.findIndex((other) => !breaks(other));
  const named = ({ version }: PlayedCell) => version ?? "";
  if (sound < 0) return { in: "all", versions: [cell, ...older].map(named) };
  const first = sound === 0 ? cell : older[sound - 1]!;
  return { in: "since", version: named(first), before: named(older[sound]!) };
}
