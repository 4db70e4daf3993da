import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import { CellCollector } from "../results/cell-collector.ts";
import { runEventSchema } from "../results/events.ts";
import { type CellFile, type LoadedRun, readRunFile, RunFileError, runPaths } from "../results/results.ts";

/** Octets that are read at once: a run that is long gone on is caught up with in parts. */
const CHUNK = 4 << 20;

/** Follows the stream of a run while it is written: each octet is read once. */
export class RunFollower {
  readonly #dir: string;
  readonly #collector = new CellCollector();
  readonly #ended = new Map<string, CellFile>();
  /** Octets of whole lines that were taken in. */
  #end = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Takes in what was written since the last time. Whether there was anything. */
  poll(): boolean {
    const before = this.#end;
    const handle = openExisting(runPaths(this.#dir).events);
    if (handle === null) return false;
    try {
      while (this.#takeChunk(handle)) continue;
    } finally {
      closeSync(handle);
    }
    return this.#end > before;
  }

  /**
   * The run as it is now.
   *
   * @throws {RunFileError} its `run.json` cannot be read
   */
  current(): Pick<LoadedRun, "run" | "cells" | "notes"> {
    const run = readRunFile(this.#dir);
    if (run === null) throw new RunFileError(`${this.#dir}: its run.json is gone`);
    const open = new Map(this.#collector.unfinished().map((file) => [file.cell.id, file]));
    const cells = run.cells.flatMap(({ id }) => open.get(id) ?? this.#ended.get(id) ?? []);
    const known = new Set(cells.map(({ cell }) => cell.id));
    return { run: { ...run, cells: run.cells.filter(({ id }) => known.has(id)) }, cells, notes: [] };
  }

  /** Takes in the whole lines of the next part. Whether there may be more. */
  #takeChunk(handle: number): boolean {
    const octets = Buffer.alloc(Math.min(CHUNK, Math.max(0, fstatSync(handle).size - this.#end)));
    const got = readSync(handle, octets, 0, octets.length, this.#end);
    const whole = octets.subarray(0, got).lastIndexOf(0x0a) + 1;
    if (whole === 0) return false;
    for (const line of octets.toString("utf8", 0, whole).split("\n")) if (line !== "") this.#take(line);
    this.#end += whole;
    return true;
  }

  /** A line that is no event that is known here says nothing to the site. */
  #take(line: string): void {
    const event = runEventSchema.safeParse(parsed(line)).data;
    if (event === undefined) return;
    const file = this.#collector.add(event);
    if (file !== null) this.#ended.set(file.cell.id, file);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function openExisting(file: string): number | null {
  try {
    return openSync(file, "r");
  } catch {
    return null;
  }
}
