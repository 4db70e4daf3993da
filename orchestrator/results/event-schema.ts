import { z } from "zod";
import {
  byteRangeSchema,
  cachedFromSchema,
  cellStatusSchema,
  closeCodeSchema,
  countSchema,
  msSchema,
  outcomeSchema,
  rfcReadingSchema,
  plannedCellSchema,
  profileSchema,
  tallyClassSchema,
  tallySchema,
  timeSchema,
  verdictSchema,
} from "./result-parts.ts";

/**
 * The stream of a run (design seam 6). Progress, results files and resuming are readers of it.
 *
 * `at` is milliseconds since the epoch. A record is in its file before the event that names it is written.
 */

const at = timeSchema;
const cell = z.string().min(1);

/** Case number -> what is asked of it; in planned order. */
const cases = z.array(z.string().min(1));

/** One event, discriminated by `type`. */
export const runEventSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("run-started"),
    at,
    run: z.string().min(1),
    /** Of wsmatrix. */
    version: z.string(),
    profile: profileSchema,
    argv: z.array(z.string()),
    /** An earlier attempt at this run was interrupted, and is gone on with. */
    resumed: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal("planned"), at, cells: z.array(plannedCellSchema) }),
  z.strictObject({
    type: z.literal("preparing"),
    at,
    target: z.string().min(1),
    version: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal("prepared"),
    at,
    target: z.string().min(1),
    version: z.string().nullable(),
    /** What it runs in: `docker`, `process` ... */
    engine: z.string().optional(),
    digest: z.string(),
    cached: z.boolean(),
    duration: msSchema,
  }),
  /** Its cells end with this status and reason. */
  z.strictObject({
    type: z.literal("not-prepared"),
    at,
    target: z.string().min(1),
    version: z.string().nullable(),
    status: cellStatusSchema,
    reason: z.string(),
    duration: msSchema,
  }),
  /** Names the cases, so that what was not played can be told from what was not asked for. */
  z.strictObject({ type: z.literal("cell-started"), at, cell, cases: cases.optional() }),
  z.strictObject({ type: z.literal("probed"), at, cell, ok: z.boolean(), reason: z.string().nullable() }),
  z.strictObject({
    type: z.literal("case-finished"),
    at,
    cell,
    case: z.string().min(1),
    verdict: verdictSchema,
    class: tallyClassSchema,
    remoteCloseCode: closeCodeSchema,
    duration: msSchema,
    /** How many times it was played for this verdict. */
    plays: countSchema,
    flaky: z.boolean(),
    outcome: outcomeSchema.optional(),
    /** A second opinion, where the RFC's words and Autobahn's verdict differ. */
    rfc: rfcReadingSchema.optional(),
    record: byteRangeSchema.optional(),
  }),
  z.strictObject({
    type: z.literal("target-died"),
    at,
    cell,
    reason: z.string(),
    /** Cases that were open. */
    suspects: z.array(z.string()),
    /** Starts after a death, this one included. */
    restarts: countSchema,
  }),
  z.strictObject({
    type: z.literal("cell-finished"),
    at,
    cell,
    status: cellStatusSchema,
    reason: z.string().nullable(),
    /** The end of what the target or its build printed. */
    logTail: z.string().optional(),
    tally: tallySchema,
    /** Of the chapters from 20, which are never added to the others. */
    extraTally: tallySchema.optional(),
    /** What the baseline made of each case, where it was asked. */
    outcomes: z.record(z.string(), outcomeSchema).optional(),
    /** Of the baseline: stale, expired and unused entries, with their places. */
    notes: z.array(z.string()).optional(),
    /** It was taken from an earlier run, of which nothing that decides a verdict has changed. */
    cachedFrom: cachedFromSchema.optional(),
    /** Of all that decides its verdicts; a cell of another run with the same key need not be played. */
    cacheKey: z.string().optional(),
    duration: msSchema,
  }),
  z.strictObject({ type: z.literal("run-finished"), at, exitCode: z.int(), duration: msSchema }),
]);

/** One event of a run. */
export type RunEvent = Readonly<z.infer<typeof runEventSchema>>;

/** The event of one `type`. */
export type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { readonly type: Type }>;

/** An event before it has its time. */
export type NewEvent = { [Type in RunEvent["type"]]: Omit<EventOf<Type>, "at"> }[RunEvent["type"]];
