import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import type { CaseRecord } from "../../fuzzer/record.ts";

import type { CellFile, RunPaths } from "../results/results.ts";
import { parseRecord } from "../results/records.ts";

/** Files that are open at once. */
const MOST_OPEN = 64;

/** Octets of a log that are shown. */
const LOG_OCTETS = 12_000;

/** Reads records of a run by their byte ranges, one at a time: never a whole file. */
export class RecordReader implements Disposable {
  readonly #paths: RunPaths;
  readonly #ranges: ReadonlyMap<string, CellFile["cases"]>;
  /** Handles by file, the one used last at the end. */
  readonly #open = new Map<string, number>();

  constructor(paths: RunPaths, cells: readonly CellFile[]) {
    this.#paths = paths;
    this.#ranges = new Map(cells.map(({ cell, cases }) => [cell.id, cases]));
  }

  /** A record; null where none was kept, or what is there is none. */
  readonly record = (cell: string, id: string): CaseRecord | null => {
    const range = this.#ranges.get(cell)?.[id]?.record;
    if (!range) return null;
    try {
      const handle = this.#handle(this.#paths.records(cell));
      const octets = Buffer.alloc(range.length);
      if (readSync(handle, octets, 0, range.length, range.offset) < range.length) return null;
      return parseRecord(octets.toString(), id, cell);
    } catch {
      // A page without a wire log is better than no page.
      return null;
    }
  };

  /** The end of a cell's log; null where there is none. */
  readonly log = (cell: string): string | null => {
    try {
      const handle = openSync(this.#paths.log(cell), "r");
      try {
        const { size } = fstatSync(handle);
        const octets = Buffer.alloc(Math.min(size, LOG_OCTETS));
        readSync(handle, octets, 0, octets.length, size - octets.length);
        return octets.toString();
      } finally {
        closeSync(handle);
      }
    } catch {
      return null;
    }
  };

  [Symbol.dispose](): void {
    for (const handle of this.#open.values()) closeSync(handle);
    this.#open.clear();
  }

  #handle(file: string): number {
    const known = this.#open.get(file);
    if (known !== undefined) {
      this.#open.delete(file);
      this.#open.set(file, known);
      return known;
    }
    const handle = openSync(file, "r");
    this.#open.set(file, handle);
    const [oldest] = this.#open;
    if (this.#open.size > MOST_OPEN && oldest !== undefined) {
      closeSync(oldest[1]);
      this.#open.delete(oldest[0]);
    }
    return handle;
  }
}
