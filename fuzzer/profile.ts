/** How long a run may be: the same cases, with the long loops of chapter 9 and later in full or shortened. */
export interface Profile {
  readonly name: "quick" | "full";
  /** Round trips of a looping case at the most. */
  readonly maxRoundTrips: number;
  /** A bulk case that has had no octet either way for so many ms has its closing timer fired; null for never. */
  readonly idleLimit: number | null;
}

/** The two profiles: `full` has exactly Autobahn's counts. */
export const profiles: Readonly<Record<Profile["name"], Profile>> = Object.freeze({
  quick: Object.freeze({ name: "quick", maxRoundTrips: 100, idleLimit: 10_000 }),
  full: Object.freeze({ name: "full", maxRoundTrips: Number.POSITIVE_INFINITY, idleLimit: null }),
});
