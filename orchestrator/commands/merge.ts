import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { type Command, Option } from "commander";

import { escapeTerminal } from "../../report/escape.ts";
import { EXIT, FAIL_ON, type FailOn } from "../../report/exit.ts";
import { countOutcome, regressionsOf } from "../../report/run-record.ts";
import { renderTable } from "../../report/table.ts";

import { ConfigError, fileProblem } from "../config/problem.ts";
import { type CiFiles, wantsCiFiles, writeCiFiles } from "../results/ci-files.ts";
import type { LoadedRun } from "../results/results.ts";
import { defaultRunDirectory } from "../run/configure.ts";
import { writeDurations } from "../run/durations.ts";
import { faultsOf, loadShards, mergeShards } from "../run/merge.ts";
import { programName } from "../run/package-root.ts";
import { newRunId, type RunOutput } from "../run/run.ts";
import type { CommandContext } from "./context.ts";
import { ciFiles } from "./report.ts";

interface MergeFlags extends CiFiles {
  readonly out?: string;
  readonly failOn?: FailOn;
  readonly durationsOut?: string;
}

/** Adds `wsmatrix merge` to the command line. */
export function addMerge(program: Command, { output, done }: CommandContext): void {
  ciFiles(program.command("merge <runs...>"))
    .description(
      "make one run of the parts that --shard divided it into; a part or a cell that is missing is named",
    )
    .option("--out <dir>", "folder for the files of the run (default: results/runs/<id>)")
    .addOption(
      new Option("--fail-on <what>", "as for `run` (default: as the parts were told)").choices(FAIL_ON),
    )
    .option("--durations-out <file>", "write how long cells took, for the parts of the next run")
    .addHelpText("after", examples)
    .action((runs: string[], flags: MergeFlags) => done(merge(runs, flags, output())));
}

const examples = `
Examples:
  wsmatrix merge shards/1 shards/2 shards/3 shards/4 --out merged
  wsmatrix merge shards --out merged --junit junit.xml    all runs that are in a folder

Exit codes as for \`run\`; 3 when a part or a cell is missing, or is there twice.`;

/**
 * @returns the exit code
 * @throws {ConfigError} there are no parts, or they are not of one plan
 */
function merge(runs: readonly string[], flags: MergeFlags, output: RunOutput): number {
  const say = (line: string): void => output.err(`${escapeTerminal(line, 4000)}\n`);
  const shards = loadShards(runs.flatMap(runsIn));
  const { double, missing } = faultsOf(shards);
  for (const line of [...double, ...missing]) say(line);
  if (double.length > 0) {
    say("nothing was merged: take one of each");
    return EXIT.infrastructure;
  }
  const id = newRunId();
  const dir = resolve(flags.out ?? defaultRunDirectory(id));
  if (existsSync(join(dir, "events.jsonl"))) {
    throw new ConfigError([fileProblem(dir, "holds a run already", "name another folder with --out")]);
  }
  const { code, run } = mergeShards(shards, id, dir, flags.failOn);
  output.err(tableOf(run, output));
  say(`results: ${dir}`);
  if (flags.durationsOut !== undefined) writeDurations(flags.durationsOut, run.cells);
  if (wantsCiFiles(flags)) writeCiFiles(run, flags, programName, (line) => output.err(`${line}\n`));
  return code;
}

/** The folder itself, or the runs that are in it, as a CI brings them together. */
function runsIn(path: string): readonly string[] {
  if (existsSync(join(path, "run.json"))) return [path];
  const inside = existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : [];
  const runs = inside.filter((dir) => existsSync(join(dir, "run.json"))).toSorted();
  if (runs.length > 0) return runs;
  throw new ConfigError([
    fileProblem(path, "is no run, and holds none", "name folders that `run --shard` wrote"),
  ]);
}

function tableOf(recorded: LoadedRun, options: RunOutput): string {
  const rows = recorded.cells.map((record) => ({
    ...record.cell,
    status: record.status,
    reason: record.reason,
    tally: record.tally,
    extraTally: record.extraTally,
    regressed: countOutcome(record, "regressed"),
    fixed: countOutcome(record, "fixed"),
    duration: record.duration,
  }));
  return renderTable(rows, regressionsOf(recorded, programName), options);
}
