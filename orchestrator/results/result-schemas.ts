import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ACCEPT_PRESETS } from "../../report/accept.ts";
import { baselineSchema } from "../../report/baseline.ts";
import { FAIL_ON } from "../../report/exit.ts";
import { runEventSchema } from "./event-schema.ts";
import {
  behaviorCloseSchema,
  behaviorSchema,
  byteRangeSchema,
  cachedFromSchema,
  cellStatusSchema,
  closeCodeSchema,
  countSchema,
  msSchema,
  outcomeSchema,
  plannedCellSchema,
  profileSchema,
  rfcReadingSchema,
  tallySchema,
  timeSchema,
} from "./result-parts.ts";

/** The version of the files of a run that is written and read here. */
export const RESULTS_SCHEMA = 1;

const schema = z.literal(RESULTS_SCHEMA);

const caseResultSchema = z.strictObject({
  behavior: behaviorSchema,
  behaviorClose: behaviorCloseSchema,
  remoteCloseCode: closeCodeSchema,
  /** Why this behavior, in a sentence. */
  result: z.string(),
  /** Why this close, in a sentence. */
  resultClose: z.string(),
  duration: msSchema,
  /** How many times it was played for this verdict. */
  plays: countSchema,
  flaky: z.boolean(),
  /** What the baseline made of it, where it was asked. */
  outcome: outcomeSchema.optional(),
  /** A second opinion, where the RFC's words and Autobahn's verdict differ; beside the verdict, never in its place. */
  rfc: rfcReadingSchema.optional(),
  /** Where its record is in `<cell>.records.jsonl`; null when none was kept. */
  record: byteRangeSchema.nullable(),
});

/** Verdict and facts of one case, in a cell file. */
export type CaseResult = Readonly<z.infer<typeof caseResultSchema>>;

/** `cells/<cell>.json`: the verdict and the facts of every case of one cell. */
export const cellFileSchema = z.strictObject({
  schema,
  cell: plannedCellSchema,
  status: cellStatusSchema,
  /** Why it did not run; null when it ran. */
  reason: z.string().nullable(),
  /** The end of what the target or its build printed. */
  logTail: z.string().optional(),
  /** Null when it was not even started. */
  startedAt: timeSchema.nullable(),
  duration: msSchema,
  tally: tallySchema,
  /** Of the chapters from 20, which are never added to the others. */
  extraTally: tallySchema.optional(),
  cases: z.record(z.string(), caseResultSchema),
  /** Selected cases without a verdict, as far as they are known by name. */
  notRun: z.array(z.string()),
  /** Of the baseline: stale, expired and unused entries, with their places. */
  notes: z.array(z.string()).optional(),
  /** It was taken from an earlier run. */
  cachedFrom: cachedFromSchema.optional(),
});

/** The content of `cells/<cell>.json`. */
export type CellFile = Readonly<z.infer<typeof cellFileSchema>>;

const runCellSchema = plannedCellSchema.extend({
  /** The base name of its files in `cells/` and `logs/`. */
  file: z.string().min(1),
  /** What was played: an image digest, a content hash or a URL; null when it was never made. */
  digest: z.string().nullable(),
  /** Null while it has not ended. */
  status: cellStatusSchema.nullable(),
  reason: z.string().nullable(),
  tally: tallySchema.nullable(),
  extraTally: tallySchema.optional(),
  duration: msSchema.nullable(),
  /** It was taken from an earlier run. */
  cachedFrom: cachedFromSchema.optional(),
  /** Of all that decides its verdicts; absent where nothing may be taken from it. */
  cacheKey: z.string().optional(),
});

/** What `run.json` says of one cell. */
export type RunCell = Readonly<z.infer<typeof runCellSchema>>;

/** What a run was asked to do, so that it can be repeated from its own record. */
const inputsSchema = z.strictObject({
  argv: z.array(z.string()),
  profile: profileSchema,
  extra: z.boolean(),
  /** The matrix as it was resolved, with the versions that were meant. */
  matrix: z.unknown(),
  /** Patterns of cases and targets that were asked for. */
  filters: z.strictObject({
    targets: z.array(z.string()),
    cases: z.array(z.string()),
    exclude: z.array(z.string()),
    roles: z.array(z.string()).optional(),
    variants: z.array(z.string()).optional(),
  }),
  /** Flags that name the program of one's own that was tested: they stand in commands that repeat a case. */
  own: z.array(z.string()).optional(),
  engine: z.string(),
  accept: z.enum(ACCEPT_PRESETS),
  failOn: z.enum(FAIL_ON),
  jobs: z.int().positive(),
  /** Which part of the plan this run is; null for all of it. */
  shard: z
    .strictObject({
      index: z.int().positive(),
      count: z.int().positive(),
      /** All cells of the plan, in its order. */
      plan: z.array(plannedCellSchema).optional(),
    })
    .nullable(),
  /** Limits of a target, by name: memory in octets, cpus, pids, times in ms. */
  limits: z.record(z.string(), z.number()),
});

/** What a run was asked to do. */
export type RunInputs = Readonly<z.infer<typeof inputsSchema>>;

const platformSchema = z.strictObject({
  os: z.string(),
  arch: z.string(),
  node: z.string(),
  cpus: countSchema,
  memoryBytes: countSchema,
});

const preparedSchema = z.strictObject({
  target: z.string().min(1),
  version: z.string().nullable(),
  /** What it runs in; null where that was not noted. */
  engine: z.string().nullable(),
  /** An image digest, a content hash or a URL. */
  digest: z.string(),
  /** Nothing had to be made. */
  cached: z.boolean(),
  duration: msSchema,
});

/** What `run.json` says of a target that was made ready. */
export type PreparedTarget = Readonly<z.infer<typeof preparedSchema>>;

/** `run.json`: what was asked, with what, and how far it came. */
export const runFileSchema = z.strictObject({
  schema,
  run: z.string().min(1),
  /** The version of wsmatrix. */
  version: z.string(),
  /** The catalogue is `suite.json`; null before it is written. */
  suite: z.strictObject({ sha256: z.string(), cases: countSchema }).nullable(),
  inputs: inputsSchema,
  platform: platformSchema,
  startedAt: timeSchema,
  /** Null while it runs, and when it was killed. */
  finishedAt: timeSchema.nullable(),
  /** `running` is also what a killed run leaves. */
  state: z.enum(["running", "complete", "interrupted"]),
  exitCode: z.int().nullable(),
  completeness: z.strictObject({
    cells: countSchema,
    cellsRan: countSchema,
    cases: countSchema,
    casesNotRun: countSchema,
  }),
  /** With what was played, and how long it took to make. */
  prepared: z.array(preparedSchema).optional(),
  cells: z.array(runCellSchema),
});

/** The content of `run.json`. */
export type RunFile = Readonly<z.infer<typeof runFileSchema>>;

/** The command that writes the schemas of results again. */
export const REGENERATE_RESULTS = "node orchestrator/results/result-schemas.ts";

const PUBLISHED = [
  { name: "events", of: runEventSchema, title: "a line of events.jsonl, the stream of a run" },
  { name: "run", of: runFileSchema, title: "run.json of a run" },
  { name: "cell", of: cellFileSchema, title: "cells/<cell>.json of a run" },
  { name: "baseline", of: baselineSchema, title: "baselines/<target>.yaml of wsmatrix" },
] as const;

/** The JSON Schemas of results and baselines as they are in `schemas/`: file name -> text. */
export function publishedSchemas(): ReadonlyMap<string, string> {
  return new Map(
    PUBLISHED.map(({ name, of, title }) => {
      const { $schema, ...rest } = z.toJSONSchema(of, { io: "input" });
      const $id = `urn:wsmatrix:schema:${name}`;
      return [`${name}.schema.json`, `${JSON.stringify({ $schema, $id, title, ...rest }, null, 2)}\n`];
    }),
  );
}

/** Writes the published schemas into a folder. */
export function writeSchemas(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of publishedSchemas()) writeFileSync(`${folder}/${name}`, text);
}

if (import.meta.main) writeSchemas(fileURLToPath(new URL("../../schemas", import.meta.url)));
