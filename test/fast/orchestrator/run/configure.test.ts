import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { NO_BASELINE } from "../../../../orchestrator/config/baselines.ts";
import { configure, runDirectoryOf } from "../../../../orchestrator/run/configure.ts";
import type { OwnTarget, RunRequest } from "../../../../orchestrator/run/request.ts";

import { temporaryFolder } from "../run-samples.ts";
import { rejectedLines } from "../samples.ts";

const own: OwnTarget = { kind: "command", value: "node echo.mjs", name: "own" };

const asked = (changes: Partial<RunRequest>): RunRequest => ({
  targets: [],
  roles: [],
  variants: [],
  cases: [],
  exclude: [],
  accept: "default",
  failOn: "unexpected",
  json: false,
  argv: [],
  ...changes,
});

/** A request for a matrix in a folder of its own, with baselines beside it. */
function inFolder(matrix: string, baselines: Readonly<Record<string, string>> = {}) {
  const dir = temporaryFolder();
  mkdirSync(join(dir, "baselines"));
  for (const [file, text] of Object.entries(baselines)) writeFileSync(join(dir, file), text);
  writeFileSync(join(dir, "matrix.yaml"), matrix);
  return { dir, request: asked({ matrix: join(dir, "matrix.yaml"), cases: ["1.*"] }) };
}

const mine = "targets:\n  - { command: node x.mjs, name: mine, roles: [server, client] }\n";
const entry = (reason: string) => `- { role: server, cases: ["1.1.1"], expect: FAILED, reason: ${reason} }\n`;

describe("configuring a run", () => {
  it.each(["server", "client"] as const)("plans a %s of one's own without any file", async (role) => {
    const { cells, cases, profile } = await configure(asked({ own, cases: ["1.1.*"], roles: [role] }));
    expect(cells.map(({ id }) => id)).toEqual([`own/${role}/plain`]);
    expect(cases.map(({ id }) => id)).toContain("1.1.1");
    expect(profile).toBe("quick");
  });

  it("takes what a URL names for a server", async () => {
    const url: OwnTarget = { kind: "url", value: "ws://127.0.0.1:1/", name: "own" };
    const { cells } = await configure(asked({ own: url }));
    expect(cells.map(({ id }) => id)).toEqual(["own/server/plain"]);
  });

  it("takes cases and profile from the request before those of the matrix", async () => {
    const suite = "suite: { profile: full, cases: ['2.*'], exclude: ['1.1.2', '2.1'] }\n";
    const { request } = inFolder(suite + mine);
    const asMatrix = await configure({ ...request, cases: [] });
    expect(asMatrix.profile).toBe("full");
    expect(asMatrix.cases.every(({ id }) => id.startsWith("2.") && id !== "2.1")).toBe(true);
    const asRequest = await configure({ ...request, cases: ["1.1.*"], exclude: ["1.1.1"], profile: "quick" });
    expect(asRequest.profile).toBe("quick");
    expect(asRequest.cases.map(({ id }) => id)).not.toContain("1.1.1");
    expect(asRequest.cases.map(({ id }) => id)).not.toContain("1.1.2");
    expect(asRequest.cases.map(({ id }) => id)).toContain("1.1.3");
  });

  it("finds baselines beside the matrix, wherever it is started", async () => {
    const { request } = inFolder(mine, { "baselines/mine.yaml": entry("beside") });
    const { baselineOf } = await configure(request);
    expect(baselineOf("mine").entries.map(({ reason }) => reason)).toEqual(["beside"]);
    expect(baselineOf("other").entries).toEqual([]);
  });

  it("takes the baseline that is named instead, and insists that it is there", async () => {
    const { dir, request } = inFolder(mine, {
      "baselines/mine.yaml": entry("beside"),
      "named.yaml": entry("named"),
    });
    const { baselineOf } = await configure({ ...request, baseline: join(dir, "named.yaml") });
    expect(baselineOf("mine").entries.map(({ reason }) => reason)).toEqual(["named"]);
    const lines = await rejectedLines(configure({ ...request, baseline: join(dir, "none.yaml") }));
    expect(lines.join("\n")).toMatch(/none\.yaml.*there is no such file/);
  });

  it("has no baseline for a program of one's own, though a bundled target has its name", async () => {
    const { baselineOf } = await configure(asked({ own: { ...own, name: "ws" }, roles: ["server"] }));
    expect(baselineOf("ws")).toBe(NO_BASELINE);
  });

  it("adds a bundled target that is named and that the matrix has not", async () => {
    const { request } = inFolder(mine);
    const { cells } = await configure({ ...request, targets: ["ws@8.18.0", "mine"], roles: ["server"] });
    expect(cells.map(({ id }) => id)).toEqual(["mine/server/plain", "ws@8.18.0/server/plain"]);
  });

  it("looks at no baseline in a smoke test", async () => {
    const { request } = inFolder(mine, { "baselines/mine.yaml": entry("beside") });
    const { baselineOf } = await configure({ ...request, smoke: true });
    expect(baselineOf("mine")).toBe(NO_BASELINE);
  });

  it.each<[string, Partial<RunRequest>, RegExp]>([
    ["a case pattern", { cases: ["1.*", "99.*"] }, /command line.*`99\.\*` selects nothing/],
    ["a pattern to exclude", { exclude: ["99.1"] }, /`99\.1` selects nothing/],
    ["everything but what is excluded", { cases: ["1.*"], exclude: ["1.*"] }, /no case is left to play/],
    ["a target pattern", { targets: ["nobody"] }, /`nobody`.*selects nothing/],
    ["a role", { targets: ["mine"], variants: ["tls"] }, /variant filter.*`tls`.*selects nothing/],
  ])("refuses %s that selects nothing, and says which", async (_, changes, message) => {
    const { request } = inFolder(mine);
    const lines = await rejectedLines(configure({ ...request, ...changes }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });

  it("tells all patterns that select nothing", async () => {
    const { request } = inFolder(mine);
    const lines = await rejectedLines(configure({ ...request, cases: ["98.*"], exclude: ["99.*"] }));
    expect(lines).toHaveLength(2);
  });

  it("refuses a matrix that is not there, with its place", async () => {
    const matrix = join(temporaryFolder(), "none.yaml");
    const lines = await rejectedLines(configure(asked({ matrix })));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(matrix);
  });
});

describe("the folder of a run", () => {
  it("is a folder that holds one, or else the name is an id", () => {
    const dir = temporaryFolder();
    expect(runDirectoryOf(dir)).toBe(join("results", "runs", dir));
    writeFileSync(join(dir, "run.json"), "{}");
    expect(runDirectoryOf(dir)).toBe(dir);
    expect(runDirectoryOf("2026-11-21")).toBe(join("results", "runs", "2026-11-21"));
  });
});
