import type { Case } from "./case.ts";
import type { CaseRecord } from "./record.ts";

/**
 * How many cases may be open side by side. `crowd`: as many as target and machine take, bulk cases only while nothing
 * is open that they could disturb. `quiet`: some, and no bulk case of the same target among them. `silent`: the same, and
 * no bulk case of any other target beside them. `alone`: one, in silence.
 */
export type PlayMode = "crowd" | "quiet" | "silent" | "alone";

/** One play of one case. */
export interface Played {
  readonly case: Case;
  readonly record: CaseRecord;
  /** Nothing happened beside it that could have slowed the fuzzer or the target. */
  readonly quiet: boolean;
}

/** What became of a request to play cases. */
export interface StageOutcome {
  /** Cases that were not played to their end and were not open when the target died. */
  readonly unplayed: readonly Case[];
  /** Cases that were open when the target died, with what was recorded of them. */
  readonly suspects: readonly Suspect[];
  /** Why playing ended early; null when every case was played. */
  readonly death: string | null;
}

/** A case that was open when the target died. */
export interface Suspect {
  readonly case: Case;
  readonly record: CaseRecord;
}

/** Something that can have cases played: it dials a server target, or starts a client target on a list. */
export interface Stage {
  /**
   * Plays cases and reports each as it ends. A target that died before is started again first.
   *
   * @param moreOf how often a case that has just been reported is wanted again; a stage may leave that to the caller
   * @throws when the target cannot be started any more
   */
  play(
    cases: readonly Case[],
    mode: PlayMode,
    onPlayed: (played: Played) => void,
    moreOf?: (played: Case) => number,
  ): Promise<StageOutcome>;
}
