import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";

import { cellFile, faux, runFile, scratch, wsmatrix } from "../support/cli.ts";
import { until } from "../support/faux.ts";
import { folderWithTargets, writeBaseline } from "../support/own-targets.ts";

const main = join(import.meta.dirname, "..", "..", "orchestrator", "main.ts");

/** The arguments of a run of a matrix of these targets, with a baseline for the target `mine`. */
function runOf(targets: readonly string[], setup: { cases: string; baseline?: string }) {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  mkdirSync(join(dir, "baselines"));
  const lines = ["engine: process", "targets:", ...targets.map((target) => `  - ${target}`), ""];
  writeFileSync(join(dir, "matrix.yaml"), lines.join("\n"));
  if (setup.baseline !== undefined) writeFileSync(join(dir, "baselines", "mine.yaml"), setup.baseline);
  const out = join(dir, "run");
  return {
    out,
    args: ["run", "--matrix", join(dir, "matrix.yaml"), "--cases", setup.cases, "--out", out],
  };
}

/** An echo server, which fails 3.1 and passes 1.1.*. */
const mine = `{ command: "${faux("echo")}", name: mine, roles: [server] }`;
const entry = (cases: string, verdict: string) =>
  `- { role: server, cases: ["${cases}"], expect: ${verdict}, reason: a test }\n`;

describe.concurrent("the exit code of a run", () => {
  it("is 0 when all is as expected, by preset or baseline", async () => {
    const setup = { cases: "1.1.1,3.1", baseline: entry("3.1", "FAILED") };
    const { out, args } = runOf([mine], setup);
    expect((await wsmatrix(args)).exitCode).toBe(0);
    expect(cellFile(out, "mine/server/plain").tally).toMatchObject({ pass: 1, failed: 1, notRun: 0 });
    expect(runFile(out)).toMatchObject({ state: "complete", exitCode: 0 });
  });

  it("is 1 for a verdict that neither preset nor baseline allows, and 0 when nobody is to fail on it", async () => {
    const { out, args } = runOf([mine], { cases: "1.1.1,3.1" });
    expect((await wsmatrix(args)).exitCode).toBe(1);
    expect(runFile(out).exitCode).toBe(1);
    const again = runOf([mine], { cases: "1.1.1,3.1" });
    expect((await wsmatrix([...again.args, "--fail-on", "infra"])).exitCode).toBe(0);
  });

  it("is 4 when a baseline entry is no longer needed, and the entry is named with its place", async () => {
    const { args } = runOf([mine], { cases: "1.1.*", baseline: entry("1.1.1", "FAILED") });
    const { exitCode, stderr } = await wsmatrix(args);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/mine\.yaml:1: stale: 1\.1\.1 no longer needs it/);
  });

  it("is 1, not 4, when there are both", async () => {
    const { args } = runOf([mine], { cases: "1.1.1,3.1", baseline: entry("1.1.1", "FAILED") });
    expect((await wsmatrix(args)).exitCode).toBe(1);
  });

  it("is 3, not 1, when a target cannot be tested beside one that fails", async () => {
    const gone = `{ command: "${faux("exits-at-once")}", name: gone, roles: [server] }`;
    const { out, args } = runOf([mine, gone], { cases: "3.1" });
    expect((await wsmatrix(args)).exitCode).toBe(3);
    expect(cellFile(out, "mine/server/plain")).toMatchObject({ status: "ran", tally: { failed: 1 } });
    expect(cellFile(out, "gone/server/plain")).toMatchObject({ status: "crashed", tally: { notRun: 1 } });
  });

  it.each([
    ["0 when a target that is optional", true, 0],
    ["3 when a target that is not optional", false, 3],
  ])("is %s lacks a tool", async (_, optional, code) => {
    const { out, args } = runOf([mine, `{ use: gorilla, roles: [server], optional: ${optional} }`], {
      cases: "1.1.1",
    });
    // Nothing but Node is there, so no Go either.
    const bin = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
    symlinkSync(process.execPath, join(bin, "node"));
    const env = { PATH: bin };
    const { exitCode } = await execa(process.execPath, [main, ...args], { reject: false, env });
    expect(exitCode).toBe(code);
    expect(cellFile(out, "mine/server/plain").status).toBe("ran");
    const [, skipped] = runFile(out).cells;
    expect(skipped).toMatchObject({ target: "gorilla", status: "skipped" });
  });

  it("is 3 when all was skipped: nothing tested is no success", async () => {
    const { args } = runOf(["{ image: nothing, name: mine, roles: [server], optional: true }"], {
      cases: "1.1.1",
    });
    expect((await wsmatrix(args)).exitCode).toBe(3);
  });

  it("is 130 when it is interrupted, whatever it is to fail on", async () => {
    const { out, args } = runOf([mine], { cases: "1.1.1,9.*" });
    const running = wsmatrix([...args, "--fail-on", "never"]);
    await until("the run has begun", () => started(out));
    running.kill("SIGINT");
    expect((await running).exitCode).toBe(130);
    expect(runFile(out)).toMatchObject({ state: "interrupted", exitCode: 130 });
  });

  it("is 2 for a baseline that is not there, and nothing is written", async () => {
    const { out, args } = runOf([mine], { cases: "1.1.1" });
    const { exitCode, stderr } = await wsmatrix([...args, "--baseline", `${scratch()}.yaml`]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/there is no such file or folder/);
    expect(existsSync(out)).toBe(false);
  });
});

describe("the exit code of a merge", () => {
  const parts = (async () => {
    const cwd = folderWithTargets(["one", "two"], ["1.1.1", "3.1"]);
    const allowed = '- { role: server, cases: ["3.1"], expect: FAILED, reason: a test }\n';
    writeBaseline(
      cwd,
      "one",
      `${allowed}- { role: server, cases: [1.1.1], expect: FAILED, reason: fixed }\n`,
    );
    writeBaseline(cwd, "two", allowed);
    for (const part of ["1/2", "2/2"]) {
      await wsmatrix(["run", "--shard", part, "--out", part.replace("/", "of"), "--fail-on", "never"], cwd);
    }
    return cwd;
  })();

  it.each([
    ["4 for a stale entry in one part", ["1of2", "2of2", "--fail-on", "unexpected"], 4],
    ["0 when nobody is to fail on it", ["1of2", "2of2", "--fail-on", "regressed"], 0],
    ["what the parts were told to fail on, when nobody says otherwise", ["1of2", "2of2"], 0],
    ["3 when a part is missing, whatever it is to fail on", ["2of2", "--fail-on", "never"], 3],
    ["3 when a part is there twice", ["1of2", "1of2"], 3],
    ["2 when there is no run", ["gone"], 2],
  ])("is %s", async (name, args, code) => {
    const out = `out-${name.replaceAll(/\W/g, "")}`;
    expect((await wsmatrix(["merge", ...args, "--out", out], await parts)).exitCode).toBe(code);
  });
});

/** Whether a run's files are there and say that a cell has begun. */
function started(out: string): boolean {
  try {
    return runFile(out).cells.length > 0;
  } catch {
    return false;
  }
}
