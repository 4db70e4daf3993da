import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { type DockerEngine, dockerEngine } from "../../../orchestrator/engines/docker/docker.ts";
import type { Running, StartRequest } from "../../../orchestrator/engines/engine.ts";
import { makeCertificates } from "../../../orchestrator/certificates.ts";
import { fauxContainer, fauxImage, here, leftIn, noEngine, startServer } from "../../support/docker.ts";
import { namedImage } from "../../support/docker-targets.ts";
import { isListening, until } from "../../support/faux.ts";

const { signal } = new AbortController();
const started: Running[] = [];
let engine: DockerEngine;

afterEach(async () => {
  await Promise.all(started.splice(0).map((running) => running.stop()));
  expect(await leftIn(here())).toEqual([]);
});

async function start(
  program: string,
  env: Readonly<Record<string, string>> = {},
  request: Partial<StartRequest> = {},
): Promise<Running> {
  engine ??= dockerEngine(here(), { graceMs: 500 });
  const running = await startServer(engine, await fauxContainer(program, env), request);
  started.push(running);
  return running;
}

const listens = (running: Running) => until("it listens", () => isListening(running.url!));

/** What the faux target that looks around has seen. */
async function seen(env: Readonly<Record<string, string>>, request: Partial<StartRequest> = {}) {
  const running = await start("looks-around", env, request);
  let text = "";
  await until("it has looked around", () => {
    text = /^seen (.+)\n/m.exec(running.logTail())?.[1] ?? "";
    return text !== "";
  });
  return JSON.parse(text) as {
    readonly user: number;
    readonly write: Readonly<Record<string, string>>;
    readonly reach: Readonly<Record<string, string>>;
    readonly resolve: Readonly<Record<string, string>>;
    readonly env: Readonly<Record<string, string>>;
  };
}

describe.skipIf(noEngine)("a container", () => {
  it("listens at an address of its own, and is gone once it is stopped", async () => {
    const running = await start("echo");
    expect(running.url).toMatch(/^ws:\/\/\d+\.\d+\.\d+\.\d+:9001\/$/);
    await listens(running);
    const [, network = ""] = (await leftIn(here())).join().match(/network (\S+)/) ?? [];
    expect(await leftIn(here())).toHaveLength(2);
    expect(await here().docker.getNetwork(network).inspect({})).toMatchObject({ Internal: true });
    await running.stop();
    expect(await leftIn(here())).toEqual([]);
    expect(await running.exited).toMatchObject({ reason: "was ended by wsmatrix" });
    expect(running.logTail()).toBe("listening\n");
  });

  it("gets its variables, a port that it fixes, and a user who is not root", async () => {
    const image = await fauxImage();
    const target = namedImage(image, {
      command: "node -e 'console.log(process.argv.slice(1).join())' -- {host} {port} {url} {agent}",
      env: { MINE: "at {port}" },
      port: 4711,
      path: "/echo",
    });
    engine = dockerEngine(here());
    const running = await startServer(engine, target, { env: { AGENT: "a b" } });
    started.push(running);
    expect(await running.exited).toMatchObject({ code: 0 });
    expect(running.logTail()).toBe("0.0.0.0,4711,ws://0.0.0.0:4711/echo,a b\n");
    const { env, user } = await seen({ MINE: "at {port}" }, { env: { AGENT: "a b", VARIANT: "plain" } });
    expect(env).toMatchObject({
      HOST: "0.0.0.0",
      PORT: "9001",
      AGENT: "a b",
      VARIANT: "plain",
      HOME: "/tmp",
    });
    expect(env["MINE"]).toBe("at 9001");
    expect(user).toBe(65_534);
  });

  it("runs as nobody where the image names no user, unless it may be root", async () => {
    const target = namedImage("debian:bookworm-slim", { command: "id -u" });
    engine = dockerEngine(here());
    for (const [root, user] of [
      [false, "65534\n"],
      [true, "0\n"],
    ] as const) {
      const running = await startServer(engine, { ...target, root });
      started.push(running);
      await running.exited;
      expect(running.logTail()).toBe(user);
    }
  });

  it("finds the files that its variables name", async () => {
    using certificates = await makeCertificates();
    const { env, write } = await seen({ WRITE: "/run/wsmatrix/cert.pem" }, { env: certificates.env });
    expect(env).toMatchObject({ TLS_CERT: "/run/wsmatrix/cert.pem", CA_CERT: "/run/wsmatrix/ca.pem" });
    expect(write["/run/wsmatrix/cert.pem"]).toMatch(/EROFS|EACCES/);
    const reading = namedImage(await fauxImage(), { command: "sh -c 'cat /run/wsmatrix/key.pem; sleep 60'" });
    const running = await startServer(engine, reading, { env: certificates.env });
    started.push(running);
    expect(running.url).toMatch(/^wss:/);
    await until("it has read the file", () => running.logTail() === certificates.key);
  });

  it("keeps its log within bounds, the end of it too", async () => {
    const logFile = join(mkdtempSync(join(tmpdir(), "wsmatrix-test-")), "cell.log");
    const running = await start("fills-log", {}, { logFile });
    await until("2 MiB have been written", () => Number(/^(\d+) all/m.exec(running.logTail())?.[1]) > 600);
    await running.stop();
    const text = readFileSync(logFile, "utf8");
    expect(text.startsWith("the first line\n")).toBe(true);
    expect(text).toMatch(/\n\[wsmatrix left out \d+ octets here\]\n/);
    expect(text.length).toBeLessThan(1024 * 1024 + 100);
  });
});

describe.skipIf(noEngine)("the end of a container", () => {
  it.each([
    ["exits", "exits-at-once", { EXIT_CODE: "7" }, { code: 7, signal: null, reason: "exited with code 7" }],
    [
      "is killed",
      "dies-on-connection",
      { DIE_ON: "1" },
      { code: null, signal: "SIGSEGV", reason: "was killed by SIGSEGV" },
    ],
  ])("is told when a program %s", async (_, program, env, exit) => {
    const running = await start(program, env);
    if (program !== "exits-at-once") await handshake(running.url!);
    expect(await running.exited).toEqual(exit);
  });

  it("is told when the program is not there", async () => {
    engine = dockerEngine(here());
    const target = namedImage(await fauxImage(), { command: "no-such-program" });
    const outcome = await startServer(engine, target).then(
      async (running) => {
        started.push(running);
        return (await running.exited).reason;
      },
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(/no such program|not found/);
  });

  it("is told when there is not enough memory", async () => {
    const running = await start("eats-memory", {}, { limits: { memoryBytes: 96 * 1024 ** 2 } });
    await handshake(running.url!);
    expect(await running.exited).toMatchObject({ reason: "ran out of memory (limit 96 MiB)" });
    expect(running.logTail()).toContain("hungry");
  });

  it("comes for certain, and soon, when a program ignores being asked", async () => {
    const running = await start("ignores-sigterm");
    await until("it is up", () => running.logTail().includes("listening"));
    await running.stop();
    // `afterEach` sees to it that it is gone. Nobody dials it any more: without its network, the address is somebody else's.
    expect(running.logTail()).toContain("not now");
  });

  it("takes children along", async () => {
    const running = await start("spawns-children");
    await until("it has children", () => running.logTail().includes("pids"));
    await running.stop();
    // `afterEach` sees to it that the container is gone, and with it all that ran in it.
    expect(running.logTail()).toMatch(/^pids \d+ \d+ \d+$/m);
  });
});

describe.skipIf(noEngine)("a container cannot", () => {
  it("write anywhere but to its own memory, not even as root", async () => {
    const files = "/new /etc/passwd /run/wsmatrix/ca.pem /usr/x /tmp/x /dev/shm/x";
    const command = `sh -c 'id -u; for f in ${files}; do (echo x >> $f) 2>/dev/null && echo wrote $f; done; exit 0'`;
    engine = dockerEngine(here());
    using certificates = await makeCertificates();
    const target = namedImage("debian:bookworm-slim", { command, root: true });
    const running = await startServer(engine, target, { env: certificates.env });
    started.push(running);
    expect(await running.exited).toMatchObject({ code: 0 });
    expect(running.logTail()).toBe("0\nwrote /tmp/x\nwrote /dev/shm/x\n");
  });

  it("start programs without end", async () => {
    const running = await start("forks-without-end", {}, { limits: { pids: 40 } });
    await until("it is refused", () => running.logTail().includes("refused after"));
    const [, count] = /refused after (\d+) \(EAGAIN\)/.exec(running.logTail()) ?? [];
    expect(Number(count)).toBeLessThan(40);
    expect(Number(count)).toBeGreaterThan(5);
  });

  it("reach another target, another network or the world, by address or by name", async () => {
    const other = await start("echo");
    await listens(other);
    const { host: target } = new URL(other.url!);
    const elsewhere = await foreignListener();
    try {
      const { reach, resolve } = await seen({
        REACH: `${target},${elsewhere.address}`,
        RESOLVE: "localhost,example.com",
      });
      expect(Object.keys(reach)).toEqual([target, elsewhere.address]);
      expect(Object.values(reach)).not.toContain("reached");
      expect(resolve["localhost"]).toMatch(/^(127\.0\.0\.1|::1)$/);
      expect(resolve["example.com"]).toMatch(/^E/);
    } finally {
      await elsewhere.stop();
    }
    // The listener was there to be reached: from here it is.
    expect(await isListening(other.url!)).toBe(true);
  });

  it("reach what listens at the loopback of this machine", async () => {
    const server = await listenAt("127.0.0.1");
    const { port } = server.address() as { port: number };
    expect(await isListening(`http://127.0.0.1:${port}`)).toBe(true);
    const { reach } = await seen({ REACH: `127.0.0.1:${port}` });
    expect(reach).toEqual({ [`127.0.0.1:${port}`]: "ECONNREFUSED" });
    server.close();
  });
});

/** Opens a WebSocket connection and leaves it. */
async function handshake(url: string): Promise<void> {
  await until("it listens", () => isListening(url));
  const socket = new WebSocket(url);
  await new Promise((resolve) => {
    for (const event of ["open", "error", "close"]) socket.addEventListener(event, resolve);
  });
}

function listenAt(host: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => void server.listen(0, host, () => resolve(server)));
}

/** A listener in a network that is not ours. */
async function foreignListener(): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const { docker } = here();
  const name = `foreign-${process.pid}`;
  const { id } = await docker.createNetwork({ Name: name });
  const container = await docker.createContainer({
    Image: await fauxImage(),
    Cmd: ["node", "echo.mjs"],
    Env: ["HOST=0.0.0.0", "PORT=9001"],
    HostConfig: { NetworkMode: name },
  });
  await container.start({});
  const { NetworkSettings: settings } = await container.inspect({});
  const address = `${settings.Networks[name]!.IPAddress}:9001`;
  await until("it listens", () => isListening(`http://${address}`));
  const stop = async (): Promise<void> => {
    await container.remove({ force: true, v: true });
    await docker.getNetwork(id).remove({});
  };
  return { address, stop };
}

// What is started with a signal that is aborted is not started.
describe.skipIf(noEngine)("starting", () => {
  it("is given up with the signal, and leaves nothing", async () => {
    engine = dockerEngine(here());
    const prepared = await engine.prepare(await fauxContainer("echo"), { signal });
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
  });

  it("removes what it made when the engine refuses", async () => {
    const target = namedImage(await fauxImage(), { command: "/faux" });
    engine = dockerEngine(here());
    const outcome = await startServer(engine, target).then(
      async (running) => {
        started.push(running);
        return (await running.exited).code;
      },
      (error: Error) => error.name,
    );
    expect([126, "StartError"]).toContain(outcome);
  });
});
