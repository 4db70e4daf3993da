import { targetLabel } from "../cell.ts";
import { formatDuration } from "../duration.ts";
import { type CellRecord, countOutcome } from "../run-record.ts";
import { TALLY_DISPLAY, TALLY_LABELS } from "../tally.ts";
import { codeSpan } from "./escape.ts";

/** Rows that are shown; a longer table is folded. */
const OPEN_ROWS = 12;

/** Rows at the most. */
const MOST_ROWS = 1000;

/** The cells of a run as a table: their tallies, what is new and what is fixed. */
export function cellTable(cells: readonly CellRecord[]): string {
  const shown = cells.slice(0, MOST_ROWS);
  const heads = [
    "target",
    "role",
    "variant",
    ...TALLY_DISPLAY.map((name) => TALLY_LABELS[name]),
    "new",
    "fixed",
    "time",
  ];
  const rule = heads.map((_, index) => (index < 3 ? "---" : "---:"));
  const rows = [heads, rule, ...shown.map(rowOf)].map((row) => `| ${row.join(" | ")} |`);
  const left = cells.length - shown.length;
  const table = `${rows.join("\n")}\n${left > 0 ? `\nand ${left} cells more\n` : ""}`;
  if (cells.length <= OPEN_ROWS) return table;
  return `<details><summary>All ${cells.length} cells</summary>\n\n${table}\n</details>\n`;
}

function rowOf(record: CellRecord): readonly string[] {
  const { cell, status, tally, duration, cachedFrom } = record;
  const names = [codeSpan(targetLabel(cell), 60), cell.role, codeSpan(cell.variant, 60)];
  const numbers = TALLY_DISPLAY.map((name) => String(tally[name]));
  const outcomes = [countOutcome(record, "regressed"), countOutcome(record, "fixed")].map(bold);
  const time = cachedFrom === undefined ? formatDuration(duration) : "cached";
  return [...names, ...numbers, ...outcomes, status === "ran" ? time : `**${status}**`];
}

function bold(count: number): string {
  return count === 0 ? "0" : `**${count}**`;
}
