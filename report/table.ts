import { styleText } from "node:util";
import type { Verdict } from "../fuzzer/record.ts";
import { type CellKey, type CellStatus, targetLabel } from "./cell.ts";
import { displayWidth, pad, truncate } from "./columns.ts";
import { counted } from "./counted.ts";
import { formatDuration } from "./duration.ts";
import { escapeTerminal } from "./escape.ts";
import { TALLY_DISPLAY, TALLY_LABELS, type Tally, addTallies, tallySize } from "./tally.ts";

/** One cell of the table. */
export interface TableCell extends CellKey {
  readonly status: CellStatus;
  /** Why it did not run; null when it ran. */
  readonly reason: string | null;
  /** Of Autobahn's cases. */
  readonly tally: Tally;
  /** Of ours, chapters from 20; shown in a row of its own and never added to the other. */
  readonly extraTally?: Tally | undefined;
  /** Cases that neither preset nor baseline allows. */
  readonly regressed: number;
  /** Cases whose baseline entry is stale. */
  readonly fixed: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** A case that came out worse than it may. */
export interface Regression {
  readonly cell: CellKey;
  readonly case: string;
  readonly verdict: Verdict;
  /** What plays it again; see `repeatCommand`. */
  readonly command: string;
}

/** What the end of a run looks like on a terminal. */
export interface TableOptions {
  /** Columns to fit into; 80 when unknown. */
  readonly width?: number;
  readonly colour?: boolean;
  /** Regressions that are listed; of the rest only the number. Default 20. */
  readonly maxRegressions?: number;
}

type Style = "bold" | "dim" | "green" | "red" | "yellow";

interface Column {
  readonly long: string;
  readonly short: string;
  readonly side: "left" | "right";
  /** Left out where room is short and no row has anything but 0. */
  readonly optional: boolean;
  readonly style?: Style;
}

interface Row {
  readonly values: readonly string[];
  /** Stands in place of the numbers: nothing was played. */
  readonly note?: string;
  /** A line below: what was played is not all. */
  readonly below?: string;
  readonly style?: Style;
}

/** How much a layout gives up; each step more than the one before. */
interface Layout {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly heads: readonly string[];
  readonly gap: string;
}

const NAMES: readonly Column[] = [
  { long: "target", short: "target", side: "left", optional: false },
  { long: "role", short: "role", side: "left", optional: false },
  { long: "variant", short: "variant", side: "left", optional: false },
];

const SHORT_LABELS: Readonly<Record<(typeof TALLY_DISPLAY)[number], string>> = {
  pass: "pass",
  nonStrict: "nstr",
  informational: "info",
  unclean: "uncl",
  unimplemented: "unim",
  failed: "fail",
  notRun: "nrun",
};

const NUMBERS: readonly Column[] = [
  ...TALLY_DISPLAY.map((name): Column => ({
    long: TALLY_LABELS[name],
    short: SHORT_LABELS[name],
    side: "right",
    optional: name !== "pass" && name !== "failed",
  })),
  { long: "flaky", short: "flky", side: "right", optional: true, style: "yellow" },
  { long: "new", short: "new", side: "right", optional: false, style: "red" },
  { long: "fixed", short: "fix", side: "right", optional: true, style: "yellow" },
];

const TIME: Column = { long: "time", short: "time", side: "right", optional: false };

const COLUMNS: readonly Column[] = [...NAMES, ...NUMBERS, TIME];

/** The end of a run in plain text: a row a cell, totals, and what regressed with the command to repeat it. */
export function renderTable(
  cells: readonly TableCell[],
  regressions: readonly Regression[],
  options: TableOptions = {},
): string {
  const { width = 80, colour = false, maxRegressions = 20 } = options;
  const paint: Paint = (text, style) =>
    colour && style !== undefined ? styleText(style, text, { validateStream: false }) : text;
  const rows = [...cells.flatMap(cellRows), ...totalRows(cells)];
  const lines = [
    ...renderRows(fit(rows, width), width, paint),
    ...footer(cells),
    ...renderRegressions(regressions, maxRegressions, paint),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

type Paint = (text: string, style: Style | undefined) => string;

function cellRows(cell: TableCell): Row[] {
  const names = [targetLabel(cell), cell.role, cell.variant].map((name) => escapeTerminal(name, 60));
  const why = [cell.status, escapeTerminal(cell.reason ?? "")].filter((part) => part !== "").join(": ");
  const played = tallySize(cell.tally) - cell.tally.notRun;
  const time = formatDuration(cell.duration);
  if (cell.status !== "ran" && played === 0) {
    return [{ values: names, note: why, style: cell.status === "skipped" ? "dim" : "red" }];
  }
  const numbers = numbersOf(cell.tally, cell.regressed, cell.fixed);
  const style = rowStyle(cell);
  const row: Row = {
    values: [...names, ...numbers, time],
    ...(cell.status === "ran" ? {} : { below: why }),
    ...(style === undefined ? {} : { style }),
  };
  return cell.extraTally === undefined ? [row] : [row, extraRow(cell.extraTally)];
}

function rowStyle(cell: TableCell): Style | undefined {
  if (cell.status !== "ran" || cell.regressed > 0 || cell.tally.notRun > 0) return "red";
  return cell.tally.failed > 0 ? undefined : "green";
}

function extraRow(tally: Tally): Row {
  return { values: ["  + extra", "", "", ...numbersOf(tally, null, null), ""], style: "dim" };
}

function numbersOf(tally: Tally, regressed: number | null, fixed: number | null): string[] {
  const counts = [...TALLY_DISPLAY.map((name) => tally[name]), tally.flaky, regressed, fixed];
  return counts.map((count) => (count === null ? "" : String(count)));
}

function totalRows(cells: readonly TableCell[]): Row[] {
  const sum = (of: (cell: TableCell) => number): number => cells.reduce((total, cell) => total + of(cell), 0);
  const tally = addTallies(cells.map((cell) => cell.tally));
  const numbers = numbersOf(
    tally,
    sum((cell) => cell.regressed),
    sum((cell) => cell.fixed),
  );
  const total: Row = { values: ["total", "", "", ...numbers, ""], style: "bold" };
  const extra = cells.flatMap((cell) => cell.extraTally ?? []);
  return extra.length === 0 ? [total] : [total, extraRow(addTallies(extra))];
}

/** The first layout that fits; the last one cuts the names of targets short. */
function fit(rows: readonly Row[], width: number): Layout {
  const needed = COLUMNS.map(
    (column, index) =>
      !column.optional || rows.some((row) => !["", "0", undefined].includes(row.values[index])),
  );
  const only = <T>(list: readonly T[]): T[] => list.filter((_, index) => needed[index]);
  const short = COLUMNS.map((column) => column.short);
  const fewer = rows.map((row) => ({ ...row, values: only(row.values) }));
  const layouts: readonly Layout[] = [
    { columns: COLUMNS, rows, heads: COLUMNS.map((column) => column.long), gap: "  " },
    { columns: COLUMNS, rows, heads: short, gap: "  " },
    { columns: only(COLUMNS), rows: fewer, heads: only(short), gap: " " },
  ];
  const fitting = layouts.find((layout) => totalWidth(layout) <= width);
  return fitting ?? cutNames(layouts.at(-1)!, width);
}

/** Leaves of each target's name what the other columns do not need, and at least 8 columns. */
function cutNames(layout: Layout, width: number): Layout {
  const room = widthsOf(layout)[0]! - (totalWidth(layout) - width);
  const rows = layout.rows.map((row) => {
    const [name = "", ...rest] = row.values;
    return { ...row, values: [truncate(name, Math.max(8, room)), ...rest] };
  });
  return { ...layout, rows };
}

function widthsOf({ columns, rows, heads }: Layout): number[] {
  return columns.map((_, index) =>
    Math.max(displayWidth(heads[index]!), ...rows.map((row) => displayWidth(row.values[index] ?? ""))),
  );
}

function totalWidth(layout: Layout): number {
  const widths = widthsOf(layout);
  return widths.reduce((sum, width) => sum + width, layout.gap.length * (widths.length - 1));
}

function renderRows(layout: Layout, width: number, paint: Paint): string[] {
  const widths = widthsOf(layout);
  const line = (values: readonly string[], painted: (text: string, index: number) => string): string =>
    values
      .map((value, index) => painted(pad(value, widths[index]!, layout.columns[index]!.side), index))
      .join(layout.gap);
  const lines = [line(layout.heads, (text) => paint(text, "bold"))];
  for (const row of layout.rows) {
    const painted = line(row.values, (text, index) => paint(text, cellStyle(layout, row, index)));
    if (row.note === undefined) lines.push(painted);
    else
      lines.push(painted + layout.gap + paint(truncate(row.note, width - takenBy(row, layout)), row.style));
    if (row.below !== undefined) lines.push(paint(truncate(`  ${row.below}`, width), "red"));
  }
  return lines;
}

/** Columns taken by the names of a row and the gap after them. */
function takenBy(row: Row, layout: Layout): number {
  const widths = widthsOf(layout).slice(0, row.values.length);
  return widths.reduce((sum, width) => sum + width + layout.gap.length, 0);
}

/** Names take the row's style; a number takes its column's, unless it is 0. */
function cellStyle(layout: Layout, row: Row, index: number): Style | undefined {
  if (index < NAMES.length || row.style === "bold" || row.style === "dim") return row.style;
  return row.values[index] === "0" ? "dim" : layout.columns[index]!.style;
}

/** What the numbers are out of, and what was left out. */
function footer(cells: readonly TableCell[]): string[] {
  const statuses = new Map<CellStatus, number>();
  for (const { status } of cells) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const parts = [...statuses].map(([status, count]) => `${count} ${status}`).join(", ");
  const size = cells.reduce((sum, cell) => sum + tallySize(cell.tally), 0);
  const notRun = cells.reduce((sum, cell) => sum + cell.tally.notRun, 0);
  const left = notRun > 0 ? `, ${notRun} of them not run` : "";
  return [
    `${counted(cells.length, "cell")}${parts === "" ? "" : ` (${parts})`}, ${counted(size, "case")}${left}`,
  ];
}

function renderRegressions(regressions: readonly Regression[], most: number, paint: Paint): string[] {
  const lines = regressions.slice(0, most).map(({ cell, case: id, verdict, command }) => {
    const where = `${escapeTerminal(targetLabel(cell), 60)} ${cell.role}`;
    const variant = cell.variant === "plain" ? "" : ` ${escapeTerminal(cell.variant, 60)}`;
    const what = `${escapeTerminal(id, 20)} ${verdict.behavior}/${verdict.behaviorClose}`;
    const why = escapeTerminal(decidingText(verdict), 120);
    return `${paint("regressed:", "red")} ${where}${variant} ${what}  ${why}  -> ${escapeTerminal(command, 400)}`;
  });
  const hidden = regressions.length - lines.length;
  return hidden > 0 ? [...lines, `... and ${hidden} more regressed`] : lines;
}

/** The sentence for the half of the verdict that is at fault; of two, the behavior. */
export function decidingText({ behavior, result, resultClose }: Verdict): string {
  return behavior === "OK" || behavior === "INFORMATIONAL" ? resultClose : result;
}
