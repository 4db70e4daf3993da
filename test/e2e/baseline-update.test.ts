import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { faux, wsmatrix } from "../support/cli.ts";
import { folderWithTargets, writeBaseline } from "../support/own-targets.ts";

const quiet = ["--reporter", "none"];

describe.concurrent("wsmatrix baseline update", () => {
  it("makes the next run as expected, and keeps comments and order", async () => {
    const cwd = folderWithTargets(["one", "two"], ["1.1.1", "3.*"]);
    const kept = '# ours\n\n- { role: server, cases: ["3.1"], expect: FAILED, reason: known } # why\n';
    writeBaseline(
      cwd,
      "one",
      `${kept}# gone\n- { role: server, cases: [1.1.1], expect: FAILED, reason: old }\n`,
    );
    expect((await wsmatrix(["run", ...quiet], cwd)).exitCode).toBe(1);
    const bare = await wsmatrix(["baseline", "update"], cwd);
    expect(bare).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/cases of one regressed, and an entry needs a reason/),
    });
    const dry = await wsmatrix(["baseline", "update", "--reason", "no checks", "--dry-run"], cwd);
    expect(dry.stderr).toMatch(/one\.yaml: 1 entry added for 5 cases, 1 removed \(not written/);
    expect(existsSync(join(cwd, "baselines", "two.yaml"))).toBe(false);

    const { exitCode } = await wsmatrix(
      ["baseline", "update", "--reason", "no checks", "--expires", "2099-12-31"],
      cwd,
    );
    expect(exitCode).toBe(0);
    const text = readFileSync(join(cwd, "baselines", "one.yaml"), "utf8");
    expect(text.startsWith(kept)).toBe(true);
    expect(text).not.toContain("gone");
    expect(readFileSync(join(cwd, "baselines", "two.yaml"), "utf8")).toMatch(
      /^- role: server\n  cases: \["3\.1", .*"3\.6"\]\n  expect: FAILED\n  reason: no checks\n  expires: 2099-12-31\n$/,
    );
    expect((await wsmatrix(["run", "--no-cache", ...quiet], cwd)).exitCode).toBe(0);
    const again = await wsmatrix(["baseline", "update"], cwd);
    expect(again).toMatchObject({ exitCode: 0, stderr: "the baseline fits the run as it is" });
  });

  it.each([
    ["--cases", ["--cases", "1.1.1"]],
    ["--exclude", ["--exclude", "3.2"]],
    ["--role", ["--role", "server"]],
    ["--variant", ["--variant", "plain"]],
    ["--shard", ["--shard", "1/2"]],
    ["a version", ["one@1.0"]],
  ])("is refused after a run with %s", async (word, args) => {
    const cwd = folderWithTargets(["one", "two"], ["1.1.1", "3.*"]);
    await wsmatrix(["run", ...args, ...quiet], cwd);
    const { exitCode, stderr } = await wsmatrix(["baseline", "update", "--reason", "x"], cwd);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`the run was filtered (${word})`);
    expect(existsSync(join(cwd, "baselines"))).toBe(false);
  });

  it("is refused after a run that is not whole", async () => {
    const cwd = folderWithTargets(["one"], ["1.1.1", "3.1"]);
    const command = ["--command", faux("exits-at-once"), "--role", "server", "--baseline", "."];
    await wsmatrix(["run", ...command, ...quiet], cwd);
    const { exitCode, stderr } = await wsmatrix(["baseline", "update", "--reason", "x"], cwd);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("the run is incomplete: own/server/plain crashed");
  });

  it("writes the file that is named for a program of one's own", async () => {
    const cwd = folderWithTargets(["one"], ["1.1.1"]);
    const own = ["run", "--command", faux("echo"), "--role", "server", "--out", "run", ...quiet];
    expect((await wsmatrix(own, cwd)).exitCode).toBe(1);
    expect((await wsmatrix(["baseline", "update", "run", "--reason", "x"], cwd)).stderr).toContain(
      "name a file with --baseline",
    );
    const file = ["--baseline", "ci/wsmatrix.yaml"];
    expect(
      (await wsmatrix(["baseline", "update", "run", "--reason", "no checks", ...file], cwd)).exitCode,
    ).toBe(0);
    const again = ["run", "--command", faux("echo"), "--role", "server", "--out", "again", ...file, ...quiet];
    expect((await wsmatrix(again, cwd)).exitCode).toBe(0);
  });
});
