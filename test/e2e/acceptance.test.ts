// Judges as projects write them over Autobahn's reports must say of ours what they say of the original's.
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { PrepareError } from "../../orchestrator/engines/engine.ts";

import {
  type Answers,
  judgeAgents,
  judgeClient,
  judgeMute,
  judgeServer,
  servers,
  type Wstest,
} from "../support/acceptance.ts";
import { temporaryDir } from "../support/faux.ts";
import { rightAnswer, wrongAnswer } from "../support/judges/driver.ts";

const facts = new URL("../facts/acceptance.json", import.meta.url);
const { answers } = JSON.parse(readFileSync(facts, "utf8")) as { readonly answers: Record<string, Answers> };

const main = resolve(import.meta.dirname, "../../orchestrator/main.ts");
const ours: Wstest = [process.execPath, main, "wstest"];

/**
 * Fewer cases at once than by default: where a machine is so busy that an echo comes after a case's timer of 1 s,
 * the close code of the peer changes, which golden files hold.
 */
const oursClient: Wstest = [...ours, "--jobs", "8"];

const dir = temporaryDir();
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("judges say the same of our reports as of the original's", () => {
  it.each(["good", "broken"])("after fuzzingclient against the %s server", async (name) => {
    const judged = await judgeServer(oursClient, await servers[name]!(), join(dir, name));
    expect(judged).toEqual(answers[`server ${name}`]);
  });

  it("after fuzzingclient against npm ws", async () => {
    try {
      const judged = await judgeServer(oursClient, await servers["ws"]!(), join(dir, "ws"));
      expect(judged).toEqual(answers["server ws"]);
    } catch (error) {
      if (!(error instanceof PrepareError)) throw error;
      console.warn(`ws: ${error.message}`);
    }
  });

  it.each(["good", "broken"])("by agent, named by the spec or by the %s server", async (name) => {
    const judged = await judgeAgents(oursClient, await servers[name]!(), join(dir, `agents-${name}`));
    expect(judged).toEqual(answers[`agents ${name}`]);
  });

  it("of a server that never reads, with the reason as the original words it", async () => {
    expect(await judgeMute(oursClient, join(dir, "mute"))).toEqual(answers["server mute"]);
  });

  it.each([
    ["good", rightAnswer],
    ["broken", wrongAnswer],
  ] as const)("of fuzzingserver and its reports, with a %s client", async (name, answer) => {
    const judged = await judgeClient(ours, answer, join(dir, `client-${name}`));
    expect(judged).toEqual(answers[`client ${name}`]);
  });
});

/** Judges of reports, of agents, and of a running fuzzing server. */
const pairs = ["server", "agents", "client"].map((what) => [`${what} good`, `${what} broken`] as const);

it.each(pairs)("no judge says the same of %s and %s", (good, broken) => {
  const judges = Object.entries(answers[good]!);
  expect(judges.length).toBeGreaterThan(0);
  for (const [judge, answer] of judges) expect(answers[broken]![judge], judge).not.toEqual(answer);
});
