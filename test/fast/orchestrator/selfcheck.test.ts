import { describe, expect, it } from "vitest";

import { catalogue } from "../../../fuzzer/catalogue.ts";
import { extraCatalogue } from "../../../fuzzer/extra-catalogue.ts";
import { selfCheckText } from "../../../orchestrator/commands/selfcheck.ts";
import {
  blindSpots,
  matches,
  type MutantResult,
  passes,
  type SelfCheck,
} from "../../../orchestrator/selfcheck/selfcheck.ts";
import { tryMutant } from "../../../orchestrator/selfcheck/trial.ts";
import { mutants } from "../../../reference-impl/mutants/mutants.ts";

const ids = [...catalogue.byId.keys(), ...extraCatalogue.byId.keys()];

describe("the mutants", () => {
  it("are many, and each has a name of its own", () => {
    expect(mutants.length).toBeGreaterThanOrEqual(60);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it.each(mutants)("$name says which rule it breaks, and which cases are to notice", (mutant) => {
    expect(mutant.rule).toMatch(/^RFC (3629|6066|6455|7692|8441|9110|9112|9113), \d+(\.\d+)*$/);
    expect(mutant.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const pattern of [...mutant.caughtBy, ...mutant.long]) {
      expect(ids.filter((id) => matches(id, pattern)).length, pattern).toBeGreaterThan(0);
    }
  });
});

describe("a trial", () => {
  it("plays the suite that is to catch the mutant", () => {
    const own = tryMutant({ mutant: "no-pong", side: "server", profile: "quick" });
    expect(own.played).toBe([...catalogue.byId.keys()].filter((id) => !/^(9|12|13)\./.test(id)).length);
    const extra = tryMutant({ mutant: "accepts-unmasked", side: "server", profile: "quick" });
    expect(extra.caught).toEqual(["24.1.1", "24.1.2", "24.1.3", "24.1.4", "24.1.5"]);
    expect(extra.played).toBeGreaterThan(200);
  });

  it.each([
    ["accepts-rsv3", "server", ["3.1"]],
    ["ignores-opcode-11", "client", ["4.2.1"]],
    ["answers-pong", "server", ["2.7", "2.8", "2.9"]],
    ["text-check-at-end", "client", ["6.4.1", "6.4.2", "6.4.3", "6.4.4"]],
    ["refuses-close-code-1010", "server", ["7.7.8"]],
    ["limit-of-1-mib", "client", ["9.1.4", "9.2.4"]],
    ["takes-http-1-0", "server", ["20.3.4"]],
    ["takes-two-accepts", "client", ["21.3.13"]],
  ] as const)("catches %s (%s) by exactly these cases", (mutant, side, caught) => {
    expect(tryMutant({ mutant, side, profile: "quick" }).caught).toEqual(caught);
  });

  it("plays the long cases that a mutant names", () => {
    const { caught } = tryMutant({ mutant: "bad-window-bits", side: "server", profile: "quick" });
    expect(caught).toEqual(["12.1.2", "13.1.2"]);
  });
});

describe("the verdict on the suite", () => {
  const seen = mutants.find(({ name }) => name === "no-pong")!;
  const unseen = { ...seen, name: "a-rule-without-a-case", caughtBy: [] };
  const result = (changes: Partial<MutantResult> = {}): MutantResult => ({
    mutant: seen,
    side: "server",
    caught: ["2.1"],
    missed: [],
    played: 1,
    ...changes,
  });
  const check = (...results: readonly MutantResult[]): SelfCheck => ({
    results,
    falseAlarms: [],
    duration: 1,
  });

  it("is good when every case that should notice did, blind spots aside", () => {
    const good = check(result(), result({ mutant: unseen, caught: [] }));
    expect(passes(good)).toBe(true);
    expect(blindSpots(good).map(({ mutant }) => mutant)).toEqual([unseen]);
    expect(selfCheckText(good)).toContain(
      "2 mutants in 2 trials, 0.0 s: 1 caught, 0 not caught as they should be, 1 in",
    );
  });

  it("is bad when a case did not notice, or noticed what is not there", () => {
    const missing = check(result({ missed: ["2.9"] }));
    expect(passes(missing)).toBe(false);
    expect(selfCheckText(missing)).toContain("not caught by 2.9: no-pong (server)");
    const alarmed = { ...check(result()), falseAlarms: [{ caught: ["1.1.1"], played: 1 }] };
    expect(passes(alarmed)).toBe(false);
    expect(selfCheckText(alarmed)).toContain("an endpoint without a defect was caught by 1.1.1");
  });
});
