import { describe, expect, it } from "vitest";
import { ACCEPT_PRESETS, accepts } from "../../../report/accept.ts";
import {
  BEHAVIORS,
  BEHAVIOR_CLOSES,
  EMPTY_TALLY,
  TALLY_CLASSES,
  TALLY_DISPLAY,
  type TallyClass,
  type VerdictPair,
  addTallies,
  classify,
  formatTally,
  isExtraCase,
  tallyOf,
  tallySize,
} from "../../../report/tally.ts";

/** Rows are behaviors, columns closes, both in the order of the lists. */
const CLASSES: Record<(typeof BEHAVIORS)[number], TallyClass[]> = {
  OK: ["pass", "unclean", "failed", "unclean", "informational", "failed"],
  "NON-STRICT": ["nonStrict", "unclean", "failed", "unclean", "informational", "failed"],
  INFORMATIONAL: ["informational", "informational", "failed", "informational", "informational", "failed"],
  UNIMPLEMENTED: ["unimplemented", "unimplemented", "failed", "unimplemented", "unimplemented", "failed"],
  FAILED: ["failed", "failed", "failed", "failed", "failed", "failed"],
};

const ALL: VerdictPair[] = BEHAVIORS.flatMap((behavior) =>
  BEHAVIOR_CLOSES.map((behaviorClose) => ({ behavior, behaviorClose })),
);

describe("the class of a case", () => {
  it.each(BEHAVIORS)("of behavior %s with every close", (behavior) => {
    const found = BEHAVIOR_CLOSES.map((behaviorClose) => classify({ behavior, behaviorClose }));
    expect(found).toEqual(CLASSES[behavior]);
  });

  it("is not-run without a verdict", () => {
    expect(classify(null)).toBe("notRun");
  });
});

describe("a tally", () => {
  const tally = tallyOf([
    ...ALL.map((verdict) => ({ verdict })),
    { verdict: { behavior: "OK", behaviorClose: "OK" }, flaky: true },
    { verdict: null },
  ]);

  it("counts each case once, flaky ones beside", () => {
    expect(tally).toEqual({
      notRun: 1,
      failed: 14,
      unimplemented: 4,
      informational: 6,
      unclean: 4,
      nonStrict: 1,
      pass: 2,
      flaky: 1,
    });
    expect(tallySize(tally)).toBe(ALL.length + 2);
  });

  it("adds up", () => {
    expect(addTallies([])).toEqual(EMPTY_TALLY);
    expect(addTallies([tally, EMPTY_TALLY])).toEqual(tally);
    const twice = addTallies([tally, tally]);
    expect([twice.failed, twice.flaky, tallySize(twice)]).toEqual([28, 2, 64]);
  });

  it("reads in a fixed order, with its denominator", () => {
    expect(formatTally(tally)).toBe(
      "2 pass, 1 non-strict, 6 informational, 4 unclean, 4 unimplemented, 14 failed, 1 not-run of 32 (1 flaky)",
    );
    expect(formatTally({ ...EMPTY_TALLY, pass: 3 })).toBe("3 pass of 3");
    expect(formatTally(EMPTY_TALLY)).toBe("no cases");
  });

  it("shows every class", () => {
    expect(TALLY_DISPLAY.toSorted()).toEqual(TALLY_CLASSES.toSorted());
  });
});

describe("a case number", () => {
  it.each([
    ["1.1.1", false],
    ["13.7.18", false],
    ["19.1", false],
    ["20.1", true],
    ["34.2.1", true],
  ])("%s is one of ours: %s", (id, extra) => {
    expect(isExtraCase(id)).toBe(extra);
  });
});

/** What a preset lets through of all verdicts there can be. */
function accepted(preset: (typeof ACCEPT_PRESETS)[number]): string[] {
  return ALL.filter((verdict) => accepts(preset, verdict)).map((v) => `${v.behavior}/${v.behaviorClose}`);
}

describe("an accept preset", () => {
  it("default lets through what is neither failed nor unclean", () => {
    expect(accepted("default")).toEqual([
      "OK/OK",
      "OK/INFORMATIONAL",
      "NON-STRICT/OK",
      "NON-STRICT/INFORMATIONAL",
      "INFORMATIONAL/OK",
      "INFORMATIONAL/UNCLEAN",
      "INFORMATIONAL/FAILED BY CLIENT",
      "INFORMATIONAL/INFORMATIONAL",
      "UNIMPLEMENTED/OK",
      "UNIMPLEMENTED/UNCLEAN",
      "UNIMPLEMENTED/FAILED BY CLIENT",
      "UNIMPLEMENTED/INFORMATIONAL",
    ]);
  });

  it("strict lets through passes and what is only told", () => {
    expect(accepted("strict")).toEqual([
      "OK/OK",
      "OK/INFORMATIONAL",
      "NON-STRICT/INFORMATIONAL",
      "INFORMATIONAL/OK",
      "INFORMATIONAL/UNCLEAN",
      "INFORMATIONAL/FAILED BY CLIENT",
      "INFORMATIONAL/INFORMATIONAL",
    ]);
  });

  it("lenient asks for a behavior other than FAILED, whatever the close", () => {
    const expected = ALL.filter(({ behavior }) => behavior !== "FAILED");
    expect(accepted("lenient")).toEqual(expected.map((v) => `${v.behavior}/${v.behaviorClose}`));
  });

  it.each(ACCEPT_PRESETS)("%s does not let through what was not run", (preset) => {
    expect(accepts(preset, null)).toBe(false);
  });
});
