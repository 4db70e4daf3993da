import { appendFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { readRecord } from "../../orchestrator/results/results.ts";
import { runPaths } from "../../orchestrator/results/run-paths.ts";
import { cellFile, faux, runFile, wsmatrix } from "../support/cli.ts";
import { folderWithTargets, writeBaseline } from "../support/own-targets.ts";

/** Runs in a folder; resolves with what was said, and the newest run in `results/runs`. */
async function play(cwd: string, ...args: string[]) {
  const { stderr, exitCode } = await wsmatrix(["run", "--reporter", "plain", ...args], cwd);
  const runs = join(cwd, "results", "runs");
  const newest = existsSync(runs) ? join(runs, readdirSync(runs).toSorted().at(-1)!) : "";
  const cached = Number(/(\d+) of \d+ cells are unchanged/.exec(stderr)?.[1] ?? 0);
  return { stderr, exitCode, cached, dir: newest };
}

const one = "one@1.0/server/plain";
const two = "two@1.0/server/plain";
const allowed = '- { role: server, cases: ["3.1"], expect: FAILED, reason: a test }\n';

describe.concurrent("cells of an earlier run", () => {
  it("are taken when nothing has changed, with their verdicts and records, and marked", async () => {
    const cwd = folderWithTargets(["one", "two"], ["1.1.*"]);
    const first = await play(cwd);
    expect(first).toMatchObject({ exitCode: 0, cached: 0 });
    const second = await play(cwd);
    expect(second).toMatchObject({ exitCode: 0, cached: 2 });
    expect(second.stderr).toContain(`${one} unchanged, taken from run ${runFile(first.dir).run}`);
    const before = cellFile(first.dir, one);
    const after = cellFile(second.dir, one);
    expect(after.cases).toEqual(before.cases);
    expect(after.cachedFrom?.run).toBe(runFile(first.dir).run);
    const record = readRecord(runPaths(second.dir).records(one), "1.1.1", after.cases["1.1.1"]!.record!);
    expect(record.id).toBe("1.1.1");
    // One that was taken is taken on, and still says where it was played.
    const third = await play(cwd);
    expect(third.cached).toBe(2);
    expect(cellFile(third.dir, one).cachedFrom).toEqual(after.cachedFrom);
  });

  it("are played again where their target has changed, and the others are not", async () => {
    const cwd = folderWithTargets(["one", "two"], ["1.1.*"]);
    await play(cwd);
    appendFileSync(join(cwd, "targets", "one", "echo.mjs"), "// another version\n");
    const { cached, dir } = await play(cwd);
    expect(cached).toBe(1);
    expect(cellFile(dir, one).cachedFrom).toBeUndefined();
    expect(cellFile(dir, two).cachedFrom).toBeDefined();
  });

  it("are played again for other cases, with --no-cache, and in a folder of its own", async () => {
    const cwd = folderWithTargets(["one"], ["1.1.*"]);
    await play(cwd);
    expect((await play(cwd, "--cases", "1.1.1")).cached).toBe(0);
    expect((await play(cwd, "--no-cache")).cached).toBe(0);
    const apart = await play(cwd, "--out", join(cwd, "apart"));
    expect(apart.cached).toBe(0);
    expect((await play(cwd, "--out", join(cwd, "again"), "--cache", "results/runs")).cached).toBe(1);
    expect((await play(cwd, "--out", join(cwd, "once-more"), "--cache", "apart")).cached).toBe(1);
  });

  it("are never those of a command", async () => {
    const cwd = folderWithTargets(["one"], ["1.1.*"]);
    const own = ["--command", faux("echo"), "--role", "server", "--cases", "1.1.1"];
    await play(cwd, ...own);
    expect((await play(cwd, ...own)).cached).toBe(0);
  });

  it("are never those that did not run whole", async () => {
    const cwd = folderWithTargets(["one", "two"], ["1.1.*"]);
    appendFileSync(join(cwd, "targets", "one", "echo.mjs"), "process.exit(3);\n");
    expect((await play(cwd)).exitCode).toBe(3);
    const { cached, exitCode, dir } = await play(cwd);
    expect({ cached, exitCode }).toEqual({ cached: 1, exitCode: 3 });
    expect(cellFile(dir, one).cachedFrom).toBeUndefined();
  });

  it("are held against the baseline as it is now, and played again before one is called regressed", async () => {
    const cwd = folderWithTargets(["one"], ["1.1.1", "3.1"]);
    writeBaseline(cwd, "one", allowed);
    expect(await play(cwd)).toMatchObject({ exitCode: 0, cached: 0 });
    expect(await play(cwd)).toMatchObject({ exitCode: 0, cached: 1 });
    writeBaseline(cwd, "one", "[]\n");
    expect(await play(cwd)).toMatchObject({ exitCode: 1, cached: 0 });
    expect(await play(cwd)).toMatchObject({ exitCode: 1, cached: 1 });
    writeBaseline(cwd, "one", allowed);
    expect(await play(cwd)).toMatchObject({ exitCode: 0, cached: 1 });
  });
});
