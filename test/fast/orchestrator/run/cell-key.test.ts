import { describe, expect, it } from "vitest";

import { selectCases, catalogue } from "../../../../fuzzer/catalogue.ts";
import { plan } from "../../../../orchestrator/config/plan.ts";
import type { Engine, Prepared } from "../../../../orchestrator/engines/engine.ts";
import { type CellInputs, cellKeyOf, isLasting } from "../../../../orchestrator/run/cell-key.ts";
import { parseMatrix, targetList, targetText } from "../samples.ts";

const cases = selectCases(catalogue, { cases: ["1.1.*"] }).entries.map((entry) => entry.case);

/** A cell of an entry of a matrix, made ready by an engine. */
function inputs(entry = "{ use: ws, roles: [server] }", digest = "sha256:1", engine = "docker"): CellInputs {
  const [cell] = plan(parseMatrix(entry), targetList(targetText()));
  const prepared = { target: cell!.target, digest, cached: true, duration: 0 } satisfies Prepared;
  const preparation = { ok: true, engine: { name: engine } as Engine, prepared } as const;
  return { cell: cell!, cases, profile: "quick", limits: {}, preparation, surroundings: ["auto"] };
}

describe("the key of a cell", () => {
  it("is the same for the same", () => {
    expect(cellKeyOf(inputs())).toMatch(/^[0-9a-f]{64}$/);
    expect(cellKeyOf(inputs())).toBe(cellKeyOf(inputs()));
  });

  it("is another for each thing that may decide a verdict", () => {
    const base = inputs();
    const keys = [
      base,
      inputs("{ use: ws, roles: [client] }"),
      inputs("{ use: ws, versions: [8.18.0], roles: [server] }"),
      inputs(undefined, "sha256:2"),
      inputs(undefined, "sha256:1", "process"),
      inputs('{ name: mine, image: "a:1", roles: [server] }'),
      inputs('{ name: mine, image: "a:1", roles: [server], env: { A: b } }'),
      { ...base, cases: cases.slice(1) },
      { ...base, profile: "full" as const },
      { ...base, limits: { cpus: 1 } },
      { ...base, surroundings: ["sidecar"] },
    ].map(cellKeyOf);
    expect(keys).not.toContain(null);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    ["a command", '{ name: mine, command: "./server", roles: [server] }'],
    ["a URL", '{ name: mine, url: "ws://127.0.0.1:9001" }'],
  ])("is none for %s, which may have changed unseen", (_, entry) => {
    expect(cellKeyOf(inputs(entry))).toBeNull();
  });

  it("is none for what could not be made", () => {
    const preparation = { ok: false, status: "build-failed", reason: "", logTail: "" } as const;
    expect(cellKeyOf({ ...inputs(), preparation })).toBeNull();
  });
});

describe("a cell that may be taken later", () => {
  const ok = { verdict: { behavior: "OK", behaviorClose: "OK" }, flaky: false } as const;
  const failed = { verdict: { behavior: "FAILED", behaviorClose: "FAILED" }, flaky: false } as const;

  it("ran whole, whatever its verdicts are", () => {
    expect(isLasting("ran", [ok, failed])).toBe(true);
  });

  it.each([
    ["has a case whose plays differed", "ran", [ok, { ...ok, flaky: true }]],
    ["has a case that was not run", "ran", [ok, { verdict: null, flaky: false }]],
    ["crashed", "crashed", [ok]],
    ["was interrupted", "interrupted", [ok]],
  ] as const)("is none that %s", (_, status, cases_) => {
    expect(isLasting(status, cases_)).toBe(false);
  });
});
