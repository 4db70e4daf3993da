import { copyFileSync, linkSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { readCellFile, readRunFile } from "../results/load-run.ts";
import type { CachedFrom } from "../results/result-parts.ts";
import type { CellFile, RunFile } from "../results/result-schemas.ts";
import { type RunPaths, runPaths } from "../results/run-paths.ts";

/** A cell of an earlier run that need not be played again. */
export interface CachedCell {
  readonly file: CellFile;
  /** Where it was played, which may be earlier still than where it was found. */
  readonly from: CachedFrom;
  /** Brings its records and log into the folder of another run. @throws they are not there, or it cannot be written */
  readonly bring: (to: RunPaths) => void;
}

/** Where a cell is. */
interface Place {
  readonly dir: string;
  readonly id: string;
  readonly run: Pick<RunFile, "run" | "startedAt">;
}

/** Runs that are looked through, the newest first. */
const MOST_RUNS = 30;

/** Cells of earlier runs by the key of all that decides their verdicts; see `cellKeyOf`. */
export class CellCache {
  readonly #folder: string;
  readonly #not: string;
  #cells: ReadonlyMap<string, Place> | null = null;

  /**
   * @param folder of a run, or of runs; it need not be there
   * @param not the run that is being made
   */
  constructor(folder: string, not: string) {
    this.#folder = resolve(folder);
    this.#not = resolve(not);
  }

  /** The newest cell with a key; null when there is none, or when it is damaged. */
  find(key: string): CachedCell | null {
    this.#cells ??= this.#read();
    const found = this.#cells.get(key);
    if (found === undefined) return null;
    try {
      return cachedCell(found);
    } catch {
      return null;
    }
  }

  #read(): ReadonlyMap<string, Place> {
    const cells = new Map<string, Place>();
    for (const dir of this.#runs()) {
      const run = runIn(dir);
      for (const { id, cacheKey } of run?.cells ?? []) {
        if (cacheKey !== undefined && !cells.has(cacheKey)) cells.set(cacheKey, { dir, id, run: run! });
      }
    }
    return cells;
  }

  /** Ids of runs begin with their time. */
  #runs(): readonly string[] {
    const inside = namesIn(this.#folder).toSorted().toReversed().slice(0, MOST_RUNS);
    const dirs = [this.#folder, ...inside.map((name) => join(this.#folder, name))];
    return dirs.filter((dir) => dir !== this.#not);
  }
}

function cachedCell({ dir, id, run }: Place): CachedCell | null {
  const paths = runPaths(dir);
  const file = readCellFile(dir, id);
  if (file === null || file.status !== "ran" || file.notRun.length > 0) return null;
  const finishedAt = (file.startedAt ?? run.startedAt) + file.duration;
  return {
    file,
    from: file.cachedFrom ?? { run: run.run, finishedAt },
    bring: (to) => {
      share(paths.records(id), to.records(id), true);
      share(paths.log(id), to.log(id), false);
    },
  };
}

/** A link where the file system can, since records are never changed once their cell has ended. */
function share(from: string, to: string, required: boolean): void {
  try {
    rmSync(to, { force: true });
    linkSync(from, to);
  } catch {
    try {
      copyFileSync(from, to);
    } catch (error) {
      if (required) throw error;
    }
  }
}

function runIn(dir: string): RunFile | null {
  try {
    return readRunFile(dir);
  } catch {
    // A damaged run, or one of another version: there is nothing to take from it.
    return null;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
