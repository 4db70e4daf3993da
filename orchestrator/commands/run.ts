import { randomUUID } from "node:crypto";

import { Command, Option } from "commander";

import { ACCEPT_PRESETS } from "../../report/accept.ts";
import { FAIL_ON } from "../../report/exit.ts";
import { resumeCommands, stopCommands } from "../../report/github/commands.ts";

import { PULL_POLICIES } from "../engines/docker/images.ts";
import { PLACES } from "../engines/docker/place.ts";
import { REPORTERS } from "../progress/progress.ts";
import { type RunFlags, requestOf, resumedRequest } from "../run/flags.ts";
import { run } from "../run/run.ts";
import { type CommandContext, terminal } from "./context.ts";
import { failure } from "./failure.ts";
import { ciFiles } from "./report.ts";
import { positiveInt, selection, sharding } from "./selection.ts";

/** Adds `wsmatrix run` to the command line. */
export function addRun(program: Command, { argv, output, signal, done }: CommandContext): void {
  ciFiles(sharding(selection(program.command("run [targets...]"))))
    .description("play the suite against the targets of a matrix, or against a program of your own")
    .addOption(
      new Option("--accept <preset>", "what is fine without a baseline")
        .choices(ACCEPT_PRESETS)
        .default("default"),
    )
    .option("--baseline <path>", "a baseline file, or a folder with one for each target")
    .addOption(
      new Option("--fail-on <what>", "what makes the exit code other than 0")
        .choices(FAIL_ON)
        .default("unexpected"),
    )
    .addOption(
      new Option("--pull <when>", "when images of a matrix are asked of their registry").choices(
        PULL_POLICIES,
      ),
    )
    .addOption(new Option("--place <place>", "where the fuzzer is, of targets in containers").choices(PLACES))
    .option("--smoke", "only five cases, and no baseline: does the target work at all?")
    .option("--jobs <n>", "cells at once (default: one more than cores)", positiveInt)
    .option("--out <dir>", "folder for the files of the run (default: results/runs/<id>)")
    .option("--json", "print one JSON object on standard output at the end", false)
    .addOption(new Option("--reporter <name>", "how progress is told").choices(REPORTERS))
    .option(
      "--cache <folder>",
      "take cells of which nothing has changed from runs there (default: results/runs)",
    )
    .option("--no-cache", "play all cells; this is so with --out, unless --cache is said")
    .option("--resume <run>", "go on with an interrupted run, by its id or folder")
    .addHelpText("after", examples)
    .action(async (targets: string[], flags: RunFlags) => {
      const request =
        flags.resume === undefined ? requestOf(targets, flags, argv) : await resumedRequest(flags, parseRun);
      done(
        await withoutCommands(flags, signal, (commandToken) =>
          run({ ...request, ...commandToken }, output(), signal),
        ),
      );
    });
}

const examples = `
Examples:
  wsmatrix run                                      all cells of matrix.yaml
  wsmatrix run 'ws@8.*' --role server client        the cells of one target
  wsmatrix run --command './server --port {port}' --role server
  wsmatrix run --command 'node client.js {url} {agent}' --role client
  wsmatrix run ws --smoke                           whether a target works, in seconds
  wsmatrix run --url ws://127.0.0.1:9001 --accept strict --json
  wsmatrix run --resume 2026-11-21T04-20-01-3f9a
  wsmatrix run --shard 2/4 --out shards/2           a quarter of the work; see \`merge\`
  wsmatrix run --junit junit.xml --summary "$GITHUB_STEP_SUMMARY" --annotations`;

/** With annotations, nothing that a target or a file says may be a workflow command: GitHub looks for them in every line. */
async function withoutCommands(
  { annotations }: RunFlags,
  signal: AbortSignal,
  work: (token: { readonly commandToken?: string }) => Promise<number>,
): Promise<number> {
  if (annotations !== true) return work({});
  const commandToken = randomUUID();
  process.stderr.write(`${stopCommands(commandToken)}\n`);
  try {
    return await work({ commandToken });
  } catch (error) {
    return failure(error, signal);
  } finally {
    process.stderr.write(`${resumeCommands(commandToken)}\n`);
  }
}

/** Reads the arguments of an earlier `run` again. */
export async function parseRun(argv: readonly string[]): Promise<{ targets: string[]; flags: RunFlags }> {
  let parsed: { targets: string[]; flags: RunFlags } | null = null;
  const program = new Command().exitOverride();
  addRun(program, { argv, output: terminal, signal: AbortSignal.abort(), done: () => {} });
  program.commands[0]!.action((targets: string[], flags: RunFlags) => void (parsed = { targets, flags }));
  await program.parseAsync([...argv], { from: "user" });
  return parsed!;
}
