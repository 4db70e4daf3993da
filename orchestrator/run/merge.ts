import { copyFileSync, existsSync, readFileSync } from "node:fs";

import { EMPTY_TALLY } from "../../report/tally.ts";
import type { FailOn } from "../../report/exit.ts";
import { EXIT } from "../../report/exit.ts";
import { exitCodeOfRecord } from "../../report/run-record.ts";

import { ConfigError, fileProblem } from "../config/problem.ts";
import { EventLog, type NewEvent, type RunEvent } from "../results/events.ts";
import type { PlannedCell } from "../results/result-parts.ts";
import {
  type LoadedRun,
  loadRun,
  openRunDirectory,
  type RunDirectory,
  type RunInputs,
  ResultsWriter,
} from "../results/results.ts";

/** A run that was loaded and is one part of a plan. */
export interface LoadedShard {
  readonly loaded: LoadedRun;
  readonly index: number;
  readonly count: number;
  readonly plan: readonly PlannedCell[];
}

/** What is wrong with the parts as a whole, a line each. */
export interface MergeFaults {
  /** A part, or a cell, is there more than once: nothing can be merged. */
  readonly double: readonly string[];
  /** A part, or a cell, is in none of them. */
  readonly missing: readonly string[];
}

/** What became of a merge. */
export interface Merged {
  readonly code: number;
  readonly run: LoadedRun;
}

/**
 * The parts of a plan, by their folders.
 *
 * @throws {RunFileError} one of them is no run
 * @throws {ConfigError} one of them is no part, or they are not of one plan
 */
export function loadShards(dirs: readonly string[]): readonly LoadedShard[] {
  const shards = dirs.map((dir) => shardOf(dir));
  const [first] = shards;
  for (const [index, shard] of shards.entries()) {
    const differs = first === undefined ? null : differenceOf(first, shard);
    if (differs === null) continue;
    const message = `is no part of the plan that ${dirs[0]} is part of: ${differs}`;
    throw new ConfigError([fileProblem(dirs[index]!, message, "merge what one `plan` divided")]);
  }
  return shards.toSorted((a, b) => a.index - b.index);
}

function shardOf(dir: string): LoadedShard {
  const loaded = loadRun(dir);
  const { shard } = loaded.run.inputs;
  if (shard?.plan === undefined) {
    throw new ConfigError([
      fileProblem(dir, "is a whole run, and no part of one", "play parts with --shard i/n"),
    ]);
  }
  return { loaded, ...shard, plan: shard.plan };
}

/** In words, why two parts cannot be of one plan; null when they can. */
function differenceOf(one: LoadedShard, other: LoadedShard): string | null {
  const [a, b] = [one.loaded.run, other.loaded.run];
  const facts: readonly [string, unknown, unknown][] = [
    ["the number of parts", one.count, other.count],
    ["the plan", one.plan, other.plan],
    ["the suite", a.suite?.sha256, b.suite?.sha256],
    ["the version of wsmatrix", a.version, b.version],
    ["--profile", a.inputs.profile, b.inputs.profile],
    ["--accept", a.inputs.accept, b.inputs.accept],
    ["--cases", a.inputs.filters, b.inputs.filters],
  ];
  const found = facts.find(([, left, right]) => JSON.stringify(left) !== JSON.stringify(right));
  return found === undefined ? null : `${found[0]} is another`;
}

/** What of a plan is missing from its parts, and what is in them twice. */
export function faultsOf(shards: readonly LoadedShard[]): MergeFaults {
  const { count, plan } = shards[0]!;
  const double: string[] = [];
  const byIndex = Map.groupBy(shards, ({ index }) => index);
  for (const [index, same] of byIndex) {
    if (same.length === 1) continue;
    double.push(`part ${index} of ${count} is there ${same.length} times: ${same.map(dirOf).join(", ")}`);
  }
  const owners = Map.groupBy(
    shards.flatMap((shard) => shard.loaded.run.cells.map(({ id }) => ({ id, shard }))),
    ({ id }) => id,
  );
  if (double.length === 0) {
    for (const [id, found] of owners) {
      if (found.length === 1) continue;
      const parts = found.map(({ shard }) => shard.index).join(" and ");
      double.push(`${id} is in the parts ${parts}: they were not divided by the same --durations`);
    }
  }
  const absent = Array.from({ length: count }, (_, at) => at + 1).filter((index) => !byIndex.has(index));
  const lost = plan.filter(({ id }) => !owners.has(id)).map(({ id }) => id);
  const missing = absent.map((index) => `part ${index} of ${count} is missing`);
  if (lost.length > 0) missing.push(`without results: ${firstOf(lost)}`);
  return { double, missing };
}

function firstOf(ids: readonly string[], most = 40): string {
  const more = ids.length > most ? ` and ${ids.length - most} more` : "";
  return `${ids.slice(0, most).join(", ")}${more}`;
}

/**
 * Makes one run of its parts, as if it had been played in one piece. What is missing is in it as interrupted.
 *
 * @param dir the folder of the run, which must not hold one
 * @throws the folder cannot be written
 */
export function mergeShards(
  shards: readonly LoadedShard[],
  id: string,
  dir: string,
  failOn?: FailOn,
): Merged {
  using directory = openRunDirectory(dir);
  const inputs = inputsOf(shards, failOn);
  writeStream(shards, id, directory, inputs);
  for (const { loaded } of shards) copyCells(loaded, directory);
  const run = loadRun(dir);
  return { code: run.run.exitCode ?? EXIT.infrastructure, run };
}

function inputsOf(shards: readonly LoadedShard[], failOn: FailOn | undefined): RunInputs {
  const { plan, loaded } = shards[0]!;
  const { inputs } = loaded.run;
  const matrix = typeof inputs.matrix === "object" && inputs.matrix !== null ? inputs.matrix : {};
  const cells = plan.map(({ id, target, version, role, variant }) => {
    return { id, target, version, role, variant };
  });
  return {
    ...inputs,
    argv: withoutShard(inputs.argv),
    matrix: { ...matrix, cells },
    failOn: failOn ?? inputs.failOn,
    shard: null,
  };
}

/** The arguments that ask for all parts at once. */
function withoutShard(argv: readonly string[]): string[] {
  const own = ["--shard", "--out"];
  const isOwn = (word = ""): boolean => own.some((flag) => word.startsWith(`${flag}=`));
  return argv.filter((word, at) => !own.includes(word) && !isOwn(word) && !own.includes(argv[at - 1] ?? ""));
}

/** The streams of the parts as one, and `run.json` as it follows from that. */
function writeStream(
  shards: readonly LoadedShard[],
  id: string,
  directory: RunDirectory,
  inputs: RunInputs,
): void {
  const { loaded, plan } = shards[0]!;
  const { run } = loaded;
  const suite = readFileSync(loaded.paths.suite, "utf8");
  directory.writeSuite(JSON.parse(suite));
  const writer = new ResultsWriter(directory, { inputs, platform: run.platform, suite: run.suite });
  const stories = shards.flatMap((shard) => shard.loaded.events?.events ?? []);
  const told = stories.filter(({ type }) => !ENDS.has(type)).toSorted((a, b) => a.at - b.at);
  const times = stories.map(({ at }) => at);
  const [begun, ended] = [Math.min(...times), Math.max(...times)];
  let now = begun;
  using log = EventLog.open(directory.paths.events, { now: () => now });
  const append = (event: NewEvent | RunEvent, at: number): void => {
    now = at;
    writer.replay([log.append(event)]);
  };
  const { version, inputs: own } = run;
  append({ type: "run-started", run: id, version, profile: own.profile, argv: inputs.argv }, begun);
  append({ type: "planned", cells: [...plan] }, begun);
  for (const event of told) append(event, event.at);
  for (const event of lostCells(shards)) append(event, ended);
  const cells = shards.flatMap((shard) => shard.loaded.cells);
  const missing = faultsOf(shards).missing.length > 0;
  const code = missing ? EXIT.infrastructure : exitCodeOfRecord(cells, inputs.failOn, false);
  now = ended;
  writer.handle(log.append({ type: "run-finished", exitCode: code, duration: ended - begun }));
}

/** Events that the whole has once. */
const ENDS: ReadonlySet<RunEvent["type"]> = new Set(["run-started", "planned", "run-finished"]);

function lostCells(shards: readonly LoadedShard[]): readonly NewEvent[] {
  const { plan, count } = shards[0]!;
  const there = new Set(shards.flatMap(({ loaded }) => loaded.run.cells.map(({ id }) => id)));
  const absent = Array.from({ length: count }, (_, at) => at + 1).filter(
    (index) => !shards.some((shard) => shard.index === index),
  );
  const reason = `it was in a part that is missing: ${absent.join(", ")} of ${count}`;
  return plan
    .filter(({ id }) => !there.has(id))
    .map(({ id, cases }) => ({
      type: "cell-finished",
      cell: id,
      status: "interrupted",
      reason,
      tally: { ...EMPTY_TALLY, notRun: cases },
      duration: 0,
    }));
}

/** The files of the cells that ended as they are, and of all what was recorded. */
function copyCells({ cells, paths }: LoadedRun, directory: RunDirectory): void {
  const { paths: to } = directory;
  for (const file of cells) {
    const { id } = file.cell;
    directory.writeCell(file);
    for (const kind of ["records", "log"] as const) {
      if (existsSync(paths[kind](id))) copyFileSync(paths[kind](id), to[kind](id));
    }
  }
}

function dirOf({ loaded }: LoadedShard): string {
  return loaded.paths.dir;
}
