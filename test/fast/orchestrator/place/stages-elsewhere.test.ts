// What the stages make of a fuzzer that is not in this process.
import { describe, expect, it, onTestFinished } from "vitest";

import { destinationOf } from "../../../../fuzzer/client.ts";
import { profiles } from "../../../../fuzzer/profile.ts";
import type { Played, PlayMode, Stage } from "../../../../fuzzer/stage.ts";
import type { Exit } from "../../../../orchestrator/engines/engine.ts";
import { type Fuzzer, FuzzerLost } from "../../../../orchestrator/place/fuzzer.ts";
import { localFuzzer } from "../../../../orchestrator/place/local-fuzzer.ts";
import { ClientStage } from "../../../../orchestrator/play/client-stage.ts";
import { Machine } from "../../../../orchestrator/play/machine.ts";
import { ServerStage } from "../../../../orchestrator/play/server-stage.ts";
import { driveEcho, serveEcho } from "../../../../reference-impl/index.ts";

import { caseOf } from "../../../support/player-bench.ts";

const never = new Promise<never>(() => {});
const host = "127.0.0.1";
const cases = [caseOf("1.1.1"), caseOf("1.1.2")];

/** The fuzzer of this process, which says that it was late. */
const late: Fuzzer = {
  ...localFuzzer,
  dial: async (...dialling) => ({ ...(await localFuzzer.dial(...dialling)), onTime: false }),
  listen: ({ onFinished, ...setup }) =>
    localFuzzer.listen({
      ...setup,
      onFinished: (played, record) => onFinished(played, record, { onTime: false }),
    }),
};

async function serverStage(fuzzer: Fuzzer, check?: () => void): Promise<Stage> {
  const server = await serveEcho({ host, port: 0 });
  onTestFinished(() => server.close());
  return new ServerStage({
    fuzzer,
    keeper: {
      ensure: () =>
        Promise.resolve({ destination: destinationOf(server.url), exited: never, ...(check && { check }) }),
      discard: () => {},
    },
    machine: new Machine(),
    profile: profiles.quick,
    concurrency: undefined,
    signal: new AbortController().signal,
  });
}

/** @param drives whether the client does anything */
function clientStage(fuzzer: Fuzzer, drives = true): Stage {
  const left: Exit = { code: 0, signal: null, reason: "exited with code 0" };
  return new ClientStage({
    fuzzer,
    start: async (url) => {
      const exited = drives ? driveEcho({ url, agent: "a" }).then(() => left) : never;
      return { url: null, exited, logTail: () => "", stop: async () => {} };
    },
    host,
    port: null,
    tls: null,
    machine: new Machine(),
    profile: profiles.quick,
    signal: new AbortController().signal,
  });
}

const lost = new FuzzerLost("it is gone");

describe("a play", () => {
  it.each<readonly [string, PlayMode, boolean]>([
    ["not quiet in a crowd", "crowd", false],
    ["not quiet beside others that it does not heed", "quiet", false],
    ["quiet where nothing else is played", "silent", true],
  ])("during which the fuzzer was late is %s", async (_, mode, quiet) => {
    for (const stage of [await serverStage(late), clientStage(late)]) {
      const played: Played[] = [];
      await stage.play(cases, mode, (each) => played.push(each));
      expect(played.map((each) => each.quiet)).toEqual([quiet, quiet]);
    }
  });
});

describe("a fuzzer that is lost", () => {
  it("ends what is played against a server", async () => {
    const stage = await serverStage({ ...localFuzzer, dial: () => Promise.reject(lost) });
    await expect(stage.play(cases, "crowd", () => {})).rejects.toBe(lost);
  });

  it("ends what is played with a client, though the client goes on", async () => {
    const check = () => {
      throw lost;
    };
    await expect(clientStage({ ...localFuzzer, check }, false).play(cases, "crowd", () => {})).rejects.toBe(
      lost,
    );
  });

  it("ends what is played with a client when its listener cannot be closed any more", async () => {
    const listen: Fuzzer["listen"] = async (setup) => {
      const listener = await localFuzzer.listen(setup);
      return { url: listener.url, close: () => listener.close().then(() => Promise.reject(lost)) };
    };
    await expect(clientStage({ ...localFuzzer, listen }).play(cases, "crowd", () => {})).rejects.toBe(lost);
  });

  it("ends what is played when the way to a server is lost, for all that is open at once", async () => {
    const check = () => {
      throw lost;
    };
    const many = Array.from({ length: 40 }, (_, at) => ({ ...cases[0]!, id: `${cases[0]!.id}.${at}` }));
    await expect((await serverStage(localFuzzer, check)).play(many, "crowd", () => {})).rejects.toBe(lost);
  });

  it("ends what is played when what stands before a client is lost", async () => {
    const listen: Fuzzer["listen"] = async (setup) => ({
      ...(await localFuzzer.listen(setup)),
      check() {
        throw lost;
      },
    });
    const stage = clientStage({ ...localFuzzer, listen }, false);
    await expect(stage.play(cases, "crowd", () => {})).rejects.toBe(lost);
  });
});
