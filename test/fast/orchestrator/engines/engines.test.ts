import { describe, expect, it } from "vitest";
import type { StartRequest } from "../../../../orchestrator/engines/engine.ts";
import { type FakeBehavior, fakeEngine } from "../../../../orchestrator/engines/fake.ts";
import { leaseFreePort, leasePort } from "../../../../orchestrator/engines/ports.ts";
import { remoteEngine } from "../../../../orchestrator/engines/remote.ts";
import { createEngines, engineFor } from "../../../../orchestrator/engines/select.ts";
import { describeExit, describeSpawnError } from "../../../../orchestrator/engines/words.ts";
import type { Target } from "../../../../orchestrator/config/target.ts";

const URL_TARGET: Target = { kind: "url", name: "staging", version: null, url: "wss://staging.example/echo" };
const COMMAND: Target = {
  kind: "command",
  name: "mine",
  version: null,
  command: "./server",
  env: {},
  port: null,
  path: "/",
  cwd: "/",
};
const signal = new AbortController().signal;
const request: StartRequest = { role: "server", env: {}, limits: {}, logFile: null, signal };

describe("engineFor", () => {
  const engines = createEngines();
  it("sends URLs to the remote engine, whatever was asked for, and the rest to the process engine", () => {
    expect(engineFor(URL_TARGET, "auto", engines)).toBe(engines.remote);
    expect(engineFor(URL_TARGET, "process", engines)).toBe(engines.remote);
    expect(engineFor(COMMAND, "auto", engines)).toBe(engines.process);
    expect(engineFor(COMMAND, "process", engines)).toBe(engines.process);
  });

  it("says what cannot be had", () => {
    expect(() => engineFor(COMMAND, "docker", engines)).toThrow(/not available yet.*--engine process/);
    expect(() => engineFor(COMMAND, "remote", engines)).toThrow(/mine has no URL/);
  });

  it("keeps to one set of engines when it is given none", () => {
    expect(engineFor(COMMAND, "auto")).toBe(engineFor(COMMAND, "process"));
  });
});

describe("remoteEngine", () => {
  it("takes what runs already as it is", async () => {
    const engine = remoteEngine();
    const prepared = await engine.prepare(URL_TARGET, { signal });
    expect(prepared).toMatchObject({ digest: "wss://staging.example/echo", cached: true });
    const running = await engine.start(prepared, request);
    expect(running.url).toBe("wss://staging.example/echo");
    await running.stop();
    const first = await Promise.race([running.exited, Promise.resolve("runs on")]);
    expect(first).toBe("runs on");
    expect(await engine.sweep()).toEqual([]);
  });

  it("does not start clients or programs", async () => {
    const engine = remoteEngine();
    const prepared = await engine.prepare(URL_TARGET, { signal });
    await expect(engine.start(prepared, { ...request, role: "client" })).rejects.toThrow(
      /wstest -m fuzzingserver/,
    );
    await expect(engine.prepare(COMMAND, { signal })).rejects.toMatchObject({
      name: "PrepareError",
      kind: "skipped",
    });
  });
});

const engineThat = (...behaviors: readonly FakeBehavior[]): ReturnType<typeof fakeEngine> =>
  fakeEngine({ behave: (_, start) => behaviors[Math.max(0, start - 1)] ?? { does: "neverGetReady" } });

describe("fakeEngine", () => {
  it("fails to prepare, or gets skipped, as told", async () => {
    const lines: string[] = [];
    const failing = engineThat({ does: "failToPrepare", message: "no compiler", logTail: "a\nb" });
    const prepared = failing.prepare(URL_TARGET, { signal, onOutput: (line) => lines.push(line) });
    await expect(prepared).rejects.toMatchObject({
      kind: "build-failed",
      message: "no compiler",
      logTail: "a\nb",
    });
    expect(lines).toEqual(["a", "b"]);
    const skipping = engineThat({ does: "getSkipped", message: "no Java" });
    await expect(skipping.prepare(URL_TARGET, { signal })).rejects.toMatchObject({ kind: "skipped" });
  });

  it("behaves anew at each start, and records its calls", async () => {
    let stops = 0;
    const serve = (): { url: string; stop: () => void } => ({
      url: "ws://127.0.0.1:2/",
      stop: () => void (stops += 1),
    });
    const engine = engineThat(
      { does: "failToStart", message: "no" },
      { does: "exitAtOnce" },
      { does: "run", serve },
    );
    const prepared = { target: COMMAND, digest: "d", cached: true, duration: 0 };
    await expect(engine.start(prepared, request)).rejects.toThrow("no");
    expect(await (await engine.start(prepared, request)).exited).toMatchObject({ code: 1 });
    const running = await engine.start(prepared, request);
    expect(running.url).toBe("ws://127.0.0.1:2/");
    await running.stop();
    await running.stop();
    expect(await running.exited).toMatchObject({ reason: "was ended by wsmatrix" });
    expect(stops).toBe(1);
    expect(engine.calls.map(({ call }) => call)).toEqual(["start", "start", "start", "stop", "stop"]);
  });

  it("dies on demand, which ends what it serves", async () => {
    let serving = true;
    const serve = (): { url: null; stop: () => void } => ({ url: null, stop: () => void (serving = false) });
    const engine = engineThat({ does: "run", serve });
    await engine.start({ target: COMMAND, digest: "d", cached: true, duration: 0 }, request);
    const [running] = engine.started;
    expect(running?.alive).toBe(true);
    await running?.die();
    expect(await running?.exited).toEqual({ code: null, signal: "SIGSEGV", reason: "was killed by SIGSEGV" });
    expect([running?.alive, serving]).toEqual([false, false]);
  });
});

describe("ports", () => {
  it("are given to nobody else until they are released", async () => {
    const lease = await leaseFreePort();
    expect(await leasePort(lease.port)).toBeNull();
    lease.release();
    const again = await leasePort(lease.port);
    expect(again?.port).toBe(lease.port);
    again?.release();
  });
});

describe("words", () => {
  it("say how a program ended", () => {
    expect(describeExit({ code: 3, signal: null })).toBe("exited with code 3");
    expect(describeExit({ code: null, signal: "SIGSEGV" })).toBe("was killed by SIGSEGV");
    expect(describeExit({ code: null, signal: "SIGKILL" })).toMatch(/SIGKILL .*memory/);
  });

  it("say why one was not started, with a remedy", () => {
    expect(describeSpawnError("ENOENT", "A=1", "/d")).toMatch(/variables go into `env`/);
    expect(describeSpawnError("ENOENT", "gone", "/d")).toMatch(/`gone`, folder \/d.*install it/);
    expect(describeSpawnError("EACCES", "x", "/d")).toMatch(/chmod/);
  });
});
