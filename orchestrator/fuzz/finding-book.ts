import type { Difference, DifferenceKind } from "../../mutation/difference.ts";
import { requestTraitsOf, traitsOf } from "../../mutation/traits.ts";

import { type Finding, weightOf } from "./finding.ts";

/** Kinds whose signature names the rule that was broken: the rest may have several causes under one signature. */
const telling: ReadonlySet<DifferenceKind> = new Set(["takes", "accepts", "ignores", "writes"]);

/** Streams that show the same and are looked at: so many in which it is certain, or so many more. */
const examples = 4;
const vainExamples = 3;

const rank = { finding: 0, note: 1, flaky: 2 } as const;

/** Findings of one campaign: those of one cause are one. */
export class FindingBook {
  readonly #found: Finding[] = [];
  readonly #streams = new Map<string, number>();
  readonly #examined = new Map<string, { count: number; certain: number }>();

  /** A stream of the campaign has shown it. */
  count({ signature }: Difference): void {
    this.#streams.set(signature, (this.#streams.get(signature) ?? 0) + 1);
  }

  /** Whether enough is known of differences with this signature: of what matters, some examples are looked at. */
  isKnown({ kind, signature, level }: Difference): boolean {
    const enough = level === "must" && !telling.has(kind) ? examples : 1;
    const { count, certain } = this.#examined.get(signature) ?? { count: 0, certain: 0 };
    return certain >= enough || count >= enough + vainExamples;
  }

  /**
   * Takes what came of looking at a stream.
   *
   * @param suspected what the stream had shown at first
   */
  add(finding: Finding, { signature }: Difference = finding.difference): void {
    this.#found.push(finding);
    const { count, certain } = this.#examined.get(signature) ?? { count: 0, certain: 0 };
    const isCertain = weightOf(finding) !== "flaky";
    this.#examined.set(signature, { count: count + 1, certain: certain + (isCertain ? 1 : 0) });
  }

  /** All of them, each cause once, the weightiest first. */
  list(): readonly Finding[] {
    const causes: Cause[] = [];
    for (const finding of this.#found.map((each) => this.#counted(each)).toSorted(byPlainness)) {
      const cause = causes.find((each) => each.explains(finding));
      if (cause === undefined) causes.push(new Cause(finding));
      else cause.add(finding);
    }
    return causes
      .map((cause) => cause.finding)
      .toSorted((a, b) => rank[weightOf(a)] - rank[weightOf(b)] || b.streams - a.streams);
  }

  /** A stream was looked at that showed nothing, and had shown what it did for want of time. */
  dismiss({ signature }: Difference): void {
    const { count, certain } = this.#examined.get(signature) ?? { count: 0, certain: 0 };
    this.#examined.set(signature, { count: count + 1, certain });
  }

  #counted(finding: Finding): Finding {
    return {
      ...finding,
      streams: Math.max(finding.streams, this.#streams.get(finding.difference.signature) ?? 0),
    };
  }
}

/** What is certain comes first, and of that what has the simplest stream: it explains what follows. */
function byPlainness(a: Finding, b: Finding): number {
  return rank[weightOf(a)] - rank[weightOf(b)] || symptomsLast(a) - symptomsLast(b) || sizeOf(a) - sizeOf(b);
}

/** What names a rule may be a symptom of what does not, and silence one of both. */
const symptomsLast = ({ difference: { kind } }: Finding) =>
  kind === "ignores" ? 2 : telling.has(kind) ? 1 : 0;

const sizeOf = (finding: Finding) => traitsFor(finding).size;

/** A fault, as its simplest finding shows it, and what else it shows in. */
class Cause {
  readonly #finding: Finding;
  readonly #also = new Map<string, number>();

  constructor(finding: Finding) {
    this.#finding = finding;
  }

  get finding(): Finding {
    const also = [...this.#also].map(([signature, number]) => ({ signature, number }));
    return also.length === 0 ? this.#finding : { ...this.#finding, also };
  }

  add({ difference: { signature }, number }: Finding): void {
    if (signature !== this.#finding.difference.signature && !this.#also.has(signature))
      this.#also.set(signature, number);
  }

  /** What comes back altered may be taken for something else, such as a text that is none and was not refused. */
  #isBehind({ difference: { kind }, stream }: Finding): boolean {
    const traits = traitsFor(this.#finding);
    if (kind !== "takes" || familyOf(this.#finding) !== "talk" || traits.size < specific) return false;
    return isSubset(traits, traitsOf(stream));
  }

  /** A client that does not open what agrees on compression ends all connections that do. */
  #isBehindResponse({ difference: { kind }, stream }: Finding): boolean {
    if (!isOfOpening(this.#finding) || stream.kind !== "frames" || stream.from !== "server") return false;
    return ended.has(kind) && isSubset(traitsFor(this.#finding), requestTraitsOf(stream));
  }

  /** Whether a finding that is no weightier is most likely one more of this. */
  explains(other: Finding): boolean {
    const { difference } = this.#finding;
    const [mine, theirs] = [difference.signature, other.difference.signature];
    const isUnsure = weightOf(other) === "flaky" || other.replays.shown === 0;
    // Who goes on where it must not is silent where nothing can show that it goes on.
    if (theirs.startsWith("ignores") && theirs.replace("ignores", "takes") === mine) return true;
    if (telling.has(difference.kind)) return mine === theirs;
    if (telling.has(other.difference.kind)) return this.#isBehind(other);
    if (this.#isBehindResponse(other)) return true;
    if (isUnsure) return mine === theirs || this.#also.has(theirs);
    if (familyOf(this.#finding) !== familyOf(other)) return false;
    return isSubset(traitsFor(this.#finding), traitsFor(other));
  }
}

/** What is seen of a client that has ended a connection. */
const ended: ReadonlySet<DifferenceKind> = new Set(["fails", "no-close"]);

/** Traits that are no chance when another stream has all of them. */
const specific = 3;

/** Of one stream, the same fault may show in any difference of one family. */
function familyOf(finding: Finding): string {
  const { kind, signature } = finding.difference;
  if (kind === "dies" || kind === "reorders") return signature;
  return isOfOpening(finding) ? "opening" : "talk";
}

/** A client that ends a connection on which nothing was said does not like the response. */
function isOfOpening({ difference: { kind, signature }, stream }: Finding): boolean {
  if (kind === "refuses") return true;
  if (kind === "hangs") return /a legal re(quest|sponse)/.test(signature);
  return (
    kind !== "dies" && stream.kind === "frames" && stream.from === "server" && stream.elements.length === 0
  );
}

function traitsFor(finding: Finding): ReadonlySet<string> {
  return isOfOpening(finding) ? requestTraitsOf(finding.stream) : traitsOf(finding.stream);
}

function isSubset(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return [...some].every((each) => all.has(each));
}
