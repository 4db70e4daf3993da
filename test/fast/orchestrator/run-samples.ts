import { recordWith } from "../../support/records.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { CaseRecord } from "../../../fuzzer/record.ts";
import type { EventOf, NewEvent } from "../../../orchestrator/results/events.ts";
import type { PlannedCell } from "../../../orchestrator/results/result-parts.ts";
import type { RunHead } from "../../../orchestrator/results/results.ts";
import { EMPTY_TALLY } from "../../../report/tally.ts";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wsmatrix-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const SERVER: PlannedCell = {
  id: "ws@8.23.0/server/plain",
  target: "ws",
  version: "8.23.0",
  role: "server",
  variant: "plain",
  optional: false,
  cases: 3,
};

export const CLIENT: PlannedCell = { ...SERVER, id: "ws@8.23.0/client/plain", role: "client" };

/** A cell of a target that has no version. */
export const MINE: PlannedCell = { ...SERVER, id: "mine/server/plain", target: "mine", version: null };

export const HEAD: RunHead = {
  inputs: {
    argv: ["run"],
    profile: "quick",
    extra: false,
    matrix: { targets: [{ use: "ws" }] },
    filters: { targets: [], cases: ["1.*"], exclude: [] },
    engine: "fake",
    accept: "default",
    failOn: "unexpected",
    jobs: 2,
    shard: null,
    limits: { memoryBytes: 1 << 28 },
  },
  platform: { os: "linux", arch: "x64", node: "24.21.0", cpus: 2, memoryBytes: 1 << 30 },
  suite: { sha256: "00", cases: 517 },
};

export const RUN_STARTED: Omit<EventOf<"run-started">, "at"> = {
  type: "run-started",
  run: "r1",
  version: "0.1.0",
  profile: "quick",
  argv: ["run"],
};

/** A case that passed. */
export function caseFinished(
  cell: string,
  id: string,
  changes: Partial<EventOf<"case-finished">> = {},
): NewEvent {
  return {
    type: "case-finished",
    cell,
    case: id,
    verdict: { behavior: "OK", behaviorClose: "OK", result: "Right.", resultClose: "Clean." },
    class: "pass",
    remoteCloseCode: 1000,
    duration: 12.5,
    plays: 1,
    flaky: false,
    ...changes,
  };
}

/** A case that failed. */
export function caseFailed(cell: string, id: string): NewEvent {
  return caseFinished(cell, id, {
    verdict: { behavior: "FAILED", behaviorClose: "OK", result: "No echo came.", resultClose: "Clean." },
    class: "failed",
  });
}

/** A cell that ran to its end. */
export function cellFinished(cell: string, changes: Partial<EventOf<"cell-finished">> = {}): NewEvent {
  return {
    type: "cell-finished",
    cell,
    status: "ran",
    reason: null,
    tally: { ...EMPTY_TALLY, pass: 3 },
    duration: 5000,
    ...changes,
  };
}

/** One event of each type that a run of one cell may have. */
export const EVERY_EVENT: readonly NewEvent[] = [
  { ...RUN_STARTED, resumed: true },
  { type: "planned", cells: [SERVER, MINE] },
  { type: "preparing", target: "ws", version: "8.23.0" },
  {
    type: "prepared",
    target: "ws",
    version: "8.23.0",
    engine: "docker",
    digest: "sha256:1",
    cached: false,
    duration: 2100,
  },
  { type: "not-prepared", target: "mine", version: null, status: "build-failed", reason: "no", duration: 3 },
  { type: "cell-started", cell: SERVER.id, cases: ["1.1.1", "1.1.2", "1.1.3"] },
  { type: "probed", cell: SERVER.id, ok: true, reason: null },
  caseFinished(SERVER.id, "1.1.1", { record: { offset: 0, length: 10 }, outcome: "expected" }),
  caseFailed(SERVER.id, "1.1.2"),
  { type: "target-died", cell: SERVER.id, reason: "was killed by SIGSEGV", suspects: ["1.1.3"], restarts: 1 },
  cellFinished(SERVER.id, {
    logTail: "bye\n",
    extraTally: EMPTY_TALLY,
    outcomes: { "1.1.1": "expected", "1.1.2": "regressed" },
  }),
  { type: "run-finished", exitCode: 1, duration: 9000 },
];

/** A record with nothing much in it. */
export function record(id: string, changes: Partial<CaseRecord> = {}): CaseRecord {
  return recordWith({ id, role: "server", started: 0, ...changes });
}
