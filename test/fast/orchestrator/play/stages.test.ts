import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";

import type { Case } from "../../../../fuzzer/case.ts";
import { destinationOf } from "../../../../fuzzer/client.ts";
import { profiles } from "../../../../fuzzer/profile.ts";
import type { Played, PlayMode } from "../../../../fuzzer/stage.ts";
import { wait } from "../../../../fuzzer/suite/build.ts";
import type { Exit, Running } from "../../../../orchestrator/engines/engine.ts";
import { localFuzzer } from "../../../../orchestrator/place/local-fuzzer.ts";
import { ClientStage } from "../../../../orchestrator/play/client-stage.ts";
import { Machine } from "../../../../orchestrator/play/machine.ts";
import { probeServer } from "../../../../orchestrator/play/probe.ts";
import { type Keeper, ServerKeeper } from "../../../../orchestrator/play/server-keeper.ts";
import { ServerStage } from "../../../../orchestrator/play/server-stage.ts";
import { driveEcho, serveEcho } from "../../../../reference-impl/index.ts";

import { freePort } from "../../../support/free-port.ts";
import { caseOf, caseWith } from "../../../support/player-bench.ts";
import { killed, serveFrames } from "./targets.ts";

const never = new Promise<never>(() => {});
const common = { fuzzer: localFuzzer, profile: profiles.quick, signal: new AbortController().signal };

/** Opens a connection, and closes it so many ms later. */
function holding(id: string, ms: number): Case {
  return caseWith({
    id,
    script: [wait(ms, "open", [{ step: "close", code: 1000 }])],
    expected: { OK: [] },
  });
}

const many = (count: number, make: (id: string) => Case) =>
  Array.from({ length: count }, (_, index) => make(`99.${index + 1}`));

/** A keeper of a server that is up for good, with notes of what it is told. */
function keeperOf(url: string): Keeper & { discarded: number } {
  return {
    discarded: 0,
    ensure: () => Promise.resolve({ destination: destinationOf(url), exited: never }),
    discard() {
      this.discarded++;
    },
  };
}

describe("playing against a server", () => {
  it("keeps no more cases open than the target stands", async () => {
    let [open, most] = [0, 0];
    // A ping tells the server that a case is open, a close frame that it is over.
    const served = await serveFrames(({ opcode }) => {
      if (opcode === 9) most = Math.max(most, ++open);
      if (opcode === 8) open--;
      return "echo";
    });
    onTestFinished(() => served.stop());
    const cases = many(6, (id) => {
      const { script, ...rest } = holding(id, 40);
      return { ...rest, script: [{ step: "frame", opcode: 9, payload: { hex: "" } } as const, ...script] };
    });
    const play = async (concurrency: number | undefined) => {
      [open, most] = [0, 0];
      const machine = new Machine();
      const stage = new ServerStage({ ...common, keeper: keeperOf(served.url!), machine, concurrency });
      const played: Played[] = [];
      const outcome = await stage.play(cases, "crowd", (each) => played.push(each));
      expect(outcome).toEqual({ unplayed: [], suspects: [], death: null });
      expect(played).toHaveLength(6);
      return most;
    };
    expect(await play(2)).toBeLessThanOrEqual(2);
    expect(await play(undefined)).toBeGreaterThan(2);
  });

  it("takes a target for dead that lives and does not accept connections any more", async () => {
    const keeper = keeperOf(`ws://127.0.0.1:${await freePort()}`);
    const stage = new ServerStage({ ...common, keeper, machine: new Machine(), concurrency: 1 });
    const outcome = await stage.play([caseOf("1.1.1"), caseOf("1.1.2")], "crowd", () => {});
    expect(outcome.death).toContain("does not accept connections any more");
    expect(outcome.suspects.map((suspect) => suspect.case.id)).toEqual(["1.1.1"]);
    expect(outcome.unplayed.map(({ id }) => id)).toEqual(["1.1.2"]);
    expect(keeper.discarded).toBe(1);
  });

  it.each([
    {
      answers: false,
      played: [],
      death: "the target does not answer any more",
      suspects: ["99.1"],
      unplayed: ["99.2"],
    },
    { answers: true, played: ["99.1", "99.2"], death: null, suspects: [], unplayed: [] },
  ])("asks whether a target answers after a case that a timer ended: $answers", async (wanted) => {
    const served = await serveFrames(() => "nothing");
    onTestFinished(() => served.stop());
    const keeper = keeperOf(served.url!);
    const stage = new ServerStage({
      ...common,
      keeper,
      machine: new Machine(),
      concurrency: undefined,
      stillAnswers: () => Promise.resolve(wanted.answers),
    });
    const waits = many(2, (id) => caseWith({ id, script: [{ step: "killAfter", ms: 20 }] }));
    const played: string[] = [];
    const outcome = await stage.play(waits, "alone", ({ case: { id } }) => played.push(id));
    expect({
      answers: keeper.discarded === 0,
      played,
      death: outcome.death,
      suspects: outcome.suspects.map((suspect) => suspect.case.id),
      unplayed: outcome.unplayed.map(({ id }) => id),
    }).toEqual(wanted);
  });

  it("does not ask whether a target answers that was in time", async () => {
    const served = await serveFrames(() => "echo");
    onTestFinished(() => served.stop());
    const stage = new ServerStage({
      ...common,
      keeper: keeperOf(served.url!),
      machine: new Machine(),
      concurrency: undefined,
      stillAnswers: () => Promise.reject(new Error("asked")),
    });
    const outcome = await stage.play([caseOf("1.1.1"), caseOf("1.1.2")], "crowd", () => {});
    expect(outcome).toEqual({ unplayed: [], suspects: [], death: null });
  });

  it.each<readonly [PlayMode, boolean]>([
    ["crowd", false],
    ["quiet", false],
    ["silent", true],
    ["alone", true],
  ])("waits for the bulk cases of other targets in no mode but silent and alone: %s", async (mode, waits) => {
    const server = await serveEcho({ host: "127.0.0.1", port: 0 });
    onTestFinished(() => server.close());
    const machine = new Machine();
    const leave = await machine.enter("bulk", {});
    const stage = new ServerStage({ ...common, keeper: keeperOf(server.url), machine, concurrency: 1 });
    const played: Played[] = [];
    const playing = stage.play([caseOf("1.1.1")], mode, (each) => played.push(each));
    if (waits) await sleep(100);
    else await playing;
    expect(played).toHaveLength(waits ? 0 : 1);
    leave();
    await playing;
    expect(played.map(({ quiet }) => quiet)).toEqual([true]);
  });

  it("rejects at once when it is aborted, though cases are open, and reports none of them", async () => {
    const server = await serveEcho({ host: "127.0.0.1", port: 0 });
    onTestFinished(() => server.close());
    const controller = new AbortController();
    const machine = new Machine();
    const stage = new ServerStage({
      ...common,
      keeper: keeperOf(server.url),
      machine,
      concurrency: undefined,
      signal: controller.signal,
    });
    const played: Played[] = [];
    const playing = stage.play(
      many(3, (id) => holding(id, 600_000)),
      "quiet",
      (each) => played.push(each),
    );
    setTimeout(() => controller.abort(), 50);
    await expect(playing).rejects.toMatchObject({ name: "AbortError" });
    expect(played).toEqual([]);
    // Nobody is left inside who would keep others out.
    (await machine.enter("bulk", {}))();
  });
});

describe("playing with a client", () => {
  /** A start that drives the cases; told of its end. */
  const driving = (fuzzerUrl: string, onStop: () => void): Running => {
    const exit: Exit = { code: 0, signal: null, reason: "exited with code 0" };
    const exited = driveEcho({ url: fuzzerUrl, agent: "a" }).then(
      () => exit,
      () => exit,
    );
    return { url: null, exited, logTail: () => "", stop: () => Promise.resolve(onStop()) };
  };

  it.each<readonly [PlayMode, string, number]>([
    ["crowd", "1.1.1", 8],
    ["crowd", "9.7.1", 1],
    ["quiet", "1.1.1", 1],
    ["silent", "1.1.1", 1],
    ["alone", "1.1.1", 1],
  ])("asks for several cases at once in a crowd that waits: %s, %s", async (mode, id, wanted) => {
    const asked: number[] = [];
    const stage = new ClientStage({
      ...common,
      start: (url, casesAtOnce) => {
        asked.push(casesAtOnce);
        return Promise.resolve(driving(url, () => {}));
      },
      host: "127.0.0.1",
      port: null,
      tls: null,
      machine: new Machine(),
    });
    expect(await stage.play([caseOf(id)], mode, () => {})).toMatchObject({ death: null });
    expect(asked).toEqual([wanted]);
  });

  it("ends all of its starts before it rejects because one of them failed", async () => {
    const [asked, stopped, played]: [string[], string[], Played[]] = [[], [], []];
    const stage = new ClientStage({
      ...common,
      start: (url) => {
        asked.push(url);
        if (asked.length === 2) return Promise.reject(new Error("cannot start"));
        return Promise.resolve(driving(url, () => stopped.push(url)));
      },
      host: "127.0.0.1",
      port: null,
      tls: null,
      machine: new Machine(),
    });
    const cases = many(8, (id) => holding(id, 150));
    await expect(stage.play(cases, "crowd", (each) => played.push(each))).rejects.toThrow("cannot start");
    expect(asked.length).toBeGreaterThan(2);
    expect(stopped).toHaveLength(asked.length - 1);
    const before = played.length;
    expect(before).toBeGreaterThan(0);
    await sleep(200);
    expect(played).toHaveLength(before);
  });

  it("names the case that was open when the client died as the suspect, and the rest as not played", async () => {
    const played: Played[] = [];
    const stage = new ClientStage({
      ...common,
      start: (url) => {
        const { promise: exited, resolve } = Promise.withResolvers<Exit>();
        const running = driving(url, () => {});
        // It is told dead while its connection is open still.
        setTimeout(() => resolve(killed), 100);
        return Promise.resolve({ ...running, exited });
      },
      host: "127.0.0.1",
      port: null,
      tls: null,
      machine: new Machine(),
    });
    const outcome = await stage.play(
      [caseOf("1.1.1"), holding("99.1", 600_000), caseOf("1.1.2")],
      "alone",
      (each) => played.push(each),
    );
    expect(outcome.death).toContain("was killed by SIGSEGV");
    expect(outcome.suspects.map((suspect) => suspect.case.id)).toEqual(["99.1"]);
    expect([...outcome.unplayed, ...played.map((each) => each.case)].map(({ id }) => id).toSorted()).toEqual([
      "1.1.1",
      "1.1.2",
    ]);
  });
});

describe("a client that dies", () => {
  const waiting = many(2, (id) => holding(id, 240));

  /** A stage whose client does something with the URL of the fuzzing server, and is gone after so many ms. */
  function stageOf(
    lifetime: number,
    act: (resourceOf: (at: number) => string) => readonly Socket[],
    end: Exit = killed,
  ) {
    const asked: number[] = [];
    const stage = new ClientStage({
      ...common,
      start: (url, casesAtOnce) => {
        asked.push(casesAtOnce);
        const { promise: exited, resolve } = Promise.withResolvers<Exit>();
        const sockets = act((at) => `${url}/runCase?case=${at}&agent=a`);
        setTimeout(() => resolve(end), lifetime);
        const stop = () => Promise.resolve(sockets.forEach((socket) => void socket.destroy()));
        return Promise.resolve({ url: null, exited, logTail: () => "", stop });
      },
      host: "127.0.0.1",
      port: null,
      tls: null,
      machine: new Machine(),
    });
    return { stage, asked };
  }

  it("while it may play several cases has none as a suspect, and plays them one after the other then", async () => {
    // It ends one connection without a word, and leaves one open.
    const { stage, asked } = stageOf(150, (resourceOf) => [
      connectTo(resourceOf(1), (socket) => socket.destroy()),
      connectTo(resourceOf(2), () => {}),
    ]);
    const crowd = await stage.play(waiting, "crowd", () => {});
    expect(crowd.death).toContain("was killed by SIGSEGV");
    expect(crowd.suspects).toEqual([]);
    expect(crowd.unplayed.map(({ id }) => id)).toEqual(["99.1", "99.2"]);
    const again = await stage.play(waiting, "crowd", () => {});
    expect(again.suspects.map((suspect) => suspect.case.id).toSorted()).toEqual(["99.1", "99.2"]);
    expect(asked).toEqual([8, 1]);
  });

  it("some time after it lost a connection, and asked for nothing since: that case is the suspect", async () => {
    const { stage } = stageOf(400, (resourceOf) => [connectTo(resourceOf(1), (socket) => socket.destroy())]);
    const { suspects, unplayed } = await stage.play(waiting, "alone", () => {});
    expect(suspects.map((suspect) => suspect.case.id)).toEqual(["99.1"]);
    expect(unplayed.map(({ id }) => id)).toEqual(["99.2"]);
  });

  it("is none that has played all and exited with code 0, though it asked for no reports", async () => {
    const lose = (resource: string) => {
      const socket = connectTo(resource, () => socket.destroy());
      return socket;
    };
    const exit: Exit = { code: 0, signal: null, reason: "exited with code 0" };
    const { stage } = stageOf(400, (resourceOf) => [1, 2].map((at) => lose(resourceOf(at))), exit);
    const played: string[] = [];
    const outcome = await stage.play(waiting, "crowd", (each) => played.push(each.case.id));
    expect(outcome).toEqual({ unplayed: [], suspects: [], death: null });
    expect(played.toSorted()).toEqual(["99.1", "99.2"]);
  });

  it("after it lost a connection, and asked for the next case: that is the suspect", async () => {
    const { stage } = stageOf(400, (resourceOf) => {
      const first = connectTo(resourceOf(1), () => first.destroy());
      let second = first;
      first.once("close", () =>
        setTimeout(() => (second = connectTo(resourceOf(2), () => second.destroy())), 50),
      );
      return [first];
    });
    const played: string[] = [];
    const { suspects } = await stage.play(waiting, "alone", (each) => played.push(each.case.id));
    expect(played).toEqual(["99.1"]);
    expect(suspects.map((suspect) => suspect.case.id)).toEqual(["99.2"]);
  });
});

/** Asks a fuzzing server for a case; told once it has answered. */
function connectTo(url: string, onAnswer: (socket: Socket) => void): Socket {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13";
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: a\r\n${fields}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  return socket.on("error", () => {}).once("data", () => onAnswer(socket));
}

describe("the keeper of a server", () => {
  /** Starts that are counted; each ends when the test says so. */
  function bench() {
    const exits: PromiseWithResolvers<Exit>[] = [];
    const stopped: number[] = [];
    const keeper = new ServerKeeper(() => {
      const exit = Promise.withResolvers<Exit>();
      const number = exits.push(exit);
      const running: Running = {
        url: "ws://127.0.0.1:1",
        exited: exit.promise,
        logTail: () => `said by ${number}`,
        stop: () => Promise.resolve(void stopped.push(number)),
      };
      return Promise.resolve({ running, destination: destinationOf("ws://127.0.0.1:1") });
    });
    return { keeper, exits, stopped };
  }

  it("starts it once, for as long as it is up", async () => {
    const { keeper, exits, stopped } = bench();
    const first = await keeper.ensure();
    expect(await keeper.ensure()).toBe(first);
    expect({ starts: exits.length, stopped, tail: keeper.logTail() }).toEqual({
      starts: 1,
      stopped: [],
      tail: "said by 1",
    });
  });

  it.each(["gone", "discarded"])(
    "starts it anew when it is %s, once what is left of it is ended",
    async (why) => {
      const { keeper, exits, stopped } = bench();
      const first = await keeper.ensure();
      if (why === "gone") exits[0]!.resolve(killed);
      else keeper.discard();
      await sleep(0);
      expect(await keeper.ensure()).not.toBe(first);
      expect({ starts: exits.length, stopped, tail: keeper.logTail() }).toEqual({
        starts: 2,
        stopped: [1],
        tail: "said by 2",
      });
      await keeper.stop();
      expect(stopped).toEqual([1, 2]);
    },
  );
});

describe("the probe of a server", () => {
  it("tries again until the server is up", async () => {
    const port = await freePort();
    const to = destinationOf(`ws://127.0.0.1:${port}`);
    const probing = probeServer(localFuzzer, to, never, common.signal);
    await sleep(120);
    await using _ = await serveEcho({ host: "127.0.0.1", port });
    expect(await probing).toEqual({ ok: true });
  });

  it("takes a server for up when TCP reaches it, whatever stands before it", async () => {
    const before = await serveEcho({ host: "127.0.0.1", port: 0 });
    await using _ = before;
    const [to, direct] = [destinationOf(before.url), destinationOf(`ws://127.0.0.1:${await freePort()}`)];
    const dialled: string[] = [];
    const fuzzer: typeof localFuzzer = {
      ...localFuzzer,
      dial: async (played, where, options) => {
        dialled.push(where === to ? "to" : "direct");
        const isUp = where === to || dialled.length > 2;
        return isUp
          ? await localFuzzer.dial(played, to, options)
          : { connected: false, reason: "refused", onTime: true };
      },
    };
    expect(await probeServer(fuzzer, to, never, common.signal, direct)).toEqual({ ok: true });
    expect(dialled).toEqual(["direct", "direct", "direct", "to"]);
  });

  it("ends when the server is gone", async () => {
    const to = destinationOf(`ws://127.0.0.1:${await freePort()}`);
    const { promise: exited, resolve } = Promise.withResolvers<Exit>();
    const probing = probeServer(localFuzzer, to, exited, common.signal);
    setTimeout(() => resolve(killed), 80);
    const reason = "it was killed by SIGSEGV before it was ready";
    expect(await probing).toEqual({ ok: false, status: "crashed", reason });
  });
});
