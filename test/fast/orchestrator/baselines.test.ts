import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  NO_BASELINE,
  baselineNotes,
  loadBaseline,
  loadBaselines,
} from "../../../orchestrator/config/baselines.ts";
import { ConfigError } from "../../../orchestrator/config/problem.ts";
import { evaluateBaseline } from "../../../report/baseline.ts";
import type { VerdictPair } from "../../../report/tally.ts";
import { temporaryFolder } from "./run-samples.ts";

const ENTRIES = `# what ws does not do yet
- role: server
  cases: ["9.3.1", "9.4.*"]
  expect: FAILED
  reason: limit on fragments
- role: server
  cases: ["7.1.1"]
  expect: [OK/UNCLEAN]
  reason: races
  expires: 2020-01-01

- { role: server, cases: ["1.1.9"], expect: FAILED, reason: typo }
`;

function file(text: string, name = "ws.yaml"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** The problems of a promise that has to fail. */
async function problemsOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return String(error).replace("ConfigError: ", "");
}

describe("a baseline file", () => {
  it("is read with the place of each entry", async () => {
    const path = file(ENTRIES);
    const { entries, place, file: named } = await loadBaseline(path);
    expect(named).toBe(path);
    expect(entries.map(({ cases, expires }) => [cases, expires])).toEqual([
      [["9.3.1", "9.4.*"], undefined],
      [["7.1.1"], "2020-01-01"],
      [["1.1.9"], undefined],
    ]);
    expect([place(0), place(1), place(2)]).toEqual([`${path}:2`, `${path}:6`, `${path}:12`]);
  });

  it.each([
    ["nothing", ""],
    ["comments only", "# nothing left\n"],
    ["an empty list", "[]"],
  ])("may hold %s", async (_, text) => {
    expect((await loadBaseline(file(text))).entries).toEqual([]);
  });

  it.each([
    [
      "a missing reason",
      '- { role: server, cases: ["1.*"], expect: FAILED }',
      "1:3 [0]: missing key `reason`",
    ],
    [
      "a case that YAML takes for a number",
      "- { role: server, cases: [9.10], expect: FAILED, reason: x }",
      '1:27 [0].cases[0]: expected text in quotes, such as "9.4.*"; put it in quotes: "9.10"',
    ],
    [
      "an unknown key",
      '- { role: server, cases: ["1.*"], expect: FAILED, reason: x, linc: y }',
      "1:62 [0]: unknown key `linc`; did you mean `link`?",
    ],
    [
      "a variant that does not exist",
      '- { role: server, cases: ["1.*"], expect: FAILED, reason: x, variants: [plain, tsl] }',
      "1:80 [0].variants[1]: no such variant `tsl`; variants are `plain`, `tls`, `no-deflate`, `defaults`, `h2`, `h2c`",
    ],
    [
      "a verdict that does not exist",
      '- { role: server, cases: ["1.*"], expect: FAIL, reason: x }',
      "1:43 [0].expect: expected a verdict such as FAILED or OK/UNCLEAN, or a list of verdicts",
    ],
  ])("with %s is refused at its place", async (_, text, problem) => {
    const path = file(text);
    expect(await problemsOf(loadBaseline(path))).toBe(`${path}:${problem}`);
  });
});

describe("finding baselines", () => {
  it("takes a file of its own for each target, and none for those without", async () => {
    const folder = join(file(ENTRIES), "..");
    const found = await loadBaselines(folder, ["ws", "other", "ws"], true);
    expect([...found.keys()]).toEqual(["ws", "other"]);
    expect(found.get("ws")?.entries).toHaveLength(3);
    expect(found.get("other")).toBe(NO_BASELINE);
  });

  it("takes one file for all", async () => {
    const found = await loadBaselines(file(ENTRIES, "mine.yaml"), ["a", "b"], true);
    expect([...found.values()].map(({ entries }) => entries.length)).toEqual([3, 3]);
  });

  it("does without a folder that nobody named", async () => {
    const missing = join(temporaryFolder(), "missing");
    expect((await loadBaselines(missing, ["ws"], false)).get("ws")).toBe(NO_BASELINE);
    expect(await problemsOf(loadBaselines(missing, ["ws"], true))).toMatch(
      /missing: there is no such file or folder; name a baseline file, or a folder/,
    );
  });

  it("tells the problems of all files at once", async () => {
    const folder = temporaryFolder();
    for (const name of ["a", "b"]) writeFileSync(join(folder, `${name}.yaml`), "- {}");
    const problems = await problemsOf(loadBaselines(folder, ["a", "b"], true));
    expect(problems).toContain("a.yaml:1:");
    expect(problems).toContain("b.yaml:1:");
  });

  it("never leaves its folder", async () => {
    const outside = file(ENTRIES);
    const folder = join(outside, "..", "inside");
    mkdirSync(folder);
    const found = await loadBaselines(folder, ["../ws"], true);
    expect(found.get("../ws")).toBe(NO_BASELINE);
  });
});

describe("the notes on a baseline", () => {
  it("say what is stale, expired and unused, and where", async () => {
    const path = file(ENTRIES);
    const baseline = await loadBaseline(path);
    const good: VerdictPair = { behavior: "OK", behaviorClose: "OK" };
    const ids = ["7.1.1", "9.3.1", "9.4.1", "9.4.2"];
    const cases = new Map(ids.map((id) => [id, { verdict: id === "9.4.2" ? null : good, flaky: false }]));
    const answer = evaluateBaseline({
      cell: { target: "ws", version: "8.23.0", role: "server", variant: "plain" },
      cases,
      preset: "default",
      entries: baseline.entries,
      today: "2026-11-21",
      catalogue: ids,
    });
    expect(baselineNotes(baseline, answer)).toEqual([
      `${path}:2: stale: 9.3.1, 9.4.1 no longer need it`,
      `${path}:6: expired on 2020-01-01`,
      `${path}:12: names no case of the suite`,
    ]);
  });
});
