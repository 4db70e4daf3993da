import { describe, expect, it, onTestFinished } from "vitest";

import type { Case } from "../../../../fuzzer/case.ts";
import type { Role } from "../../../../fuzzer/record.ts";
import { wait } from "../../../../fuzzer/suite/build.ts";
import type { FakeBehavior } from "../../../../orchestrator/engines/fake.ts";
import type { Fuzzer } from "../../../../orchestrator/place/fuzzer.ts";
import { localFuzzer } from "../../../../orchestrator/place/local-fuzzer.ts";
import { Machine } from "../../../../orchestrator/play/machine.ts";
import { serveEcho } from "../../../../reference-impl/index.ts";

import { freePort } from "../../../support/free-port.ts";
import { caseOf, caseWith } from "../../../support/player-bench.ts";
import { pairedFuzzer } from "../../../support/sidecar.ts";
import {
  diesOfReserved,
  echoClient,
  echoServer,
  frameClient,
  frameServer,
  oneAtATime,
  type OnFrame,
  ownTarget,
  playing,
  verdictsOf,
} from "./targets.ts";

const cases = (...ids: readonly string[]): Case[] => ids.map(caseOf);

const fine = { "1.1.1": "OK/OK", "1.1.2": "OK/OK", "1.2.1": "OK/OK" };

const probeText = "wsmatrix probe";

/** Echoes the probe, and anything else wrongly; closes then. */
const garbles: OnFrame = ({ opcode, payload }, peer) => {
  if (opcode > 2 || payload.toString() === probeText) return "echo";
  peer.send({ opcode }, `${payload.toString()}!`);
  peer.sendClose(1000);
  return "nothing";
};

/** Waits, and lets the connection be. */
const waits = (id: string): Case =>
  caseWith({
    id,
    script: [wait(150, "open", [{ step: "close", code: 1000 }])],
    expected: { OK: [] },
  });

/** Both roles, with what the tests let them do. */
const roles: readonly (readonly [Role, FakeBehavior, (onFrame: OnFrame) => FakeBehavior])[] = [
  ["server", echoServer, frameServer],
  ["client", echoClient(), frameClient],
];

const places = ["in this process", "in a sidecar"] as const;

/** A fuzzer; it is ended when the test is over. */
async function fuzzerOf(place: (typeof places)[number]): Promise<Fuzzer> {
  if (place === "in this process") return localFuzzer;
  const pair = await pairedFuzzer();
  onTestFinished(() => pair[Symbol.asyncDispose]());
  return pair.fuzzer;
}

const everywhere = roles.flatMap(([role, echoing, doing]) =>
  places.map((place) => ({ role, echoing, doing, place })),
);

describe.each(everywhere)("a cell of a $role, with the fuzzer $place", ({ role, echoing, doing, place }) => {
  it("is played to its end, and nothing is left running", async () => {
    const cell = playing({
      role,
      fuzzer: await fuzzerOf(place),
      cases: cases("1.1.1", "1.1.2", "1.2.1"),
      behaves: [echoing],
    });
    expect(await cell.end).toEqual({ status: "ran", reason: null, logTail: "" });
    expect(verdictsOf(cell.results)).toEqual(fine);
    expect(cell.probed).toEqual([[true, null]]);
    expect(cell.engine.started.filter(({ alive }) => alive)).toEqual([]);
  });

  it("goes on when the target dies in the midst, and convicts the case that it dies of", async () => {
    const cell = playing({
      role,
      fuzzer: await fuzzerOf(place),
      cases: cases("1.1.1", "4.1.1", "1.1.2", "1.2.1"),
      behaves: [doing(diesOfReserved)],
    });
    expect(await cell.end).toEqual({ status: "ran", reason: null, logTail: "" });
    expect(verdictsOf(cell.results)).toEqual({ ...fine, "4.1.1": "FAILED/FAILED" });
    const guilty = [...cell.results.values()].filter(({ record }) => record.targetDied);
    expect(guilty.map((result) => result.case.id)).toEqual(["4.1.1"]);
    expect(cell.deaths.length).toBeGreaterThanOrEqual(3);
    expect(cell.deaths[0]).toContain("was killed by SIGSEGV");
    expect(cell.probed).toEqual([[true, null]]);
    expect(cell.engine.started.filter(({ alive }) => alive)).toEqual([]);
  });

  it("has crashed when the target cannot be started, and was not probed", async () => {
    const cell = playing({
      role,
      fuzzer: await fuzzerOf(place),
      cases: cases("1.1.1"),
      behaves: [{ does: "failToStart", message: "no such file" }],
    });
    const reason = "it could not be started: no such file";
    expect(await cell.end).toEqual({ status: "crashed", reason, logTail: "" });
    expect(cell.probed).toEqual([[false, reason]]);
    expect(cell.results.size).toBe(0);
  });

  it("publishes nothing that is not certain when it is aborted", async () => {
    const controller = new AbortController();
    const cell = playing({
      role,
      fuzzer: await fuzzerOf(place),
      cases: cases("1.1.1", "1.1.2"),
      behaves: [
        doing((frame, peer, die) => (frame.payload.length === 0 ? "echo" : garbles(frame, peer, die))),
      ],
      signal: controller.signal,
      hooks: {
        isAcceptable: (_, { behavior }) => behavior === "OK",
        onPlay: ({ case: { id } }) => {
          if (id === "1.1.2") controller.abort();
        },
      },
    });
    await expect(cell.end).rejects.toMatchObject({ name: "AbortError" });
    expect([...cell.results.keys()].filter((id) => id !== "1.1.1")).toEqual([]);
    expect(cell.engine.started.filter(({ alive }) => alive)).toEqual([]);
  });

  it("plays a verdict that is not acceptable twice more before it is published", async () => {
    const cell = playing({
      role,
      fuzzer: await fuzzerOf(place),
      cases: cases("1.1.1", "1.1.2"),
      behaves: [doing(garbles)],
      hooks: { isAcceptable: (_, { behavior }) => behavior === "OK" },
    });
    expect(await cell.end).toMatchObject({ status: "ran" });
    expect(cell.results.get("1.1.2")).toMatchObject({
      plays: 3,
      flaky: false,
      verdict: { behavior: "FAILED" },
    });
  });
});

describe.each(roles)("a cell of a %s, when its sidecar is lost", (role, _, doing) => {
  it("has crashed, and keeps what was played", async () => {
    const pair = await pairedFuzzer();
    onTestFinished(() => pair[Symbol.asyncDispose]());
    const cell = playing({
      role,
      target: role === "server" ? oneAtATime() : ownTarget(await freePort()),
      fuzzer: pair.fuzzer,
      cases: cases("1.1.1", "4.1.1", "1.2.1"),
      behaves: [
        doing(({ opcode }) => {
          if (opcode === 3) pair.replies.destroy();
          return "echo";
        }),
      ],
    });
    const reason = "the fuzzer's sidecar is gone: its output was closed";
    expect(await cell.end).toEqual({ status: "crashed", reason, logTail: "" });
    expect(verdictsOf(cell.results)).toMatchObject({ "1.1.1": "OK/OK" });
    expect(cell.results.has("4.1.1")).toBe(false);
    expect(cell.engine.started.filter(({ alive }) => alive)).toEqual([]);
  });
});

describe("a cell of a server", () => {
  it("has crashed when the target is gone before it is ready, and shows the end of its output", async () => {
    const exit = { code: 3, signal: null, reason: "exited with code 3" };
    const cell = playing({
      role: "server",
      cases: cases("1.1.1"),
      behaves: [{ does: "exitAtOnce", exit, log: "no config" }],
    });
    const reason = "it exited with code 3 before it was ready";
    expect(await cell.end).toEqual({ status: "crashed", reason, logTail: "no config" });
    expect(cell.probed).toEqual([[false, reason]]);
  });

  it("keeps what was played when the target cannot be started again", async () => {
    const cell = playing({
      role: "server",
      target: oneAtATime(),
      cases: cases("1.1.1", "1.1.2", "4.1.1", "1.2.1"),
      behaves: [frameServer(diesOfReserved), { does: "failToStart", message: "the disk is full" }],
    });
    const reason = "it could not be started: the disk is full";
    expect(await cell.end).toMatchObject({ status: "crashed", reason });
    expect(verdictsOf(cell.results)).toEqual({ "1.1.1": "OK/OK", "1.1.2": "OK/OK" });
    expect(cell.probed).toEqual([[true, null]]);
  });

  it("publishes even what is not confirmed when the target cannot be started again", async () => {
    const cell = playing({
      role: "server",
      target: oneAtATime(),
      cases: cases("1.1.2", "4.1.1"),
      behaves: [
        frameServer((frame, peer, die) => {
          diesOfReserved(frame, peer, die);
          return garbles(frame, peer, die);
        }),
        { does: "failToStart", message: "the disk is full" },
      ],
      hooks: { isAcceptable: (_, { behavior }) => behavior === "OK" },
    });
    expect(await cell.end).toMatchObject({ status: "crashed" });
    expect(cell.results.get("1.1.2")).toMatchObject({ plays: 1, verdict: { behavior: "FAILED" } });
  });

  it("rejects when it is aborted while the target is not ready yet, and ends the target", async () => {
    const controller = new AbortController();
    const cell = playing({
      role: "server",
      cases: cases("1.1.1"),
      behaves: [{ does: "neverGetReady" }],
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 30);
    await expect(cell.end).rejects.toMatchObject({ name: "AbortError" });
    expect(cell.engine.started.map(({ alive }) => alive)).toEqual([false]);
    expect(cell.probed).toEqual([]);
  });
});

describe("a cell of a client", () => {
  it("is not compliant when the client asks for nothing", async () => {
    const cell = playing({ role: "client", cases: cases("1.1.1"), behaves: [{ does: "exitAtOnce" }] });
    const end = await cell.end;
    expect(end).toMatchObject({ status: "noncompliant" });
    expect(end.reason).toContain("it did not ask for its case");
    expect(end.reason).toContain("exited with code 1");
    expect(cell.probed).toEqual([[false, end.reason]]);
  });

  it("is not compliant when the client does not echo", async () => {
    const deaf = frameClient(({ opcode }, peer) => {
      if (opcode === 1) peer.sendClose(1000);
      return opcode === 8 ? "echo" : "nothing";
    });
    const cell = playing({ role: "client", cases: cases("1.1.1"), behaves: [deaf] });
    expect(await cell.end).toMatchObject({
      status: "noncompliant",
      reason: "it does not echo a text message of 14 octets",
      logTail: "said by the client",
    });
  });

  it("goes on with a client that leaves between two cases, for as long as it gets on", async () => {
    const few = frameClient(undefined, 1);
    const ids = ["1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2", "1.2.3"];
    const cell = playing({ role: "client", cases: cases(...ids), behaves: [few] });
    expect(await cell.end).toMatchObject({ status: "ran" });
    expect([...cell.results.keys()].toSorted()).toEqual(ids);
    expect(Object.values(verdictsOf(cell.results))).toEqual(ids.map(() => "OK/OK"));
  });

  it("has its results from its own listener, whatever the client calls itself", async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `99.${index + 1}`);
    const cell = playing({
      role: "client",
      cases: ids.map(waits),
      behaves: [echoClient("ws@8.23.0 ../../\u{1f600}&agent=other")],
    });
    expect(await cell.end).toMatchObject({ status: "ran" });
    expect(verdictsOf(cell.results)).toEqual(Object.fromEntries(ids.map((id) => [id, "OK/OK"])));
    const urls = cell.engine.started.slice(1).map(({ request }) => request.env["FUZZER_URL"]);
    expect(urls.length).toBeGreaterThan(1);
    expect(new Set(urls).size).toBe(urls.length);
  });

  it("has crashed when its fixed port is taken, and costs nobody else anything", async () => {
    await using taken = await serveEcho({ host: "127.0.0.1", port: 0 });
    const machine = new Machine();
    const cell = playing({
      role: "client",
      target: ownTarget(taken.port),
      cases: cases("1.1.1"),
      behaves: [echoClient()],
      machine,
    });
    const end = await cell.end;
    expect(end).toMatchObject({ status: "crashed" });
    expect(end.reason).toContain(`cannot listen for it at 127.0.0.1:${taken.port}`);
    expect(cell.engine.started).toEqual([]);
    const leave = await machine.enter("bulk", {});
    leave();
  });

  it("uses a fixed port by one start at a time", async () => {
    const port = await freePort();
    let [running, most] = [0, 0];
    const client = echoClient();
    if (client.does !== "run") throw new TypeError("it runs");
    const counted: FakeBehavior = {
      does: "run",
      serve: async (request) => {
        most = Math.max(most, ++running);
        const served = await client.serve(request);
        return { ...served, stop: () => void running-- };
      },
    };
    const ids = Array.from({ length: 8 }, (_, index) => `99.${index + 1}`);
    const cell = playing({
      role: "client",
      target: ownTarget(port),
      cases: ids.map(waits),
      behaves: [counted],
    });
    expect(await cell.end).toMatchObject({ status: "ran" });
    expect([...cell.results.keys()].toSorted()).toEqual(ids);
    expect(most).toBe(1);
    const urls = new Set(cell.engine.started.map(({ request }) => request.env["FUZZER_URL"]));
    expect([...urls]).toEqual([`ws://127.0.0.1:${port}`]);
  });
});
