import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { expect, it } from "vitest";

import { packageRoot } from "../../../orchestrator/run/package-root.ts";

/** MB of the young generation of a program that has made much garbage. */
function youngGeneration(before: string): number {
  const code = `${before}
    let kept = [];
    for (let i = 0; i < 3e6; i++) {
      if (i % 50 === 0) kept.push({ i });
      if (kept.length > 20_000) kept = [];
    }
    const { getHeapSpaceStatistics } = await import("node:v8");
    const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    console.log(space_size / 1e6);`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  return Number(out);
}

it("keeps the young generation from growing", () => {
  const path = JSON.stringify(join(packageRoot, "orchestrator", "young-generation.ts"));
  const call = `(await import(${path})).keepYoungGenerationSmall();`;
  expect(youngGeneration(call)).toBeLessThan(4);
  expect(youngGeneration("")).toBeGreaterThan(4);
});
