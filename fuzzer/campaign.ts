import type { Case } from "./case.ts";
import { mayBeLoad } from "./confirm.ts";
import { judge } from "./judge.ts";
import type { CaseRecord, Verdict } from "./record.ts";
import type { Played, PlayMode, Stage, Suspect } from "./stage.ts";

/** Deaths of a target that no single case explains, in a row, before the rest is given up. */
export const maxUnexplainedDeaths = 3;

/** Plays with the same verdict, which load cannot have caused, before a case is held against a target. */
const provingPlays = 3;

/** The counted result of one case. */
export interface CaseResult {
  readonly case: Case;
  readonly record: CaseRecord;
  readonly verdict: Verdict;
  /** How often it was played. */
  readonly plays: number;
  /** Plays gave different verdicts. */
  readonly flaky: boolean;
}

export interface CampaignHooks {
  /** A play ended; it may not be the last of its case. */
  readonly onPlay?: (played: Played, verdict: Verdict) => void;
  /** The result of a case is certain. */
  readonly onResult: (result: CaseResult) => void;
  /** The target died. `suspects` were open. */
  readonly onDeath?: (reason: string, suspects: readonly Case[], unexplained: number) => void;
  /** Whether a verdict needs no second look before it is published. */
  readonly isAcceptable: (played: Case, verdict: Verdict) => boolean;
  /** Plays can be repeated; false for a client that we did not start. */
  readonly canRepeat: boolean;
}

/** How a campaign ended. */
export type CampaignEnd =
  | { readonly status: "ran" }
  /** The target died too often; what was played stays. */
  | { readonly status: "crashed"; readonly reason: string };

/**
 * Has a selection of cases played, and plays again what load can have caused, so that running many at once
 * never changes a verdict:
 *
 * 1. everything once, side by side as the stage sees fit;
 * 2. what is suspicious and was not played in quiet, again in quiet, and in silence where the machine was too busy for it;
 * 3. where two plays differ, a third, alone, counts, and the case is flaky;
 * 4. what is not acceptable, twice more before it is called so; at once, where the stage can.
 *
 * @throws what the stage throws; what was played until then is published, unless it was an abort
 */
export async function campaign(
  cases: readonly Case[],
  stage: Stage,
  hooks: CampaignHooks,
): Promise<CampaignEnd> {
  const plays = new Plays(stage, hooks);
  try {
    await plays.playAll(cases, "crowd");
    if (hooks.canRepeat) await confirm(cases, plays);
    plays.publishRest();
    return { status: "ran" };
  } catch (error) {
    if (!isAbort(error)) plays.publishRest();
    if (error instanceof Crashed) return { status: "crashed", reason: error.message };
    throw error;
  }
}

/** An aborted campaign has doubtful results, which a resumed one plays again. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** A case whose length is the work it makes, not its timers (chapters 9 and later). */
export function isBulk(played: Case): boolean {
  return played.onMessage.rule !== "compare" || played.extra?.heavy === true;
}

async function confirm(cases: readonly Case[], plays: Plays): Promise<void> {
  await plays.playAll(
    cases.filter((played) => plays.isDoubtful(played)),
    "quiet",
  );
  await settle(cases, plays);
  const wanting = cases.filter((played) => plays.lacksProof(played));
  for (let again = 1; again < provingPlays; again++) {
    await plays.playAll(
      wanting.filter((played) => plays.lacksPlays(played)),
      "quiet",
    );
  }
  await settle(wanting, plays);
}

/** Has played what quiet has not made certain. */
async function settle(cases: readonly Case[], plays: Plays): Promise<void> {
  await plays.playAll(
    cases.filter((played) => plays.isDoubtful(played)),
    "silent",
  );
  await plays.playAll(
    cases.filter((played) => plays.isUndecided(played)),
    "alone",
  );
}

/** The target died more often than any case explains. */
class Crashed extends Error {}

interface Kept extends Played {
  readonly verdict: Verdict;
}

/** All plays of a campaign so far, and the handling of a target that dies. */
class Plays {
  readonly #stage: Stage;
  readonly #hooks: CampaignHooks;
  readonly #kept = new Map<string, Kept[]>();
  readonly #published = new Set<string>();
  #unexplainedDeaths = 0;

  constructor(stage: Stage, hooks: CampaignHooks) {
    this.#stage = stage;
    this.#hooks = hooks;
  }

  /** Whether a case was played in a crowd, and the crowd can have caused its verdict. */
  isDoubtful(played: Case): boolean {
    const last = this.#last(played);
    return last !== null && isDoubt(last);
  }

  /** Whether a case killed the target, so that playing it again tells nothing. */
  isConvicted(played: Case): boolean {
    return this.#last(played)?.record.targetDied === true;
  }

  /** Whether a play alone has to decide between different verdicts. */
  isUndecided(played: Case): boolean {
    return this.differ(played) && !this.isConvicted(played);
  }

  /** Whether plays of a case gave different verdicts. */
  differ(played: Case): boolean {
    const kept = this.#kept.get(played.id) ?? [];
    return kept.some(({ verdict }) => !sameVerdict(verdict, kept[0]!.verdict));
  }

  /** Whether a case was played, its verdict would be held against the target, and too few plays say so. */
  lacksProof(played: Case): boolean {
    const last = this.#last(played);
    return last !== null && this.lacksPlays(played) && !this.#hooks.isAcceptable(played, last.verdict);
  }

  /** Whether more plays can tell something of a case that is to be proven. */
  lacksPlays(played: Case): boolean {
    const kept = this.#kept.get(played.id) ?? [];
    const agreeing = kept.filter((play) => !isDoubt(play) && sameVerdict(play.verdict, kept.at(-1)!.verdict));
    return !this.isConvicted(played) && agreeing.length < provingPlays;
  }

  /** How often a case that was just played should be played again beside others. */
  wantedAgain(played: Case): number {
    const kept = this.#kept.get(played.id) ?? [];
    const first = kept.length === 1 && !isDoubt(kept[0]!) && !isBulk(played);
    return first && this.#hooks.canRepeat && this.lacksProof(played) ? provingPlays - 1 : 0;
  }

  /** Plays cases, starting over with what is left whenever the target dies. */
  async playAll(cases: readonly Case[], mode: PlayMode): Promise<void> {
    let rest = cases;
    while (rest.length > 0) {
      const outcome = await this.#stage.play(
        rest,
        mode,
        (played) => this.#keep(played),
        (played) => this.wantedAgain(played),
      );
      if (outcome.death === null) return;
      // A client that leaves between two cases is started on the rest for as long as it gets on.
      if (outcome.suspects.length === 0 && outcome.unplayed.length < rest.length) this.#unexplainedDeaths = 0;
      this.#noteDeath(outcome.death, outcome.suspects);
      for (const suspect of outcome.suspects) await this.#tryAlone(suspect);
      if (this.#unexplainedDeaths > maxUnexplainedDeaths) throw new Crashed(outcome.death);
      rest = outcome.unplayed;
    }
  }

  /** Publishes everything that was played and not published yet. */
  publishRest(): void {
    for (const kept of this.#kept.values()) this.#publish(kept[0]!.case);
  }

  /** A case that was open when the target died is played alone; it is guilty when that kills the target twice. */
  async #tryAlone(suspect: Suspect): Promise<void> {
    for (let attempt = 1; attempt <= 2; attempt++) {
      const outcome = await this.#stage.play([suspect.case], "alone", (played) => this.#keep(played));
      if (outcome.death === null) return;
      this.#noteDeath(outcome.death, [suspect]);
    }
    this.#unexplainedDeaths = 0;
    this.#keep({ case: suspect.case, record: { ...suspect.record, targetDied: true }, quiet: true });
  }

  #noteDeath(reason: string, suspects: readonly Suspect[]): void {
    this.#unexplainedDeaths++;
    this.#hooks.onDeath?.(
      reason,
      suspects.map((suspect) => suspect.case),
      this.#unexplainedDeaths,
    );
  }

  #keep(played: Played): void {
    const verdict = judge(played.case, played.record);
    const kept = this.#kept.get(played.case.id) ?? [];
    kept.push({ ...played, verdict });
    this.#kept.set(played.case.id, kept);
    this.#hooks.onPlay?.(played, verdict);
    if (!this.#hooks.canRepeat || this.#isCertain(played.case)) this.#publish(played.case);
  }

  #isCertain(played: Case): boolean {
    return !this.isDoubtful(played) && !this.differ(played) && !this.lacksProof(played);
  }

  #last(played: Case): Kept | null {
    return this.#kept.get(played.id)?.at(-1) ?? null;
  }

  #publish(played: Case): void {
    if (this.#published.has(played.id)) return;
    this.#published.add(played.id);
    const { record, verdict } = this.#last(played)!;
    const plays = this.#kept.get(played.id)!.length;
    this.#hooks.onResult({ case: played, record, verdict, plays, flaky: this.differ(played) });
  }
}

/** A play in a crowd whose verdict that can have caused. */
function isDoubt({ case: played, record, verdict, quiet }: Kept): boolean {
  return !quiet && mayBeLoad(played, record, verdict);
}

function sameVerdict(a: Verdict, b: Verdict): boolean {
  return a.behavior === b.behavior && a.behaviorClose === b.behaviorClose;
}
