import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { streamOf } from "../../fuzzer/mutation/grammar.ts";
import type { Stream } from "../../fuzzer/mutation/stream.ts";

import type { Cell } from "../config/plan.ts";
import { type Engine, PrepareError } from "../engines/engine.ts";
import type { CellEnd } from "../play/cell.ts";
import type { TargetSetup } from "../play/seated.ts";
import { cellFileName } from "../results/cell-file-name.ts";
import { equipped } from "../run/engines-of.ts";
import type { RunRequest } from "../run/request.ts";
import { campaign, type CampaignEnd, type CampaignProgress } from "./campaign.ts";
import { examine } from "./examine.ts";
import { withSubject } from "./fuzz-cell.ts";
import { patienceAlone } from "../../fuzzer/mutation/talk.ts";

/** What is to be sent to each cell. */
export type FuzzPlan = {
  readonly seed: number;
  readonly inFlight: number;
} & (
  | { readonly what: "campaign"; readonly time: number }
  /** One stream of a campaign, or of a file. */
  | { readonly what: "stream"; readonly number: number; readonly stream: Stream }
);

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

/** The plan for one stream of a campaign. */
export function planOfStream(seed: number, number: number): FuzzPlan {
  return { what: "stream", seed, number, stream: streamOf(seed, number), inFlight: 1 };
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
    const { end, result } = await withSubject({ ...setup, prepared }, (subject) =>
      plan.what === "campaign"
        ? campaign(subject, { ...plan, signal }, (progress) => hooks.onProgress(cell, progress))
        : playOne(subject, plan),
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
async function playOne(
  subject: Parameters<typeof examine>[0],
  { number, stream }: Extract<FuzzPlan, { what: "stream" }>,
): Promise<CampaignEnd> {
  const { difference } = await subject.observe(stream, patienceAlone, true);
  const findings = difference === null ? [] : [await examine(subject, { number, stream, difference })];
  const memory = { samples: [], grows: false };
  return { streams: 1, time: 0, findings, starts: subject.starts, memory, crashed: null };
}

function logFileOf({ id }: Cell, out: string | undefined): string | null {
  if (out === undefined) return null;
  const file = join(resolve(out), "logs", `${cellFileName(id)}.fuzz.log`);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}
