import { differenceText, streamText } from "../../mutation/describe.ts";
import type { Difference, DifferenceKind } from "../../mutation/difference.ts";
import { shapeOf } from "../../mutation/shape.ts";
import type { Stream } from "../../mutation/stream.ts";

/** A difference between a target and the rules, and the smallest stream that was found to show it. */
export interface Finding {
  readonly difference: Difference;
  /** Number of the stream that showed it first. */
  readonly number: number;
  /** How often it showed in so many replays, of so many copies at once. */
  readonly replays: { readonly shown: number; readonly of: number; readonly copies: number };
  /** Streams of the campaign that showed what has this signature. */
  readonly streams: number;
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

/** Findings of one campaign: those of one cause are one. */
export class FindingBook {
  readonly #found: Finding[] = [];
  readonly #streams = new Map<string, number>();
  readonly #examined = new Map<string, number>();

  /** A stream of the campaign has shown it. */
  count({ signature }: Difference): void {
    this.#streams.set(signature, (this.#streams.get(signature) ?? 0) + 1);
  }

  /** Whether enough is known of differences with this signature: of what matters, some examples are looked at. */
  isKnown({ kind, signature, level }: Difference): boolean {
    return (this.#examined.get(signature) ?? 0) >= (level === "must" && !telling.has(kind) ? 3 : 1);
  }

  /** A stream has been looked at, for the signature that it showed at first. */
  examined({ signature }: Difference): void {
    this.#examined.set(signature, (this.#examined.get(signature) ?? 0) + 1);
  }

  /** Takes a finding, unless its cause is known already: then whichever was confirmed stays. */
  add(finding: Finding): void {
    const at = this.#found.findIndex((other) => causeOf(other) === causeOf(finding));
    if (at < 0) this.#found.push(finding);
    else if (weightOf(this.#found[at]!) === "flaky") this.#found[at] = finding;
  }

  /** Who goes on where it must not is silent where nothing can show that it goes on. */
  #isToldAlready({ difference: { kind, signature } }: Finding): boolean {
    const counterpart = signature.replace(/^ignores/, "takes");
    return (
      kind === "ignores" &&
      this.#found.some((other) => other.difference.signature === counterpart && weightOf(other) !== "flaky")
    );
  }

  /** All of them, the weightiest first. */
  list(): readonly Finding[] {
    const rank = { finding: 0, note: 1, flaky: 2 } as const;
    return this.#found
      .filter((finding) => !this.#isToldAlready(finding))
      .map((finding) => ({
        ...finding,
        streams: Math.max(finding.streams, this.#streams.get(finding.difference.signature) ?? 0),
      }))
      .toSorted((a, b) => rank[weightOf(a)] - rank[weightOf(b)] || b.streams - a.streams);
  }
}

/** Kinds whose signature names the rule that was broken: the rest may have several causes under one signature. */
const telling: ReadonlySet<DifferenceKind> = new Set(["takes", "accepts", "ignores", "writes"]);

function causeOf({ difference: { kind, signature }, replays, stream }: Finding): string {
  return telling.has(kind) || replays.shown === 0 ? signature : `${signature} / ${shapeOf(stream)}`;
}

/** A finding as a case that people read. */
export function findingText(finding: Finding, seed: number | null): string {
  const { difference, number, replays, streams, stream, shrinking } = finding;
  const place = seed === null ? "" : `; first: --seed ${seed} --stream ${number}`;
  const small = shrinking.minimal ? "nothing smaller shows it" : "not made as small as may be";
  return [
    `${difference.signature}\n`,
    differenceText(difference),
    `shown:    in ${streams} streams, and ${companyText(replays.copies)} in ${replays.shown} of ${replays.of} replays${place}\n`,
    `stream:   ${small} (${shrinking.tries} tried)\n`,
    streamText(stream)
      .split("\n")
      .map((line) => (line === "" ? "" : `  ${line}\n`))
      .join(""),
  ].join("");
}

function companyText(copies: number): string {
  return copies === 1 ? "alone" : `${copies} at once`;
}
