import type { Cell } from "../config/plan.ts";
import { preparationKey } from "./prepare.ts";

/** One of several parts of a plan. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** Jobs that a CI runs of one matrix at the most. */
export const MOST_SHARDS = 256;

/** `2/4`; null when the text is none. */
export function parseShard(text: string): Shard | null {
  const [, index = 0, count = 0] = (/^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []).map(Number);
  return index >= 1 && index <= count && count <= MOST_SHARDS ? { index, count } : null;
}

/** What is never divided, and the time that it takes. */
interface Unit {
  /** Positions in the plan. */
  readonly cells: readonly number[];
  /** Milliseconds. */
  readonly time: number;
}

/**
 * Divides a plan into parts of about equal time, the longest first, each to the part that has least. The same cells
 * and durations give the same parts on every machine.
 *
 * The cells of one target at one version stay together, so that its image is needed in one place, unless there are
 * fewer targets than parts. A cell that nobody has measured counts as the median of the others.
 *
 * @param durations ms by the id of a cell
 * @returns parts with the cells in the order of the plan; empty ones where there are fewer cells than parts
 */
export function divide(
  cells: readonly Cell[],
  count: number,
  durations: ReadonlyMap<string, number>,
): readonly (readonly Cell[])[] {
  const parts = Array.from({ length: count }, () => ({ time: 0, cells: [] as number[] }));
  const units = unitsOf(cells, count, timeOf(cells, durations));
  for (const unit of units.toSorted((a, b) => b.time - a.time)) {
    const least = parts.reduce((one, other) => (other.time < one.time ? other : one));
    least.time += unit.time;
    least.cells.push(...unit.cells);
  }
  return parts.map((part) => part.cells.toSorted((a, b) => a - b).map((index) => cells[index]!));
}

/** How many parts a plan has where nobody says: one for each ten minutes that were measured, or four. */
export function suggestCount(cells: readonly Cell[], durations: ReadonlyMap<string, number>): number {
  const time = timeOf(cells, durations);
  const total = cells.reduce((sum, cell) => sum + time(cell), 0);
  const measured = cells.some(({ id }) => durations.has(id));
  const wanted = measured ? Math.ceil(total / 600_000) : 4;
  const targets = new Set(cells.map(({ target }) => preparationKey(target))).size;
  return Math.max(1, Math.min(wanted, targets, MOST_SHARDS));
}

/** Ms that a cell takes, as far as is known. */
export function timeOf(
  cells: readonly Cell[],
  durations: ReadonlyMap<string, number>,
): (cell: Cell) => number {
  const known = cells.flatMap(({ id }) => durations.get(id) ?? []).toSorted((a, b) => a - b);
  const median = known[Math.floor(known.length / 2)] ?? 1000;
  return ({ id }) => Math.max(1, durations.get(id) ?? median);
}

function unitsOf(cells: readonly Cell[], count: number, time: (cell: Cell) => number): readonly Unit[] {
  const targets = Map.groupBy(cells.keys(), (index) => preparationKey(cells[index]!.target));
  const groups = targets.size >= count ? [...targets.values()] : [...cells.keys()].map((index) => [index]);
  return groups.map((group) => ({
    cells: group,
    time: group.reduce((sum, index) => sum + time(cells[index]!), 0),
  }));
}
