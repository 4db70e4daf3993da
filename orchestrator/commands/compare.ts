import type { Command } from "commander";

import { statSync } from "node:fs";
import { join } from "node:path";

import { compareIds } from "../../fuzzer/catalogue.ts";
import { IndexFileError, readIndex } from "../../report/autobahn/read-index.ts";
import { targetLabel } from "../../report/cell.ts";
import {
  compareVerdicts,
  type Comparison,
  type Difference,
  pairUp,
  type VerdictsById,
} from "../../report/compare.ts";
import { escapeTerminal } from "../../report/escape.ts";
import { EXIT } from "../../report/exit.ts";
import { DIFF_KINDS, diffRuns, type RunDiff } from "../../report/facts/diff.ts";
import type { VerdictPair } from "../../report/tally.ts";

import { ConfigError, fileProblem } from "../config/problem.ts";
import { loadRun } from "../results/results.ts";
import { runDirectoryOf } from "../run/configure.ts";
import type { RunOutput } from "../run/run.ts";
import { readPlayedRun } from "../site/played-run.ts";
import type { CommandContext } from "./context.ts";

/** Adds `wsmatrix compare` to the command line. */
export function addCompare(program: Command, { output, done }: CommandContext): void {
  program
    .command("compare <before> <after>")
    .description("say how the verdicts of two runs differ; either may be an index.json of Autobahn's")
    .addHelpText("after", examples)
    .action((before: string, after: string) => done(compareRuns(before, after, output())));
}

const examples = `
Examples:
  wsmatrix compare reports/servers/index.json results/runs/2026-11-21T04-20-01-3f9a
  wsmatrix compare results/runs/before results/runs/after`;

/** Verdicts of the targets of one side. */
type Side = ReadonlyMap<string, VerdictsById>;

/**
 * `wsmatrix compare`: how the verdicts of two runs differ. Either side is a run of ours, by folder or id, or an
 * `index.json` of Autobahn's, or the folder of one.
 *
 * @returns 0 when all verdicts are equal, 1 when some differ, 3 when nothing could be held against anything
 * @throws {ConfigError} a side cannot be read
 */
export function compareRuns(before: string, after: string, output: RunOutput): number {
  const [left, right] = [readSide(before), readSide(after)];
  const pairs = pairUp([...left.keys()], [...right.keys()]);
  if (pairs.length === 0) {
    output.err(`nothing to compare: ${named(before, left)}; ${named(after, right)}\n`);
    return EXIT.infrastructure;
  }
  output.err(
    unpaired(
      before,
      left,
      pairs.map((pair) => pair.before),
    ),
  );
  output.err(
    unpaired(
      after,
      right,
      pairs.map((pair) => pair.after),
    ),
  );
  const results = pairs.map((pair) => ({
    pair,
    found: compareVerdicts(left.get(pair.before)!, right.get(pair.after)!),
  }));
  for (const { pair, found } of results) {
    const name = pair.before === pair.after ? pair.before : `${pair.before} -> ${pair.after}`;
    output.out(comparisonText(escapeTerminal(name, 200), found));
  }
  if (indexFileOf(before) === null && indexFileOf(after) === null) {
    const [earlier, later] = [before, after].map((run) => readPlayedRun(runDirectoryOf(run)));
    output.out(summaryText(diffRuns(earlier!, later!)));
  }
  return results.some(({ found }) => found.differences.length > 0) ? EXIT.unexpected : EXIT.asExpected;
}

/** The counts that the site shows, and cells held against those of an earlier version, which have other names. */
function summaryText({ counts, cells }: RunDiff): string {
  const said = DIFF_KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  const upgraded = cells.flatMap(({ before, after, cases }) => {
    if (before === null || after === null || before.id === after.id) return [];
    return [`  ${escapeTerminal(before.id)} -> ${escapeTerminal(after.id)}: ${cases.length} cases differ\n`];
  });
  return said.length === 0 ? "" : `in all: ${said.join(", ")}\n${upgraded.join("")}`;
}

function readSide(name: string): Side {
  const index = indexFileOf(name);
  if (index === null) return sideOfRun(name);
  try {
    const agents = [...readIndex(index)];
    return new Map(
      agents.map(([agent, cases]) => [
        agent,
        new Map([...cases].map(([id, [behavior, behaviorClose]]) => [id, { behavior, behaviorClose }])),
      ]),
    );
  } catch (error) {
    if (!(error instanceof IndexFileError)) throw error;
    // The message begins with the place, and so does a problem.
    const message = error.message.replace(`${escapeTerminal(error.file)}: `, "");
    throw new ConfigError([fileProblem(index, message)], { cause: error });
  }
}

/** The `index.json` that a name means, or null when it is a run of ours. */
function indexFileOf(name: string): string | null {
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats?.isFile()) return name;
  if (!stats?.isDirectory() || statSync(join(name, "run.json"), { throwIfNoEntry: false })) return null;
  return statSync(join(name, "index.json"), { throwIfNoEntry: false }) ? join(name, "index.json") : null;
}

function sideOfRun(name: string): Side {
  const { cells } = loadRun(runDirectoryOf(name));
  return new Map(
    cells.map(({ cell, cases }) => [
      `${targetLabel(cell)} ${cell.role}${cell.variant === "plain" ? "" : ` ${cell.variant}`}`,
      new Map<string, VerdictPair>(Object.entries(cases)),
    ]),
  );
}

function comparisonText(name: string, { equal, differences }: Comparison): string {
  const total = equal + differences.length;
  const lines = differences.toSorted((a, b) => compareIds(a.case, b.case)).map(differenceText);
  return `${name}: ${equal} of ${total} cases equal\n${lines.join("")}`;
}

function differenceText({ case: id, change, before, after }: Difference): string {
  const words = (verdict: VerdictPair | null) =>
    verdict === null ? "not played" : `${verdict.behavior}/${verdict.behaviorClose}`;
  return `  ${escapeTerminal(id, 20).padEnd(9)} ${change.padEnd(6)} ${words(before)} -> ${words(after)}\n`;
}

function named(name: string, side: Side): string {
  return `${escapeTerminal(name, 200)} has ${[...side.keys()].map((key) => escapeTerminal(key, 100)).join(", ") || "no target"}`;
}

/** What nothing of the other side was held against, a line each. */
function unpaired(run: string, side: Side, paired: readonly string[]): string {
  return [...side.keys()]
    .filter((name) => !paired.includes(name))
    .map((name) => `not compared: ${escapeTerminal(name)} is only in ${escapeTerminal(run)}\n`)
    .join("");
}
