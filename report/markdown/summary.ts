import { counted } from "../counted.ts";
import { formatDuration } from "../duration.ts";
import { EXIT } from "../exit.ts";
import {
  type CellRecord,
  type RecordedRun,
  type RunTotals,
  isBroken,
  regressionsOf,
  totalsOf,
} from "../run-record.ts";
import { type Regression, decidingText } from "../table.ts";
import { targetLabel } from "../cell.ts";
import { codeBlock, codeSpan, escapeMarkdown } from "./escape.ts";
import { cellTable } from "./cell-table.ts";

/** How a summary is written. */
export interface SummaryOptions {
  /** How people call us, for the commands that repeat a case. */
  readonly program: string;
  /** The title of a case by its number. */
  readonly titleOf: (id: string) => string;
  /** Octets of the text at the most. Default 1,000,000: GitHub takes 1,024 KiB for a step, and drops what is longer. */
  readonly maxOctets?: number;
}

/** Regressions that are shown with all that is known of them. */
const SHOWN = 20;

/** Of the rest, a line each. */
const FOLDED = 500;

/** Cells that did not run, of which the end of the log is shown, and how much of it. */
const LOGS = 5;
const LOG_LINES = 12;

/** Of any other list. */
const LISTED = 50;

/**
 * A run as the summary of a CI job, in Markdown: the verdict, the counts, what regressed with the command to repeat
 * it, what did not run, and what the baseline no longer needs.
 */
export function summaryMarkdown(recorded: RecordedRun, options: SummaryOptions): string {
  const totals = totalsOf(recorded.cells);
  const regressions = regressionsOf(recorded, options.program);
  const parts = [
    heading(recorded, totals),
    counts(recorded.cells, totals),
    cellTable(recorded.cells),
    broken(recorded.cells),
    regressed(regressions, options.titleOf),
    baselineNotes(recorded.cells),
    footer(recorded),
  ];
  return bounded(parts, options.maxOctets ?? 1_000_000);
}

const VERDICTS: Readonly<Record<number, string>> = {
  [EXIT.asExpected]: "✅ As expected",
  [EXIT.unexpected]: "❌ Verdicts that are not as expected",
  [EXIT.usage]: "❌ Nothing was tested",
  [EXIT.infrastructure]: "⚠️ Not everything could be tested",
  [EXIT.stale]: "🧹 Better than the baseline says",
  [EXIT.interrupted]: "⏹️ Interrupted",
};

function heading({ run }: RecordedRun, { regressed: worse, stale, notRun, broken: gone }: RunTotals): string {
  const verdict = run.exitCode === null ? "⏹️ Not finished" : (VERDICTS[run.exitCode] ?? "❌ Failed");
  const why = [
    worse > 0 && `${counted(worse, "case")} regressed`,
    gone > 0 && `${counted(gone, "cell")} did not run whole`,
    notRun > 0 && `${counted(notRun, "case")} not run`,
    stale > 0 && `${counted(stale, "case")} no longer ${stale === 1 ? "needs" : "need"} a baseline entry`,
  ].filter((part) => part !== false);
  return `## ${verdict}${why.length === 0 ? "" : `: ${why.join(", ")}`}\n`;
}

function counts(cells: readonly CellRecord[], totals: RunTotals): string {
  const times = cells.map(({ duration, cachedFrom }) => (cachedFrom === undefined ? duration : 0));
  const parts = [
    `${counted(totals.cells, "cell")}, ${counted(totals.cases, "case")}`,
    `${formatDuration(times.reduce((sum, time) => sum + time, 0))} of playing`,
    ...(totals.flaky > 0 ? [`${totals.flaky} flaky`] : []),
    ...(totals.cached > 0 ? [`${counted(totals.cached, "cell")} from the cache: unchanged since`] : []),
  ];
  return `${parts.join(" · ")}\n`;
}

function regressed(regressions: readonly Regression[], titleOf: SummaryOptions["titleOf"]): string {
  if (regressions.length === 0) return "";
  const first = regressions
    .slice(0, SHOWN)
    .map((one) => `${regressionLine(one, titleOf)}\n\n${indent(codeBlock(one.command, "sh"))}`);
  const rest = regressions.slice(SHOWN);
  return `### What regressed\n\n${first.join("\n")}${folded(
    `${rest.length} more`,
    rest.map((one) => regressionLine(one, titleOf)),
    FOLDED,
  )}`;
}

function regressionLine({ cell, case: id, verdict }: Regression, titleOf: SummaryOptions["titleOf"]): string {
  const variant = cell.variant === "plain" ? "" : ` ${codeSpan(cell.variant, 60)}`;
  const what = `**${verdict.behavior} / ${verdict.behaviorClose}**`;
  const where = `${codeSpan(targetLabel(cell), 60)} ${cell.role}${variant}`;
  const title = titleOf(id);
  const about = title === "" ? "" : ` (${escapeMarkdown(title, 200)})`;
  return `- case ${codeSpan(id, 20)} of ${where}${about}: ${what} ${codeSpan(decidingText(verdict), 300)}`;
}

function broken(cells: readonly CellRecord[]): string {
  const lines = cells.filter(isBroken).map(({ cell, status, reason, tally, logTail = "" }, index) => {
    const missing = tally.notRun > 0 ? `, ${counted(tally.notRun, "case")} not run` : "";
    return `- ${codeSpan(cell.id, 120)} **${status}**${missing}${reason === null ? "" : ` ${codeSpan(reason, 300)}`}${index < LOGS ? endOfLog(logTail) : ""}`;
  });
  return lines.length === 0 ? "" : `### What did not run\n\n${listed(lines)}`;
}

function endOfLog(logTail: string): string {
  const lines = logTail.trimEnd().split("\n").slice(-LOG_LINES);
  return logTail.trim() === "" ? "" : `\n\n${indent(codeBlock(lines.join("\n"), "text"))}`;
}

function baselineNotes(cells: readonly CellRecord[]): string {
  const lines = [...new Set(cells.flatMap(({ notes = [] }) => notes))].map(
    (note) => `- ${codeSpan(note, 400)}`,
  );
  return lines.length === 0 ? "" : `### Baseline entries to look at\n\n${listed(lines)}`;
}

function footer({ run }: RecordedRun): string {
  const day = new Date(run.startedAt).toISOString().slice(0, 16).replace("T", " ");
  const preset = run.inputs.accept === "default" ? "" : `, accept ${run.inputs.accept}`;
  return `wsmatrix ${codeSpan(run.version, 40)}, profile ${run.inputs.profile}${preset}, ${day} UTC, run ${codeSpan(run.run, 80)}\n`;
}

function listed(lines: readonly string[]): string {
  const rest = lines.slice(LISTED);
  return `${lines.slice(0, LISTED).join("\n")}\n${folded(`${rest.length} more`, rest, FOLDED)}`;
}

function folded(title: string, lines: readonly string[], most: number): string {
  if (lines.length === 0) return "";
  const shown = lines.slice(0, most);
  const left = lines.length - shown.length;
  const end = left > 0 ? `\n- and ${left} that this summary has no room for` : "";
  return `\n<details><summary>${title}</summary>\n\n${shown.join("\n")}${end}\n\n</details>\n`;
}

/** As many whole parts as fit, and a line that says so where some do not. */
function bounded(parts: readonly string[], most: number): string {
  const note = "_The rest is left out: a summary has a limit. The files of the run have all of it._\n";
  let text = "";
  for (const part of parts.filter((one) => one !== "")) {
    const longer = text === "" ? part : `${text}\n${part}`;
    if (Buffer.byteLength(longer) + Buffer.byteLength(note) + 1 > most) return `${text}\n${note}`;
    text = longer;
  }
  return text;
}

function indent(block: string): string {
  return block.replaceAll(/^(?=.)/gm, "  ");
}
