import { formatDuration } from "../../report/duration.ts";
import type { RunEvent } from "../results/event-schema.ts";

/** What a run spent its time on. Building and playing go on side by side, so the times may overlap. */
export interface Phases {
  /** Targets that had to be made, and those that were there. */
  readonly built: number;
  readonly cached: number;
  readonly failed: number;
  /** What they were: images, when all of them were. */
  readonly noun: "image" | "target";
  /** Ms in which at least one target was made. */
  readonly buildMs: number;
  /** Ms in which at least one cell was played. */
  readonly playMs: number;
}

/** Adds up times in which something went on; what goes on side by side counts once. */
class Stopwatch {
  #open = 0;
  #since = 0;
  #total = 0;

  begin(at: number): void {
    if (this.#open++ === 0) this.#since = at;
  }

  end(at: number): void {
    if (this.#open === 0) return;
    if (--this.#open === 0) this.#total += Math.max(0, at - this.#since);
  }

  get total(): number {
    return this.#total;
  }
}

/** Reads the stream of a run for its {@link Phases}. */
export class PhaseReader {
  readonly #build = new Stopwatch();
  readonly #play = new Stopwatch();
  #counts = { built: 0, cached: 0, failed: 0, images: 0 };

  readonly handle = (event: RunEvent): void => {
    if (event.type === "preparing") this.#build.begin(event.at);
    if (event.type === "prepared") {
      this.#build.end(event.at);
      this.#counts[event.cached ? "cached" : "built"] += 1;
      if (event.engine === "docker") this.#counts.images += 1;
    }
    if (event.type === "not-prepared") {
      this.#build.end(event.at);
      if (event.status !== "skipped") this.#counts.failed += 1;
    }
    if (event.type === "cell-started") this.#play.begin(event.at);
    if (event.type === "cell-finished") this.#play.end(event.at);
  };

  get phases(): Phases {
    const { built, cached, failed, images } = this.#counts;
    const noun = images > 0 && images === built + cached ? "image" : "target";
    return { built, cached, failed, noun, buildMs: this.#build.total, playMs: this.#play.total };
  }
}

/** A line for people: `nothing built (all 12 images in the cache), played in 3 min 05 s`; null for an empty run. */
export function describePhases({ built, cached, failed, noun, buildMs, playMs }: Phases): string | null {
  const all = built + cached;
  const several = (count: number): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
  if (all + failed === 0) return null;
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  const inCache =
    failed === 0 && all > 1 ? `all ${several(all)} in the cache` : `${several(all)} in the cache`;
  const making =
    built === 0
      ? `nothing built (${inCache}${failures})`
      : `${built} of ${several(all + failed)} built in ${formatDuration(buildMs)}${failures}`;
  return `${making}, played in ${formatDuration(playMs)}`;
}
