import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { wsmatrix } from "../support/cli.ts";

const home = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const smoke = () => wsmatrix(["run", "mine", "--smoke", "--engine", "process", "--reporter", "plain"], home);

describe("a target from nothing", () => {
  it("passes its smoke test as new-target makes it, without any matrix", async () => {
    const made = await wsmatrix(["new-target", "mine", "--language", "JavaScript"], home);
    expect(made.exitCode).toBe(0);
    expect(made.stdout).toContain("made targets/mine: target.yaml,");

    const { exitCode, stderr } = await smoke();
    expect(stderr).toMatch(/^smoke test passed: 2 cells, 10 cases in .*\nnext: .* run mine`/m);
    expect(exitCode).toBe(0);
  });

  it("fails it when its server echoes everything as text, and says which cell", async () => {
    const server = join(home, "targets", "mine", "server.mjs");
    const text = readFileSync(server, "utf8");
    const broken = text.replace("{ binary: isBinary }", "{ binary: false }");
    expect(broken).not.toBe(text);
    writeFileSync(server, broken);

    const { exitCode, stderr } = await smoke();
    expect(stderr).toMatch(
      /^smoke test failed in .*\n {2}mine@8\.23\.0\/server\/plain: 1 of 5 cases not as expected, 4 passed$/m,
    );
    expect(stderr).not.toContain("mine@8.23.0/client/plain: ");
    expect(exitCode).toBe(1);
  });

  it("is listed with the others, as not verified", async () => {
    const { stdout } = await wsmatrix(["list"], home);
    expect(stdout).toMatch(/^mine +JavaScript +server, client +8\.23\.0 .*\(not verified\)$/m);
    expect(stdout).toMatch(/^ws +JavaScript/m);
  });

  it("is not overwritten by another of its name", async () => {
    const { exitCode, stderr } = await wsmatrix(["new-target", "mine", "--language", "Go"], home);
    expect(stderr).toContain("targets/mine is there already");
    expect(exitCode).toBe(2);
  });
});
