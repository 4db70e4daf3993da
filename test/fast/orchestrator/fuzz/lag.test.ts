import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { LagWatch } from "../../../../orchestrator/fuzz/lag.ts";

describe("lag", () => {
  it("is told of a process that is held up, once", async () => {
    const lag = new LagWatch();
    const until = performance.now() + 800;
    while (performance.now() < until);
    await sleep(1);
    expect(lag.take()).toBeGreaterThan(600);
    expect(lag.take()).toBeLessThan(600);
    lag.stop();
  });
});
