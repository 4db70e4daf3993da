import { type TallyClass, type VerdictPair, classify } from "./tally.ts";

/** Verdicts by case. */
export type VerdictsById = ReadonlyMap<string, VerdictPair>;

/** What a case did between two runs. `worse` and `better` go by the tally's classes, `other` by the verdicts. */
export type Change = "worse" | "better" | "other" | "new" | "gone";

/** One case that differs. */
export interface Difference {
  readonly case: string;
  readonly change: Change;
  /** Null where the case was not played. */
  readonly before: VerdictPair | null;
  readonly after: VerdictPair | null;
}

/** What two sets of verdicts have in common and where they differ. */
export interface Comparison {
  readonly equal: number;
  /** In the order of the first, then of what only the second has. */
  readonly differences: readonly Difference[];
}

/** From worst to best; unlike the order of the tally, what is not implemented is better than what fails. */
const rank: Readonly<Record<TallyClass, number>> = {
  notRun: 0,
  failed: 1,
  unclean: 2,
  unimplemented: 3,
  nonStrict: 4,
  informational: 5,
  pass: 6,
};

/** Compares the verdicts of one target in two runs. */
export function compareVerdicts(before: VerdictsById, after: VerdictsById): Comparison {
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  const differences = ids.flatMap(
    (id) => difference(id, before.get(id) ?? null, after.get(id) ?? null) ?? [],
  );
  return { equal: ids.length - differences.length, differences };
}

function difference(id: string, before: VerdictPair | null, after: VerdictPair | null): Difference | null {
  if (before === null) return { case: id, change: "new", before, after };
  if (after === null) return { case: id, change: "gone", before, after };
  if (before.behavior === after.behavior && before.behaviorClose === after.behaviorClose) return null;
  const step = rank[classify(after)] - rank[classify(before)];
  return { case: id, change: step === 0 ? "other" : step < 0 ? "worse" : "better", before, after };
}

/** A pair of targets, one of each side, that are held against each other. */
export interface Pairing {
  readonly before: string;
  readonly after: string;
}

/**
 * Which target of one side goes with which of the other: by name; and where each side has a single one, these,
 * whatever their names.
 */
export function pairUp(before: readonly string[], after: readonly string[]): readonly Pairing[] {
  if (before.length === 1 && after.length === 1) return [{ before: before[0]!, after: after[0]! }];
  return before.filter((name) => after.includes(name)).map((name) => ({ before: name, after: name }));
}
