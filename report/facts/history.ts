import { type Tally, tallySize } from "../tally.ts";
import { type PlayedCell, type PlayedRun, hasVerdicts } from "./played.ts";

/** What one run said of a cell. */
export interface HistoryPoint {
  readonly run: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly tally: Tally;
  /** As many cases were played as in the run that is looked at, so that the counts can be compared. */
  readonly comparable: boolean;
}

/** What the runs said of a cell, the oldest first; runs that did not play it are left out. */
export function historyOf(cell: PlayedCell, runs: readonly PlayedRun[]): readonly HistoryPoint[] {
  return runs
    .flatMap((run): HistoryPoint[] => {
      const found = run.cells.find(({ id }) => id === cell.id);
      if (found === undefined || !hasVerdicts(found)) return [];
      const comparable = tallySize(found.tally) === tallySize(cell.tally) && found.status === "ran";
      return [{ run: run.id, at: run.startedAt, tally: found.tally, comparable }];
    })
    .toSorted((a, b) => a.at - b.at);
}
