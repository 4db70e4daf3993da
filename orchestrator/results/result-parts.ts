import { z } from "zod";
import type { Role, Verdict } from "../../fuzzer/record.ts";
import { OUTCOMES } from "../../report/baseline.ts";
import { CELL_STATUSES, type CellKey } from "../../report/cell.ts";
import { BEHAVIORS, BEHAVIOR_CLOSES, TALLY_CLASSES, type Tally } from "../../report/tally.ts";

/** The parts that events, cell files and run files have in common. */

const count = z.int().nonnegative();

/** How many of something. */
export const countSchema: z.ZodInt = count;

/** Milliseconds, of a duration. */
export const msSchema: z.ZodNumber = z.number().nonnegative();

/** Milliseconds since the epoch. */
export const timeSchema: z.ZodNumber = z.number().nonnegative();

/** What the target is. */
export const roleSchema = z.enum(["server", "client"] as const satisfies readonly Role[]);

/** A close code as it came, or null when none did. */
export const closeCodeSchema = z.int().min(0).max(65_535).nullable();

export const behaviorSchema = z.enum(BEHAVIORS);

export const behaviorCloseSchema = z.enum(BEHAVIOR_CLOSES);

/** A second opinion on a verdict of Autobahn's: what the RFC's own words come to. */
export const rfcReadingSchema = z.strictObject({ behavior: behaviorSchema, why: z.string() });

export const verdictSchema = z.strictObject({
  behavior: behaviorSchema,
  behaviorClose: behaviorCloseSchema,
  result: z.string(),
  resultClose: z.string(),
}) satisfies z.ZodType<Verdict>;

export const tallyClassSchema = z.enum(TALLY_CLASSES);

export const tallySchema = z.strictObject({
  notRun: count,
  failed: count,
  unimplemented: count,
  informational: count,
  unclean: count,
  nonStrict: count,
  pass: count,
  flaky: count,
}) satisfies z.ZodType<Tally>;

export const cellStatusSchema = z.enum(CELL_STATUSES);

export const outcomeSchema = z.enum(OUTCOMES);

/** Octets of a `.records.jsonl` file, without the end of the line. */
export const byteRangeSchema = z.strictObject({ offset: count, length: count });

/** Where in a cell's records file a record is. */
export type ByteRange = Readonly<z.infer<typeof byteRangeSchema>>;

/** A cell as it was planned. */
export const plannedCellSchema = z.strictObject({
  /** Such as `ws@8.23.0/server/plain`. */
  id: z.string().min(1),
  target: z.string().min(1),
  version: z.string().nullable(),
  role: roleSchema,
  variant: z.string().min(1),
  /** It may be skipped without the run being the worse for it. */
  optional: z.boolean(),
  /** Cases selected for it. */
  cases: count,
}) satisfies z.ZodType<CellKey>;

/** A cell as it was planned. */
export type PlannedCell = Readonly<z.infer<typeof plannedCellSchema>>;

/** Where a cell comes from that was not played: the run that played it, and when it had ended there. */
export const cachedFromSchema = z.strictObject({ run: z.string().min(1), finishedAt: timeSchema });

/** Where a cell comes from that was not played. */
export type CachedFrom = Readonly<z.infer<typeof cachedFromSchema>>;

/** `full`: exactly Autobahn's counts; `quick`: every case, long loops shortened. */
export const profileSchema = z.enum(["quick", "full"]);
