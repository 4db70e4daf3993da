import { describe, expect, it } from "vitest";
import { identify, isAlive, parseStat } from "../../../../orchestrator/engines/process-table.ts";

// Fields 3 and on of proc(5), with the start time, field 22, being 777.
const FIELDS = "1 50 50 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 1000 20";

describe("parseStat", () => {
  it("finds group, state and start time behind a name with blanks and parentheses", () => {
    const entry = { pid: 42, group: 50, zombie: false, startTime: "777" };
    expect(parseStat(42, `42 (node) S ${FIELDS}\n`)).toEqual(entry);
    expect(parseStat(42, `42 (a) Z 9) b) S ${FIELDS}\n`)).toEqual(entry);
    expect(parseStat(42, `42 (node) Z ${FIELDS}\n`)).toEqual({ ...entry, zombie: true });
  });

  it("is null for a process that is gone", () => {
    expect(parseStat(42, "")).toBeNull();
  });
});

describe("isAlive", () => {
  it("knows this process, and not another one of the same pid", async () => {
    const me = await identify(process.pid);
    if (me === null) throw new Error("this process is not in the process table");
    expect(await isAlive(me)).toBe(true);
    expect(await isAlive({ ...me, startTime: "1" })).toBe(false);
    expect(await isAlive({ ...me, place: "elsewhere" })).toBe(false);
  });
});
