// The program of a sidecar as a process of this machine: what it plays must be judged as what this process plays.
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { isBulk } from "../../fuzzer/campaign.ts";
import type { Case } from "../../fuzzer/case.ts";
import { catalogue } from "../../fuzzer/catalogue.ts";
import { destinationOf } from "../../fuzzer/client.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { CaseRecord, Role } from "../../fuzzer/record.ts";
import type { Variant } from "../../orchestrator/config/matrix.ts";
import { folderTarget, loadTarget, type Target } from "../../orchestrator/config/target.ts";
import type { Engine } from "../../orchestrator/engines/engine.ts";
import { processEngine } from "../../orchestrator/engines/process.ts";
import { type Fuzzer, FuzzerLost } from "../../orchestrator/place/fuzzer.ts";
import { localFuzzer } from "../../orchestrator/place/local-fuzzer.ts";
import { playCell } from "../../orchestrator/play/cell.ts";
import { Machine } from "../../orchestrator/play/machine.ts";
import { probeCase } from "../../orchestrator/play/probe.ts";
import { serveEcho } from "../../reference-impl/index.ts";

import { fauxTarget, isListening, isRunning, until } from "../support/faux.ts";
import { sidecarProcess } from "../support/sidecar.ts";

const { profile, signal } = { profile: profiles.quick, signal: new AbortController().signal };
const all = catalogue.entries.map((entry) => entry.case);
const some = all.filter(({ id }) => /^(1|3|6\.[1-4]|7|9\.1|12\.1|13\.1)\./.test(id));
/** What it does in the others depends on which of its octets are first. */
const withoutBulk = some.filter((played) => !isBulk(played));

async function reference(): Promise<Target> {
  return folderTarget(await loadTarget("targets/reference"), "0.1.0");
}

/** Verdicts by number, and how the cell ended. */
async function play(target: Target, role: Role, variant: Variant, cases: readonly Case[], fuzzer: Fuzzer) {
  const engine = processEngine();
  const prepared = await engine.prepare(target, { signal });
  const seat: Engine["seat"] = async () => ({
    listenHost: "127.0.0.1",
    fuzzer,
    start: (...starting) => engine.start(...starting),
    close: async () => {},
  });
  using machine = new Machine();
  const suite = { profile: "quick", extra: false, cases: ["*"], exclude: [] } as const;
  const cell = { id: `${role}/${variant}`, target, role, variant, optional: false, suite };
  const verdicts = new Map<string, string>();
  const end = await playCell(
    {
      cell,
      engine: { ...engine, seat },
      prepared,
      cases,
      profile,
      limits: {},
      logFile: null,
      machine,
      signal,
    },
    {
      onProbed: () => {},
      isAcceptable: () => true,
      onResult: ({ case: { id }, record, verdict: { behavior, behaviorClose } }) =>
        void verdicts.set(id, `${behavior} ${behaviorClose} ${record.remoteCloseCode}`),
    },
  );
  return { ...end, verdicts: Object.fromEntries(verdicts) };
}

describe("verdicts in a sidecar are those of this process", () => {
  it.each<readonly [string, Role, Variant, () => Target | Promise<Target>, readonly Case[]]>([
    ["our own server", "server", "plain", reference, all],
    ["our own client", "client", "plain", reference, some],
    ["our own server, over TLS", "server", "tls", reference, some],
    ["our own client, over TLS", "client", "tls", reference, some],
    ["a server with many faults", "server", "plain", () => fauxTarget("echo"), withoutBulk],
  ])("for %s", async (_, role, variant, target, cases) => {
    await using sidecar = await sidecarProcess();
    const far = await play(await target(), role, variant, cases, sidecar.fuzzer);
    const near = await play(await target(), role, variant, cases, localFuzzer);
    expect(far.status, `${far.reason}`).toBe("ran");
    expect(Object.keys(far.verdicts)).toHaveLength(cases.length);
    expect(far).toEqual(near);
  });
});

describe("the program of a sidecar", () => {
  it("ends when its run does", async () => {
    await using sidecar = await sidecarProcess();
    await using server = await serveEcho({ host: "127.0.0.1", port: 0 });
    const result = await sidecar.fuzzer.dial(probeCase, destinationOf(server.url), { profile });
    expect(result).toMatchObject({ connected: true, onTime: true });
    const listener = await sidecar.fuzzer.listen({
      host: "127.0.0.1",
      port: 0,
      cases: all,
      profile,
      tls: null,
      onStarted: () => {},
      onFinished: () => {},
      onReports: () => {},
    });
    sidecar.fuzzer.close();
    expect(await sidecar.exited).toBe(0);
    expect(await isListening(listener.url)).toBe(false);
  });

  it("makes ways over HTTP/2, to servers and for clients", async () => {
    await using sidecar = await sidecarProcess();
    const { fuzzer } = sidecar;
    const hello = all.find(({ id }) => id === "1.1.2")!;
    const asServer = Promise.withResolvers<CaseRecord>();
    const listener = await fuzzer.listen({
      host: "127.0.0.1",
      port: 0,
      cases: [hello],
      profile,
      tls: null,
      http2: true,
      onStarted: () => {},
      onFinished: (_played, record) => asServer.resolve(record),
      onReports: () => {},
    });
    // Fuzzing client and server meet: each takes what the other sends for an echo of its own, and both close at once. The
    // server then resets TCP, as the original does, and its close frame may be lost with that.
    const to = destinationOf(`${listener.url}/runCase?case=1&agent=a`);
    const way = await fuzzer.overHttp2(to, signal);
    const asClient = await fuzzer.dial(hello, way.destination, { profile });
    expect(asClient).toMatchObject({ connected: true, record: { opened: true } });
    expect((await asServer.promise).httpRequest).toContain("H2-protocol: websocket");
    way.check();
    way.close();
    await listener.close();
    const nobody = await fuzzer.overHttp2(destinationOf(listener.url), signal);
    const lost = await fuzzer.dial(hello, nobody.destination, { profile });
    expect(lost).toMatchObject({ connected: true, record: { opened: false } });
    await expect(
      fuzzer.listen({
        host: "192.0.2.1",
        port: 0,
        cases: [],
        profile,
        tls: null,
        http2: true,
        onStarted: () => {},
        onFinished: () => {},
        onReports: () => {},
      }),
    ).rejects.toThrow("the gateway to HTTP/2: ");
  });

  it("is known to be lost when it is killed", async () => {
    await using sidecar = await sidecarProcess();
    process.kill(sidecar.pid, "SIGKILL");
    await sidecar.exited;
    await until("it is known", async () => {
      await sleep(1);
      try {
        return sidecar.fuzzer.check() !== undefined;
      } catch (error) {
        return error instanceof FuzzerLost;
      }
    });
    expect(await isRunning(sidecar.pid)).toBe(false);
  });
});
