import { z } from "zod";
import type { Behavior, BehaviorClose } from "../fuzzer/record.ts";
import { type AcceptPreset, accepts } from "./accept.ts";
import type { CellKey } from "./cell.ts";
import { matchesAny } from "./pattern.ts";
import { BEHAVIORS, BEHAVIOR_CLOSES, type VerdictPair, classify } from "./tally.ts";

/**
 * Baselines: what a project lives with for now, on top of the accept preset (design section 1).
 *
 * A verdict is *allowed* when the preset accepts it or the live entry for its case expects it. A baseline
 * only ever widens what the preset lets through; an entry never makes a case fail.
 *
 * | verdict | outcome |
 * |---|---|
 * | none: the case was not played | `notRun`, whatever an entry says |
 * | allowed by neither | `regressed`, also when the plays differed |
 * | allowed, and the plays differed | `flaky`: harmless, and no reason to touch an entry |
 * | allowed by the preset, and not what an entry expects that the preset alone would not allow | `fixed`: the entry is stale |
 * | allowed otherwise | `expected` |
 *
 * *Which entry*: of those that are live and name the cell and the case, the last in the file. An expired
 * entry counts for nothing, so an earlier one that is live shows through.
 *
 * *What an entry expects*: `FAILED` is a failed behavior, whatever the close; another behavior alone is the
 * tally class of that name, so `OK` is not OK/UNCLEAN, which has to be written out. In a list any will do:
 * `[OK, FAILED]` is a case that is known to go either way, and is never stale.
 */

/** What an entry expects: a behavior, or both halves of a verdict. */
export type Expectation = Behavior | `${Behavior}/${BehaviorClose}`;

/** Everything that an entry can expect, with the verdict that it spells out; no close named is a good one. */
const NAMED: ReadonlyMap<Expectation, VerdictPair> = new Map(
  BEHAVIORS.flatMap((behavior): [Expectation, VerdictPair][] => [
    [behavior, { behavior, behaviorClose: "OK" }],
    ...BEHAVIOR_CLOSES.map((close): [Expectation, VerdictPair] => [
      `${behavior}/${close}`,
      { behavior, behaviorClose: close },
    ]),
  ]),
);

const expectation = z.enum([...NAMED.keys()], {
  error: `expected a behavior (${BEHAVIORS.join(", ")}), alone or as in OK/UNCLEAN with a close (${BEHAVIOR_CLOSES.join(", ")})`,
});

/** Numbers lose their zeros in YAML (9.10 is 9.1), so they are refused rather than turned into text. */
const quoted = (example: string): z.ZodString =>
  z.string({ error: `expected text in quotes, such as "${example}"` }).min(1);

const casePattern = quoted("9.4.*").regex(/^[\d.*]+$/, {
  error: "a case pattern holds only digits, dots and *",
});

/** One entry of `baselines/<target>.yaml`. */
export const baselineEntrySchema = z.strictObject({
  /** What the target is. */
  role: z.enum(["server", "client"]),
  /** Patterns of case numbers; see `matchesPattern`. */
  cases: z.array(casePattern).min(1),
  expect: z.union([expectation, z.array(expectation).min(1)], {
    error: "expected a verdict such as FAILED or OK/UNCLEAN, or a list of verdicts",
  }),
  /** Why this is lived with. */
  reason: z.string({ error: "a reason is required: why is this verdict lived with?" }).trim().min(1),
  /** Where it is being dealt with. */
  link: z.url({ protocol: /^https?$/, error: "expected an http or https URL" }).optional(),
  /** Patterns of versions; all when left out. */
  versions: z.array(quoted("8.23.0")).min(1).optional(),
  /** All when left out. */
  variants: z.array(z.string().min(1)).min(1).optional(),
  /** The last day on which the entry counts. */
  expires: z.iso.date({ error: "expected a date such as 2027-06-30" }).optional(),
});

/** A file of baselines: entries, of which a later one goes before an earlier one. */
export const baselineSchema = z.array(baselineEntrySchema);

/** One entry: verdicts that are lived with, in some cases of some cells. See {@link baselineEntrySchema}. */
export interface BaselineEntry {
  readonly role: CellKey["role"];
  readonly cases: readonly string[];
  readonly expect: Expectation | readonly Expectation[];
  readonly reason: string;
  readonly link?: string | undefined;
  readonly versions?: readonly string[] | undefined;
  readonly variants?: readonly string[] | undefined;
  readonly expires?: string | undefined;
}

/** What a verdict means against preset and baseline. */
export const OUTCOMES = ["expected", "regressed", "fixed", "flaky", "notRun"] as const;

/** One of {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** What is known of one planned case. */
export interface CaseFacts {
  /** The verdict that counts; null when the case was not played. */
  readonly verdict: VerdictPair | null;
  /** Two plays differed, and a third one was counted. */
  readonly flaky: boolean;
}

/** A question to {@link evaluateBaseline}. */
export interface BaselineQuestion {
  readonly cell: CellKey;
  /** Every case that was selected for the cell, by number. */
  readonly cases: ReadonlyMap<string, CaseFacts>;
  readonly preset: AcceptPreset;
  readonly entries: readonly BaselineEntry[];
  /** The day of the run, as `YYYY-MM-DD`. */
  readonly today: string;
  /** Numbers of all cases there are, selected or not; with it, entries that name none are told. */
  readonly catalogue?: Iterable<string>;
}

/** What came of one case. */
export interface CaseOutcome {
  readonly outcome: Outcome;
  /** The entry that applied, as an index into the entries; null when none did. */
  readonly entry: number | null;
}

/** An entry that names the cell and decided nothing. */
export interface UnusedEntry {
  readonly entry: number;
  /**
   * `noSuchCase`: none of the catalogue; `notPlayed`: cases that were selected and not run;
   * `overridden`: a later entry names each of its cases.
   */
  readonly why: "noSuchCase" | "notPlayed" | "overridden";
}

/** The answer of {@link evaluateBaseline}. */
export interface BaselineAnswer {
  readonly cases: ReadonlyMap<string, CaseOutcome>;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Entries that would have applied to a selected case had they not expired, by index. */
  readonly expired: readonly number[];
  readonly unused: readonly UnusedEntry[];
}

/** Compares a cell's verdicts with the preset and the baseline. */
export function evaluateBaseline(question: BaselineQuestion): BaselineAnswer {
  const { entries, today } = question;
  const here = [...entries.keys()].filter((index) => namesCell(entries[index]!, question.cell));
  const live = here.filter((index) => !hasExpired(entries[index]!, today));
  const cases = new Map<string, CaseOutcome>();
  const counts: Record<Outcome, number> = { expected: 0, regressed: 0, fixed: 0, flaky: 0, notRun: 0 };
  for (const [id, facts] of question.cases) {
    const entry = live.findLast((index) => matchesAny(entries[index]!.cases, id)) ?? null;
    const outcome = outcomeOf(facts, question.preset, entry === null ? null : entries[entry]!);
    cases.set(id, { outcome, entry });
    counts[outcome] += 1;
  }
  return {
    cases,
    counts,
    expired: here.filter(
      (index) => !live.includes(index) && namesAnyOf(entries[index]!, question.cases.keys()),
    ),
    unused: unusedEntries(question, live, cases),
  };
}

/** What one verdict means; the table at the head of this module. */
export function outcomeOf(facts: CaseFacts, preset: AcceptPreset, entry: BaselineEntry | null): Outcome {
  if (facts.verdict === null) return "notRun";
  const accepted = accepts(preset, facts.verdict);
  const expected = entry !== null && expects(entry, facts.verdict);
  if (!accepted && !expected) return "regressed";
  if (facts.flaky) return "flaky";
  if (expected || entry === null) return "expected";
  return widens(entry, preset) ? "fixed" : "expected";
}

/** Whether the verdict is one of those that an entry expects. */
export function expects(entry: BaselineEntry, verdict: VerdictPair): boolean {
  return expectationsOf(entry).some((expected) => {
    if (expected.includes("/")) return expected === `${verdict.behavior}/${verdict.behaviorClose}`;
    if (expected !== verdict.behavior) return false;
    return classify(verdict) === classify(verdictNamedBy(expected));
  });
}

/** Whether an entry has seen its last day. */
export function hasExpired(entry: BaselineEntry, today: string): boolean {
  return entry.expires !== undefined && entry.expires < today;
}

/** Whether an entry, on a day, says anything of a case of a cell; a later one that does goes before it. */
export function applies(entry: BaselineEntry, cell: CellKey, id: string, today: string): boolean {
  return !hasExpired(entry, today) && namesCell(entry, cell) && matchesAny(entry.cases, id);
}

/** Whether an entry expects anything that the preset would not let through by itself. */
function widens(entry: BaselineEntry, preset: AcceptPreset): boolean {
  return expectationsOf(entry).some((expected) => !accepts(preset, verdictNamedBy(expected)));
}

function expectationsOf(entry: BaselineEntry): readonly Expectation[] {
  return typeof entry.expect === "string" ? [entry.expect] : entry.expect;
}

function verdictNamedBy(expected: Expectation): VerdictPair {
  return NAMED.get(expected)!;
}

function namesCell(entry: BaselineEntry, cell: CellKey): boolean {
  if (entry.role !== cell.role) return false;
  if (entry.variants !== undefined && !entry.variants.includes(cell.variant)) return false;
  return entry.versions === undefined || (cell.version !== null && matchesAny(entry.versions, cell.version));
}

function namesAnyOf(entry: BaselineEntry, ids: Iterable<string>): boolean {
  return [...ids].some((id) => matchesAny(entry.cases, id));
}

/** Entries without effect. One whose cases were all filtered away is none of them: nobody asked about it. */
function unusedEntries(
  { entries, cases, catalogue }: BaselineQuestion,
  live: readonly number[],
  outcomes: ReadonlyMap<string, CaseOutcome>,
): UnusedEntry[] {
  const known = catalogue === undefined ? null : [...catalogue];
  const deciding = new Set([...outcomes.values()].filter((o) => o.outcome !== "notRun").map((o) => o.entry));
  const unused: UnusedEntry[] = [];
  for (const index of live) {
    const entry = entries[index]!;
    if (deciding.has(index)) continue;
    if (known !== null && !namesAnyOf(entry, known)) unused.push({ entry: index, why: "noSuchCase" });
    else if (namesAnyOf(entry, cases.keys())) unused.push({ entry: index, why: whyIdle(index, outcomes) });
  }
  return unused;
}

function whyIdle(index: number, outcomes: ReadonlyMap<string, CaseOutcome>): "notPlayed" | "overridden" {
  return [...outcomes.values()].some((o) => o.entry === index) ? "notPlayed" : "overridden";
}
