import { spawn } from "node:child_process";
import { once } from "node:events";

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

  it.runIf(process.platform === "linux")(
    "is that of a child with all below it, and of none that is gone",
    async () => {
      const forks = `require("node:child_process").spawn(process.execPath, ["-e", "console.log(); setInterval(() => {}, 1e3)"],
      { stdio: ["ignore", "inherit", "inherit"] }); setInterval(() => {}, 1e3)`;
      const child = spawn(process.execPath, ["-e", forks], {
        stdio: ["ignore", "pipe", "inherit"],
        detached: true,
      });
      await once(child.stdout, "data");
      const alive = await memoryOfChildren();
      process.kill(-child.pid!, "SIGKILL");
      await once(child, "exit");
      // Two programs, each of more than ten MiB.
      expect(alive.get(child.pid!)).toBeGreaterThan(40 * mib);
      expect(alive.has(process.pid)).toBe(false);
      expect((await memoryOfChildren()).has(child.pid!)).toBe(false);
    },
  );
});
