import { writeFileSync } from "node:fs";
import type { Command } from "commander";

import { logText, verdictText } from "../../report/case-text.ts";
import { escapeTerminal } from "../../report/escape.ts";
import { EXIT } from "../../report/exit.ts";
import type { PlayedCell, PlayedRun } from "../../report/facts/played.ts";
import { entryFor } from "../../report/facts/reasons.ts";
import { isOneConnection, playCapture } from "../../report/pcapng/pcapng.ts";
import { repeatCommand } from "../../report/repeat.ts";
import type { SiteInput } from "../../report/site/input.ts";
import { missingLines } from "../../report/site/parts/missing.ts";
import { classify, formatTally, TALLY_LABELS } from "../../report/tally.ts";

import { nearest } from "../config/nearest.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";
import { programName } from "../run/package-root.ts";
import type { RunOutput } from "../run/run.ts";
import { assembleSite } from "../site/assemble.ts";
import type { CommandContext } from "./context.ts";

/** Adds `wsmatrix show` to the command line. */
export function addShow(program: Command, { output, done }: CommandContext): void {
  program
    .command("show [run] [cell] [case]")
    .description("say what a run found, what a cell gets wrong, or what went over the wire in a case")
    .option("--pcapng <file>", "write the case's wire log as a capture that Wireshark opens")
    .addHelpText("after", examples)
    .action(
      async (run: string | undefined, cell: string | undefined, id: string | undefined, flags: ShowFlags) => {
        done(await show(run, cell, id, flags, output()));
      },
    );
}

interface ShowFlags {
  readonly pcapng?: string;
}

const examples = `
Examples:
  wsmatrix show                                           the newest run of results/runs
  wsmatrix show latest ws@8.23.0/server/plain             a cell of it
  wsmatrix show latest ws@8.23.0/server/plain 5.19        a case, with its wire log
  wsmatrix show latest ws@8.23.0/server/plain 5.19 --pcapng case.pcapng`;

/** @throws {ConfigError} there is no such run, cell or case */
async function show(
  run: string | undefined,
  cellName: string | undefined,
  id: string | undefined,
  { pcapng }: ShowFlags,
  { out, err }: RunOutput,
): Promise<number> {
  const runs = run === undefined || run === "latest" ? [] : [run];
  using assembled = await assembleSite({ runs, history: 0, baseline: null, selfCheck: null });
  const { input } = assembled;
  const [shown] = input.runs;
  if (cellName === undefined) {
    out(runText(shown));
    return EXIT.asExpected;
  }
  const cell = cellOf(shown, cellName);
  if (id === undefined) {
    out(cellText(cell, input));
    return EXIT.asExpected;
  }
  out(caseText(cell, id, input));
  if (pcapng !== undefined) {
    writeCapture(pcapng, cell, id, input);
    err(`${pcapng}: written\n`);
  }
  return EXIT.asExpected;
}

/** A run: each cell with its tally, and what is missing. */
export function runText(run: PlayedRun): string {
  const width = Math.max(...run.cells.map(({ id }) => id.length), 0);
  const lines = run.cells.map((cell) => {
    const extra = cell.extraTally === null ? "" : `; ours: ${formatTally(cell.extraTally)}`;
    const text = cell.status === "ran" ? formatTally(cell.tally) + extra : statusText(cell);
    return `${escapeTerminal(cell.id).padEnd(width)}  ${text}\n`;
  });
  const missing = missingLines(run).map((line) => `  ${escapeTerminal(line, 500)}\n`);
  return [
    `run ${escapeTerminal(run.id)}, ${new Date(run.startedAt).toISOString()}, profile ${run.profile}\n`,
    ...lines,
    ...(missing.length > 0 ? ["\nmissing:\n", ...missing] : []),
  ].join("");
}

function statusText({ status, reason, tally, cases }: PlayedCell): string {
  const why = reason === null ? "" : `: ${escapeTerminal(reason)}`;
  return `${status}${why}${cases.size > 0 ? ` (${formatTally(tally)})` : ""}`;
}

/** A cell: what did not pass, with what is known of it. */
function cellText(cell: PlayedCell, { targets, runs }: SiteInput): string {
  const baseline = targets.get(cell.target)?.baseline ?? [];
  const today = new Date(runs[0].startedAt).toISOString().slice(0, 10);
  const lines = [...cell.cases.values()].flatMap((played) => {
    const name = classify(played);
    if (name === "pass" || name === "unimplemented") return [];
    const known = entryFor(baseline, cell, played.id, today);
    const why = known === null ? played.result : `known: ${known.reason}`;
    return `${played.id.padEnd(9)} ${TALLY_LABELS[name].padEnd(13)} ${played.behavior}/${played.behaviorClose}  ${escapeTerminal(why)}\n`;
  });
  return `${escapeTerminal(cell.id)}: ${cell.cases.size > 0 ? formatTally(cell.tally) : statusText(cell)}\n${lines.join("")}`;
}

function caseText(cell: PlayedCell, id: string, input: SiteInput): string {
  const played = playedOf(cell, id);
  const record = input.record(cell.id, id);
  const repeat = `\nrepeat it: ${repeatCommand(cell, id, programName)}\n`;
  if (record === null)
    return `${id}  ${played.behavior} / ${played.behaviorClose}; no record was kept\n${repeat}`;
  return `${verdictText(record, played)}\n${logText(record.log)}${repeat}`;
}

function writeCapture(file: string, cell: PlayedCell, id: string, input: SiteInput): void {
  const record = input.record(cell.id, id);
  if (record === null) throw wrong(`no record of case ${id} was kept`, "a capture is made of one");
  if (!isOneConnection(record)) {
    throw wrong(`case ${id} has several connections`, "only of a case with one a capture can be made");
  }
  writeFileSync(file, playCapture(record, `wsmatrix: case ${id}, ${cell.id}`));
}

function playedOf(cell: PlayedCell, id: string) {
  const played = cell.cases.get(id);
  if (played === undefined)
    throw wrong(`case ${id} was not played in ${cell.id}`, "`wsmatrix show RUN CELL` lists cases");
  return played;
}

/** A cell by its id. @throws {ConfigError} there is none */
function cellOf(run: PlayedRun, name: string): PlayedCell {
  const found = run.cells.find(({ id }) => id === name);
  if (found !== undefined) return found;
  const meant = nearest(
    name,
    run.cells.map(({ id }) => id),
  );
  throw wrong(
    `there is no cell \`${name}\` in ${run.id}`,
    meant === null ? "`wsmatrix show` lists them" : `did you mean \`${meant}\`?`,
  );
}

function wrong(message: string, remedy: string): ConfigError {
  return new ConfigError([fileProblem("command line", message, remedy)]);
}
