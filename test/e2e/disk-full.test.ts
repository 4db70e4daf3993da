import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { faux, runFile, wsmatrix } from "../support/cli.ts";

let dir = "";
let mounted = false;

// A file system that can be filled without filling the machine's takes a mount, and that takes root on Linux.
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  const { failed } = await execa("mount", ["-t", "tmpfs", "-o", "size=32m", "tmpfs", dir], { reject: false });
  mounted = !failed;
});
afterEach(async () => {
  if (mounted) await execa("umount", [dir]);
  rmSync(dir, { recursive: true, force: true });
});

/** Leaves so many octets free. */
function fillUp(free: number): void {
  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(join(dir, "filler"), Buffer.alloc(bavail * bsize - free));
}

const octetsOf = (): number => {
  const { blocks, bfree, bsize } = statfsSync(dir);
  return (blocks - bfree) * bsize;
};

/** The arguments of a run with two cells, one after the other. */
function runInto(out: string, cases: string): readonly string[] {
  mkdirSync(join(dir, "cwd"), { recursive: true });
  const matrix = join(dir, "cwd", "matrix.yaml");
  const targets = ["a", "b"].map(
    (name) => `  - { name: ${name}, command: "${faux("echo")}", roles: [server] }`,
  );
  writeFileSync(matrix, ["engine: process", "targets:", ...targets, ""].join("\n"));
  const more = ["--out", join(dir, out), "--jobs", "1", "--reporter", "plain", "--fail-on", "infra"];
  return ["run", "--matrix", matrix, "--cases", cases, ...more];
}

describe("a disk that becomes full", () => {
  it("ends a run with 3 and a message, keeps what was played, and can be gone on with", async ({ skip }) => {
    skip(!mounted, "a small file system cannot be mounted here");
    // What one run of a single case takes is what the other takes at its beginning.
    await wsmatrix(runInto("measure", "1.1.1"));
    const needed = octetsOf();
    rmSync(join(dir, "measure"), { recursive: true });
    fillUp(needed + 64 * 1024);
    const { exitCode, stderr } = await wsmatrix(runInto("run", "1.*,2.*,3.*,4.*,5.*"));
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toMatch(
      /^the disk is full: what was played before is kept; make room; go on with: wsmatrix run --resume/m,
    );
    expect(stderr).not.toMatch(/internal error|at file:/);

    rmSync(join(dir, "filler"));
    const resumed = await wsmatrix(["run", "--resume", join(dir, "run"), "--reporter", "plain"]);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(runFile(join(dir, "run"))).toMatchObject({
      state: "complete",
      completeness: { cellsRan: 2, casesNotRun: 0 },
    });
  });

  it("is told before anything is begun where it is full already", async ({ skip }) => {
    skip(!mounted, "a small file system cannot be mounted here");
    const args = runInto("run", "1.1.1");
    fillUp(0);
    const { exitCode, stderr } = await wsmatrix(args);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toMatch(/^the disk is full \(.*\): make room$/m);
  });
});
