import { describe, expect, it } from "vitest";

import { catalogue } from "../../../../fuzzer/catalogue.ts";
import type { Verdict } from "../../../../fuzzer/record.ts";
import { NO_BASELINE } from "../../../../orchestrator/config/baselines.ts";
import { plan } from "../../../../orchestrator/config/plan.ts";
import type { CellSummary } from "../../../../orchestrator/run/cell-run.ts";
import { SMOKE_CASES, smokeVerdict } from "../../../../orchestrator/run/smoke.ts";
import { evaluateBaseline } from "../../../../report/baseline.ts";
import { parseMatrix, targetList, targetText } from "../samples.ts";

const ok: Verdict = { behavior: "OK", behaviorClose: "OK", result: "", resultClose: "" };
const failed: Verdict = { behavior: "FAILED", behaviorClose: "FAILED", result: "", resultClose: "" };

function summary(
  verdicts: readonly (Verdict | null)[],
  end: CellSummary["end"] = { status: "ran", reason: null, logTail: "" },
  verified = true,
): CellSummary {
  const folders = targetList(targetText("name: mine", `verified: ${verified}`));
  const [cell] = plan(parseMatrix("{ use: mine, roles: [server] }"), folders, {}, { unverified: true });
  const facts = new Map(verdicts.map((verdict, at) => [SMOKE_CASES[at]!, { verdict, flaky: false }]));
  const answer = evaluateBaseline({
    cell: { target: "mine", version: "8.23.0", role: "server", variant: "plain" },
    cases: facts,
    preset: "default",
    entries: NO_BASELINE.entries,
    today: "2026-11-21",
    catalogue: catalogue.byId.keys(),
  });
  return { cell: cell!, end, facts, answer, duration: 1, cachedFrom: null };
}

const five = [ok, ok, ok, ok, ok];

describe("the verdict of a smoke test", () => {
  it("is one line when all is well", () => {
    expect(smokeVerdict([summary(five)], 0, 2_000)).toBe("smoke test passed: 1 cell, 5 cases in 2.0 s\n");
    expect(smokeVerdict([summary(five), summary(five)], 0, 2_000)).toContain("2 cells, 10 cases");
  });

  it("says what comes next for a target that nobody has verified", () => {
    const text = smokeVerdict([summary(five, undefined, false), summary(five, undefined, false)], 0, 1);
    expect(text.match(/^next: .* run mine`, then say `verified: true` in its target\.yaml$/gm)).toHaveLength(
      1,
    );
  });

  it("names the cells that failed, with their counts", () => {
    const text = smokeVerdict([summary(five), summary([failed, ok, failed, ok, ok])], 1, 1_000);
    expect(text).toBe(
      "smoke test failed in 1.0 s\n  mine@8.23.0/server/plain: 2 of 5 cases not as expected, 3 passed\n",
    );
  });

  it("names a cell that did not run, and why", () => {
    const end = { status: "crashed", reason: "it exited with code 1", logTail: "" } as const;
    const text = smokeVerdict([summary([null, null, null, null, null], end)], 3, 1_000);
    expect(text).toContain("\n  mine@8.23.0/server/plain crashed: it exited with code 1\n");
  });

  it("names a cell that was not played whole", () => {
    expect(smokeVerdict([summary([ok, ok, ok, ok, null])], 3, 1_000)).toContain(
      "1 of 5 cases were not played",
    );
  });

  it("is no pass when the run failed for another reason", () => {
    expect(smokeVerdict([summary(five)], 3, 1_000)).toBe("smoke test failed in 1.0 s\n");
  });

  it("is not given of an interrupted run", () => {
    expect(smokeVerdict([summary(five)], 130, 1_000)).toBe("");
  });
});

describe("the cases of a smoke test", () => {
  it("are five of the catalogue", () => {
    expect(SMOKE_CASES.map((id) => catalogue.byId.get(id)?.case.id)).toEqual(SMOKE_CASES);
    expect(SMOKE_CASES).toHaveLength(5);
  });
});
