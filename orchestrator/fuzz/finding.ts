import { differenceText, streamText } from "../../mutation/describe.ts";
import type { Difference } from "../../mutation/difference.ts";
import { readerOf, type Stream } from "../../mutation/stream.ts";

/** A difference between a target and the rules, and the smallest stream that was found to show it. */
export interface Finding {
  readonly difference: Difference;
  /** Number of the stream that showed it first. */
  readonly number: number;
  /** How often it showed in so many replays, of so many copies at once. */
  readonly replays: { readonly shown: number; readonly of: number; readonly copies: number };
  /** Streams of the campaign that showed what has this signature. */
  readonly streams: number;
  /** What else was seen that has the same cause, as far as that can be told: of several, one for each signature. */
  readonly also?: readonly { readonly signature: string; readonly number: number }[];
  readonly stream: Stream;
  /** Streams that were tried to make it small, and whether nothing smaller was left. */
  readonly shrinking: { readonly tries: number; readonly minimal: boolean };
}

/** What a finding is worth. */
export type Weight =
  /** Confirmed, and no reading of the RFC allows it. */
  | "finding"
  /** Confirmed; the RFC leaves it to the target. */
  | "note"
  /** It did not show in every replay. */
  | "flaky";

/** What a finding is worth. */
export function weightOf({ difference, replays, streams }: Finding): Weight {
  // Nobody else has talked to it: a process that ended more than once did so because of what was sent, though the
  // stream that it was may depend on a race.
  if (difference.kind === "dies" && streams > 1) return "finding";
  if (replays.shown < replays.of) return "flaky";
  return difference.level === "must" ? "finding" : "note";
}

/** Characters of a stream as JSON that are told to replay it. */
const maxInline = 1_500;

/** A finding as a case that people read, and can replay. */
export function findingText(finding: Finding, seed: number | null): string {
  const { difference, number, replays, streams, also = [], stream, shrinking } = finding;
  const role = readerOf(stream) === "client" ? " --role client" : "";
  const from = (each: number) => (seed === null ? "" : `--seed ${seed} --stream ${each}${role}`);
  const place = seed === null ? "" : `; first: ${from(number)}`;
  const small = shrinking.minimal ? "nothing smaller shows it" : "not made as small as may be";
  return [
    `${difference.signature}\n`,
    differenceText(difference),
    `shown:    in ${streams} streams, and ${companyText(replays.copies)} in ${replays.shown} of ${replays.of} replays${place}\n`,
    ...also.map((each) => `seen too: ${each.signature}${seed === null ? "" : ` (${from(each.number)})`}\n`),
    `stream:   ${small} (${shrinking.tries} tried)\n`,
    streamText(stream)
      .split("\n")
      .map((line) => (line === "" ? "" : `  ${line}\n`))
      .join(""),
    replayLine(stream),
  ].join("");
}

/** The stream as a word of a command line, unless it is too long for one. */
function replayLine(stream: Stream): string {
  const json = JSON.stringify(stream).replaceAll("'", "\\u0027");
  return json.length > maxInline ? "" : `again:    --replay '${json}'\n`;
}

function companyText(copies: number): string {
  return copies === 1 ? "alone" : `${copies} at once`;
}
