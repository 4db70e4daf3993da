import type { Command } from "commander";

import { summaryMarkdown } from "../../report/markdown/summary.ts";

import { type CiFiles, titleOf, wantsCiFiles, writeCiFiles } from "../results/ci-files.ts";
import { loadRun } from "../results/results.ts";
import { runDirectoryOf } from "../run/configure.ts";
import { programName } from "../run/package-root.ts";
import type { RunOutput } from "../run/run.ts";
import type { CommandContext } from "./context.ts";

/** Adds the flags that say what a CI wants of a run. */
export function ciFiles(command: Command): Command {
  return command
    .option("--junit <file>", "write the verdicts as JUnit's XML")
    .option("--summary <file>", "write a summary in Markdown; $GITHUB_STEP_SUMMARY is appended to")
    .option("--annotations", "print GitHub's annotations, ten at the most, on standard error")
    .option("--outputs <file>", "append outcome, counts and paths, for $GITHUB_OUTPUT");
}

/** Adds `wsmatrix report` to the command line. */
export function addReport(program: Command, { output }: CommandContext): void {
  ciFiles(program.command("report <run>"))
    .description("write what a CI shows of a run, from its folder; without a flag, print the summary")
    .addHelpText("after", examples)
    .action((run: string, flags: CiFiles) => reportRun(run, flags, output()));
}

const examples = `
Examples:
  wsmatrix report 2026-11-21T04-20-01-3f9a
  wsmatrix report results/runs/merged --junit junit.xml --summary "$GITHUB_STEP_SUMMARY" --annotations`;

/** @throws {RunFileError} there is no such run */
function reportRun(run: string, flags: CiFiles, { out, err }: RunOutput): void {
  const recorded = loadRun(runDirectoryOf(run));
  if (!wantsCiFiles(flags)) out(summaryMarkdown(recorded, { program: programName, titleOf }));
  else writeCiFiles(recorded, flags, programName, (line) => err(`${line}\n`));
}
