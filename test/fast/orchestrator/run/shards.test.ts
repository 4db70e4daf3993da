import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { Cell } from "../../../../orchestrator/config/plan.ts";
import { readDurations, writeDurations } from "../../../../orchestrator/run/durations.ts";
import { divide, MOST_SHARDS, parseShard, suggestCount } from "../../../../orchestrator/run/shards.ts";

/** Cells of commands, some of them of one target. */
function cells(...ids: readonly string[]): Cell[] {
  return ids.map((id) => {
    const [name = "", role = "server"] = id.split("/");
    const target = {
      kind: "command",
      name,
      version: null,
      command: name,
      env: {},
      port: null,
      path: "/",
      cwd: "/",
    };
    return { id, target, role, variant: "plain", optional: false, suite: {} } as unknown as Cell;
  });
}

const ids = (parts: readonly (readonly Cell[])[]): string[][] =>
  parts.map((part) => part.map(({ id }) => id));

const MANY = cells(
  ...Array.from({ length: 100 }, (_, at) => `t${at % 40}/${at < 50 ? "server" : "client"}/${at}`),
);
const TIMES = new Map(MANY.map(({ id }, at) => [id, ((at * 7919) % 97) * 1000]));

describe("the parts of a plan", () => {
  it("have every cell once, in the order of the plan", () => {
    for (const count of [1, 2, 7, 40, 60, 100, 120]) {
      const parts = divide(MANY, count, TIMES);
      expect(parts).toHaveLength(count);
      expect(
        parts
          .flat()
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(MANY.map(({ id }) => id).toSorted());
      for (const part of parts) expect(part).toEqual(MANY.filter((cell) => part.includes(cell)));
    }
  });

  it("are the same wherever they are made, in whatever order durations are known", () => {
    const shuffled = new Map([...TIMES].toReversed());
    expect(ids(divide(MANY, 7, shuffled))).toEqual(ids(divide(MANY, 7, TIMES)));
  });

  it("take about equal time", () => {
    const times = divide(MANY, 8, TIMES).map((part) => part.reduce((sum, { id }) => sum + TIMES.get(id)!, 0));
    expect(Math.max(...times) / Math.min(...times)).toBeLessThan(1.2);
  });

  it("keep the cells of a target together, unless there are fewer targets than parts", () => {
    const plan = cells("a/server/plain", "a/client/plain", "b/server/plain", "b/client/plain");
    expect(ids(divide(plan, 2, new Map()))).toEqual([
      ["a/server/plain", "a/client/plain"],
      ["b/server/plain", "b/client/plain"],
    ]);
    expect(divide(plan, 4, new Map()).map((part) => part.length)).toEqual([1, 1, 1, 1]);
  });

  it("count a cell that nobody has measured as the median of the others", () => {
    const plan = cells("a/server", "b/server", "c/server", "new/server");
    const times = new Map([
      ["a/server", 100],
      ["b/server", 10],
      ["c/server", 90],
    ]);
    expect(ids(divide(plan, 2, times))).toEqual([
      ["a/server", "b/server"],
      ["c/server", "new/server"],
    ]);
  });
});

describe("the number of parts", () => {
  it("is one for each ten minutes that were measured, and never more than targets", () => {
    const plan = cells("a/server", "b/server", "c/server");
    const minutes = (each: number) => new Map(plan.map(({ id }) => [id, each * 60_000]));
    expect(suggestCount(plan, minutes(1))).toBe(1);
    expect(suggestCount(plan, minutes(5))).toBe(2);
    expect(suggestCount(plan, minutes(60))).toBe(3);
    expect(suggestCount(plan, new Map())).toBe(3);
  });

  it("stays within what a CI takes", () => {
    const plan = cells(...Array.from({ length: 400 }, (_, at) => `t${at}/server`));
    expect(suggestCount(plan, new Map(plan.map(({ id }) => [id, 3_600_000])))).toBe(MOST_SHARDS);
  });
});

describe("the name of a part", () => {
  it.each(["1/1", "2/4", "256/256"])("is %s", (text) => {
    const [index, count] = text.split("/").map(Number);
    expect(parseShard(text)).toEqual({ index, count });
  });

  it.each(["", "0/4", "5/4", "1", "1/", "/4", "a/b", "1/257", "1/4 ", "-1/4", "1/4/4"])(
    "is not %j",
    (text) => {
      expect(parseShard(text)).toBeNull();
    },
  );
});

describe("durations", () => {
  const folder = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));

  it("are read as they were written, of cells that ran", () => {
    const file = join(folder, "durations.json");
    writeDurations(file, [
      { cell: { id: "a" }, duration: 12.6, status: "ran" },
      { cell: { id: "b" }, duration: 1, status: "crashed" },
    ]);
    expect([...readDurations(file)]).toEqual([["a", 13]]);
  });

  it("are read of a run", () => {
    const run = {
      schema: 1,
      cells: [
        { id: "a", duration: 5 },
        { id: "b", duration: null },
      ],
    };
    writeFileSync(join(folder, "run.json"), JSON.stringify(run));
    expect([...readDurations(folder)]).toEqual([["a", 5]]);
  });

  it("are none where nobody has written any", () => {
    expect(readDurations(undefined).size).toBe(0);
  });

  it("are a mistake where the file that is named is another", () => {
    writeFileSync(join(folder, "other.json"), "{}");
    expect(() => readDurations(join(folder, "other.json"))).toThrow(/other\.json: holds no durations/);
    expect(() => readDurations(join(folder, "gone.json"))).toThrow(/gone\.json: cannot be read \(ENOENT\)/);
  });
});
