import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../../report/columns.ts";
import { type Regression, type TableCell, type TableOptions, renderTable } from "../../../report/table.ts";
import { EMPTY_TALLY } from "../../../report/tally.ts";
import { harmfulCharacters } from "./harmful.ts";

function cell(changes: Partial<TableCell> = {}): TableCell {
  return {
    target: "ws",
    version: "8.23.0",
    role: "server",
    variant: "plain",
    status: "ran",
    reason: null,
    tally: { ...EMPTY_TALLY, pass: 506, nonStrict: 4, informational: 3, failed: 4 },
    regressed: 0,
    fixed: 0,
    duration: 12_345,
    ...changes,
  };
}

const CRASHED = cell({
  target: "java-websocket",
  version: "1.6.0",
  status: "crashed",
  reason: "exited with code 3 after 3 restarts",
  tally: { ...EMPTY_TALLY, pass: 200, notRun: 317 },
});
const BUILD_FAILED = cell({
  target: "rust",
  version: null,
  status: "build-failed",
  reason: "cargo build exited with code 101",
  tally: { ...EMPTY_TALLY, notRun: 517 },
});
const REGRESSION: Regression = {
  cell: { target: "ws", version: "8.23.0", role: "server", variant: "plain" },
  case: "5.3",
  verdict: { behavior: "FAILED", behaviorClose: "OK", result: "No echo came.", resultClose: "Closed well." },
  command: "wsmatrix case 5.3 --target ws@8.23.0 --role server",
};

function lines(
  cells: readonly TableCell[],
  options: TableOptions = {},
  regressions: Regression[] = [],
): string[] {
  return renderTable(cells, regressions, options).trimEnd().split("\n");
}

describe("the table", () => {
  it("has a row a cell, totals and the denominators", () => {
    const client = cell({
      role: "client",
      variant: "no-deflate",
      regressed: 2,
      fixed: 1,
      tally: { ...EMPTY_TALLY, pass: 216, unimplemented: 300, unclean: 1, flaky: 2 },
    });
    expect(lines([cell(), client], { width: 140 })).toEqual([
      "target     role    variant     pass  non-strict  informational  unclean  unimplemented  failed  not-run  flaky  new  fixed  time",
      "ws@8.23.0  server  plain        506           4              3        0              0       4        0      0    0      0  12 s",
      "ws@8.23.0  client  no-deflate   216           0              0        1            300       0        0      2    2      1  12 s",
      "total                           722           4              3        1            300       4        0      2    2      1",
      "2 cells (2 ran), 1034 cases",
    ]);
  });

  it("fits 80 columns by shorter heads and without columns of nothing", () => {
    expect(lines([cell(), CRASHED], { width: 80 })).toEqual([
      "target               role   variant pass nstr info fail nrun new time",
      "ws@8.23.0            server plain    506    4    3    4    0   0 12 s",
      "java-websocket@1.6.0 server plain    200    0    0    0  317   0 12 s",
      "  crashed: exited with code 3 after 3 restarts",
      "total                                706    4    3    4  317   0",
      "2 cells (1 ran, 1 crashed), 1034 cases, 317 of them not run",
    ]);
  });

  it.each([80, 81, 100, 120, 200])("is nowhere wider than %i columns", (width) => {
    const tally = Object.fromEntries(Object.keys(EMPTY_TALLY).map((name) => [name, 517]));
    const long = cell({
      target: "日本の長い名前の実装".repeat(2),
      variant: "no-deflate",
      tally: { ...EMPTY_TALLY, ...tally },
      regressed: 517,
      fixed: 517,
    });
    const wordy = cell({ reason: "x".repeat(300), status: "crashed" });
    const silent = { ...BUILD_FAILED, reason: "日".repeat(300) };
    const rows = lines([long, CRASHED, silent, wordy], { width }).slice(0, -1);
    expect(rows).toHaveLength(8);
    expect(Math.max(...rows.map(displayWidth))).toBeLessThanOrEqual(width);
  });

  it("cuts the names of targets where nothing else helps", () => {
    const rows = lines([cell({ target: "a-very-long-name-of-a-target" }), CRASHED], { width: 60 });
    expect(rows.slice(0, 4)).toEqual([
      "target      role   variant pass nstr info fail nrun new time",
      "a-very-lon… server plain    506    4    3    4    0   0 12 s",
      "java-webso… server plain    200    0    0    0  317   0 12 s",
      "  crashed: exited with code 3 after 3 restarts",
    ]);
  });

  it("gives the reason in place of numbers where nothing was played", () => {
    expect(lines([cell(), BUILD_FAILED], { width: 80 })[2]).toBe(
      "rust      server plain   build-failed: cargo build exited with code 101",
    );
  });

  it("keeps the extra cases in rows of their own", () => {
    const extraTally = { ...EMPTY_TALLY, pass: 30, failed: 2 };
    const rows = lines([cell({ extraTally }), cell()], { width: 80 });
    expect(rows.slice(1, -1).map((row) => row.trim().split(/ {2,}/, 1)[0])).toEqual([
      "ws@8.23.0 server plain",
      "+ extra",
      "ws@8.23.0 server plain",
      "total",
      "+ extra",
    ]);
    expect(rows[4]).toMatch(/^total +1012 /);
    expect(rows[5]).toMatch(/^ {2}\+ extra +30 /);
  });

  it("lists what regressed, with the command to repeat it", () => {
    const close: Regression = {
      ...REGRESSION,
      cell: { ...REGRESSION.cell, variant: "tls" },
      verdict: { ...REGRESSION.verdict, behavior: "OK", behaviorClose: "UNCLEAN" },
      command: "wsmatrix case 5.3 --url ws://127.0.0.1:9",
    };
    expect(lines([cell()], {}, [REGRESSION, close]).slice(-2)).toEqual([
      "regressed: ws@8.23.0 server 5.3 FAILED/OK  No echo came.  -> wsmatrix case 5.3 --target ws@8.23.0 --role server",
      "regressed: ws@8.23.0 server tls 5.3 OK/UNCLEAN  Closed well.  -> wsmatrix case 5.3 --url ws://127.0.0.1:9",
    ]);
  });

  it("lists no more regressions than asked for, and counts the rest", () => {
    const many = Array.from({ length: 25 }, () => REGRESSION);
    const shown = (options: TableOptions): string[] =>
      lines([cell()], options, many).filter((line) => line.includes("regressed"));
    expect(shown({})).toHaveLength(21);
    expect(shown({ maxRegressions: 2 }).at(-1)).toBe("... and 23 more regressed");
    expect(shown({ maxRegressions: 25 })).toHaveLength(25);
  });

  it("is plain unless colour is asked for, and says the same in colour", () => {
    const cells = [cell(), CRASHED, BUILD_FAILED, cell({ regressed: 1 })];
    const plain = renderTable(cells, [REGRESSION], { width: 80 });
    const coloured = renderTable(cells, [REGRESSION], { width: 80, colour: true });
    expect(plain).not.toContain("\u001b");
    expect(coloured).toContain("\u001b[31m");
    const trimmed = stripVTControlCharacters(coloured).replaceAll(/ +$/gm, "");
    expect(trimmed).toBe(plain);
  });

  it("lets no control character of a target through", () => {
    const evil = "\u001b[2J\r\nx\u202e\u009b";
    const text = renderTable(
      [
        cell({ target: evil, version: evil, variant: evil }),
        { ...BUILD_FAILED, reason: evil },
        { ...CRASHED, reason: evil },
      ],
      [
        {
          cell: { ...REGRESSION.cell, target: evil, variant: evil },
          case: evil,
          verdict: { ...REGRESSION.verdict, result: evil },
          command: evil,
        },
      ],
      { width: 300 },
    );
    expect(harmfulCharacters(text)).toEqual([]);
    expect(text.trimEnd().split("\n")).toHaveLength(8);
  });

  it("can be of nothing", () => {
    expect(lines([], { width: 80 }).at(-1)).toBe("0 cells, 0 cases");
  });
});
