import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";

import { cellFile, runFile } from "../../support/cli.ts";
import { fauxImage, here, leftIn, noEngine } from "../../support/docker.ts";
import { until } from "../../support/faux.ts";
import { proxySocket } from "../../support/socket-proxy.ts";

const main = join(import.meta.dirname, "..", "..", "..", "orchestrator", "main.ts");

/** Ms for a run, and for a test of several. */
const limit = 170_000;

/** A line of a matrix: a faux target in a container, named like its program. */
async function boxed(program: string, more = ""): Promise<string> {
  return `{ name: ${program}, image: "${await fauxImage()}", command: node ${program}.mjs, roles: [server]${more} }`;
}

/** The arguments of a run of a matrix. */
function runOf(targets: readonly string[], cases: string, more: readonly string[] = []) {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  const matrix = join(dir, "matrix.yaml");
  const lines = ["engine: docker", "limits: { memory: 96m, pids: 64 }", "targets:"];
  writeFileSync(matrix, [...lines, ...targets.map((target) => `  - ${target}`), ""].join("\n"));
  const out = join(dir, "run");
  const common = ["--cases", cases, "--out", out, "--reporter", "plain", "--fail-on", "infra"];
  return { out, args: ["run", "--matrix", matrix, ...common, ...more] };
}

function wsmatrix(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return execa(process.execPath, [main, ...args], { reject: false, timeout: limit, stdin: "ignore", env });
}

interface LoggedEvent {
  readonly type: string;
  readonly cell?: string;
  readonly case?: string;
}

/** The events of a run so far. */
function eventsOf(out: string): readonly LoggedEvent[] {
  const file = join(out, "events.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LoggedEvent);
}

/** The cells of a run that have come to their end. */
function endedIn(out: string): readonly string[] {
  return eventsOf(out).flatMap(({ type, cell }) => (type === "cell-finished" && cell ? [cell] : []));
}

/** Waits until one cell has ended and another one is played; resolves with those that have ended. */
async function midway(out: string, pid: number | undefined): Promise<readonly string[]> {
  const isPlayed = async (): Promise<boolean> => {
    if (endedIn(out).length === 0) return false;
    return (await leftIn(here(), pid)).some((name) => name.startsWith("container"));
  };
  await until("a further cell is played", isPlayed, limit);
  return endedIn(out);
}

/** Three cells, one after the other, each of which takes some seconds. */
async function threeCells(): Promise<ReturnType<typeof runOf>> {
  const image = await fauxImage();
  const targets = ["a", "b", "c"].map(
    (name) => `{ name: ${name}, image: "${image}", command: node echo.mjs, roles: [server] }`,
  );
  return runOf(targets, "1.*,9.3.8,9.3.9", ["--jobs", "1"]);
}

describe.skipIf(noEngine)("a run in containers", () => {
  it(
    "gives each fault its status and words, and lets nobody else feel it",
    { timeout: 180_000 },
    async () => {
      const nowhere = `{ name: nowhere, image: "127.0.0.1:1/none:1", roles: [server] }`;
      const local = `{ name: local, command: "${process.execPath} ${join(import.meta.dirname, "../../faux/echo.mjs")}", roles: [server] }`;
      const targets = [
        await boxed("never-listens"),
        await boxed("echo"),
        await boxed("exits-at-once"),
        await boxed("plain-http"),
        await boxed("eats-memory"),
        await boxed("dies-on-connection", ', env: { DIE_ON: "3" }'),
        await boxed("ignores-sigterm"),
        await boxed("fills-log"),
        await boxed("forks-without-end"),
        nowhere,
        `{ name: no-program, image: "${await fauxImage()}", command: /none, roles: [server] }`,
        local,
      ];
      const { out, args } = runOf(targets, "1.1.1,1.1.2,1.1.3", ["--jobs", "4"]);
      const running = wsmatrix(args);
      const { exitCode, stderr } = await running;
      expect(exitCode, stderr).toBe(3);
      const cells = Object.fromEntries(
        runFile(out).cells.map(({ target, status, reason, tally }) => [
          target,
          `${status} ${reason ?? ""}, ${tally?.pass} passed`,
        ]),
      );
      expect(cells).toEqual({
        echo: "ran , 3 passed",
        local: "ran , 3 passed",
        "dies-on-connection": "ran , 3 passed",
        "ignores-sigterm": "ran , 3 passed",
        "fills-log": "ran , 3 passed",
        "forks-without-end": "ran , 3 passed",
        "exits-at-once": "crashed it exited with code 7 before it was ready, 0 passed",
        "eats-memory": expect.stringMatching(
          /^crashed it ran out of memory \(limit 96 MiB\) before it was ready/,
        ) as string,
        "plain-http": expect.stringMatching(/^noncompliant .*status 200 instead of 101/) as string,
        "never-listens": expect.stringMatching(/^start-timeout it did not accept a connection/) as string,
        "no-program": expect.stringMatching(/^crashed .*(not found|no such program)/) as string,
        nowhere: expect.stringMatching(/^build-failed .*cannot be fetched/) as string,
      });
      expect(stderr).toMatch(/dies-on-connection\/server\/plain died \(the target was killed by SIGSEGV/);
      expect(stderr).toMatch(/nothing built \(11 targets in the cache, 1 failed\), played in/);
      expect(cellFile(out, "exits-at-once/server/plain").logTail).toContain(
        "no such thing as a library here",
      );
      expect(await leftIn(here(), running.pid)).toEqual([]);
    },
  );

  it(
    "is swept when it was killed, of all that is its own and nothing else, and can be gone on with",
    { timeout: 2 * limit },
    async () => {
      const { out, args } = await threeCells();
      const { docker } = here();
      const foreign = await docker.createNetwork({ Name: `wsmatrix-foreign-${process.pid}` });
      const bystander = await docker.createContainer({
        Image: await fauxImage(),
        name: `wsmatrix-bystander-${process.pid}`,
        Labels: { "wsmatrix.cell": "not ours, whatever it says" },
        HostConfig: { NetworkMode: `wsmatrix-foreign-${process.pid}` },
      });
      try {
        await bystander.start({});
        const running = wsmatrix(args);
        const ended = await midway(out, running.pid);
        running.kill("SIGKILL");
        await running;

        // Another run on this machine may have swept meanwhile: who did it does not matter.
        const swept = await wsmatrix(["doctor", "--sweep"]);
        expect(swept.exitCode, swept.stderr).toBe(0);
        expect(await leftIn(here(), running.pid)).toEqual([]);
        expect((await bystander.inspect({})).State.Running).toBe(true);
        await docker.getNetwork(foreign.id).inspect({});

        const resumed = await wsmatrix(["run", "--resume", out, "--reporter", "plain"]);
        expect(resumed.exitCode, resumed.stderr).toBe(0);
        expect(runFile(out)).toMatchObject({
          state: "complete",
          completeness: { casesNotRun: 0, cellsRan: 3 },
        });
        const played = eventsOf(out).filter(
          ({ type, cell }) => type === "case-finished" && cell === ended[0],
        );
        expect(new Set(played.map((event) => event.case)).size).toBe(played.length);
      } finally {
        await bystander.remove({ force: true, v: true });
        await docker.getNetwork(foreign.id).remove({});
      }
    },
  );

  it(
    "keeps what was finished when the engine goes away, and says so",
    { timeout: 2 * limit },
    async ({ skip }) => {
      const { where } = here();
      skip(
        !where.startsWith("unix://"),
        "the engine has no socket of which a test could cut the connections",
      );
      const proxy = await proxySocket(where.slice("unix://".length));
      const { out, args } = await threeCells();
      const running = wsmatrix(args, { DOCKER_HOST: proxy.host });
      const ended = await midway(out, running.pid);
      await proxy.cut();
      const { exitCode, stderr } = await running;
      expect(exitCode, stderr).toBe(3);
      const crashed = runFile(out).cells.filter(({ id }) => !ended.includes(id));
      expect(runFile(out).cells.filter(({ status }) => status === "ran")).toHaveLength(ended.length);
      expect(crashed.map(({ status, reason }) => `${status} ${reason}`)).toEqual(
        crashed.map(
          () =>
            expect.stringMatching(/^crashed the Docker engine does not answer any more.*--resume/) as string,
        ),
      );
      expect(crashed.length).toBeGreaterThan(0);
      const resumed = await wsmatrix(["run", "--resume", out, "--reporter", "plain"]);
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(runFile(out).completeness).toMatchObject({ casesNotRun: 0, cellsRan: 3 });
      expect(await leftIn(here(), running.pid)).toEqual([]);
    },
  );

  it("is not begun where the engine does not answer that was asked for", async () => {
    const { out, args } = runOf(["{ use: ws, roles: [server] }"], "1.1.1");
    const { exitCode, stderr } = await wsmatrix(args, { DOCKER_HOST: "unix:///nowhere/docker.sock" });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^no Docker engine answers at unix:\/\/\/nowhere\/docker\.sock .*--engine process$/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it("says with auto that there is no engine, and runs as processes what can", async () => {
    const targets = ["{ use: reference, roles: [server] }", await boxed("echo", ", optional: true")];
    const { out, args } = runOf(targets, "1.1.1", ["--engine", "auto"]);
    const { exitCode, stderr } = await wsmatrix(args, { DOCKER_HOST: "unix:///nowhere/docker.sock" });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/^engine: process, because no Docker engine answers/m);
    const [reference, echo] = runFile(out).cells;
    expect(reference).toMatchObject({ status: "ran" });
    expect(echo).toMatchObject({
      status: "skipped",
      reason: expect.stringContaining("runs in a container") as string,
    });
  });
});

describe("doctor", () => {
  it("says that there is no engine and what to do", async () => {
    const { exitCode, stdout } = await wsmatrix(["doctor"], { DOCKER_HOST: "unix:///nowhere/docker.sock" });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^docker +no Docker engine answers at unix:\/\/\/nowhere\/docker\.sock .*: start it/m,
    );
    expect(stdout).toMatch(/--engine auto takes process/);
  });

  it.skipIf(noEngine)("says what the engine can do", async () => {
    const { stdout } = await wsmatrix(["doctor", "--json"]);
    const { docker, auto } = JSON.parse(stdout) as { docker: object; auto: string };
    const { version, builder } = here();
    expect(docker).toMatchObject({ answers: true, version, builder });
    expect(auto).toBe("docker");
  });
});
