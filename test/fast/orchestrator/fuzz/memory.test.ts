import { describe, expect, it } from "vitest";

import { grows, memoryOfChildren } from "../../../../orchestrator/fuzz/memory.ts";

const mib = 2 ** 20;
const series = (count: number, of: (at: number) => number) =>
  Array.from({ length: count }, (_, at) => of(at) * mib);

describe("memory", () => {
  it.each([
    ["grows with every stream", series(80, (at) => 50 + 20 * at), true],
    ["grows at first, and then no more", series(80, (at) => 50 + 10 * Math.min(at, 30)), false],
    ["comes back again and again", series(80, (at) => 50 + 40 * (at % 20)), false],
    ["grows a little", series(80, (at) => 50 + at), false],
    ["was looked at too seldom", series(10, (at) => 50 + 400 * at), false],
  ])("%s", (_, samples, expected) => {
    expect(grows(samples)).toBe(expected);
  });

  it("of this process is not that of its children", async () => {
    const octets = await memoryOfChildren();
    expect(octets === null || octets >= 0).toBe(true);
  });
});
