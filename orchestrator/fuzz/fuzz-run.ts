import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import type { Role } from "../../fuzzer/record.ts";
import type { Stream } from "../../mutation/stream.ts";

import type { Cell } from "../config/plan.ts";
import { type Engine, PrepareError } from "../engines/engine.ts";
import type { CellEnd } from "../play/cell.ts";
import type { TargetSetup } from "../play/seated.ts";
import { cellFileName } from "../results/cell-file-name.ts";
import { equipped } from "../run/engines-of.ts";
import type { RunRequest } from "../run/request.ts";
import { campaign, type CampaignEnd, type CampaignProgress } from "./campaign.ts";
import { company, examine, isFatal } from "./examine.ts";
import type { Finding } from "./finding.ts";
import { GoneForGood, type Subject } from "./subject.ts";
import { withSubject } from "./fuzz-cell.ts";
import { patienceAlone } from "../../mutation/talk.ts";

/** What is to be sent to each cell. */
export type FuzzPlan =
  | {
      readonly what: "campaign";
      readonly seed: number;
      /** Ms of sending streams. */
      readonly time: number;
      /** Streams at once; null for what suits the role. */
      readonly inFlight: number | null;
    }
  /** One stream of a campaign, or of a file. */
  | {
      readonly what: "stream";
      readonly seed: number;
      readonly number: number;
      readonly streamFor: (role: Role) => Stream;
    };

/** Streams at once: connections of one server, or starts of a client, of which each plays one after the other. */
const usual: Readonly<Record<Role, number>> = { server: 24, client: 6 };

/** What became of one cell. */
export interface FuzzedCell {
  readonly cell: Cell;
  readonly end: CellEnd;
  /** Null when it did not run. */
  readonly campaign: CampaignEnd | null;
}

/** What is told while streams are sent. */
export interface FuzzHooks {
  readonly onProgress: (cell: Cell, progress: CampaignProgress) => void;
  readonly onCell: (cell: FuzzedCell) => void;
  readonly say: (text: string) => void;
}

/**
 * Sends streams to all cells of a request, one cell after the other: the throughput and the memory of one are told, and
 * what happens to another would blur them.
 *
 * @throws {ConfigError} nothing was started
 * @throws {EngineMissingError} the same
 */
export async function fuzzCells(
  request: RunRequest,
  plan: FuzzPlan,
  hooks: FuzzHooks,
  signal: AbortSignal,
): Promise<readonly FuzzedCell[]> {
  return await equipped(request, hooks.say, async ({ cells, matrix, engineOf }) => {
    const done: FuzzedCell[] = [];
    for (const cell of cells) {
      signal.throwIfAborted();
      const logFile = logFileOf(cell, request.out);
      const setup = { cell, engine: engineOf(cell), limits: matrix.limits, logFile, signal };
      const fuzzed = await fuzzCell(setup, plan, hooks);
      done.push(fuzzed);
      hooks.onCell(fuzzed);
    }
    return done;
  });
}

async function fuzzCell(
  setup: Omit<TargetSetup, "prepared"> & { readonly engine: Engine },
  plan: FuzzPlan,
  hooks: FuzzHooks,
): Promise<FuzzedCell> {
  const { cell, engine, signal } = setup;
  try {
    const prepared = await engine.prepare(cell.target, { signal });
    const inFlight = (plan.what === "campaign" ? plan.inFlight : null) ?? usual[cell.role];
    const { end, result } = await withSubject({ ...setup, prepared }, inFlight, (subject) =>
      plan.what === "campaign"
        ? campaign(subject, { ...plan, inFlight, reader: cell.role, signal }, (progress) =>
            hooks.onProgress(cell, progress),
          )
        : playOne(subject, plan.number, plan.streamFor(cell.role)),
    );
    if (result === null || result.crashed === null) return { cell, end, campaign: result };
    return { cell, end: { status: "crashed", reason: result.crashed, logTail: "" }, campaign: result };
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    const { kind: status, message: reason, logTail } = error;
    return { cell, end: { status, reason, logTail }, campaign: null };
  }
}

/** One stream, and what it shows; it is made as small as may be. */
async function playOne(subject: Subject, number: number, stream: Stream): Promise<CampaignEnd> {
  const findings: Finding[] = [];
  for (const copies of [1, company]) {
    const { difference } = await subject.observe(stream, patienceAlone, true, copies);
    // In company other things than a death may be for want of time.
    if (difference === null || (copies > 1 && !isFatal(difference))) continue;
    findings.push(await examine(subject, { number, stream, difference }, Infinity, copies));
    break;
  }
  const memory = { samples: [], grows: false };
  const crashed = await fateOf(subject);
  return { streams: 1, time: 0, findings, starts: subject.starts, memory, crashed };
}

/** Why a target is not to be had any more; null when it is. */
async function fateOf(subject: Subject): Promise<string | null> {
  try {
    await subject.ensure();
    return null;
  } catch (error) {
    if (error instanceof GoneForGood) return error.message;
    throw error;
  }
}

function logFileOf({ id }: Cell, out: string | undefined): string | null {
  if (out === undefined) return null;
  const file = join(resolve(out), "logs", `${cellFileName(id)}.fuzz.log`);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}
