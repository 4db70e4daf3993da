import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { writeAtomically, writeJsonAtomically } from "./atomic-file.ts";
import { RecordsFile } from "./records.ts";
import type { CellFile, RunFile } from "./result-schemas.ts";
import { type RunPaths, runPaths } from "./run-paths.ts";

export { type LoadedRun, RunFileError, loadRun, readRunFile } from "./load-run.ts";
export { RecordError, RecordsFile, readRecord } from "./records.ts";
export type { CaseResult, CellFile, RunCell, RunFile, RunInputs } from "./result-schemas.ts";
export { ResultsWriter, type RunHead } from "./results-writer.ts";
export { type RunPaths, runPaths } from "./run-paths.ts";

/** The folder of one run, open for writing. Every file but the two streams is written whole or not at all. */
export interface RunDirectory extends Disposable {
  readonly paths: RunPaths;
  /** Writes `suite.json`, the catalogue. */
  writeSuite(suite: unknown): { readonly sha256: string };
  writeRun(run: RunFile): void;
  writeCell(cell: CellFile): void;
  /** The records of a cell, opened at the first call for it. */
  records(cellId: string): RecordsFile;
  /** Closes the records of a cell, if they are open. */
  closeRecords(cellId: string): void;
}

/** Opens the folder of a run and makes what it lacks. An interrupted run's folder may be opened again. */
export function openRunDirectory(dir: string): RunDirectory {
  const paths = runPaths(dir);
  for (const folder of [paths.cells, paths.logs]) mkdirSync(folder, { recursive: true });
  const open = new Map<string, RecordsFile>();
  return {
    paths,
    writeSuite(suite) {
      const text = `${JSON.stringify(suite)}\n`;
      writeAtomically(paths.suite, text);
      return { sha256: createHash("sha256").update(text).digest("hex") };
    },
    writeRun: (run) => writeJsonAtomically(paths.run, run),
    writeCell: (cell) => writeJsonAtomically(paths.cell(cell.cell.id), cell),
    records(cellId) {
      const file = open.get(cellId) ?? new RecordsFile(paths.records(cellId));
      open.set(cellId, file);
      return file;
    },
    closeRecords(cellId) {
      open.get(cellId)?.close();
      open.delete(cellId);
    },
    [Symbol.dispose]() {
      for (const file of open.values()) file.close();
      open.clear();
    },
  };
}
