import { type Corpora, corpusUnits, ownCorpora } from "./corpora.ts";
import type { PreparedMessages } from "./prepared.ts";
import type { TripRule } from "./trips.ts";

/** How long a run may be: the same cases, with the long loops of chapter 9 and later in full or shortened. */
export interface Profile {
  readonly name: "quick" | "full";
  /** A bulk case that has had no octet either way for so many ms has its closing timer fired; null for never. */
  readonly idleLimit: number | null;
  /** What messages of chapters 12 and 13 are cut from. */
  readonly corpora: Corpora;
  /** Where those messages are kept when they are compressed; by default nowhere. */
  readonly prepared?: PreparedMessages;
}

/** The two profiles: `full` has exactly Autobahn's counts. */
export const profiles: Readonly<Record<Profile["name"], Profile>> = Object.freeze({
  quick: Object.freeze({ name: "quick", idleLimit: 10_000, corpora: ownCorpora }),
  full: Object.freeze({ name: "full", idleLimit: null, corpora: ownCorpora }),
});

/** Round trips of a quick loop at the least: enough for a context to be taken over more than once. */
const leastTrips = 5;

/** Of the uncompressed loops of 9.7 and 9.8, which cross no boundary. */
const quickEchoes = 100;

/** Octets of the largest LZ77 window. */
const largestWindow = 32_768;

/**
 * Round trips of a loop under a profile. The quick ones are as few as still cross every boundary that the full
 * loop crosses: the end of the corpus, and twice the largest window.
 */
export function tripsOf(rule: TripRule, { name, corpora }: Profile): number {
  if (rule.rule === "lengthOnly") return 1;
  if (name === "full") return rule.count;
  if (rule.rule === "roundTrips") return Math.min(rule.count, quickEchoes);
  const boundaries = [corpusUnits(rule.corpus, corpora), 2 * largestWindow];
  const crossed = boundaries.filter((boundary) => rule.count * rule.length > boundary);
  const needed = crossed.map((boundary) => Math.ceil(boundary / rule.length) + 1);
  return Math.min(rule.count, Math.max(leastTrips, ...needed));
}
