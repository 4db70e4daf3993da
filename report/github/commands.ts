import { counted } from "../counted.ts";
import { escapeTerminal } from "../escape.ts";
import { targetLabel } from "../cell.ts";
import { EXIT } from "../exit.ts";
import { OUTCOME_WORDS, type RecordedRun, isBroken, regressionsOf, totalsOf } from "../run-record.ts";
import { decidingText } from "../table.ts";

/** Annotations of one kind that GitHub shows for a step; what is beyond is dropped there without a word. */
export const MOST_ANNOTATIONS = 10;

/** One annotation of a job. */
interface Annotation {
  readonly level: "error" | "warning";
  readonly title: string;
  readonly message: string;
}

/**
 * A run as annotations of a GitHub job: a line each, at most ten of a level, of which the last one says how many more
 * there are. Cells that did not run come first, then cases that regressed; stale entries are warnings.
 */
export function annotations(recorded: RecordedRun, program: string): readonly string[] {
  const errors = [...brokenCells(recorded), ...regressed(recorded, program)];
  return [...capped(errors), ...capped(staleEntries(recorded))].map(commandLine);
}

/**
 * One workflow command. Line ends, and in a property colons and commas too, are written as GitHub reads them, so that
 * no text can end the command or begin another.
 */
export function commandLine({ level, title, message }: Annotation): string {
  return `::${level} title=${escapeProperty(title)}::${escapeData(message)}`;
}

/** Makes GitHub take every line for text until {@link resumeCommands} of the same token. */
export function stopCommands(token: string): string {
  return `::stop-commands::${token}`;
}

/** See {@link stopCommands}. */
export function resumeCommands(token: string): string {
  return `::${token}::`;
}

/** Values that later steps of a job can read: the outcome in a word, and what was counted. */
export function outputsOf(
  { run, cells }: RecordedRun,
  files: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const { regressed: worse, stale, flaky, notRun, cases, cached, cells: count } = totalsOf(cells);
  const code = run.exitCode ?? EXIT.interrupted;
  return new Map(
    Object.entries({
      outcome: OUTCOME_WORDS.get(code) ?? "infrastructure",
      "exit-code": code,
      cells: count,
      cases,
      regressed: worse,
      stale,
      flaky,
      "not-run": notRun,
      cached,
      ...files,
    }).map(([name, value]) => [name, String(value)]),
  );
}

/**
 * Values as GitHub's file of outputs wants them: between lines that no value can hold.
 *
 * @param token that nobody can have foreseen
 */
export function outputFile(outputs: ReadonlyMap<string, string>, token: string): string {
  return [...outputs].map(([name, value]) => `${name}<<${token}\n${value}\n${token}\n`).join("");
}

function brokenCells({ cells }: RecordedRun): Annotation[] {
  return cells.filter(isBroken).map(({ cell, status, reason, tally }) => ({
    level: "error",
    title: `${cell.id} ${status}`,
    message: `${reason ?? "not all of it was played"} (${counted(tally.notRun, "case")} not run)`,
  }));
}

function regressed(recorded: RecordedRun, program: string): Annotation[] {
  return regressionsOf(recorded, program).map(({ cell, case: id, verdict, command }) => ({
    level: "error",
    title: `${targetLabel(cell)} ${cell.role} ${cell.variant}: case ${id} ${verdict.behavior}/${verdict.behaviorClose}`,
    message: `${decidingText(verdict)}\nrepeat: ${command}`,
  }));
}

function staleEntries({ cells }: RecordedRun): Annotation[] {
  const notes = new Set(cells.flatMap((cell) => cell.notes ?? []));
  return [...notes].map((message) => ({ level: "warning", title: "baseline", message }));
}

function capped(all: readonly Annotation[]): readonly Annotation[] {
  if (all.length <= MOST_ANNOTATIONS) return all;
  const shown = all.slice(0, MOST_ANNOTATIONS - 1);
  const message = `and ${all.length - shown.length} more: the summary of the job has them`;
  return [...shown, { level: shown[0]!.level, title: "wsmatrix", message }];
}

/** Line ends are kept; what else is harmful is spelled out first. */
function escapeData(text: string): string {
  const harmless = text.split("\n").map((line) => escapeTerminal(line, 400));
  return harmless.join("\n").replaceAll("%", "%25").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeTerminal(text).replaceAll("%", "%25").replaceAll(":", "%3A").replaceAll(",", "%2C");
}
