import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine, Running, StartRequest } from "../../orchestrator/engines/engine.ts";
import { processEngine } from "../../orchestrator/engines/process.ts";
import type { Target } from "../../orchestrator/config/target.ts";
import {
  FAUX_DIR,
  commandTarget,
  fauxTarget,
  isListening,
  isRunning,
  temporaryDir,
  until,
} from "../support/faux.ts";

let dir = "";
let engine: Engine;
const running: Running[] = [];
beforeEach(() => {
  dir = temporaryDir();
  engine = processEngine({ cacheDir: join(dir, "cache"), graceMs: 200 });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  rmSync(dir, { recursive: true, force: true });
});

const { signal } = new AbortController();

async function start(target: Target, request: Partial<StartRequest> = {}): Promise<Running> {
  const prepared = await engine.prepare(target, { signal });
  const base = { role: "server", env: {}, limits: {}, logFile: null, signal } as const;
  const started = await engine.start(prepared, { ...base, ...request });
  running.push(started);
  return started;
}

/** The pids that `spawns-children` tells: its own, its child's, and that of a child in another session. */
async function pidsOf(started: Pick<Running, "logTail">): Promise<readonly number[]> {
  await until("the target has told its pids", () => started.logTail().includes("pids "));
  return parsePids(started.logTail());
}

function parsePids(text: string): readonly number[] {
  const [, pids = ""] = /^pids (.+)$/m.exec(text) ?? [];
  return pids.split(" ").map(Number);
}

async function someRun(pids: readonly number[]): Promise<boolean> {
  return (await Promise.all(pids.map(isRunning))).includes(true);
}

function registered(): readonly string[] {
  const folder = join(dir, "cache", "running");
  return existsSync(folder) ? readdirSync(folder) : [];
}

function echoOnce(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.addEventListener("open", () => socket.send("hello"));
    socket.addEventListener("message", ({ data }) => {
      socket.close();
      resolve(data);
    });
    socket.addEventListener("error", () => reject(new Error(`no connection to ${url}`)));
  });
}

describe("starting", () => {
  it("runs a server where its URL says, and ends it", async () => {
    const server = await start(fauxTarget("echo"));
    const url = server.url ?? "";
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/$/);
    await until("it listens", () => isListening(url));
    expect(await echoOnce(url)).toBe("hello");
    expect(registered()).toHaveLength(1);
    await server.stop();
    expect(await isListening(url)).toBe(false);
    expect(await server.exited).toMatchObject({ signal: "SIGTERM", reason: "was ended by wsmatrix" });
    expect(registered()).toEqual([]);
    await server.stop();
  });

  it("fills in placeholders, and gives the contract's variables and none of ours", async () => {
    process.env.OUR_OWN_SECRET = "secret";
    const show = "console.log(JSON.stringify([process.argv.slice(1), process.env, process.version]))";
    const command = `node -e '${show}' -- {host} {port} {url} {agent} '{other}'`;
    const target = commandTarget(command, { env: { MINE: "at {port}", PORT: "1" }, path: "echo" });
    const server = await start(target, { env: { AGENT: "a b", TLS_CERT: "/cert", PORT: "2" } });
    delete process.env.OUR_OWN_SECRET;
    await server.exited;
    const shown: [string[], Record<string, string>, string] = JSON.parse(server.logTail());
    const [args, env, version] = shown;
    const { port } = new URL(server.url ?? "");
    expect(server.url).toBe(`wss://127.0.0.1:${port}/echo`);
    expect(args).toEqual(["127.0.0.1", port, server.url, "a b", "{other}"]);
    expect(env).toMatchObject({
      HOST: "127.0.0.1",
      PORT: port,
      MINE: `at ${port}`,
      AGENT: "a b",
      TLS_CERT: "/cert",
    });
    expect(env).not.toHaveProperty("OUR_OWN_SECRET");
    expect(version).toBe(process.version);
  });

  it("tells a client whom to dial", async () => {
    const command = `node -e 'console.log(process.argv.slice(1).join(), "PORT" in process.env)' -- {host} {port} {url} {agent}`;
    const env = { FUZZER_URL: "ws://127.0.0.1:9001", AGENT: "x" };
    const client = await start(commandTarget(command), { role: "client", env });
    expect(client.url).toBeNull();
    expect(await client.exited).toEqual({ code: 0, signal: null, reason: "exited with code 0" });
    expect(client.logTail()).toBe("127.0.0.1,9001,ws://127.0.0.1:9001,x false\n");
    await expect(start(commandTarget(command), { role: "client" })).rejects.toThrow(/needs FUZZER_URL/);
  });

  it("keeps to a fixed port, and does not start where somebody listens", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await until("the port is taken", () => other.listening);
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const target = commandTarget("node echo.mjs", { port });
    await expect(start(target)).rejects.toThrow(new RegExp(`port ${port}, where something listens`));
    await new Promise((resolve) => other.close(resolve));
    const server = await start(target);
    expect(server.url).toBe(`ws://127.0.0.1:${port}/`);
    await until("it listens", () => isListening(server.url ?? ""));
    await server.stop();
    await (await start(target)).stop();
  });

  it.each([
    ["a program that is not there", commandTarget("no-such-program"), /`no-such-program`.*install it/],
    ["a variable before the program", commandTarget("A=1 node echo.mjs"), /variables go into `env`/],
    ["a file that is no program", commandTarget(join(FAUX_DIR, "echo.mjs")), /may not be executed.*chmod/],
    [
      "a folder that is not there",
      commandTarget("node x", { cwd: "/no/such/folder" }),
      /folder \/no\/such\/folder is not there/,
    ],
  ])("says what is wrong with %s", async (_, target, message) => {
    const starting = start(target);
    await expect(starting).rejects.toThrow(message);
    await expect(starting).rejects.toMatchObject({ name: "StartError" });
    expect(registered()).toEqual([]);
  });

  it("starts nothing when the signal is aborted", async () => {
    const aborted = AbortSignal.abort(new Error("enough"));
    await expect(start(fauxTarget("echo"), { signal: aborted })).rejects.toThrow("enough");
  });

  it("ends what it started when the signal is aborted on the way", async () => {
    const prepared = await engine.prepare(fauxTarget("ignores-sigterm"), { signal });
    const controller = new AbortController();
    const request = {
      role: "server",
      env: {},
      limits: {},
      logFile: null,
      signal: controller.signal,
    } as const;
    const starting = engine.start(prepared, request);
    controller.abort(new Error("enough"));
    await expect(starting).rejects.toThrow("enough");
    expect(registered()).toEqual([]);
  });
});

describe("ending", () => {
  it("tells a program that exits at once, with its last words", async () => {
    const logFile = join(dir, "logs", "cell.log");
    const server = await start(fauxTarget("exits-at-once"), { logFile });
    expect(await server.exited).toEqual({ code: 7, signal: null, reason: "exited with code 7" });
    expect(server.logTail()).toBe("no such thing as a library here\n");
    await server.stop();
    expect(readFileSync(logFile, "utf8")).toBe(server.logTail());
    expect(registered()).toEqual([]);
  });

  it("tells a program that is killed", async () => {
    const server = await start(commandTarget(`node -e 'process.kill(process.pid, "SIGSEGV")'`));
    expect(await server.exited).toMatchObject({
      code: null,
      signal: "SIGSEGV",
      reason: "was killed by SIGSEGV",
    });
  });

  it("kills what ignores being asked", async () => {
    const server = await start(fauxTarget("ignores-sigterm"));
    await until("it is up", () => server.logTail().includes("listening"));
    await server.stop();
    expect(await server.exited).toMatchObject({ signal: "SIGKILL", reason: "was ended by wsmatrix" });
    expect(server.logTail()).toContain("not now");
    expect(await isListening(server.url ?? "")).toBe(false);
  });

  it("ends children, even such as left the group", async () => {
    const server = await start(fauxTarget("spawns-children"));
    const pids = await pidsOf(server);
    expect(pids).toHaveLength(3);
    expect(await Promise.all(pids.map(isRunning))).toEqual([true, true, true]);
    await server.stop();
    expect(await someRun(pids)).toBe(false);
  });

  it("ends children that a program leaves behind when it exits", async () => {
    const server = await start(fauxTarget("spawns-children", { LEAVE: "1" }));
    expect(await server.exited).toMatchObject({ code: 0, reason: "exited with code 0" });
    const pids = parsePids(server.logTail());
    expect(pids).toHaveLength(3);
    // Without `stop`: a program that has exited needs no one to say so.
    await until("they are gone", async () => !(await someRun(pids)));
    await server.stop();
    expect(registered()).toEqual([]);
  });

  it("ends everything when this process ends without stopping anything", async () => {
    const { stdout } = await execa(process.execPath, [
      join(FAUX_DIR, "../support/orphaning-run.ts"),
      join(dir, "cache"),
      "exit",
    ]);
    const [leader = 0, child = 0, stray = 0] = parsePids(stdout);
    await until("the group is gone", async () => !(await someRun([leader, child])));
    // The one that left the group is what the next sweep is for.
    expect(await isRunning(stray)).toBe(true);
    expect(await engine.sweep()).toHaveLength(1);
    expect(await isRunning(stray)).toBe(false);
  });
});

describe("logs", () => {
  it("are capped, with head and tail kept", async () => {
    const logFile = join(dir, "cell.log");
    const server = await start(fauxTarget("fills-log"), { logFile });
    // Each line has a number and is longer than 3700 octets.
    await until("2 MiB have been written", () => Number(/^(\d+) all/m.exec(server.logTail())?.[1]) > 600);
    await server.stop();
    const text = readFileSync(logFile, "utf8");
    expect(text.startsWith("the first line\n")).toBe(true);
    expect(text).toMatch(/\n\[wsmatrix left out \d+ octets here\]\n/);
    expect(text.length).toBeLessThan(1024 * 1024 + 100);
    expect(server.logTail().length).toBeLessThanOrEqual(8192);
    expect(text.endsWith(server.logTail())).toBe(true);
  });
});

/** Starts an orchestrator with a target, kills it, and returns the pids that it leaves. */
const leaveBehind = async (): Promise<readonly number[]> => {
  const script = join(FAUX_DIR, "../support/orphaning-run.ts");
  const orchestrator = execa(process.execPath, [script, join(dir, "cache"), "wait"], { reject: false });
  let output = "";
  orchestrator.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await until("the target runs", () => /^pids .+\n/m.test(output));
  const pids = parsePids(output);
  // A sweep leaves alone what belongs to an orchestrator that lives.
  expect(await engine.sweep()).toEqual([]);
  expect(await Promise.all(pids.map(isRunning))).toEqual([true, true, true]);
  orchestrator.kill("SIGKILL");
  await orchestrator;
  return pids;
};

describe("sweeping", () => {
  it("ends what a killed orchestrator left, and says so", async () => {
    const pids = await leaveBehind();
    expect(await Promise.all(pids.map(isRunning))).toEqual([true, true, true]);
    const [words, ...more] = await engine.sweep();
    expect(words).toMatch(/^ended `\S*node spawns-children\.mjs`, left behind by wsmatrix with pid \d+$/);
    expect(more).toEqual([]);
    expect(await someRun(pids)).toBe(false);
    expect(registered()).toEqual([]);
    expect(await engine.sweep()).toEqual([]);
  });

  it("does not touch a process that only has the pid of one of ours", async () => {
    const bystander = await start(fauxTarget("never-listens"));
    const [file = ""] = registered();
    const path = join(dir, "cache", "running", file);
    const entry: { leader: { pid: number; startTime: string } } = JSON.parse(readFileSync(path, "utf8"));
    const orphan = {
      ...entry,
      mark: "another mark",
      orchestrator: { ...entry.leader, pid: 4_194_304 },
      leader: { ...entry.leader, startTime: "1" },
    };
    const orphanFile = join(dir, "cache", "running", "orphan.json");
    writeFileSync(orphanFile, JSON.stringify(orphan));
    expect(await engine.sweep()).toEqual([]);
    expect(existsSync(orphanFile)).toBe(false);
    expect(await isRunning(entry.leader.pid)).toBe(true);
    await bystander.stop();
  });
});
