import { BEHAVIORS, BEHAVIOR_CLOSES, type VerdictPair } from "../tally.ts";
import type { PlayedCell } from "./played.ts";

/** Selected, and without a verdict. */
const NOT_RUN = "-";

/** Not selected. */
const ABSENT = ".";

/**
 * All verdicts of a cell in a text, a character for each of `ids`: a letter for a verdict (see
 * {@link VERDICT_LETTERS}), `-` for a case that was not run, `.` for one that was not asked for. Small enough
 * to keep for every run there ever was.
 */
export function verdictText({ cases, notRun }: PlayedCell, ids: readonly string[]): string {
  const missing = new Set(notRun);
  return ids
    .map((id) => {
      const played = cases.get(id);
      if (played !== undefined) return letterOf(played);
      return missing.has(id) ? NOT_RUN : ABSENT;
    })
    .join("");
}

/** The letter of a verdict: behaviors in sixes, closes within. */
export function letterOf({ behavior, behaviorClose }: VerdictPair): string {
  const number =
    BEHAVIORS.indexOf(behavior) * BEHAVIOR_CLOSES.length + BEHAVIOR_CLOSES.indexOf(behaviorClose);
  return letter(number);
}

function letter(number: number): string {
  return String.fromCharCode(number < 26 ? 65 + number : 97 + number - 26);
}

/** What each letter stands for. */
export const VERDICT_LETTERS: Readonly<Record<string, VerdictPair>> = Object.fromEntries(
  BEHAVIORS.flatMap((behavior, at) =>
    BEHAVIOR_CLOSES.map((behaviorClose, and) => [
      letter(at * BEHAVIOR_CLOSES.length + and),
      { behavior, behaviorClose },
    ]),
  ),
);
