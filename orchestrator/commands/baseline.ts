import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import type { Command } from "commander";

import { catalogue } from "../../fuzzer/catalogue.ts";
import { evaluateBaseline, type CaseFacts } from "../../report/baseline.ts";
import { type BaselineChanges, planUpdate, type UpdateQuestion } from "../../report/baseline-update.ts";
import { counted } from "../../report/counted.ts";
import { escapeTerminal } from "../../report/escape.ts";
import { isBroken } from "../../report/run-record.ts";

import { editBaseline } from "../config/baseline-edit.ts";
import { baselineFileOf, baselineOfText, loadBaseline, NO_BASELINE } from "../config/baselines.ts";
import { loadMatrix } from "../config/matrix.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";
import { writeAtomically } from "../results/atomic-file.ts";
import { type LoadedRun, loadRun } from "../results/results.ts";
import { defaultRunDirectory, runDirectoryOf } from "../run/configure.ts";
import type { RunFlags } from "../run/flags.ts";
import type { RunOutput } from "../run/run.ts";
import type { CommandContext } from "./context.ts";
import { parseRun } from "./run.ts";

interface UpdateFlags {
  readonly baseline?: string;
  readonly reason?: string;
  readonly link?: string;
  readonly expires?: string;
  readonly dryRun?: boolean;
}

/** Adds `wsmatrix baseline` to the command line. */
export function addBaseline(program: Command, { output }: CommandContext): void {
  const baseline = program
    .command("baseline")
    .description("keep what a project lives with for now")
    .addHelpText("after", examples);
  baseline
    .command("update [run]")
    .description(
      "make the baseline fit a whole run (default: the newest): what regressed gets entries, what is fixed leaves",
    )
    .option(
      "--baseline <path>",
      "the file, or the folder with one for each target (default: as the run was told)",
    )
    .option("--reason <text>", "why the new entries are lived with; required where there are any")
    .option("--link <url>", "where that is being dealt with")
    .option("--expires <date>", "the last day on which the new entries count: 2027-06-30")
    .option("--dry-run", "say what would be changed, and write nothing")
    .addHelpText("after", examples)
    .action((run: string | undefined, flags: UpdateFlags) => update(run, flags, output()));
}

const examples = `
Examples:
  wsmatrix baseline update --reason "closes with 1002, see the tracker"
  wsmatrix baseline update results/runs/nightly --dry-run
  wsmatrix baseline update --baseline wsmatrix-baseline.yaml --reason "not yet looked at" --expires 2027-06-30

It is refused after a run that was filtered (--cases, --exclude, --role, --variant, --shard, a version) or that did
not come to its end: what was not played would look as if it needed no entry.`;

/** @throws {ConfigError} the run does not do, or the file cannot be written */
async function update(named: string | undefined, flags: UpdateFlags, { err }: RunOutput): Promise<void> {
  const recorded = loadRun(runDirectoryOf(named ?? newestRun()));
  const asked = await parseRun(recorded.run.inputs.argv);
  refuse(recorded, asked);
  const path = flags.baseline ?? asked.flags.baseline ?? (await defaultPath(recorded, asked.flags));
  const targets = [...new Set(recorded.cells.map(({ cell }) => cell.target))];
  if (targets.length > 1 && /\.ya?ml$/.test(path)) {
    throw usage(
      `${path} is one file, and the run has ${targets.length} targets`,
      "name a folder with --baseline",
    );
  }
  let changed = 0;
  for (const target of targets) {
    const done = await updateTarget(target, recorded, baselineFileOf(path, target), flags);
    if (done === null) continue;
    changed += 1;
    err(`${escapeTerminal(done)}\n`);
  }
  if (changed === 0) err("the baseline fits the run as it is\n");
}

/** Changes the file of one target; null when there is nothing to change. */
async function updateTarget(
  target: string,
  { run, cells }: LoadedRun,
  file: string,
  flags: UpdateFlags,
): Promise<string | null> {
  const { entries } = existsSync(file) ? await loadBaseline(file) : NO_BASELINE;
  const { reason = "", link, expires } = flags;
  const question: UpdateQuestion = {
    entries,
    cells: cells
      .filter(({ cell, status }) => cell.target === target && status === "ran")
      .map(({ cell, cases }) => ({ cell, cases: factsOf(cases) })),
    preset: run.inputs.accept,
    today: new Date().toISOString().slice(0, 10),
    catalogue: [...catalogue.byId.keys()],
    about: { reason, ...(link !== undefined && { link }), ...(expires !== undefined && { expires }) },
  };
  const changes = planUpdate(question);
  if (changes.regressed > 0 && reason.trim() === "") {
    const message = `${counted(changes.regressed, "case")} of ${target} regressed, and an entry needs a reason`;
    throw usage(message, 'say why they are lived with: --reason "..."');
  }
  if (changes.add.length + changes.remove.length + changes.narrow.size === 0) return null;
  const text = editBaseline(existsSync(file) ? readFileSync(file, "utf8") : "", changes);
  check(question, text, file);
  if (flags.dryRun !== true) {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeAtomically(file, text);
  }
  return `${file}: ${describe(changes)}${flags.dryRun === true ? " (not written: --dry-run)" : ""}`;
}

/** A bug of ours must not cost anybody the baseline. */
function check({ cells, preset, today }: UpdateQuestion, text: string, file: string): void {
  const { entries } = baselineOfText(file, text);
  for (const { cell, cases } of cells) {
    const { counts } = evaluateBaseline({ cell, cases, preset, entries, today });
    if (counts.regressed + counts.fixed > 0) throw new Error(`the new text of ${file} does not fit the run`);
  }
}

function describe({ add, remove, narrow, regressed }: BaselineChanges): string {
  const parts = [
    add.length > 0 && `${counted(add.length, "entry", "entries")} added for ${counted(regressed, "case")}`,
    narrow.size > 0 && `${narrow.size} narrowed`,
    remove.length > 0 && `${remove.length} removed`,
  ];
  return parts.filter((part) => part !== false).join(", ");
}

/** @throws {ConfigError} the run says less of the targets than a baseline does */
function refuse(
  { run, cells, paths }: LoadedRun,
  { flags, targets }: Awaited<ReturnType<typeof parseRun>>,
): void {
  const { inputs } = run;
  const filtered = [
    inputs.filters.cases.length > 0 && "--cases",
    inputs.filters.exclude.length > 0 && "--exclude",
    inputs.own === undefined && flags.role !== undefined && "--role",
    flags.variant !== undefined && "--variant",
    inputs.shard !== null && "--shard",
    targets.some((target) => target.includes("@")) && "a version",
  ].filter((word) => word !== false);
  if (filtered.length > 0) {
    const message = `the run was filtered (${filtered.join(", ")}), so it does not say what needs no entry any more`;
    throw new ConfigError([fileProblem(paths.dir, message, "update from a run of everything")]);
  }
  const broken = cells.filter(isBroken);
  if (run.state === "complete" && broken.length === 0) return;
  const what =
    broken.length > 0 ? `: ${broken.map(({ cell, status }) => `${cell.id} ${status}`).join(", ")}` : "";
  throw new ConfigError([
    fileProblem(paths.dir, `the run is incomplete${what}`, "update from one that is whole"),
  ]);
}

async function defaultPath({ run }: LoadedRun, flags: RunFlags): Promise<string> {
  if (run.inputs.own !== undefined) {
    throw usage("the run was of a program of your own, with no baseline", "name a file with --baseline");
  }
  const matrix = flags.matrix ?? "matrix.yaml";
  if (flags.matrix === undefined && !existsSync(matrix)) {
    throw usage("the run had no matrix, so no baseline is named", "name a file or folder with --baseline");
  }
  return (await loadMatrix(matrix)).baselines;
}

/** Ids of runs begin with their time. */
function newestRun(): string {
  const folder = dirname(defaultRunDirectory("x"));
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const newest = names.findLast((name) => existsSync(join(folder, name, "run.json")));
  if (newest !== undefined) return newest;
  throw new ConfigError([
    fileProblem(resolve(folder), "there is no run here", "name one: baseline update <run>"),
  ]);
}

function factsOf(cases: LoadedRun["cells"][number]["cases"]): ReadonlyMap<string, CaseFacts> {
  return new Map(Object.entries(cases).map(([id, entry]) => [id, { verdict: entry, flaky: entry.flaky }]));
}

function usage(message: string, remedy: string): ConfigError {
  return new ConfigError([fileProblem("command line", message, remedy)]);
}
