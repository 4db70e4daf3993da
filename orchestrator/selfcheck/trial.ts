import type { Case } from "../../fuzzer/case.ts";
import { isBulk } from "../../fuzzer/campaign.ts";
import { type Catalogue, catalogue } from "../../fuzzer/catalogue.ts";
import { bindLimits, extraCatalogue, isFor } from "../../fuzzer/extra-catalogue.ts";
import { judge } from "../../fuzzer/judge.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { Mutant, Side } from "../../reference-impl/mutants/mutant.ts";
import { mutants } from "../../reference-impl/mutants/mutants.ts";
import { classify, isExtraCase } from "../../report/tally.ts";

import type { Pipe } from "./pipe.ts";
import { referenceLimits as limits, ReferencePeer } from "./reference-peer.ts";
import { matches } from "./selfcheck.ts";
import { casesOverHttp2, playOverHttp2 } from "./http2-trial.ts";
import { casesOverTls, playOverTls } from "./tls-trial.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import { playExtraVirtually } from "./virtual-extra.ts";
import { playVirtually } from "./virtual-play.ts";

/** One mutant on one side; null for the endpoint without a defect. */
export interface Trial {
  readonly mutant: string | null;
  readonly side: Side;
}

export interface TrialRequest extends Trial {
  readonly profile: "quick" | "full";
}

/** What a trial has shown. */
export interface TrialResult {
  /** Cases in which it did not behave as the endpoint without a defect does, in the suite's order. */
  readonly caught: readonly string[];
  /** Number of cases that were played. */
  readonly played: number;
}

/** Virtual ms after which a case that has not ended counts as caught. */
const limit = 700_000;

/** The suites that a mutant is tried on: those that should catch it. */
function suitesFor(mutant: Mutant | undefined): readonly Catalogue[] {
  const isIn = (extra: boolean) => mutant?.caughtBy.some((pattern) => isExtraCase(pattern) === extra);
  if (mutant === undefined || mutant.caughtBy.length === 0) return [catalogue, extraCatalogue];
  return [...(isIn(false) ? [catalogue] : []), ...(isIn(true) ? [extraCatalogue] : [])];
}

/** Plays the short cases, and those of the long ones that the mutant names. */
export function tryMutant({ mutant: name, side, profile }: TrialRequest): TrialResult {
  const mutant = mutants.find((candidate) => candidate.name === name);
  const cases = suitesFor(mutant)
    .flatMap(({ entries }) => entries)
    .map((entry) => entry.case)
    .filter((each) => isFor(each, side, limits))
    .map((each) => bindLimits(each, limits))
    .filter((each) => !isBulk(each) || (mutant?.long.some((pattern) => matches(each.id, pattern)) ?? true));
  if (mutant !== undefined && mutant.caughtBy.length > 0 && !areToCatch(cases, mutant))
    return { caught: [], played: 0 };
  const caught = cases.filter((each) => {
    const makePeer = (clock: VirtualClock, pipe: Pipe) =>
      new ReferencePeer(clock, pipe, side, mutant === undefined ? {} : { defect: mutant.defectOf(side) });
    const record =
      each.extra === undefined
        ? playVirtually(each, makePeer, { role: side, limit, profile: profiles[profile] }).record
        : playExtraVirtually(each, makePeer, { role: side, limit });
    return record === null || !isRight(each, classify(judge(each, record)));
  });
  return { caught: caught.map(({ id }) => id), played: cases.length };
}

/** The same for the cases that are about TLS, of which only mutants that they are to catch play any. */
export function tryOverTls({ mutant: name, side }: TrialRequest): Promise<TrialResult> {
  return tryOverSockets(name, casesOverTls(side), (cases, mutant, onPlayed) =>
    playOverTls(cases, { mutant, side }, onPlayed),
  );
}

/** The same for the cases that are about HTTP/2: of a mutant those alone that are to catch it, for they take their time. */
export function tryOverHttp2({ mutant: name, side }: TrialRequest): Promise<TrialResult> {
  const mutant = mutants.find((candidate) => candidate.name === name);
  const cases = casesOverHttp2(side).filter((each) => mutant === undefined || areToCatch([each], mutant));
  return tryOverSockets(name, cases, playOverHttp2);
}

async function tryOverSockets(
  name: string | null,
  cases: readonly Case[],
  play: typeof playOverHttp2,
): Promise<TrialResult> {
  const mutant = mutants.find((candidate) => candidate.name === name);
  if (mutant !== undefined && !areToCatch(cases, mutant)) return { caught: [], played: 0 };
  const wrongOf = async (some: readonly Case[]) => {
    const wrong: Case[] = [];
    await play(some, mutant, (played, record) => {
      if (record === null || !isRight(played, classify(judge(played, record)))) wrong.push(played);
    });
    return wrong;
  };
  const first = await wrongOf(cases);
  const caught = mutant === undefined && first.length > 0 ? await wrongAlone(first, wrongOf) : first;
  return { caught: caught.map(({ id }) => id), played: cases.length };
}

/** Those that are wrong again when each is alone: a busy machine is no false alarm. */
async function wrongAlone(
  cases: readonly Case[],
  wrongOf: (some: readonly Case[]) => Promise<readonly Case[]>,
): Promise<readonly Case[]> {
  const wrong: Case[] = [];
  for (const each of cases) wrong.push(...(await wrongOf([each])));
  return wrong;
}

/** Whether some of the cases are to catch a mutant. */
function areToCatch(cases: readonly Case[], mutant: Mutant): boolean {
  return mutant.caughtBy.some((pattern) => cases.some(({ id }) => matches(id, pattern)));
}

/** Informational cases say nothing of a peer, whatever it does. */
function isRight(played: Case, tally: ReturnType<typeof classify>): boolean {
  return tally === (played.onEnd === "informational" ? "informational" : "pass");
}
