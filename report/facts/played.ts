import type { Outcome } from "../baseline.ts";
import type { CellKey, CellStatus } from "../cell.ts";
import { type Tally, tallySize, type VerdictPair } from "../tally.ts";

/** One case of one cell, as a run left it. */
export interface PlayedCase extends VerdictPair {
  readonly id: string;
  /** Why this behavior, in a sentence. */
  readonly result: string;
  /** Why this close, in a sentence. */
  readonly resultClose: string;
  readonly remoteCloseCode: number | null;
  /** ms. */
  readonly duration: number;
  /** How many times it was played for this verdict. */
  readonly plays: number;
  readonly flaky: boolean;
  /** What the baseline made of it; null where it was not asked. */
  readonly outcome: Outcome | null;
  /** Its record is still there. */
  readonly recorded: boolean;
}

/** What became of a cell; beside the statuses of a run that is over, those of one that is not. */
export type PlayedStatus = CellStatus | "unfinished" | "waiting";

/** One cell of a run, with all that is known of it. */
export interface PlayedCell extends CellKey {
  /** Such as `ws@8.23.0/server/plain`. */
  readonly id: string;
  /** Names its files and pages: holds only [a-zA-Z0-9._-]. */
  readonly file: string;
  /** It may be skipped without the run being the worse for it. */
  readonly optional: boolean;
  readonly status: PlayedStatus;
  /** Why it did not run, or not to its end. */
  readonly reason: string | null;
  /** The end of what the target or its build printed; null where nothing was kept. */
  readonly logTail: string | null;
  /** ms since the epoch; null when it was not started. */
  readonly startedAt: number | null;
  /** ms. */
  readonly duration: number;
  /** What was played: an image digest, a content hash or a URL; null when it was never made. */
  readonly digest: string | null;
  /** Cases that were selected for it. */
  readonly planned: number;
  /** Of Autobahn's cases. */
  readonly tally: Tally;
  /** Of ours, chapters from 20; null where none were selected. Never added to the other. */
  readonly extraTally: Tally | null;
  /** By number, in numeric order. */
  readonly cases: ReadonlyMap<string, PlayedCase>;
  /** Selected cases without a verdict, as far as they are known by name. */
  readonly notRun: readonly string[];
}

/** One run: what was asked, how far it came, and what came of it. */
export interface PlayedRun {
  readonly id: string;
  /** The version of wsmatrix that made it. */
  readonly version: string;
  readonly profile: "quick" | "full";
  /** ms since the epoch. */
  readonly startedAt: number;
  /** Null while it goes on, and when it was killed. */
  readonly finishedAt: number | null;
  /** `running` is also what a killed run leaves. */
  readonly state: "running" | "complete" | "interrupted";
  readonly exitCode: number | null;
  readonly engine: string;
  /** The accept preset that it went by. */
  readonly accept: string;
  /** The command line that made it. */
  readonly argv: readonly string[];
  /** Which part of a plan it is; null for all of it. */
  readonly shard: { readonly index: number; readonly count: number } | null;
  readonly platform: {
    readonly os: string;
    readonly arch: string;
    readonly node: string;
    readonly cpus: number;
    readonly memoryBytes: number;
  };
  /** What is missing or was cut off, in words. */
  readonly notes: readonly string[];
  readonly cells: readonly PlayedCell[];
}

/** Whether a cell has anything to show. */
export function hasVerdicts({ tally, extraTally }: PlayedCell): boolean {
  const played = (one: Tally | null) => one !== null && tallySize(one) > one.notRun;
  return played(tally) || played(extraTally);
}

/** The same target, role and variant, at whatever version. */
export function lineOf(cell: CellKey): string {
  return JSON.stringify([cell.target, cell.role, cell.variant]);
}

/** Orders versions of one target, the newest first: numbers by their value, other parts as text. */
export function compareVersions(a: string | null, b: string | null): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [x = "", y = ""] = [left[at], right[at]];
    if (x === y) continue;
    const [n, m] = [Number(x), Number(y)];
    if (Number.isNaN(n) || Number.isNaN(m)) return x < y ? 1 : -1;
    if (n !== m) return m - n;
  }
  return 0;
}

function partsOf(version: string | null): readonly string[] {
  return (version ?? "").split(/[.+-]/);
}
