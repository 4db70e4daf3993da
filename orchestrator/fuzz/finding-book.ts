import type { Difference, DifferenceKind } from "../../mutation/difference.ts";
import { requestTraitsOf, traitsOf } from "../../mutation/traits.ts";

import { type Finding, weightOf } from "./finding.ts";

/** Kinds whose signature names the rule that was broken: the rest may have several causes under one signature. */
const telling: ReadonlySet<DifferenceKind> = new Set(["takes", "accepts", "ignores", "writes"]);

/** Streams that are looked at which show the same. */
const examples = 4;

const rank = { finding: 0, note: 1, flaky: 2 } as const;

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
    const enough = level === "must" && !telling.has(kind) ? examples : 1;
    return (this.#examined.get(signature) ?? 0) >= enough;
  }

  /** A stream has been looked at, for the signature that it showed at first. */
  examined({ signature }: Difference): void {
    this.#examined.set(signature, (this.#examined.get(signature) ?? 0) + 1);
  }

  /** Takes a finding. */
  add(finding: Finding): void {
    this.#found.push(finding);
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

const symptomsLast = ({ difference: { kind } }: Finding) => (kind === "ignores" ? 1 : 0);

const sizeOf = ({ difference, stream }: Finding) => traitsFor(difference, stream).size;

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

  /** Whether a finding that is no weightier is most likely one more of this. */
  explains(other: Finding): boolean {
    const { difference, stream } = this.#finding;
    const [mine, theirs] = [difference.signature, other.difference.signature];
    const isUnsure = weightOf(other) === "flaky" || other.replays.shown === 0;
    // Who goes on where it must not is silent where nothing can show that it goes on.
    if (theirs.startsWith("ignores") && theirs.replace("ignores", "takes") === mine) return true;
    if (telling.has(difference.kind) || telling.has(other.difference.kind)) return mine === theirs;
    if (isUnsure) return mine === theirs || this.#also.has(theirs);
    if (familyOf(difference) !== familyOf(other.difference)) return false;
    const all = traitsFor(other.difference, other.stream);
    return [...traitsFor(difference, stream)].every((trait) => all.has(trait));
  }
}

/** Of one stream, the same fault may show in any difference of one family. */
function familyOf({ kind, signature }: Difference): string {
  if (kind === "dies" || kind === "reorders") return signature;
  return isOfOpening({ kind, signature }) ? "opening" : "talk";
}

const isOfOpening = ({ kind, signature }: Pick<Difference, "kind" | "signature">) =>
  kind === "refuses" || (kind === "hangs" && /a legal re(quest|sponse)/.test(signature));

function traitsFor(difference: Difference, stream: Finding["stream"]): ReadonlySet<string> {
  return isOfOpening(difference) ? requestTraitsOf(stream) : traitsOf(stream);
}
