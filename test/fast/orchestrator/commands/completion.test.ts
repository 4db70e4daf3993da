import { execFileSync } from "node:child_process";
import { Command, Option } from "commander";
import { describe, expect, it } from "vitest";

import { completionScript } from "../../../../orchestrator/commands/completion.ts";

const program = new Command("wsmatrix");
program
  .command("run")
  .description("play what's there")
  .addOption(new Option("--engine <engine>", "what runs it").choices(["docker", "process"]))
  .option("--role <role>", "what it is");
program.command("baseline").description("keep").command("update").option("--reason <text>", "why");

/** What bash offers for the last of some words. */
function offered(...words: readonly string[]): string[] {
  const script = `${completionScript(program, "bash")}
COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); COMPREPLY=(); _wsmatrix; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean);
}

describe("completion in bash", () => {
  it.each([
    [
      ["wsmatrix", ""],
      ["run", "baseline", "--help"],
    ],
    [["wsmatrix", "b"], ["baseline"]],
    [["wsmatrix", "run", "--e"], ["--engine"]],
    [
      ["wsmatrix", "run", "--engine", ""],
      ["docker", "process"],
    ],
    [["wsmatrix", "run", "ws", "--role", "s"], ["server"]],
    [["wsmatrix", "baseline", "u"], ["update"]],
    [["wsmatrix", "baseline", "update", "--r"], ["--reason"]],
  ])("of %j is %j", (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

it("quotes descriptions for fish", () => {
  const script = completionScript(program, "fish");
  expect(script).toContain(String.raw`-a 'run' -d 'play what'\''s there'`);
  expect(script).toContain("-l engine -x -a 'docker process'");
});
