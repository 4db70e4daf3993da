import { describe, expect, it } from "vitest";

import type { Behavior, BehaviorClose } from "../../../fuzzer/record.ts";
import { type Change, compareVerdicts, pairUp } from "../../../report/compare.ts";

type Words = `${Behavior}/${BehaviorClose}`;

const verdict = (words: Words) => {
  const [behavior, behaviorClose] = words.split("/") as [Behavior, BehaviorClose];
  return { behavior, behaviorClose };
};

const side = (verdicts: Readonly<Record<string, Words>>) =>
  new Map(Object.entries(verdicts).map(([id, words]) => [id, verdict(words)]));

describe("comparing verdicts", () => {
  it.each<[Words, Words, Change]>([
    ["OK/OK", "FAILED/OK", "worse"],
    ["FAILED/FAILED", "OK/OK", "better"],
    ["OK/OK", "NON-STRICT/OK", "worse"],
    ["NON-STRICT/OK", "OK/OK", "better"],
    ["OK/OK", "OK/UNCLEAN", "worse"],
    ["OK/UNCLEAN", "FAILED/UNCLEAN", "worse"],
    ["UNIMPLEMENTED/OK", "FAILED/OK", "worse"],
    ["FAILED/OK", "UNIMPLEMENTED/OK", "better"],
    ["UNIMPLEMENTED/OK", "OK/OK", "better"],
    ["INFORMATIONAL/INFORMATIONAL", "OK/OK", "better"],
    // Both failed: another verdict, and neither worse nor better.
    ["FAILED/OK", "FAILED/FAILED", "other"],
    ["OK/FAILED", "FAILED/OK", "other"],
  ])("calls %s -> %s %s", (before, after, change) => {
    const found = compareVerdicts(side({ "1.1": before }), side({ "1.1": after }));
    expect(found).toEqual({
      equal: 0,
      differences: [{ case: "1.1", change, before: verdict(before), after: verdict(after) }],
    });
  });

  it("tells equal, new and gone apart, in the order of the first and then of the second", () => {
    const before = side({ "2.1": "OK/OK", "1.1": "OK/OK", "1.2": "FAILED/OK" });
    const after = side({ "1.3": "OK/OK", "1.2": "FAILED/OK", "1.1": "FAILED/OK", "1.4": "OK/OK" });
    expect(compareVerdicts(before, after)).toEqual({
      equal: 1,
      differences: [
        { case: "2.1", change: "gone", before: verdict("OK/OK"), after: null },
        { case: "1.1", change: "worse", before: verdict("OK/OK"), after: verdict("FAILED/OK") },
        { case: "1.3", change: "new", before: null, after: verdict("OK/OK") },
        { case: "1.4", change: "new", before: null, after: verdict("OK/OK") },
      ],
    });
  });
});

describe("pairing targets", () => {
  it("goes by name, and leaves out what only one side has", () => {
    expect(pairUp(["a", "b", "c"], ["c", "x", "a"])).toEqual([
      { before: "a", after: "a" },
      { before: "c", after: "c" },
    ]);
  });

  it("holds the only one of each side against each other, whatever their names", () => {
    expect(pairUp(["a"], ["b"])).toEqual([{ before: "a", after: "b" }]);
  });

  it("finds no pair where names differ and one side has several, or none", () => {
    expect(pairUp(["a"], ["b", "c"])).toEqual([]);
    expect(pairUp([], ["b"])).toEqual([]);
  });
});
