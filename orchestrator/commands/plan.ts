import { type Command, Option } from "commander";

import { configure } from "../run/configure.ts";
import { readDurations } from "../run/durations.ts";
import { type RunFlags, requestOf } from "../run/flags.ts";
import type { RunRequest } from "../run/request.ts";
import { divide, MOST_SHARDS, suggestCount, timeOf } from "../run/shards.ts";
import type { CommandContext } from "./context.ts";
import { defaults, positiveInt, selection, sharding } from "./selection.ts";

/** What `--format` takes. */
const FORMATS = ["text", "json", "github", "gitlab"] as const;

interface PlanFlags extends RunFlags {
  readonly format?: (typeof FORMATS)[number];
  readonly shards?: number;
}

/** Adds `wsmatrix plan` to the command line. */
export function addPlan(program: Command, { argv, output }: CommandContext): void {
  sharding(selection(program.command("plan [targets...]")))
    .description("say which cells a run would play, and start nothing")
    .addOption(new Option("--format <format>", "how it is said; github and gitlab: as jobs").choices(FORMATS))
    .option("--shards <n>", "so many jobs at the most (default: one for each ten minutes)", positiveInt)
    .option("--json", "print the plan as JSON", false)
    .addHelpText("after", examples)
    .action(async (targets: string[], flags: PlanFlags) => {
      const request = requestOf(targets, { ...defaults, ...flags }, argv);
      output().out(await showPlan(request, flags.format ?? (flags.json ? "json" : "text"), flags.shards));
    });
}

const examples = `
Examples:
  wsmatrix plan                                     the cells of matrix.yaml
  wsmatrix plan 'ws@8.*' --role server --json
  wsmatrix plan --format github --shards 8          a matrix of jobs, on one line
  wsmatrix plan --shard 2/8                         what one of the jobs plays`;

/**
 * The text of `wsmatrix plan`.
 *
 * @param most jobs, where they are asked for
 * @throws {ConfigError}
 */
export async function showPlan(
  request: RunRequest,
  format: (typeof FORMATS)[number],
  most?: number,
): Promise<string> {
  const { cells, cases, profile, matrix } = await configure(request);
  const engine = request.engine ?? matrix.engine;
  switch (format) {
    case "text": {
      const lines = cells.map(({ id, optional }) => `${id}${optional ? "  (optional)" : ""}\n`);
      return `${lines.join("")}${cells.length} cells of ${cases.length} cases each, profile ${profile}, engine ${engine}\n`;
    }
    case "json": {
      const list = cells.map(({ id, optional }) => ({ id, optional }));
      return `${JSON.stringify({ profile, engine, cases: cases.map(({ id }) => id), cells: list })}\n`;
    }
    case "github":
      return `${JSON.stringify({ include: jobsOf(cells, request, most) })}\n`;
    case "gitlab":
      return gitlabJobs(jobsOf(cells, request, most));
  }
}

/** One job: what `--shard` takes, and how much that is. No name of a target is in it. */
interface Job {
  readonly shard: string;
  readonly index: number;
  readonly cells: number;
  /** As measured, or as guessed. */
  readonly seconds: number;
}

function jobsOf(
  cells: Parameters<typeof divide>[0],
  { durations }: RunRequest,
  most?: number,
): readonly Job[] {
  const known = readDurations(durations);
  const count = Math.min(most ?? suggestCount(cells, known), cells.length, MOST_SHARDS);
  const time = timeOf(cells, known);
  return divide(cells, count, known).map((part, at) => ({
    shard: `${at + 1}/${count}`,
    index: at + 1,
    cells: part.length,
    seconds: Math.ceil(part.reduce((sum, cell) => sum + time(cell), 0) / 1000),
  }));
}

/** Jobs of a child pipeline, which extend a job that the project itself describes. */
function gitlabJobs(jobs: readonly Job[]): string {
  const texts = jobs.map(
    ({ shard, index, cells, seconds }) =>
      `"shard ${shard}": # ${cells} cells, about ${seconds} s\n` +
      `  extends: .wsmatrix-shard\n` +
      `  variables: { SHARD: "${shard}", SHARD_INDEX: "${index}" }\n`,
  );
  return texts.join("\n");
}
