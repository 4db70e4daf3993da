import { readFileSync } from "node:fs";
import type { z } from "zod";
import { CellCollector } from "./cell-collector.ts";
import { type StoredEvents, readEvents } from "./events.ts";
import { errorCode } from "../config/problem.ts";
import type { PlannedCell } from "./result-parts.ts";
import {
  type CellFile,
  RESULTS_SCHEMA,
  type RunFile,
  cellFileSchema,
  runFileSchema,
} from "./result-schemas.ts";
import { type RunPaths, runPaths } from "./run-paths.ts";

/** A run read back from its folder. */
export interface LoadedRun {
  readonly paths: RunPaths;
  readonly run: RunFile;
  /** One for each cell of `run`, in its order; of one that did not end, what was played of it. */
  readonly cells: readonly CellFile[];
  /** Null where the stream was not kept. */
  readonly events: StoredEvents | null;
  /** What was missing or cut off, in words. Empty for a run that came to its end. */
  readonly notes: readonly string[];
}

/** A file of a run that cannot be used: its place and why. */
export class RunFileError extends Error {
  override readonly name = "RunFileError";
}

/** How much of a run to read. */
export interface LoadOptions {
  /** Of a run that came to its end, leave the stream alone: its cell files say the same. */
  readonly filesOnly?: boolean;
}

/**
 * Reads a run back. An interrupted one is read as far as it came.
 *
 * @throws {RunFileError} no run is there, it was written by another schema version, or a file is damaged
 * @throws {EventFileError} a line of the stream is damaged, other than a torn last one
 */
export function loadRun(dir: string, { filesOnly = false }: LoadOptions = {}): LoadedRun {
  const paths = runPaths(dir);
  const run = readRunFile(dir);
  if (run === null) {
    throw new RunFileError(`${paths.run}: there is no such file; is ${dir} the folder of a run?`);
  }
  const events = filesOnly && run.state === "complete" ? null : storedEvents(paths.events);
  const notes = [...tornNotes(events), ...stateNotes(run)];
  const told = cellsOfEvents(events);
  const cells = run.cells.map(({ id, target, version, role, variant, optional, cases }) => {
    const planned = { id, target, version, role, variant, optional, cases };
    const file = told.unfinished.get(id) ?? readResult(paths.cell(id), cellFileSchema) ?? told.ended.get(id);
    if (file === undefined || file.status === "interrupted") notes.push(`${id} did not come to its end`);
    return file ?? nothingKnown(planned);
  });
  return { paths, run, cells, events, notes };
}

/** `run.json` of a folder; null when there is none. @throws {RunFileError} it is damaged, or of another version */
export function readRunFile(dir: string): RunFile | null {
  return readResult(runPaths(dir).run, runFileSchema);
}

/** `cells/<cell>.json` of a folder; null when there is none. @throws {RunFileError} as {@link readRunFile} */
export function readCellFile(dir: string, id: string): CellFile | null {
  return readResult(runPaths(dir).cell(id), cellFileSchema);
}

function storedEvents(file: string): StoredEvents | null {
  try {
    return readEvents(file);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function tornNotes(events: StoredEvents | null): string[] {
  if (events === null || events.torn === null) return [];
  return [`the last line of events.jsonl was cut off (${events.torn.octets} octets)`];
}

function stateNotes({ state }: RunFile): string[] {
  return state === "complete" ? [] : ["the run did not come to its end"];
}

interface ToldCells {
  readonly ended: ReadonlyMap<string, CellFile>;
  readonly unfinished: ReadonlyMap<string, CellFile>;
}

/** Cell files as the stream tells them: of what ended, and of what was cut off. */
function cellsOfEvents(events: StoredEvents | null): ToldCells {
  const collector = new CellCollector();
  const ended = new Map<string, CellFile>();
  for (const event of events?.events ?? []) {
    const file = collector.add(event);
    if (file !== null) ended.set(file.cell.id, file);
  }
  return { ended, unfinished: new Map(collector.unfinished().map((file) => [file.cell.id, file])) };
}

/** No file and no stream: only the plan says that there was to be such a cell. */
function nothingKnown(planned: PlannedCell): CellFile {
  const collector = new CellCollector();
  collector.add({ type: "planned", at: 0, cells: [planned] });
  return collector.unfinished()[0]!;
}

/**
 * Reads and checks one file, its schema version first; null when there is none.
 *
 * @throws {RunFileError} it is damaged, or of another version
 */
function readResult<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> | null {
  const text = readIfThere(file);
  if (text === null) return null;
  const value = parse(text, file);
  const version = typeof value === "object" && value !== null && "schema" in value ? value.schema : undefined;
  if (version !== RESULTS_SCHEMA) {
    const found = typeof version === "number" ? `schema version ${version}` : "no schema version";
    throw new RunFileError(`${file}: has ${found}, and this wsmatrix reads version ${RESULTS_SCHEMA}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path = [], message = "" } = parsed.error.issues[0] ?? {};
  throw new RunFileError(`${file}: ${path.map(String).join(".")}: ${message}`);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw new RunFileError(`${file}: cannot be read (${errorCode(error)})`, { cause: error });
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RunFileError(`${file}: not JSON; the file was damaged or edited`, { cause: error });
  }
}
