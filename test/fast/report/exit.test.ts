import { describe, expect, it } from "vitest";
import { CELL_STATUSES } from "../../../report/cell.ts";
import { FAIL_ON, type RunFacts, exitCode, infrastructureFailed } from "../../../report/exit.ts";

const GOOD: RunFacts = { interrupted: false, infrastructure: false, regressed: 0, stale: 0, cells: 2 };
const STALE = { stale: 1 };
const REGRESSED = { ...STALE, regressed: 1 };
const INFRASTRUCTURE = { ...REGRESSED, infrastructure: true };
const CONFIG = { ...INFRASTRUCTURE, configError: true };
const INTERRUPTED = { ...CONFIG, interrupted: true };

/** For each of the above, each of which holds all before it, and by the words of FAIL_ON. */
const CODES: readonly (readonly [string, Partial<RunFacts>, readonly number[]])[] = [
  //                                   regressed, unexpected, infra, never
  ["nothing", {}, [0, 0, 0, 0]],
  ["a stale entry", STALE, [0, 4, 0, 0]],
  ["a regression too", REGRESSED, [1, 1, 0, 0]],
  ["an infrastructure failure too", INFRASTRUCTURE, [3, 3, 3, 0]],
  ["a configuration error too", CONFIG, [2, 2, 2, 2]],
  ["an interruption too", INTERRUPTED, [130, 130, 130, 130]],
  ["no cells", { cells: 0 }, [2, 2, 2, 2]],
  ["no cells because of an interruption", { cells: 0, interrupted: true }, [130, 130, 130, 130]],
];

describe("the exit code", () => {
  it.each(CODES)("with %s", (_, facts, codes) => {
    expect(FAIL_ON.map((failOn) => exitCode({ ...GOOD, ...facts }, failOn))).toEqual(codes);
  });

  it("fails on whatever is unexpected by default", () => {
    expect(exitCode({ ...GOOD, stale: 1 })).toBe(4);
  });
});

describe("the infrastructure", () => {
  const ran = { status: "ran", optional: false, notRun: 0 } as const;

  it("is fine when every cell ran to its end", () => {
    expect(infrastructureFailed([ran, ran])).toBe(false);
  });

  it.each(CELL_STATUSES.filter((status) => status !== "ran"))("failed when a cell is %s", (status) => {
    expect(infrastructureFailed([ran, { ...ran, status }])).toBe(true);
  });

  it.each(CELL_STATUSES.filter((status) => status !== "ran"))("and an optional cell is %s", (status) => {
    expect(infrastructureFailed([ran, { status, optional: true, notRun: 517 }])).toBe(status !== "skipped");
  });

  it("failed when a case was not run", () => {
    expect(infrastructureFailed([ran, { ...ran, notRun: 1 }])).toBe(true);
    expect(infrastructureFailed([{ ...ran, optional: true, notRun: 1 }])).toBe(true);
  });

  it("failed when no cell ran, even if each may be skipped", () => {
    expect(infrastructureFailed([{ status: "skipped", optional: true, notRun: 517 }])).toBe(true);
  });

  it("is no concern of a run without cells, which is a usage error", () => {
    expect(infrastructureFailed([])).toBe(false);
  });
});
