import { join } from "node:path";
import { cellFileName } from "./cell-file-name.ts";

/** The paths of a run's files (design section 8). */
export interface RunPaths {
  readonly dir: string;
  readonly events: string;
  readonly run: string;
  readonly suite: string;
  readonly cells: string;
  readonly logs: string;
  /** `cells/<cell>.json` of a cell id. */
  readonly cell: (id: string) => string;
  /** `cells/<cell>.records.jsonl` of a cell id. */
  readonly records: (id: string) => string;
  /** `logs/<cell>.log` of a cell id. */
  readonly log: (id: string) => string;
}

/** Where the files of a run are, whether or not they exist. */
export function runPaths(dir: string): RunPaths {
  const of = (folder: string, extension: string) => (id: string) =>
    join(dir, folder, `${cellFileName(id)}${extension}`);
  return {
    dir,
    events: join(dir, "events.jsonl"),
    run: join(dir, "run.json"),
    suite: join(dir, "suite.json"),
    cells: join(dir, "cells"),
    logs: join(dir, "logs"),
    cell: of("cells", ".json"),
    records: of("cells", ".records.jsonl"),
    log: of("logs", ".log"),
  };
}
