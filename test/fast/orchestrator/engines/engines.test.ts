import { afterEach, describe, expect, it, vi } from "vitest";
import type { StartRequest } from "../../../../orchestrator/engines/engine.ts";
import { type FakeBehavior, fakeEngine } from "../../../../orchestrator/engines/fake.ts";
import { leaseFreePort, leasePort } from "../../../../orchestrator/engines/ports.ts";
import { processEngine } from "../../../../orchestrator/engines/process.ts";
import { remoteEngine } from "../../../../orchestrator/engines/remote.ts";
import { type Engines, engineFor, engineNote, openEngines } from "../../../../orchestrator/engines/select.ts";
import { describeExit, describeSpawnError } from "../../../../orchestrator/engines/words.ts";
import { folderTarget, type Target } from "../../../../orchestrator/config/target.ts";
import { targetList, targetText } from "../samples.ts";

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

const IMAGE: Target = {
  kind: "image",
  name: "boxed",
  version: null,
  image: "example/echo:1",
  command: null,
  env: {},
  port: null,
  path: "/",
  root: false,
};

describe("engineFor", () => {
  const docker = { ...fakeEngine({ behave: () => ({ does: "neverGetReady" }) }), name: "docker" } as never;
  const base = { process: processEngine(), remote: remoteEngine() };
  const withDocker: Engines = { ...base, docker, dockerProblem: "" };
  const without: Engines = { ...base, docker: null, dockerProblem: "nobody answers at unix:///x" };
  const folder = (how: string): Target => folderTarget(targetList(targetText(how)).targets[0]!, "8.23.0");
  const both = folder("docker: {}");
  const processOnly = folder("");

  it("runs URLs nowhere, commands as processes and images in containers, whatever was asked for", () => {
    for (const name of ["auto", "process", "docker"] as const) {
      expect(engineFor(URL_TARGET, name, withDocker)).toBe(base.remote);
      expect(engineFor(COMMAND, name, withDocker)).toBe(base.process);
      expect(engineFor(IMAGE, name, withDocker)).toBe(docker);
    }
  });

  it("runs a folder where it was asked for", () => {
    expect(engineFor(both, "docker", withDocker)).toBe(docker);
    expect(engineFor(processOnly, "docker", withDocker)).toBe(docker);
    expect(engineFor(both, "process", withDocker)).toBe(base.process);
  });

  it("with auto, runs a folder in a container if it says how and an engine answers", () => {
    expect(engineFor(both, "auto", withDocker)).toBe(docker);
    expect(engineFor(processOnly, "auto", withDocker)).toBe(base.process);
    expect(engineFor(both, "auto", without)).toBe(base.process);
  });

  it("skips an image where no engine answers, and says why", async () => {
    await expect(engineFor(IMAGE, "auto", without).prepare(IMAGE, { signal })).rejects.toMatchObject({
      kind: "skipped",
      message: expect.stringContaining("nobody answers at unix:///x") as string,
    });
  });

  it("says what the remote engine cannot run", () => {
    expect(() => engineFor(COMMAND, "remote", withDocker)).toThrow(/mine has no URL/);
  });
});

describe("openEngines", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("looks for no docker engine where nothing needs it", async () => {
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
    const engines = await openEngines("docker", [URL_TARGET, COMMAND]);
    expect(engines).toMatchObject({ docker: null, dockerProblem: "" });
    expect(engineNote("docker", engines)).toBeNull();
  });

  it("with auto, goes without one that does not answer, and says so", async () => {
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
    const engines = await openEngines("auto", [IMAGE]);
    expect(engineNote("auto", engines)).toMatch(
      /^engine: process, because no Docker engine answers at unix:\/\/\/nowhere\/docker\.sock \(there is no such socket\): start it/,
    );
  });

  it("does not go on without one that was asked for", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
    await expect(openEngines("docker", [IMAGE])).rejects.toThrow(
      /no Docker engine answers at tcp:\/\/127\.0\.0\.1:1 \(connection refused\).*--engine process/,
    );
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
