import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { loadRun } from "../../orchestrator/results/results.ts";
import { wsmatrix } from "../support/cli.ts";
import { junitFaults } from "../support/junit-schema.ts";
import { folderWithTargets, writeBaseline } from "../support/own-targets.ts";

const names = ["one", "two", "three", "four", "five"];
const quiet = ["--reporter", "none"];

/** Plays parts of a plan into `shards/<i>`. */
async function playParts(cwd: string, indexes: readonly number[], ...more: string[]): Promise<void> {
  for (const index of indexes) {
    const args = ["run", "--shard", `${index}/4`, "--out", `shards/${index}`, "--fail-on", "never", ...quiet];
    expect((await wsmatrix([...args, ...more], cwd)).exitCode).toBe(0);
  }
}

/** What of a run has to be the same however it was divided. */
function essence(dir: string) {
  const { run, cells, notes } = loadRun(dir);
  return {
    state: run.state,
    shard: run.inputs.shard,
    completeness: run.completeness,
    plan: run.cells.map(({ id }) => id),
    prepared: run.prepared?.map(({ target, digest }) => `${target} ${digest}`).toSorted(),
    notes,
    cells: cells.map(({ cell, status, tally, cases }) => ({
      cell,
      status,
      tally,
      cases: Object.fromEntries(
        Object.entries(cases)
          .map(
            ([id, { behavior, behaviorClose, result, outcome }]) =>
              [id, { behavior, behaviorClose, result, outcome }] as const,
          )
          .toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
    })),
  };
}

describe("a run that is divided among machines", () => {
  it("is, merged, the run in one piece", async () => {
    const cwd = folderWithTargets(names, ["1.1.*", "3.1"]);
    writeBaseline(cwd, "two", '- { role: server, cases: ["3.1"], expect: FAILED, reason: a test }\n');
    const { stdout } = await wsmatrix(["plan", "--format", "github", "--shards", "4"], cwd);
    const { include } = JSON.parse(stdout) as { include: { shard: string; cells: number }[] };
    expect(include.map(({ shard }) => shard)).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(include.reduce((sum, { cells }) => sum + cells, 0)).toBe(5);

    await playParts(cwd, [3, 1, 4, 2]);
    const files = ["--junit", "junit.xml", "--summary", "summary.md", "--durations-out", "durations.json"];
    const merged = await wsmatrix(
      ["merge", "shards", "--out", "merged", "--fail-on", "unexpected", ...files],
      cwd,
    );
    const whole = await wsmatrix(["run", "--out", "whole", ...quiet], cwd);
    expect([merged.exitCode, whole.exitCode]).toEqual([1, 1]);
    expect(essence(join(cwd, "merged"))).toEqual(essence(join(cwd, "whole")));

    expect(junitFaults(readFileSync(join(cwd, "junit.xml"), "utf8"))).toEqual([]);
    expect(readFileSync(join(cwd, "summary.md"), "utf8")).toContain(": 4 cases regressed");
    const { durations } = JSON.parse(readFileSync(join(cwd, "durations.json"), "utf8")) as {
      durations: object;
    };
    expect(Object.keys(durations)).toHaveLength(5);
    const again = await wsmatrix(
      ["plan", "--format", "gitlab", "--shards", "2", "--durations", "durations.json"],
      cwd,
    );
    expect(again.stdout.match(/extends: \.wsmatrix-shard/g)).toHaveLength(2);
  });

  it("fails with 3 when a part is missing, says which, and keeps the others", async () => {
    const cwd = folderWithTargets(names, ["1.1.1"]);
    await playParts(cwd, [1, 2, 4]);
    const { exitCode, stderr } = await wsmatrix(
      ["merge", "shards", "--out", "merged", "--fail-on", "never"],
      cwd,
    );
    expect(exitCode).toBe(3);
    expect(stderr).toContain("part 3 of 4 is missing");
    expect(stderr).toMatch(/without results: three@1\.0\/server\/plain/);
    const { run, cells } = loadRun(join(cwd, "merged"));
    expect(run).toMatchObject({
      state: "interrupted",
      exitCode: 3,
      completeness: { cells: 5, cellsRan: 4, casesNotRun: 1 },
    });
    expect(cells.find(({ cell }) => cell.target === "three")).toMatchObject({
      status: "interrupted",
      reason: "it was in a part that is missing: 3 of 4",
    });
  });

  it("is not merged when a part is there twice, nor from parts of other plans", async () => {
    const cwd = folderWithTargets(names, ["1.1.1"]);
    await playParts(cwd, [1, 2]);
    const twice = await wsmatrix(["merge", "shards/1", "shards/2", "shards/1", "--out", "merged"], cwd);
    expect(twice.exitCode).toBe(3);
    expect(twice.stderr).toContain("part 1 of 4 is there 2 times: shards/1, shards/1");
    expect(twice.stderr).toContain("nothing was merged");
    await wsmatrix(["run", "--shard", "3/4", "--profile", "full", "--out", "other", ...quiet], cwd);
    const other = await wsmatrix(["merge", "shards/1", "other", "--out", "merged"], cwd);
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain("is no part of the plan that shards/1 is part of: --profile is another");
    await wsmatrix(["run", "--out", "whole", ...quiet], cwd);
    const whole = await wsmatrix(["merge", "whole", "--out", "merged"], cwd);
    expect(whole.exitCode).toBe(2);
    expect(whole.stderr).toContain("is a whole run, and no part of one");
  });

  it("names cells that are in two parts because the machines divided by other durations", async () => {
    const cwd = folderWithTargets(names.slice(0, 4), ["1.1.1"]);
    await wsmatrix(["run", "--out", "whole", ...quiet], cwd);
    await wsmatrix(["run", "--shard", "1/2", "--out", "shards/1", ...quiet], cwd);
    await wsmatrix(["run", "--shard", "2/2", "--durations", "whole", "--out", "shards/2", ...quiet], cwd);
    const cellsOf = (part: string) => loadRun(join(cwd, "shards", part)).run.cells.map(({ id }) => id);
    const shared = cellsOf("1").filter((id) => cellsOf("2").includes(id));
    const { exitCode, stderr } = await wsmatrix(["merge", "shards", "--out", "merged"], cwd);
    expect(exitCode).toBe(shared.length > 0 ? 3 : 0);
    for (const id of shared) expect(stderr).toContain(`${id} is in the parts 1 and 2`);
  });

  it("is a mistake where there are more parts than cells", async () => {
    const cwd = folderWithTargets(["one"], ["1.1.1"]);
    const { exitCode, stderr } = await wsmatrix(["run", "--shard", "4/4", ...quiet], cwd);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("part 4 of 4 has no cells: there are only 1");
  });
});
