import { performance } from "node:perf_hooks";

import { streamOf } from "../../mutation/grammar.ts";

import { crowd, type Numbered, type Suspect } from "./crowd.ts";
import { company, examine, isFatal } from "./examine.ts";
import type { Finding } from "./finding.ts";
import { FindingBook } from "./finding-book.ts";
import { LagWatch } from "./lag.ts";
import { MemoryWatch, type MemoryUse } from "./memory.ts";
import { silence } from "./death.ts";
import { GoneForGood, type Subject } from "./subject.ts";

/** Ms between two samples of a target's memory, and between two lines of progress. */
const sampleEvery = 500;
const tellEvery = 5_000;

/** Ms of streams side by side before what they showed is looked at. */
const slice = 4_000;

/** Ms that looking at findings may take beside the time of the campaign, or as much as that. */
const leastExamining = 60_000;

/** Streams that are kept of one slice and show the same. */
const mostAlike = 4;

/** Ms before a target's death in which what it does says nothing. */
const lastMoments = 1_000;

/** Ms that this process may be late; what was seen while it was later, and not again, was for want of time. */
const mostLag = 400;

/** What a campaign is. */
export interface CampaignSetup {
  readonly seed: number;
  /** Whom the streams are for. */
  readonly reader?: "client" | "server";
  /** Ms of sending streams. */
  readonly time: number;
  /** Streams at once. */
  readonly inFlight: number;
  readonly signal: AbortSignal;
}

/** How far a campaign is. */
export interface CampaignProgress {
  readonly streams: number;
  /** Ms of sending streams. */
  readonly time: number;
  readonly findings: readonly Finding[];
  /** Octets; null where the system does not tell. */
  readonly memory: number | null;
}

/** What came of a campaign. */
export interface CampaignEnd {
  readonly streams: number;
  /** Ms of sending streams, without the time for looking at findings. */
  readonly time: number;
  readonly findings: readonly Finding[];
  readonly starts: number;
  readonly memory: MemoryUse;
  /** Why it ended early; null when it did not. */
  readonly crashed: string | null;
}

/** Sends streams to a target for some time, and looks at what they show. */
export async function campaign(
  subject: Subject,
  setup: CampaignSetup,
  onProgress: (progress: CampaignProgress) => void,
): Promise<CampaignEnd> {
  const { seed, reader, signal } = setup;
  const book = new FindingBook();
  const memory = new MemoryWatch(sampleEvery);
  const lag = new LagWatch();
  let [streams, time, number] = [0, 0, 0];
  let crashed: string | null = null;
  const examiningUntil = performance.now() + setup.time + Math.max(leastExamining, setup.time);
  const next = (): Numbered => ({ number, stream: streamOf(seed, number++, reader) });
  const tell = () => onProgress({ streams, time, findings: book.list(), memory: memory.last });
  const telling = setInterval(tell, tellEvery);
  try {
    while (time < setup.time && !signal.aborted) {
      await subject.ensure();
      const suspects: Suspect[] = [];
      const alike = new Map<string, number>();
      const began = performance.now();
      lag.take();
      const end = await crowd(subject, {
        ...setup,
        until: began + Math.min(slice, setup.time - time),
        next,
        onDifference(suspect) {
          const { difference } = suspect;
          const already = alike.get(difference.signature) ?? 0;
          alike.set(difference.signature, already + 1);
          book.count(difference);
          if (already < mostAlike && !book.isKnown(difference)) suspects.push(suspect);
        },
      });
      const isLate = lag.take() > mostLag;
      const ended = performance.now();
      time += ended - began;
      streams += end.streams;
      if (end.victims !== null) await searchCulprit(subject, end.victims, book, examiningUntil);
      // What streams showed that were on their way beside a death says nothing of them.
      const until = end.victims === null ? Infinity : ended - lastMoments;
      const alive = suspects.filter(({ at }) => at < until);
      for (const suspect of alive.toSorted((a, b) => weight(a) - weight(b))) {
        if (signal.aborted || performance.now() > examiningUntil) break;
        if (book.isKnown(suspect.difference)) continue;
        const finding = await examine(subject, suspect, examiningUntil);
        if (isLate && finding.replays.shown === 0) book.dismiss(suspect.difference);
        else book.add(finding, suspect.difference);
      }
    }
  } catch (error) {
    if (!(error instanceof GoneForGood)) throw error;
    crashed = error.message;
  } finally {
    memory.stop();
    lag.stop();
    clearInterval(telling);
  }
  tell();
  return { streams, time, findings: book.list(), starts: subject.starts, memory: memory.use(), crashed };
}

const weight = ({ difference }: Suspect) => (difference.level === "must" ? 0 : 1);

/** The target died, or answers nobody any more: each stream that was on its way is sent alone. */
async function searchCulprit(
  subject: Subject,
  victims: readonly Numbered[],
  book: FindingBook,
  until: number,
): Promise<void> {
  const { death } = subject;
  if (death === null && (await subject.isWell())) return;
  if (death === null) subject.discard();
  const numbers = victims.map((victim) => victim.number).toSorted((a, b) => a - b);
  const found = death ?? silence;
  const difference = { ...found, seen: `${found.seen} (on their way were streams ${numbers.join(", ")})` };
  book.count(difference);
  if (book.isKnown(difference)) return;
  let best: Finding | null = null;
  // What depends on how busy the target is shows in company.
  for (const copies of [1, company])
    for (const victim of victims) {
      if (isCulprit(best) || performance.now() > until) break;
      const finding = await examine(subject, { ...victim, difference }, until, copies);
      if (best === null || isCulprit(finding)) best = finding;
    }
  if (best !== null) book.add(best, difference);
}

function isCulprit(finding: Finding | null): boolean {
  return finding !== null && finding.replays.shown > 0 && isFatal(finding.difference);
}
