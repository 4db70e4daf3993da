import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

import type { Difference } from "../../mutation/difference.ts";
import type { Stream } from "../../mutation/stream.ts";
import { patienceInCrowd } from "../../mutation/talk.ts";

import type { Subject } from "./subject.ts";

/** Ms that a connection which was not to be had waits for the next. */
const refusedPause = 100;

/** Streams that count as possible causes when the target dies behind them, and ms that the news of it may take. */
const lately = 24;
const deathGrace = 80;

/** Connections in a row that are not to be had before the target counts as gone. */
const mostRefused = 20;

/** A stream of a campaign. */
export interface Numbered {
  readonly number: number;
  readonly stream: Stream;
}

/** A stream that showed something. */
export interface Suspect extends Numbered {
  readonly difference: Difference;
  /** When that was known, of `performance.now()`. */
  readonly at: number;
}

/** What happened while many streams were sent. */
export interface CrowdEnd {
  readonly streams: number;
  /** Streams that were on their way, or just over, when the target died or was not to be reached any more; else null. */
  readonly victims: readonly Numbered[] | null;
}

/** Sends streams side by side until time is over or the target is in trouble. */
export async function crowd(
  subject: Subject,
  setup: {
    readonly inFlight: number;
    /** Of `performance.now()`. */
    readonly until: number;
    /** The next stream to send. */
    readonly next: () => Numbered;
    readonly onDifference: (suspect: Suspect) => void;
    readonly signal: AbortSignal;
  },
): Promise<CrowdEnd> {
  const open = new Map<number, Numbered>();
  const over: Numbered[] = [];
  let [streams, refused] = [0, 0];
  let victims: readonly Numbered[] | null = null;
  const mayGoOn = () => victims === null && !setup.signal.aborted && performance.now() < setup.until;
  const worker = async () => {
    while (mayGoOn()) {
      const each = setup.next();
      open.set(each.number, each);
      const sent = await subject.send(each.stream, patienceInCrowd);
      if (subject.exit !== null || refused >= mostRefused) victims ??= [...open.values(), ...over];
      open.delete(each.number);
      over.unshift(each);
      over.length = Math.min(over.length, lately);
      if (victims !== null || setup.signal.aborted) return;
      if (sent.connected) {
        [streams, refused] = [streams + 1, 0];
        if (sent.difference !== null)
          setup.onDifference({ ...each, difference: sent.difference, at: performance.now() });
      } else {
        refused++;
        await sleep(refusedPause);
      }
    }
  };
  await Promise.all(Array.from({ length: setup.inFlight }, worker));
  if (victims === null) await sleep(deathGrace);
  if (subject.exit !== null) victims ??= over;
  return { streams, victims };
}
