import type { Catalogue } from "../../fuzzer/catalogue.ts";
import type { CaseRecord, Role } from "../../fuzzer/record.ts";
import type { BaselineEntry } from "../baseline.ts";
import type { PlayedRun } from "../facts/played.ts";

/** All that the site is made of. What reads files is not here: `record` is asked for one case at a time. */
export interface SiteInput {
  /** The version of wsmatrix that makes the site. */
  readonly version: string;
  /** ms since the epoch. */
  readonly madeAt: number;
  /** How people call wsmatrix, for commands that are shown. */
  readonly program: string;
  /** The suite of the newest run. */
  readonly catalogue: Catalogue;
  /** The newest first: the first is the one that is shown, the others are history. */
  readonly runs: readonly [PlayedRun, ...PlayedRun[]];
  /** Runs that could not be read, and why. */
  readonly skipped: readonly { readonly run: string; readonly reason: string }[];
  /** What is known of targets beside their results, by name. */
  readonly targets: ReadonlyMap<string, TargetFacts>;
  /** The record of a case in a cell of the newest run; null where none was kept, or it cannot be read. */
  readonly record: (cell: string, id: string) => CaseRecord | null;
  /** The end of the log of a cell of the newest run; null where none was kept. */
  readonly log: (cell: string) => string | null;
  readonly selfCheck: SelfCheckFacts | null;
  readonly pairs: readonly PairFacts[];
  /** Scenarios that were played, by cell. */
  readonly scenarios: ReadonlyMap<string, readonly ScenarioFacts[]>;
  /** The pages are served while the run goes on, and follow it. */
  readonly live: boolean;
}

/** What target.yaml, the Dockerfile and the baseline say of a target. */
export interface TargetFacts {
  readonly name: string;
  readonly language: string;
  readonly homepage: string;
  /** The protocol engine underneath, when it is another's. */
  readonly basedOn: string | null;
  readonly roles: readonly Role[];
  /** The newest first. */
  readonly versions: readonly string[];
  readonly deflate: boolean;
  readonly tls: boolean;
  readonly subprotocols: boolean;
  /** In octets; null without a limit. */
  readonly maxMessage: number | null;
  readonly maxFrame: number | null;
  readonly settings: readonly {
    readonly setting: string;
    readonly value: string | number | boolean;
    readonly why: string;
    readonly roles?: readonly Role[] | undefined;
    readonly changesVerdicts?: boolean | undefined;
  }[];
  /** Text of its Dockerfile; null when it has none. */
  readonly dockerfile: string | null;
  readonly baseline: readonly BaselineEntry[];
}

/** What `wsmatrix selfcheck --json` says. */
export interface SelfCheckFacts {
  readonly profile: string;
  readonly passed: boolean;
  readonly mutants: readonly {
    readonly name: string;
    readonly defect: string;
    readonly rule: string;
    readonly side: string;
    /** Patterns of the cases that should catch it; none for a rule that the suite does not exercise. */
    readonly caughtBy: readonly string[];
    /** Numbers of the cases that did. */
    readonly caught: readonly string[];
    readonly missed: readonly string[];
  }[];
}

/** One client with one server, from `pairs.json`. */
export interface PairFacts {
  readonly client: string;
  readonly server: string;
  /** Why they did not talk at all; null when they did. */
  readonly notRun: string | null;
  /** Null for one that the client did not ask for. */
  readonly talks: readonly (PairTalkFacts | null)[];
}

/** One connection of a pair. */
export interface PairTalkFacts {
  readonly binary: boolean;
  readonly octets: number;
  readonly fault: string | null;
  readonly by: string | null;
  readonly deflate: string | null;
}

/** What became of a scenario, from `scenarios/<cell>.json`. */
export interface ScenarioFacts {
  readonly scenario: string;
  readonly title: string | null;
  readonly outcome: "passed" | "failed" | "not-applicable";
  readonly reason: string | null;
}
