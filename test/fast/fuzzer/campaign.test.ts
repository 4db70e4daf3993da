import { describe, expect, it } from "vitest";

import {
  campaign,
  type CampaignEnd,
  type CampaignHooks,
  type CaseResult,
  maxUnexplainedDeaths,
} from "../../../fuzzer/campaign.ts";
import type { Case } from "../../../fuzzer/case.ts";
import { digestOf } from "../../../fuzzer/digest.ts";
import type { CaseRecord, RecordedEvent, Verdict } from "../../../fuzzer/record.ts";
import type { PlayMode, Played, Stage, StageOutcome } from "../../../fuzzer/stage.ts";

import { caseWith } from "../../support/player-bench.ts";
import { recordWith } from "../../support/records.ts";

const pong: RecordedEvent = { event: "pong", payload: digestOf(Buffer.from("a")) };

/** Records of a case that wants one pong and tolerates none. */
const records = {
  ok: { received: [pong] },
  nonStrict: { received: [] },
  unclean: { received: [pong], wasClean: false },
  /** Wrong octets: final, whoever is to blame. */
  wrong: { received: [{ ...pong, payload: digestOf(Buffer.from("b")) }] },
} satisfies Record<string, Partial<CaseRecord>>;

/** What a play of a case comes to: a record, or the target dies of it. */
type Fate = keyof typeof records | "dies";

const wantsPong: Partial<Case> = {
  expected: { OK: [{ event: "pong", payload: { hex: "61" } }], "NON-STRICT": [] },
};
const bulkRule = { rule: "lengthOnly", binary: false, length: 1 } as const;

interface ScriptedSetup {
  /** Cases that are open side by side in a crowd. */
  readonly open?: number;
  /** Whether a crowd counts as quiet. */
  readonly quietCrowd?: boolean;
  /** The machine is too busy for quiet: only silence is. */
  readonly busy?: boolean;
  /** Whether cases are played again in the same go. */
  readonly playsMore?: boolean;
}

/** A stage without a target: each case has its fates, play after play, the last one staying. */
class ScriptedStage implements Stage {
  /** What was asked for: mode and ids. */
  readonly asked: string[] = [];
  readonly #fates: Map<string, Fate[]>;
  readonly #setup: ScriptedSetup;

  constructor(fates: Readonly<Record<string, readonly Fate[]>>, setup: ScriptedSetup = {}) {
    this.#fates = new Map(Object.entries(fates).map(([id, list]) => [id, [...list]]));
    this.#setup = setup;
  }

  play(
    cases: readonly Case[],
    mode: PlayMode,
    onPlayed: (played: Played) => void,
    moreOf: (played: Case) => number,
  ): Promise<StageOutcome> {
    this.asked.push(`${mode}: ${cases.map(({ id }) => id).join(" ")}`);
    const quiet = mode === "crowd" ? this.#setup.quietCrowd === true : mode !== "quiet" || !this.#setup.busy;
    for (const [at, played] of cases.entries()) {
      const fate = this.#next(played.id);
      if (fate === "dies") return Promise.resolve(this.#death(cases.slice(at), mode));
      const trips = { sent: 0, right: 1, wrong: 0, last: "complete", lastWrong: null } as const;
      const bulk = played.onMessage.rule === "compare" ? {} : { trips };
      onPlayed({ case: played, record: recordWith({ id: played.id, ...records[fate], ...bulk }), quiet });
      if (!this.#setup.playsMore) continue;
      for (let more = moreOf(played); more > 0; more--) {
        const record = recordWith({
          id: played.id,
          ...records[this.#next(played.id) as keyof typeof records],
        });
        onPlayed({ case: played, record, quiet });
      }
    }
    return Promise.resolve({ unplayed: [], suspects: [], death: null });
  }

  #next(id: string): Fate {
    const fates = this.#fates.get(id) ?? ["ok"];
    return fates.length > 1 ? fates.shift()! : fates[0]!;
  }

  #death(left: readonly Case[], mode: PlayMode): StageOutcome {
    const open = mode === "alone" ? 1 : (this.#setup.open ?? 1);
    const suspects = left
      .slice(0, open)
      .map((played) => ({ case: played, record: recordWith({ id: played.id, wasClean: false }) }));
    return { unplayed: left.slice(open), suspects, death: "exit code 139" };
  }
}

interface Outcome {
  readonly end: CampaignEnd;
  readonly results: readonly CaseResult[];
  /** Case: verdict, plays, and whether it is flaky. */
  readonly told: readonly string[];
  readonly deaths: readonly string[];
  readonly plays: readonly string[];
}

const strict = (_played: Case, { behavior, behaviorClose }: Verdict) =>
  behavior === "OK" && behaviorClose === "OK";

async function run(
  stage: Stage,
  ids: readonly string[],
  hooks: Partial<CampaignHooks> = {},
  changes: Readonly<Record<string, Partial<Case>>> = {},
): Promise<Outcome> {
  const results: CaseResult[] = [];
  const deaths: string[] = [];
  const plays: string[] = [];
  const cases = ids.map((id) => caseWith({ ...wantsPong, id, ...changes[id] }));
  const end = await campaign(cases, stage, {
    onPlay: (played) => void plays.push(played.case.id),
    onResult: (result) => void results.push(result),
    onDeath: (reason, suspects, count) =>
      void deaths.push(`${reason} ${suspects.map(({ id }) => id).join(" ")} #${count}`),
    isAcceptable: strict,
    canRepeat: true,
    ...hooks,
  });
  return { end, results, told: results.map(tell), deaths, plays };
}

function tell({ case: { id }, verdict, plays, flaky }: CaseResult): string {
  return `${id}: ${verdict.behavior}/${verdict.behaviorClose} ${plays}${flaky ? " flaky" : ""}`;
}

const ran = { status: "ran" };

describe("a campaign against a target that is all right", () => {
  it("plays everything once, in one crowd", async () => {
    const stage = new ScriptedStage({});
    const { end, told, plays } = await run(stage, ["1", "9", "2"], {}, { "9": { onMessage: bulkRule } });
    expect(end).toEqual(ran);
    expect(stage.asked).toEqual(["crowd: 1 9 2"]);
    expect(told).toEqual(["1: OK/OK 1", "9: OK/OK 1", "2: OK/OK 1"]);
    expect(plays).toEqual(["1", "9", "2"]);
  });

  it("publishes what is certain at once", async () => {
    const seen: string[] = [];
    const stage = new ScriptedStage({ "2": ["unclean", "ok"] });
    await run(stage, ["1", "2", "3"], {
      onPlay: ({ case: { id } }) => void seen.push(`play ${id}`),
      onResult: ({ case: { id } }) => void seen.push(`result ${id}`),
    });
    expect(seen.slice(0, 5)).toEqual(["play 1", "result 1", "play 2", "play 3", "result 3"]);
    expect(seen.at(-1)).toBe("result 2");
  });

  it("does nothing with no cases", async () => {
    expect(await run(new ScriptedStage({}), [])).toMatchObject({ end: ran, told: [] });
  });
});

describe("confirming", () => {
  it.each<[string, Fate[], string, string[]]>([
    [
      "a doubt that is dispelled: a third, alone, counts",
      ["unclean", "ok", "ok"],
      "OK/OK 3 flaky",
      ["quiet", "alone"],
    ],
    [
      "a doubt that comes back alone",
      ["unclean", "ok", "unclean"],
      "OK/UNCLEAN 6 flaky",
      ["quiet", "alone", "quiet", "quiet", "alone"],
    ],
    [
      "the same again, and twice more before it is called so",
      ["unclean"],
      "OK/UNCLEAN 4",
      ["quiet", "quiet", "quiet"],
    ],
    [
      "the same again, but not always",
      ["unclean", "unclean", "unclean", "ok", "ok"],
      "OK/OK 5 flaky",
      ["quiet", "quiet", "quiet", "alone"],
    ],
    ["wrong octets are no doubt, and are played twice more", ["wrong"], "FAILED/OK 3", ["quiet", "quiet"]],
    ["wrong octets that are right next time", ["wrong", "ok"], "OK/OK 4 flaky", ["quiet", "quiet", "alone"]],
    ["right at once", ["ok", "wrong"], "OK/OK 1", []],
  ])("%s", async (_name, fates, wanted, modes) => {
    const stage = new ScriptedStage({ "1": fates });
    const { end, told } = await run(stage, ["1"]);
    expect(end).toEqual(ran);
    expect(told).toEqual([`1: ${wanted}`]);
    expect(stage.asked).toEqual(["crowd", ...modes].map((mode) => `${mode}: 1`));
  });

  it.each<[string, Fate[], string, string[]]>([
    ["right in silence", ["unclean", "unclean", "ok"], "OK/OK 4 flaky", ["quiet", "silent", "alone"]],
    ["to be proven", ["unclean"], "OK/UNCLEAN 6", ["quiet", "silent", "quiet", "quiet", "silent"]],
  ])("plays a doubtful case in silence where the machine is too busy for quiet: %s", async (...row) => {
    const [, fates, wanted, modes] = row;
    const stage = new ScriptedStage({ "1": fates }, { busy: true });
    expect((await run(stage, ["1"])).told).toEqual([`1: ${wanted}`]);
    expect(stage.asked).toEqual(["crowd", ...modes].map((mode) => `${mode}: 1`));
  });

  it("plays again only what needs it", async () => {
    const stage = new ScriptedStage({ "2": ["unclean", "ok"], "4": ["unclean"], "5": ["wrong"] });
    const { told } = await run(stage, ["1", "2", "3", "4", "5"]);
    expect(stage.asked).toEqual(["crowd: 1 2 3 4 5", "quiet: 2 4", "alone: 2", "quiet: 4 5", "quiet: 4 5"]);
    expect(told.toSorted()).toEqual([
      "1: OK/OK 1",
      "2: OK/OK 3 flaky",
      "3: OK/OK 1",
      "4: OK/UNCLEAN 4",
      "5: FAILED/OK 3",
    ]);
  });

  it("does not repeat what was played in quiet already and is acceptable", async () => {
    const stage = new ScriptedStage({ "1": ["nonStrict"] }, { quietCrowd: true });
    const { told } = await run(stage, ["1"], { isAcceptable: () => true });
    expect([stage.asked, told]).toEqual([["crowd: 1"], ["1: NON-STRICT/OK 1"]]);
  });

  it("repeats a doubt of the crowd once even if it is acceptable", async () => {
    const stage = new ScriptedStage({ "1": ["nonStrict"] });
    const { told } = await run(stage, ["1"], { isAcceptable: () => true });
    expect([stage.asked, told]).toEqual([["crowd: 1", "quiet: 1"], ["1: NON-STRICT/OK 2"]]);
  });

  it("plays what is not acceptable twice more, though it was played in quiet", async () => {
    const stage = new ScriptedStage({ "1": ["nonStrict"] }, { quietCrowd: true });
    const { told } = await run(stage, ["1"]);
    expect([stage.asked, told]).toEqual([["crowd: 1", "quiet: 1", "quiet: 1"], ["1: NON-STRICT/OK 3"]]);
  });

  it.each<[string, Fate[], string, string[]]>([
    ["and needs no more then", ["wrong"], "FAILED/OK 3", []],
    ["and alone where plays differ", ["wrong", "wrong", "ok", "ok"], "OK/OK 4 flaky", ["alone"]],
    ["unless it is acceptable", ["ok"], "OK/OK 1", []],
  ])("plays it twice more at once, where the stage can, %s", async (_name, fates, wanted, modes) => {
    const stage = new ScriptedStage({ "1": fates }, { quietCrowd: true, playsMore: true });
    const { told } = await run(stage, ["1"]);
    expect([stage.asked, told]).toEqual([["crowd", ...modes].map((mode) => `${mode}: 1`), [`1: ${wanted}`]]);
  });

  it("does not at once what load can have caused, nor bulk cases", async () => {
    const noisy = new ScriptedStage({ "1": ["unclean"], "2": ["wrong"] }, { playsMore: true });
    expect((await run(noisy, ["1", "2"])).told).toEqual(["2: FAILED/OK 3", "1: OK/UNCLEAN 4"]);
    expect(noisy.asked).toEqual(["crowd: 1 2", "quiet: 1", "quiet: 1", "quiet: 1"]);
    const bulk = new ScriptedStage({ "9": ["ok"] }, { quietCrowd: true, playsMore: true });
    await run(bulk, ["9"], { isAcceptable: () => false }, { "9": { onMessage: bulkRule } });
    expect(bulk.asked).toEqual(["crowd: 9", "quiet: 9", "quiet: 9"]);
  });

  it("asks about acceptance by case and verdict", async () => {
    const stage = new ScriptedStage({ "1": ["wrong"], "2": ["wrong"] });
    const { told } = await run(stage, ["1", "2"], {
      isAcceptable: ({ id }, { behavior }) => id === "1" && behavior === "FAILED",
    });
    expect(told).toEqual(["1: FAILED/OK 1", "2: FAILED/OK 3"]);
  });

  it("publishes every first play, and repeats none, where plays cannot be repeated", async () => {
    const stage = new ScriptedStage({ "1": ["unclean"], "2": ["wrong"] });
    const { told } = await run(stage, ["1", "2", "3"], { canRepeat: false });
    expect(stage.asked).toEqual(["crowd: 1 2 3"]);
    expect(told).toEqual(["1: OK/UNCLEAN 1", "2: FAILED/OK 1", "3: OK/OK 1"]);
  });

  it("lets the first verdict stand there, though a client plays a case twice", async () => {
    const stage: Stage = {
      play(cases, _mode, onPlayed) {
        onPlayed({ case: cases[0]!, record: recordWith(records.ok), quiet: false });
        onPlayed({ case: cases[0]!, record: recordWith(records.wrong), quiet: false });
        return Promise.resolve({ unplayed: [], suspects: [], death: null });
      },
    };
    expect((await run(stage, ["1"], { canRepeat: false })).told).toEqual(["1: OK/OK 1"]);
  });
});

describe("a target that dies", () => {
  it("of one case: that case is played alone, and convicted when it kills twice more; the rest goes on", async () => {
    const stage = new ScriptedStage({ "2": ["dies"] }, { open: 2 });
    const { end, told, deaths, results } = await run(stage, ["1", "2", "3", "4"]);
    expect(end).toEqual(ran);
    expect(stage.asked).toEqual(["crowd: 1 2 3 4", "alone: 2", "alone: 2", "alone: 3", "crowd: 4"]);
    expect(told.toSorted()).toEqual(["1: OK/OK 1", "2: FAILED/FAILED 1", "3: OK/OK 1", "4: OK/OK 1"]);
    expect(results.find(({ case: { id } }) => id === "2")!.record.targetDied).toBe(true);
    expect(deaths).toEqual(["exit code 139 2 3 #1", "exit code 139 2 #2", "exit code 139 2 #3"]);
  });

  it("once, and not alone: the suspects' plays alone count", async () => {
    const stage = new ScriptedStage({ "1": ["dies", "ok"], "2": ["ok"] }, { open: 2 });
    const { end, told } = await run(stage, ["1", "2"]);
    expect([end, told]).toEqual([ran, ["1: OK/OK 1", "2: OK/OK 1"]]);
  });

  it("alone once only: not convicted", async () => {
    const stage = new ScriptedStage({ "1": ["dies", "dies", "ok"] });
    const { end, told, results } = await run(stage, ["1", "2"]);
    expect([end, told]).toEqual([ran, ["1: OK/OK 1", "2: OK/OK 1"]]);
    expect(results[0]!.record.targetDied).toBeUndefined();
  });

  it("of several cases: each is convicted, for a death that a case explains does not count against the target", async () => {
    const guilty = Object.fromEntries(["1", "2", "3", "4", "5"].map((id) => [id, ["dies"] as const]));
    const { end, told } = await run(new ScriptedStage(guilty), ["0", "1", "2", "3", "4", "5", "6"]);
    expect(end).toEqual(ran);
    expect(told.toSorted()).toEqual([
      "0: OK/OK 1",
      ...["1", "2", "3", "4", "5"].map((id) => `${id}: FAILED/FAILED 1`),
      "6: OK/OK 1",
    ]);
  });

  it("of one case, after deaths that nothing explains: the case is still convicted", async () => {
    const fates = { "1": ["dies", "ok"], "2": ["dies", "ok"], "3": ["dies"] } as const;
    const { end, told } = await run(new ScriptedStage(fates), ["1", "2", "3", "4"]);
    expect(end).toEqual(ran);
    expect(told).toEqual(["1: OK/OK 1", "2: OK/OK 1", "3: FAILED/FAILED 1", "4: OK/OK 1"]);
  });

  it("again and again without getting on: crashed, and what was played stays", async () => {
    let starts = 0;
    const stage: Stage = {
      play(cases, _mode, onPlayed) {
        starts++;
        if (starts === 1) onPlayed({ case: cases[0]!, record: recordWith(records.unclean), quiet: false });
        return Promise.resolve({
          unplayed: starts === 1 ? cases.slice(1) : cases,
          suspects: [],
          death: `death ${starts}`,
        });
      },
    };
    const { end, told, deaths } = await run(stage, ["1", "2", "3"]);
    expect(end).toEqual({ status: "crashed", reason: `death ${starts}` });
    expect(starts).toBe(maxUnexplainedDeaths + 1);
    expect(deaths).toHaveLength(starts);
    expect(told).toEqual(["1: OK/UNCLEAN 1"]);
  });

  it("of whatever is open, but of none of it alone: crashed in the end, the suspects' plays being kept", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => String(i + 1));
    const fates = Object.fromEntries(ids.map((id) => [id, ["dies", "ok"] as const]));
    const { end, told } = await run(new ScriptedStage(fates), ids);
    expect(end).toEqual({ status: "crashed", reason: "exit code 139" });
    expect(told).toEqual(ids.slice(0, maxUnexplainedDeaths + 1).map((id) => `${id}: OK/OK 1`));
  });

  it("between two cases: it is started again for as long as it gets on", async () => {
    const stage: Stage = {
      play([first, ...others], _mode, onPlayed) {
        onPlayed({ case: first!, record: recordWith(records.ok), quiet: true });
        return Promise.resolve({
          unplayed: others,
          suspects: [],
          death: others.length > 0 ? "it left" : null,
        });
      },
    };
    const ids = Array.from({ length: 12 }, (_, i) => String(i + 1));
    const { end, told } = await run(stage, ids);
    expect([end, told.length]).toEqual([ran, ids.length]);
  });

  it("of a case that was played before: it is not played again only because the verdicts differ", async () => {
    const stage = new ScriptedStage({ "1": ["unclean", "dies"] });
    const { end, told } = await run(stage, ["1"]);
    expect(end).toEqual(ran);
    expect(stage.asked).toEqual(["crowd: 1", "quiet: 1", "alone: 1", "alone: 1"]);
    expect(told).toEqual(["1: FAILED/FAILED 2 flaky"]);
  });

  it("when what is not acceptable is played again: it is not played a second time", async () => {
    const stage = new ScriptedStage({ "1": ["wrong", "dies"] });
    await run(stage, ["1"]);
    expect(stage.asked).toEqual(["crowd: 1", "quiet: 1", "alone: 1", "alone: 1"]);
  });
});

describe("a stage that cannot go on", () => {
  const failing = (error: Error): Stage => ({
    play(cases, _mode, onPlayed) {
      onPlayed({ case: cases[0]!, record: recordWith(records.unclean), quiet: false });
      return Promise.reject(error);
    },
  });

  it("ends the campaign with its error, and what was played stays", async () => {
    const results: string[] = [];
    const onResult = ({ case: { id } }: CaseResult) => void results.push(id);
    await expect(run(failing(new Error("no port")), ["1", "2"], { onResult })).rejects.toThrow("no port");
    expect(results).toEqual(["1"]);
  });

  it("because it was interrupted, publishes no doubtful results", async () => {
    const results: string[] = [];
    const onResult = ({ case: { id } }: CaseResult) => void results.push(id);
    const aborted = new DOMException("interrupted", "AbortError");
    await expect(run(failing(aborted), ["1", "2"], { onResult })).rejects.toThrow("interrupted");
    expect(results).toEqual([]);
  });
});
