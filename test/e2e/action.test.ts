import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";

import { faux } from "../support/cli.ts";
import { HOSTILE } from "../support/recorded-runs.ts";

const setup = join(import.meta.dirname, "..", "..", "workflows", "setup");

/** The steps of the action as a runner takes them: their output, files and exit code. */
async function act(inputs: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  const files = {
    GITHUB_OUTPUT: join(dir, "output"),
    GITHUB_STEP_SUMMARY: join(dir, "summary"),
    GITHUB_PATH: join(dir, "path"),
  };
  for (const file of Object.values(files)) writeFileSync(file, "");
  const workspace = join(dir, "workspace");
  mkdirSync(workspace);
  const named = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`WSMATRIX_${name}`, value]),
  );
  const env = {
    ...files,
    RUNNER_TEMP: dir,
    WSMATRIX_SUMMARY: "true",
    WSMATRIX_ANNOTATIONS: "true",
    ...named,
  };
  const options = { env, cwd: workspace, reject: false, all: true } as const;
  await execa(process.execPath, [join(setup, "setup.mjs")], { ...options, reject: true });
  const { all, exitCode } = await execa(process.execPath, [join(setup, "run.mjs")], options);
  return {
    dir,
    workspace,
    log: all,
    exitCode,
    outputs: outputs(files.GITHUB_OUTPUT),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, "utf8"),
  };
}

/** The file of outputs as the runner reads it. */
function outputs(file: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const lines = readFileSync(file, "utf8").split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const [, name, token] = /^([\w-]+)<<(.+)$/.exec(lines[at]!) ?? [];
    const [, simple, value] = /^([\w-]+)=(.*)$/.exec(lines[at]!) ?? [];
    if (name !== undefined) {
      const end = lines.indexOf(token!, at);
      found[name] = lines.slice(at + 1, end).join("\n");
      at = end;
    } else if (simple !== undefined) found[simple] = value!;
  }
  return found;
}

/** Lines that a runner would obey: commands that are not between a token and its return. */
function obeyed(log: string): string[] {
  let token: string | null = null;
  return log.split(/\r?\n/).filter((line) => {
    if (token !== null) {
      if (line.trim() === `::${token}::`) token = null;
      return false;
    }
    token = /^::stop-commands::(.+)$/.exec(line.trim())?.[1] ?? null;
    return token === null && (/^\s*::/.test(line) || line.includes("##["));
  });
}

describe("the action", () => {
  it("fails for a regression, with summary, annotations, outputs and JUnit", async () => {
    const {
      exitCode,
      outputs: out,
      summary,
      log,
      workspace,
    } = await act({
      COMMAND: faux("echo"),
      ROLE: "server",
      CASES: "1.1.1 3.1,3.2",
      NAME: "mine",
      JUNIT: "junit.xml",
    });
    expect(exitCode).toBe(1);
    expect(out).toMatchObject({
      outcome: "unexpected",
      "exit-code": "1",
      cells: "1",
      cases: "3",
      regressed: "2",
      cached: "0",
    });
    expect(existsSync(join(out["results"]!, "run.json"))).toBe(true);
    expect(readFileSync(join(workspace, "junit.xml"), "utf8")).toContain('failures="2"');
    expect(summary).toMatch(/^## ❌ Verdicts that are not as expected: 2 cases regressed/);
    expect(summary).toContain("npx wsmatrix case 3.1 --command");
    expect(obeyed(log)).toEqual([
      expect.stringMatching(/^::error title=mine server plain%3A case 3\.1 /),
      expect.stringMatching(/^::error title=mine server plain%3A case 3\.2 /),
    ]);
  });

  it.each([
    ["an url", { URL: "$1" }],
    ["a command", { COMMAND: "$1", ROLE: "server", CASES: "1.1.1" }],
    ["a name", { COMMAND: "exit", ROLE: "server", NAME: "$1" }],
    ["targets", { TARGETS: "$1" }],
    ["cases", { COMMAND: "exit", ROLE: "server", CASES: "$1" }],
    ["a preset", { COMMAND: "exit", ROLE: "server", ACCEPT: "$1" }],
    ["a baseline", { COMMAND: "exit", ROLE: "server", BASELINE: "$1" }],
    ["a shard", { COMMAND: "exit", ROLE: "server", SHARD: "$1" }],
  ])("takes %s for text", async (_, inputs) => {
    for (const text of [
      "$(touch pwned); `touch pwned` \"'",
      "x\n::set-output name=outcome::as-expected\n##[set-output name=outcome;]as-expected",
    ]) {
      const given = Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [name, value === "$1" ? text : value]),
      );
      const { exitCode, outputs: out, log, workspace } = await act(given);
      expect([2, 3]).toContain(exitCode);
      expect(out["outcome"]).toBe(exitCode === 2 ? "usage" : "infrastructure");
      expect(existsSync(join(workspace, "pwned"))).toBe(false);
      expect(obeyed(log).filter((line) => !line.startsWith("::error title="))).toEqual([]);
    }
  });

  it("takes what a target says for text", async () => {
    // A client is asked for by its agent's name, which it chooses itself; a server says it in its close reasons.
    const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
    const program = join(dir, "says.mjs");
    const says = JSON.stringify(HOSTILE.join("\n"));
    writeFileSync(program, `console.log(${says}); console.error(${says}); process.exit(3);\n`);
    const {
      exitCode,
      outputs: out,
      log,
    } = await act({ COMMAND: `node ${program}`, ROLE: "server", CASES: "1.1.1" });
    expect(exitCode).toBe(3);
    expect(out["outcome"]).toBe("infrastructure");
    expect(obeyed(log)).toEqual([expect.stringMatching(/^::error title=own\/server\/plain crashed::/)]);
  });
});
