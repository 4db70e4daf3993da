import { performance } from "node:perf_hooks";

import type { Difference } from "../../mutation/difference.ts";
import { lowered } from "../../mutation/lower.ts";
import { shrink, type Shrunk } from "../../mutation/shrink.ts";
import type { Stream } from "../../mutation/stream.ts";
import { type Patience, patienceAlone } from "../../mutation/talk.ts";

import type { Numbered, Suspect } from "./crowd.ts";
import type { Finding } from "./finding.ts";
import { GoneForGood, type Shown, type Subject } from "./subject.ts";

/** How often a stream must show the same alone. */
const replays = 3;

/** Copies of a stream that are sent at once when it does not kill the target alone: what races shows in company. */
export const company = 12;

/** Whether the target is of no use to anybody any more. */
export function isFatal({ kind }: Difference): boolean {
  return kind === "dies" || kind === "hangs";
}

/** How a stream is sent again. */
interface Manner {
  /** Whether it is also seen what becomes of the target. */
  readonly aftermath: boolean;
  /** So many at once. */
  readonly copies: number;
}

/** Streams that are tried to make one smaller, and ms for that. */
const maxTries = 500;
const maxShrinking = 20_000;

/** For replays behind the first, and for smaller streams, when what is seen is that nothing comes. */
const patienceAgain: Patience = { due: 3_000, late: 600, idle: 120 };
const patienceWhileShrinking: Patience = { due: 1_500, late: 250, idle: 60 };

/**
 * Looks at a stream that showed a difference: alone, three times, and then at smaller ones.
 *
 * @param until of `performance.now()`; after that nothing is made smaller
 * @param copies so many are sent at once instead, for what shows only under load
 */
export async function examine(
  subject: Subject,
  suspect: Omit<Suspect, "at">,
  until = Infinity,
  copies = 1,
): Promise<Finding> {
  const aftermath = isFatal(suspect.difference);
  const manner = { aftermath, copies };
  const { shown, difference, last, goneForGood } = await replay(subject, suspect, manner);
  if (goneForGood) return asItIs(suspect, difference, shown, copies);
  const facts = { difference, number: suspect.number, streams: 1, replays: { shown, of: replays, copies } };
  if (shown < replays) return { ...facts, stream: suspect.stream, shrinking: { tries: 0, minimal: false } };
  const end = Math.min(until, performance.now() + maxShrinking);
  const smaller = await smallest(subject, suspect.stream, { difference, last, manner, end });
  const { stream, tries, minimal } = smaller;
  const seen = await subject.observe(stream, patienceAlone, aftermath, copies);
  if (seen.difference?.signature === difference.signature)
    return { ...facts, difference: seen.difference, stream, shrinking: { tries, minimal } };
  return { ...facts, stream: suspect.stream, shrinking: { tries, minimal: false } };
}

/** Of a target that cannot be started again, as one that is only known by its URL, more is not to be learnt. */
function asItIs({ number, stream }: Numbered, seen: Difference, shown: number, copies: number): Finding {
  const replayed = { shown, of: Math.max(1, shown), copies };
  const shrinking = { tries: 0, minimal: false };
  return { difference: seen, number, streams: 1, replays: replayed, stream, shrinking };
}

/** What it showed most, and how often. */
async function replay(
  subject: Subject,
  { stream, difference }: Omit<Suspect, "at">,
  { aftermath, copies }: Manner,
): Promise<{
  readonly shown: number;
  readonly difference: Difference;
  readonly last: Shown | null;
  readonly goneForGood: boolean;
}> {
  const all: Shown[] = [];
  let goneForGood = false;
  try {
    for (let i = 0; i < replays; i++) {
      const patience = i === 0 ? patienceAlone : patienceAgain;
      const seen = await subject.observe(stream, patience, aftermath, copies);
      all.push(seen);
      // One that does not show it at once is flaky at best.
      if (seen.difference === null) break;
    }
  } catch (error) {
    if (!(error instanceof GoneForGood)) throw error;
    goneForGood = true;
  }
  const found = all.find((each) => each.difference !== null)?.difference ?? difference;
  const same = all.filter((each) => each.difference?.signature === found.signature);
  return { shown: same.length, difference: found, last: same.at(-1) ?? null, goneForGood };
}

/** The smallest stream that shows the same, by the grammar's parts, and then by the frames that these come to. */
async function smallest(
  subject: Subject,
  stream: Stream,
  {
    difference,
    last,
    manner,
    end,
  }: {
    readonly difference: Difference;
    readonly last: Shown | null;
    readonly manner: Manner;
    readonly end: number;
  },
): Promise<Shrunk> {
  const fails = async (smaller: Stream) => {
    const { aftermath, copies } = manner;
    const seen = await subject.observe(smaller, patienceWhileShrinking, aftermath, copies);
    return seen.difference?.signature === difference.signature;
  };
  const mayGoOn = (tries: number) => tries < maxTries && performance.now() < end;
  const first = await shrink(stream, fails, mayGoOn);
  if (first.stream.kind !== "frames" || !mayGoOn(first.tries)) return first;
  if (first.stream.flips === undefined && first.stream.cut === undefined) return first;
  const frames = lowered(first.stream, last?.agreed ?? null);
  if (!(await fails(frames))) return first;
  const second = await shrink(frames, fails, (tries) => mayGoOn(first.tries + tries));
  return { ...second, tries: first.tries + second.tries };
}
