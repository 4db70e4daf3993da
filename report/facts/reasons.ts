import { type BaselineEntry, hasExpired } from "../baseline.ts";
import type { CellKey } from "../cell.ts";
import { matchesAny } from "../pattern.ts";

/** The baseline entry that speaks for a case of a cell: the last that is live and names it; null for none. */
export function entryFor(
  entries: readonly BaselineEntry[],
  cell: CellKey,
  id: string,
  today: string,
): BaselineEntry | null {
  return (
    entries.findLast(
      (entry) =>
        entry.role === cell.role &&
        (entry.variants === undefined || entry.variants.includes(cell.variant)) &&
        (entry.versions === undefined ||
          (cell.version !== null && matchesAny(entry.versions, cell.version))) &&
        !hasExpired(entry, today) &&
        matchesAny(entry.cases, id),
    ) ?? null
  );
}
