import { describe, expect, it } from "vitest";

import type { RunEvent } from "../../../../orchestrator/results/event-schema.ts";
import { describePhases, PhaseReader } from "../../../../orchestrator/run/phases.ts";

/** What is told of a run of these events: [ms, type, more]. */
function told(...events: readonly (readonly [number, string, object?])[]): string | null {
  const reader = new PhaseReader();
  for (const [at, type, more] of events) reader.handle({ at, type, ...more } as RunEvent);
  return describePhases(reader.phases);
}

const image = (cached: boolean) => ({ engine: "docker", cached });

describe("what a run spent its time on", () => {
  it("says that nothing was built", () => {
    expect(
      told(
        [0, "preparing"],
        [10, "prepared", image(true)],
        [10, "preparing"],
        [20, "prepared", image(true)],
        [20, "cell-started"],
        [3020, "cell-finished"],
      ),
    ).toBe("nothing built (all 2 images in the cache), played in 3.0 s");
  });

  it("counts what goes on side by side once, and builds and play apart", () => {
    expect(
      told(
        [0, "preparing"],
        [0, "preparing"],
        [2000, "prepared", image(false)],
        [2000, "cell-started"],
        [2500, "cell-started"],
        [4000, "prepared", image(true)],
        [5000, "cell-finished"],
        [6000, "cell-finished"],
        [9000, "cell-started"],
        [9500, "cell-finished"],
      ),
    ).toBe("1 of 2 images built in 4.0 s, played in 4.5 s");
  });

  it("speaks of targets where not all are images, and of builds that failed, but not of what was skipped", () => {
    expect(
      told(
        [0, "preparing"],
        [1000, "prepared", { engine: "process", cached: false }],
        [1000, "preparing"],
        [2000, "not-prepared", { status: "build-failed" }],
        [2000, "preparing"],
        [2001, "not-prepared", { status: "skipped" }],
      ),
    ).toBe("1 of 2 targets built in 2.0 s, 1 failed, played in 0.0 s");
    expect(
      told(
        [0, "preparing"],
        [1, "prepared", image(true)],
        [1, "preparing"],
        [2, "not-prepared", { status: "build-failed" }],
      ),
    ).toBe("nothing built (1 image in the cache, 1 failed), played in 0.0 s");
  });

  it("says nothing of a run that prepared nothing", () => {
    expect(told([0, "run-started"])).toBeNull();
  });
});
