import { describe, expect, it } from "vitest";
import type { AcceptPreset } from "../../../report/accept.ts";
import {
  type BaselineEntry,
  type BaselineQuestion,
  type CaseFacts,
  baselineEntrySchema,
  baselineSchema,
  evaluateBaseline,
  outcomeOf,
} from "../../../report/baseline.ts";
import { BEHAVIORS, BEHAVIOR_CLOSES } from "../../../report/tally.ts";

const CELL = { target: "ws", version: "8.23.0", role: "server", variant: "plain" } as const;

/** `OK/UNCLEAN` -> what the tests ask about; `-` was not played; `~` in front is flaky. */
function facts(text: string): CaseFacts {
  if (text === "-") return { verdict: null, flaky: false };
  const [behavior, close] = text.replace("~", "").split("/");
  const verdict = {
    behavior: BEHAVIORS.find((one) => one === behavior)!,
    behaviorClose: BEHAVIOR_CLOSES.find((one) => one === close)!,
  };
  return { verdict, flaky: text.startsWith("~") };
}

function entry(changes: Partial<BaselineEntry>): BaselineEntry {
  return { role: "server", cases: ["9.*"], expect: "FAILED", reason: "known", ...changes };
}

function evaluate(
  entries: readonly BaselineEntry[],
  cases: Record<string, string>,
  changes: Partial<BaselineQuestion> = {},
): ReturnType<typeof evaluateBaseline> {
  const map = new Map(Object.entries(cases).map(([id, text]) => [id, facts(text)]));
  return evaluateBaseline({
    cell: CELL,
    cases: map,
    preset: "default",
    entries,
    today: "2026-11-21",
    ...changes,
  });
}

function outcomes(...question: Parameters<typeof evaluate>): Record<string, string> {
  const { cases } = evaluate(...question);
  return Object.fromEntries([...cases].map(([id, { outcome }]) => [id, outcome]));
}

type Row = readonly [
  verdict: string,
  preset: AcceptPreset,
  expect: BaselineEntry["expect"] | null,
  outcome: string,
];

const ROWS: readonly Row[] = [
  // Without an entry the preset decides.
  ["OK/OK", "default", null, "expected"],
  ["OK/UNCLEAN", "default", null, "regressed"],
  ["OK/UNCLEAN", "lenient", null, "expected"],
  ["NON-STRICT/OK", "strict", null, "regressed"],
  ["FAILED/OK", "lenient", null, "regressed"],
  ["-", "lenient", null, "notRun"],
  // What an entry expects is lived with.
  ["FAILED/OK", "default", "FAILED", "expected"],
  ["FAILED/WRONG CODE", "default", "FAILED", "expected"],
  ["OK/UNCLEAN", "default", "OK/UNCLEAN", "expected"],
  ["NON-STRICT/OK", "strict", "NON-STRICT", "expected"],
  ["-", "default", "FAILED", "notRun"],
  // And nothing else: neither another bad verdict, nor a bad close under a good behavior.
  ["FAILED/OK", "default", "OK/UNCLEAN", "regressed"],
  ["FAILED/OK", "default", "FAILED/FAILED", "regressed"],
  ["OK/FAILED", "default", "FAILED", "regressed"],
  ["OK/UNCLEAN", "default", "OK", "regressed"],
  ["OK/WRONG CODE", "default", "OK/UNCLEAN", "regressed"],
  ["NON-STRICT/UNCLEAN", "strict", "NON-STRICT", "regressed"],
  ["UNIMPLEMENTED/UNCLEAN", "strict", "UNIMPLEMENTED", "expected"],
  ["UNIMPLEMENTED/FAILED", "strict", "UNIMPLEMENTED", "regressed"],
  // Better than an entry says: stale.
  ["OK/OK", "default", "FAILED", "fixed"],
  ["NON-STRICT/OK", "default", "FAILED", "fixed"],
  ["OK/OK", "default", "OK/UNCLEAN", "fixed"],
  ["OK/OK", "strict", "NON-STRICT", "fixed"],
  ["OK/OK", "default", ["FAILED", "OK/UNCLEAN"], "fixed"],
  ["OK/UNCLEAN", "lenient", "FAILED", "fixed"],
  // An entry that this preset does not need is not stale, and asks for nothing.
  ["OK/OK", "default", "NON-STRICT", "expected"],
  ["NON-STRICT/OK", "default", "OK", "expected"],
  ["OK/OK", "lenient", "OK/UNCLEAN", "expected"],
  // A list that names good and bad is known to go either way.
  ["OK/OK", "default", ["OK", "FAILED"], "expected"],
  ["FAILED/FAILED", "default", ["OK", "FAILED"], "expected"],
  // Flaky is harmless where the counted verdict is allowed.
  ["~OK/OK", "default", null, "flaky"],
  ["~FAILED/OK", "default", null, "regressed"],
  ["~FAILED/OK", "default", "FAILED", "flaky"],
  ["~OK/OK", "default", "FAILED", "flaky"],
  ["~OK/UNCLEAN", "default", "FAILED", "regressed"],
];

describe("the outcome of a case", () => {
  it.each(ROWS)("%s under %s with an entry that expects %j is %s", (verdict, preset, expected, outcome) => {
    const one = expected === null ? null : entry({ expect: expected });
    expect(outcomeOf(facts(verdict), preset, one)).toBe(outcome);
  });
});

describe("a baseline", () => {
  it("counts outcomes and names the entry of each", () => {
    const answer = evaluate([entry({ cases: ["9.1.1", "9.2.*"] })], {
      "1.1.1": "OK/OK",
      "2.1": "FAILED/OK",
      "3.1": "~OK/OK",
      "9.1.1": "FAILED/OK",
      "9.2.1": "OK/OK",
      "9.2.2": "-",
    });
    expect(answer.counts).toEqual({ expected: 2, regressed: 1, fixed: 1, flaky: 1, notRun: 1 });
    expect(Object.fromEntries(answer.cases)).toEqual({
      "1.1.1": { outcome: "expected", entry: null },
      "2.1": { outcome: "regressed", entry: null },
      "3.1": { outcome: "flaky", entry: null },
      "9.1.1": { outcome: "expected", entry: 0 },
      "9.2.1": { outcome: "fixed", entry: 0 },
      "9.2.2": { outcome: "notRun", entry: 0 },
    });
  });

  it.each<[string, Partial<BaselineEntry>, boolean]>([
    ["the role", { role: "server" }, true],
    ["another role", { role: "client" }, false],
    ["the version", { versions: ["8.18.0", "8.23.0"] }, true],
    ["a pattern of versions", { versions: ["8.*"] }, true],
    ["another version", { versions: ["8.2"] }, false],
    ["the variant", { variants: ["tls", "plain"] }, true],
    ["another variant", { variants: ["tls"] }, false],
  ])("applies by %s", (_, changes, applies) => {
    expect(outcomes([entry(changes)], { "9.1": "FAILED/OK" })["9.1"]).toBe(
      applies ? "expected" : "regressed",
    );
  });

  it("does not apply by version to a target that has none", () => {
    const changes = { cell: { ...CELL, version: null } };
    expect(outcomes([entry({ versions: ["*"] })], { "9.1": "FAILED/OK" }, changes)["9.1"]).toBe("regressed");
    expect(outcomes([entry({})], { "9.1": "FAILED/OK" }, changes)["9.1"]).toBe("expected");
  });

  it("lets a later entry go before an earlier one", () => {
    const entries = [entry({}), entry({ cases: ["9.4.*"], expect: "OK/UNCLEAN" })];
    const answer = evaluate(entries, { "9.1": "FAILED/OK", "9.4.1": "FAILED/OK", "9.4.2": "OK/UNCLEAN" });
    expect([...answer.cases.values()]).toEqual([
      { outcome: "expected", entry: 0 },
      { outcome: "regressed", entry: 1 },
      { outcome: "expected", entry: 1 },
    ]);
  });

  it("counts an entry on its last day and not after it", () => {
    const entries = [entry({ expires: "2026-11-21" })];
    const question = [entries, { "9.1": "FAILED/OK" }] as const;
    expect(outcomes(...question)["9.1"]).toBe("expected");
    const after = evaluate(...question, { today: "2026-11-22" });
    expect(after.cases.get("9.1")).toEqual({ outcome: "regressed", entry: null });
    expect(after.expired).toEqual([0]);
    expect(after.unused).toEqual([]);
  });

  it("lets an earlier entry show through an expired one", () => {
    const entries = [entry({}), entry({ expect: "OK/UNCLEAN", expires: "2020-01-01" })];
    expect(evaluate(entries, { "9.1": "FAILED/OK" }).cases.get("9.1")).toEqual({
      outcome: "expected",
      entry: 0,
    });
  });

  it("says nothing of an expired entry that nobody asked about", () => {
    const expires = "2020-01-01";
    const entries = [entry({ cases: ["7.*"], expires }), entry({ role: "client", expires })];
    expect(evaluate(entries, { "9.1": "OK/OK" }).expired).toEqual([]);
  });
});

describe("an entry that decides nothing", () => {
  const catalogue = ["7.1", "9.1", "9.2"];

  it("is told when its cases were selected and not played", () => {
    const { unused } = evaluate([entry({})], { "9.1": "-" }, { catalogue });
    expect(unused).toEqual([{ entry: 0, why: "notPlayed" }]);
  });

  it("is told when later entries name all of its cases", () => {
    const { unused } = evaluate(
      [entry({ cases: ["9.1"] }), entry({})],
      { "9.1": "FAILED/OK" },
      { catalogue },
    );
    expect(unused).toEqual([{ entry: 0, why: "overridden" }]);
  });

  it("is told when there is no such case", () => {
    const { unused } = evaluate([entry({ cases: ["9.99"] })], { "9.1": "OK/OK" }, { catalogue });
    expect(unused).toEqual([{ entry: 0, why: "noSuchCase" }]);
  });

  it("is not told when its cases were filtered away, nor when it is about another cell", () => {
    const entries = [entry({ cases: ["7.1"] }), entry({ role: "client", cases: ["9.99"] })];
    expect(evaluate(entries, { "9.1": "OK/OK" }, { catalogue }).unused).toEqual([]);
  });

  it("is not told of one that decided something", () => {
    expect(evaluate([entry({})], { "9.1": "FAILED/OK", "9.2": "-" }, { catalogue }).unused).toEqual([]);
  });
});

describe("the schema of a baseline", () => {
  const full = {
    role: "server",
    cases: ["9.3.1", "9.4.*"],
    expect: ["FAILED", "OK/FAILED BY CLIENT"],
    reason: "limit on fragments",
    link: "https://example.org/1",
    versions: ["8.23.0"],
    variants: ["plain"],
    expires: "2027-06-30",
  };

  it("takes all that an entry may say, and the least", () => {
    const least = { role: "client", cases: ["*"], expect: "OK/UNCLEAN", reason: "x" };
    expect(baselineSchema.parse([full, least])).toEqual([full, least]);
  });

  it.each<[string, object]>([
    ["an unknown key", { linc: "x" }],
    ["an unknown role", { role: "both" }],
    ["no cases", { cases: [] }],
    ["a case that YAML took for a number", { cases: [9.3] }],
    ["a case that is no number", { cases: ["9.x"] }],
    ["an unknown behavior", { expect: "FAIL" }],
    ["an unknown close", { expect: "OK/BAD" }],
    ["an empty list of verdicts", { expect: [] }],
    ["an empty reason", { reason: " " }],
    ["no reason", { reason: undefined }],
    ["a link that is no web address", { link: "javascript:alert(1)" }],
    ["a version that YAML took for a number", { versions: [8.2] }],
    ["no variants", { variants: [] }],
    ["a day that does not exist", { expires: "2027-02-30" }],
  ])("refuses %s", (_, changes) => {
    expect(baselineEntrySchema.safeParse({ ...full, ...changes }).success).toBe(false);
  });
});
