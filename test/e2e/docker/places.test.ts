// The places of the fuzzer: verdicts are the same in both, and what a target can reach from there is not.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";

import { catalogue } from "../../../fuzzer/catalogue.ts";
import { destinationOf } from "../../../fuzzer/client.ts";
import { profiles } from "../../../fuzzer/profile.ts";
import { type DockerEngine, dockerEngine } from "../../../orchestrator/engines/docker/docker.ts";
import { CELL, OURS, ownerOf } from "../../../orchestrator/engines/docker/labels.ts";
import { findImage } from "../../../orchestrator/engines/docker/images.ts";
import { createNetwork, removeNetwork } from "../../../orchestrator/engines/docker/network.ts";
import { startSidecar } from "../../../orchestrator/engines/docker/sidecar.ts";
import { sidecarImage } from "../../../orchestrator/engines/docker/sidecar-image.ts";
import { type Seat, StartError } from "../../../orchestrator/engines/engine.ts";
import { FuzzerLost, type ListenSetup } from "../../../orchestrator/place/fuzzer.ts";
import { probeServer } from "../../../orchestrator/play/probe.ts";
import { fauxContainer, fauxImage, here, leftIn, noEngine } from "../../support/docker.ts";
import { isListening, until } from "../../support/faux.ts";
import { cellFile, scratch } from "../../support/cli.ts";

const { signal } = new AbortController();
const main = join(import.meta.dirname, "..", "..", "..", "orchestrator", "main.ts");

/** Words before a command that give it a network of its own, with no route to anywhere; null where that cannot be. */
const alone: readonly string[] | null =
  [
    ["unshare", "--net"],
    ["unshare", "--user", "--map-root-user", "--net"],
  ].find(([program, ...words]) => spawnSync(program!, [...words, "true"]).status === 0) ?? null;
if (alone === null)
  console.warn("no network can be taken from a process here: a part of the tests of places is skipped");

/** Starts a run; it never rejects. */
function startRun(args: readonly string[], before: readonly string[] = []) {
  const [program, ...words] = [...before, process.execPath, main, "run", ...args];
  return execa(program!, words, { reject: false, stdin: "ignore", timeout: 280_000 });
}

/** A matrix in a file. */
function matrixOf(matrix: object): string {
  const file = `${scratch()}.json`;
  writeFileSync(file, JSON.stringify({ engine: "docker", suite: { profile: "quick" }, ...matrix }));
  return file;
}

/** Verdicts of a cell that ran, by number. */
function verdictsOf(dir: string, cell: string): Record<string, string> {
  const { status, reason, cases } = cellFile(dir, cell);
  expect(status, `${cell}: ${reason}`).toBe("ran");
  const entries = Object.entries(cases);
  return Object.fromEntries(
    entries.map(([id, { behavior, behaviorClose }]) => [id, `${behavior} ${behaviorClose}`]),
  );
}

describe.skipIf(noEngine)("verdicts", () => {
  const variants = ["plain", "tls"];
  const matrix = matrixOf({ targets: [{ use: "ws", versions: ["8.23.0"], variants }] });
  const cells = ["ws@8.23.0/server/plain", "ws@8.23.0/client/plain"];
  const run = async (place: string, before: readonly string[] = [], more: readonly string[] = []) => {
    const dir = scratch();
    const flags = ["--place", place, "--fail-on", "infra", "--out", dir, "--reporter", "plain"];
    const { exitCode, stderr } = await startRun(["--matrix", matrix, ...flags, ...more], before);
    return { dir, exitCode, stderr };
  };
  const plain = ["--variant", "plain"];

  it(
    "of a sidecar, whose targets this machine has no route to, are those of the host",
    { timeout: 600_000 },
    async () => {
      const far = await run("sidecar", alone ?? [], plain);
      expect(far.exitCode, far.stderr).toBe(0);
      const near = await run("host", [], plain);
      expect(near.exitCode, near.stderr).toBe(0);
      for (const cell of cells) {
        const verdicts = verdictsOf(far.dir, cell);
        expect(Object.keys(verdicts)).toHaveLength(catalogue.entries.length);
        expect(verdicts).toEqual(verdictsOf(near.dir, cell));
      }
    },
  );

  it.skipIf(alone === null)(
    "come from a sidecar where the gateway is no address of the machine",
    async () => {
      const { dir, exitCode, stderr } = await run("auto", alone!, [
        "--cases",
        "1.1.*",
        "12.1.1",
        "24.1.1",
        "33.4.*",
      ]);
      expect(exitCode, stderr).toBe(0);
      for (const cell of [...cells, ...cells.map((id) => id.replace("plain", "tls"))])
        expect(new Set(Object.values(verdictsOf(dir, cell)))).toEqual(new Set(["OK OK"]));
    },
  );

  it.skipIf(alone === null)("are not had from the host there, and the run says why", async () => {
    const { dir, exitCode } = await run("host", alone!, ["--cases", "1.1.1"]);
    expect(exitCode).toBe(3);
    const { status, reason } = cellFile(dir, cells[0]!);
    expect(status).toBe("crashed");
    expect(reason).toMatch(
      /the fuzzer cannot be on the host: the gateway of its network, [\d.]+, is no address of this machine/,
    );
    expect(reason).toContain("--place sidecar");
  });
});

const engines = { host: engineWith("host"), sidecar: engineWith("sidecar") };

function engineWith(place: "host" | "sidecar"): () => DockerEngine {
  let engine: DockerEngine | undefined;
  return () => (engine ??= dockerEngine(here(), { place, graceMs: 500 }));
}

const quietListener: Omit<ListenSetup, "host"> = {
  port: 0,
  cases: [],
  profile: profiles.quick,
  tls: null,
  onStarted: () => {},
  onFinished: () => {},
  onReports: () => {},
};

/** What a test leaves to be ended, the last first. */
const leftovers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).toReversed()) await end();
});

async function seatIn(place: keyof typeof engines): Promise<Seat> {
  const seat = await engines[place]().seat(`test of ${place}`, signal);
  leftovers.push(() => seat.close());
  return seat;
}

async function startIn(
  seat: Seat,
  place: keyof typeof engines,
  program: string,
  env: Record<string, string> = {},
) {
  const prepared = await engines[place]().prepare(await fauxContainer(program, env), { signal });
  const running = await seat.start(prepared, { role: "server", env: {}, limits: {}, logFile: null, signal });
  leftovers.push(() => running.stop());
  return running;
}

/** What the faux target that looks around can connect to. */
async function reached(
  place: keyof typeof engines,
  seat: Seat,
  addresses: readonly string[],
): Promise<readonly string[]> {
  const running = await startIn(seat, place, "looks-around", { REACH: addresses.join() });
  let text = "";
  await until("it has looked around", () => {
    text = /^seen (.+)\n/m.exec(running.logTail())?.[1] ?? "";
    return text !== "";
  });
  const { reach } = JSON.parse(text) as { readonly reach: Readonly<Record<string, string>> };
  expect(Object.keys(reach).toSorted()).toEqual([...addresses].toSorted());
  return addresses.filter((address) => reach[address] === "reached");
}

/** A service of this machine at all of its addresses, as people's are. */
async function service(): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => void server.listen(0, "0.0.0.0", resolve));
  leftovers.push(async () => void server.close());
  return (server.address() as { port: number }).port;
}

/** The gateway of each network that is ours now. */
async function gateways(): Promise<readonly string[]> {
  const networks = await here().docker.listNetworks({ filters: JSON.stringify({ label: [OURS] }) });
  const own = networks.filter(({ Labels }) => ownerOf(Labels)?.pid === process.pid);
  return own.flatMap(({ IPAM }) => (IPAM?.Config ?? []).map(({ Gateway }) => Gateway!));
}

/** All addresses of this machine that are not for itself alone. */
const addresses = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .filter(({ family, internal }) => family === "IPv4" && !internal)
  .map(({ address }) => address);

describe.skipIf(noEngine)("a target with the fuzzer on the host", () => {
  it("reaches a service of the machine that is at all of its addresses, as the documentation says", async () => {
    const seat = await seatIn("host");
    const port = await service();
    expect(await gateways()).toEqual([seat.listenHost]);
    expect(await reached("host", seat, [`${seat.listenHost}:${port}`])).toEqual([
      `${seat.listenHost}:${port}`,
    ]);
  });
});

describe.skipIf(noEngine)("a target with the fuzzer in a sidecar", () => {
  it("is played", async () => {
    const seat = await seatIn("sidecar");
    const running = await startIn(seat, "sidecar", "echo");
    const to = destinationOf(running.url!);
    expect(await probeServer(seat.fuzzer, to, running.exited, signal)).toEqual({ ok: true });
  });

  it("reaches the fuzzer, and no service of the machine, at whatever address", async () => {
    const seat = await seatIn("sidecar");
    const listener = await seat.fuzzer.listen({ ...quietListener, host: seat.listenHost });
    const port = await service();
    const own = new URL(listener.url).host;
    const [gateway, ...more] = await gateways();
    expect(more).toEqual([]);
    const others = [...new Set([gateway, ...addresses])].map((address) => `${address}:${port}`);
    expect(await reached("sidecar", seat, [own, ...others])).toEqual([own]);
  });

  it("reaches neither the target of another cell nor its fuzzer, nor a listener in any other network", async () => {
    const [one, other] = [await seatIn("sidecar"), await seatIn("sidecar")];
    const target = await startIn(other, "sidecar", "echo");
    const listener = await other.fuzzer.listen({ ...quietListener, host: other.listenHost });
    const elsewhere = await foreignListener();
    const up = await probeServer(other.fuzzer, destinationOf(target.url!), target.exited, signal);
    expect(up).toEqual({ ok: true });
    const tried = [new URL(target.url!).host, new URL(listener.url).host, elsewhere];
    expect(await reached("sidecar", one, tried)).toEqual([]);
  });
});

/** Something that listens in a network that is not ours; its address. */
async function foreignListener(): Promise<string> {
  const { docker } = here();
  const name = `foreign-places-${process.pid}`;
  const { id } = await docker.createNetwork({ Name: name });
  leftovers.push(() => docker.getNetwork(id).remove({}));
  const container = await docker.createContainer({
    Image: await fauxImage(),
    Cmd: ["node", "echo.mjs"],
    Env: ["HOST=0.0.0.0", "PORT=9001"],
    HostConfig: { NetworkMode: name },
  });
  leftovers.push(() => container.remove({ force: true, v: true }));
  await container.start({});
  const { NetworkSettings: settings } = await container.inspect({});
  const address = `${settings.Networks[name]!.IPAddress}:9001`;
  await until("it listens", () => isListening(`http://${address}`));
  return address;
}

describe.skipIf(noEngine)("the container of a sidecar", () => {
  it("may do as little as a target's, and takes the place of nobody", async () => {
    const seat = await seatIn("sidecar");
    const [facts, ...more] = await containersOf(process.pid, "fuzzer");
    expect(more).toEqual([]);
    const { Config, HostConfig, NetworkSettings } = await here().docker.getContainer(facts!.Id).inspect({});
    expect(Config).toMatchObject({ User: "node", OpenStdin: true, StdinOnce: true, Tty: false });
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Privileged: false,
      LogConfig: { Type: "none" },
      NanoCpus: 0,
    });
    expect(HostConfig.Binds ?? []).toEqual([]);
    const networks = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    expect(networks).toEqual([seat.listenHost]);
  });

  it("is gone with its place, which may be closed while it is busy", async () => {
    const seat = await engines.sidecar().seat("busy", signal);
    const listening = seat.fuzzer.listen({ ...quietListener, host: seat.listenHost });
    await listening;
    await seat.close();
    expect(await leftIn(here())).toEqual([]);
    expect(() => seat.fuzzer.check()).toThrow(FuzzerLost);
  });

  it("is not used, and leaves nothing, when it runs another program than this package's", async () => {
    const image = await sidecarImage(here(), 60_000, { signal });
    const { docker } = here();
    const network = await createNetwork(docker, "test", "without the host", signal);
    leftovers.push(() => removeNetwork(docker, network));
    const starting = startSidecar(docker, network, { ...image, program: "another" }, 500, signal);
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toThrow(/not of the version of this run/);
    expect(await containersOf(process.pid, "fuzzer")).toEqual([]);
  });

  it("says why it did not start, with what it wrote", async () => {
    const { docker } = here();
    const network = await createNetwork(docker, "test", "without the host", signal);
    leftovers.push(() => removeNetwork(docker, network));
    const found = await findImage(docker, await fauxImage());
    // It has no program of a sidecar, and echoes to nobody.
    const starting = startSidecar(docker, network, { image: found!, program: "another" }, 500, signal);
    await expect(starting).rejects.toThrow(
      /the fuzzer's sidecar is gone: it said something that is not understood: "listening"/,
    );
    expect(await containersOf(process.pid, "fuzzer")).toEqual([]);
  });

  it("is not built when the engine has its image", async () => {
    const { image, program } = await sidecarImage(here(), 60_000, { signal });
    const lines: string[] = [];
    const again = await sidecarImage(here(), 60_000, { signal, onOutput: (line) => lines.push(line) });
    expect([again.image.id, again.program, lines]).toEqual([image.id, program, []]);
  });
});

describe.skipIf(noEngine)("a run", () => {
  const start = async (jobs: number) => {
    const image = await fauxImage();
    const target = (name: string) => ({ name, image, command: "node echo.mjs", roles: ["server"] });
    const dir = scratch();
    const matrix = matrixOf({ targets: [target("one"), target("other")] });
    const flags = ["--place", "sidecar", "--jobs", String(jobs), "--fail-on", "infra", "--out", dir];
    const child = startRun(["--matrix", matrix, ...flags, "--cases", "1.*", "9.1.*", "9.7.*"]);
    const pid = child.pid!;
    onTestFinished(async () => void (await engines.sidecar().sweep()));
    const begun = until("a case is finished", () => hasFinished(dir, "one/server/plain"), 60_000);
    const over = child.then(({ stderr }) => Promise.reject(new Error(`it is over already: ${stderr}`)));
    over.catch(() => {});
    await Promise.race([begun, over]);
    return { dir, child, pid };
  };

  it("that loses a sidecar says so, and plays its other cells", async () => {
    const { dir, child, pid } = await start(2);
    const [doomed] = await containersOf(pid, "fuzzer", "one/server/plain");
    await here().docker.getContainer(doomed!.Id).kill({ signal: "SIGKILL" });
    expect((await child).exitCode).toBe(3);
    expect(cellFile(dir, "one/server/plain")).toMatchObject({
      status: "crashed",
      reason: "the fuzzer's sidecar is gone: it was killed by SIGKILL",
    });
    expect(cellFile(dir, "other/server/plain").status).toBe("ran");
    expect(await leftIn(here(), pid)).toEqual([]);
  });

  it("that is killed takes its sidecar along, and the rest is swept", async () => {
    const { child, pid } = await start(1);
    expect(await containersOf(pid, "fuzzer")).toHaveLength(1);
    child.kill("SIGKILL");
    await child;
    // Its input has ended: nobody need remove it.
    const runs = async () => (await containersOf(pid, "fuzzer")).some(({ State }) => State === "running");
    await until("it has ended by itself", async () => !(await runs()));
    await engines.sidecar().sweep();
    expect(await leftIn(here(), pid)).toEqual([]);
  });
});

/** Containers of a process, of a kind and maybe of a cell. */
async function containersOf(pid: number, kind: string, cell?: string) {
  const filters = JSON.stringify({
    label: [`${OURS}=${kind}`, ...(cell === undefined ? [] : [`${CELL}=${cell}`])],
  });
  const found = await here().docker.listContainers({ all: true, filters });
  return found.filter(({ Labels }) => ownerOf(Labels)?.pid === pid);
}

/** Whether a case of a cell has been played to its end. */
function hasFinished(dir: string, cell: string): boolean {
  const file = join(dir, "events.jsonl");
  if (!existsSync(file)) return false;
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.some((line) => line.includes('"case-finished"') && line.includes(JSON.stringify(cell)));
}
