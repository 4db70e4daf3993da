import type { Behavior, BehaviorClose, Verdict } from "../fuzzer/record.ts";

/** Every behavior there is. */
export const BEHAVIORS = [
  "OK",
  "NON-STRICT",
  "INFORMATIONAL",
  "UNIMPLEMENTED",
  "FAILED",
] as const satisfies readonly Behavior[];

/** Every verdict on a close there is. */
export const BEHAVIOR_CLOSES = [
  "OK",
  "UNCLEAN",
  "WRONG CODE",
  "FAILED BY CLIENT",
  "INFORMATIONAL",
  "FAILED",
] as const satisfies readonly BehaviorClose[];

/**
 * The classes of a tally in the order of design section 1: a case counts once, in the first that matches.
 */
export const TALLY_CLASSES = [
  "notRun",
  "failed",
  "unimplemented",
  "informational",
  "unclean",
  "nonStrict",
  "pass",
] as const;

/** One of {@link TALLY_CLASSES}. */
export type TallyClass = (typeof TALLY_CLASSES)[number];

/** The classes as people read them: the good news first. */
export const TALLY_DISPLAY: readonly TallyClass[] = [
  "pass",
  "nonStrict",
  "informational",
  "unclean",
  "unimplemented",
  "failed",
  "notRun",
];

/** What each class is called in reports. */
export const TALLY_LABELS: Readonly<Record<TallyClass, string>> = {
  pass: "pass",
  nonStrict: "non-strict",
  informational: "informational",
  unclean: "unclean",
  unimplemented: "unimplemented",
  failed: "failed",
  notRun: "not-run",
};

/** The two halves of a verdict, without the sentences. */
export type VerdictPair = Pick<Verdict, "behavior" | "behaviorClose">;

/** How many cases fell into each class. */
export interface Tally extends Readonly<Record<TallyClass, number>> {
  /** Cases whose plays differed. Beside the classes: such a case is counted in one of them too. */
  readonly flaky: number;
}

/** What a tally needs to know of a case: its verdict, null when it was not played to its end. */
export interface TallyFacts {
  readonly verdict: VerdictPair | null;
  readonly flaky?: boolean;
}

/** A tally of nothing. */
export const EMPTY_TALLY: Tally = {
  notRun: 0,
  failed: 0,
  unimplemented: 0,
  informational: 0,
  unclean: 0,
  nonStrict: 0,
  pass: 0,
  flaky: 0,
};

/**
 * The one class that a case counts in.
 *
 * @param verdict null for a case that was planned and not played
 */
export function classify(verdict: VerdictPair | null): TallyClass {
  if (verdict === null) return "notRun";
  const { behavior, behaviorClose } = verdict;
  if (behavior === "FAILED" || behaviorClose === "FAILED" || behaviorClose === "WRONG CODE") return "failed";
  if (behavior === "UNIMPLEMENTED") return "unimplemented";
  if (behavior === "INFORMATIONAL" || behaviorClose === "INFORMATIONAL") return "informational";
  if (behaviorClose === "UNCLEAN" || behaviorClose === "FAILED BY CLIENT") return "unclean";
  return behavior === "NON-STRICT" ? "nonStrict" : "pass";
}

/** Counts cases. Keep the two suites apart before calling: {@link isExtraCase}. */
export function tallyOf(cases: Iterable<TallyFacts>): Tally {
  const counts = { ...EMPTY_TALLY };
  for (const { verdict, flaky } of cases) {
    counts[classify(verdict)] += 1;
    if (flaky === true) counts.flaky += 1;
  }
  return counts;
}

/** Adds tallies of the same suite up. */
export function addTallies(tallies: Iterable<Tally>): Tally {
  const sum = { ...EMPTY_TALLY };
  for (const tally of tallies) {
    for (const name of TALLY_CLASSES) sum[name] += tally[name];
    sum.flaky += tally.flaky;
  }
  return sum;
}

/** Cases in a tally: the denominator that goes beside any count of it. */
export function tallySize(tally: Tally): number {
  return TALLY_CLASSES.reduce((sum, name) => sum + tally[name], 0);
}

/**
 * A tally in words, such as `506 pass, 4 non-strict, 3 informational, 4 failed of 517 (1 flaky)`. Classes
 * without a case are left out.
 */
export function formatTally(tally: Tally): string {
  const parts = TALLY_DISPLAY.filter((name) => tally[name] > 0).map(
    (name) => `${tally[name]} ${TALLY_LABELS[name]}`,
  );
  if (parts.length === 0) return "no cases";
  const flaky = tally.flaky > 0 ? ` (${tally.flaky} flaky)` : "";
  return `${parts.join(", ")} of ${tallySize(tally)}${flaky}`;
}

/**
 * A case of ours rather than of Autobahn's: chapters from 20 up. The two suites are never added up
 * (design section 1).
 */
export function isExtraCase(id: string): boolean {
  return Number.parseInt(id, 10) >= 20;
}

/** The tallies of a cell's cases: Autobahn's, and that of our own chapters where one of them was played. */
export function talliesOf(cases: ReadonlyMap<string, TallyFacts>): {
  readonly tally: Tally;
  readonly extraTally?: Tally;
} {
  const entries = [...cases];
  const of = (extra: boolean) => entries.flatMap(([id, facts]) => (isExtraCase(id) === extra ? [facts] : []));
  const ours = of(true);
  return { tally: tallyOf(of(false)), ...(ours.length > 0 && { extraTally: tallyOf(ours) }) };
}
