import { csvText } from "../csv.ts";
import type { PlayedCell, PlayedRun } from "../facts/played.ts";
import { classify, TALLY_CLASSES } from "../tally.ts";
import type { SiteContext } from "./context.ts";

const KEY_COLUMNS = ["target", "version", "role", "variant"] as const;

/** A row for each cell and suite. */
export function talliesCsv({ cells }: PlayedRun): string {
  const head = [...KEY_COLUMNS, "suite", "status", ...TALLY_CLASSES, "flaky"];
  const rows = cells.flatMap((cell) =>
    (["autobahn", "extra"] as const).flatMap((suite) => {
      const tally = suite === "autobahn" ? cell.tally : cell.extraTally;
      if (tally === null) return [];
      const counts = [...TALLY_CLASSES.map((name) => tally[name]), tally.flaky];
      return [[...KEY_COLUMNS.map((key) => cell[key]), suite, cell.status, ...counts]];
    }),
  );
  return csvText([head, ...rows]);
}

/** One row a case, one column a cell. */
export function verdictsCsv({ catalogue, run }: SiteContext): string {
  const cells = run.cells.filter((cell) => cell.cases.size > 0);
  const rows = catalogue.entries.map(({ case: { id } }) => [
    `case ${id}`,
    ...cells.map((cell) => {
      const played = cell.cases.get(id);
      return played === undefined ? "" : `${played.behavior}/${played.behaviorClose}`;
    }),
  ]);
  return csvText([["case", ...cells.map((cell) => cell.id)], ...rows]);
}

/** One row a case of a cell. */
export function cellCsv(cell: PlayedCell): string {
  const head = [
    "case",
    "class",
    "behavior",
    "behaviorClose",
    "remoteCloseCode",
    "duration_ms",
    "plays",
    "flaky",
    "outcome",
    "result",
    "resultClose",
  ];
  const rows = [...cell.cases.values()].map((one) => [
    `case ${one.id}`,
    classify(one),
    one.behavior,
    one.behaviorClose,
    one.remoteCloseCode,
    one.duration,
    one.plays,
    one.flaky,
    one.outcome,
    one.result,
    one.resultClose,
  ]);
  return csvText([head, ...rows]);
}
