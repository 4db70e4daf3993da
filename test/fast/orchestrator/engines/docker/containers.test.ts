import { hostname, uptime } from "node:os";
import { describe, expect, it } from "vitest";

import type { DockerClient } from "../../../../../orchestrator/engines/docker/client.ts";
import {
  type ContainerSpec,
  createOptions,
  userOf,
} from "../../../../../orchestrator/engines/docker/container-spec.ts";
import type { ContainerExit } from "../../../../../orchestrator/engines/docker/container.ts";
import { exitOf } from "../../../../../orchestrator/engines/docker/exit.ts";
import {
  type Labels,
  OWNER,
  type Owner,
  passingLabels,
  self,
} from "../../../../../orchestrator/engines/docker/labels.ts";
import { listLeftovers, sweepDocker } from "../../../../../orchestrator/engines/docker/sweep.ts";

const spec: ContainerSpec = {
  kind: "target",
  network: { id: "1", name: "net", bridge: "wsm-1", gateway: "172.30.0.1", labels: async () => ({}) },
  image: "sha256:1",
  command: ["node", "x"],
  env: { PORT: "9001" },
  user: "node",
  root: false,
  limits: {},
  files: [],
  input: false,
};

describe("a container is asked for", () => {
  it("with as little as a program can do with", () => {
    const options = createOptions(spec, { a: "b" }, null, true);
    expect(options).toMatchObject({
      Image: "sha256:1",
      Cmd: ["node", "x"],
      Env: ["HOME=/tmp", "PORT=9001"],
      User: "node",
      Labels: { a: "b" },
      OpenStdin: false,
      Healthcheck: { Test: ["NONE"] },
      HostConfig: {
        NetworkMode: "net",
        Memory: 1024 ** 3,
        MemorySwap: 1024 ** 3,
        PidsLimit: 512,
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        Init: true,
        RestartPolicy: { Name: "no" },
        LogConfig: { Type: "none" },
        Dns: ["127.0.0.1"],
      },
    });
    expect(options.HostConfig).not.toHaveProperty("NanoCpus");
    expect(options.HostConfig).not.toHaveProperty("Mounts");
    expect(options.HostConfig?.Ulimits).toContainEqual({ Name: "nofile", Soft: 65_536, Hard: 65_536 });
    expect(createOptions(spec, {}, null, false).HostConfig?.Ulimits).not.toContainEqual(
      expect.objectContaining({ Name: "nofile" }),
    );
  });

  it("with the limits of the matrix, the image's own command, its files, and variables that win", () => {
    const limits = { memoryBytes: 5, cpus: 0.5, pids: 7 };
    const options = createOptions({ ...spec, command: null, limits, env: { HOME: "/x" } }, {}, "vol", true);
    expect(options).not.toHaveProperty("Cmd");
    expect(options).toMatchObject({
      Env: ["HOME=/x"],
      HostConfig: {
        Memory: 5,
        NanoCpus: 5e8,
        PidsLimit: 7,
        Mounts: [{ Source: "vol", Target: "/run/wsmatrix", ReadOnly: true }],
      },
    });
  });

  it.each([
    ["", "65534:65534"],
    ["0", "65534:65534"],
    ["root", "65534:65534"],
    ["0:0", "65534:65534"],
    ["root:wheel", "65534:65534"],
    ["1000", "1000"],
    ["nobody", "nobody"],
    ["rooty", "rooty"],
  ])("as somebody who is not root: %j as %j", (user, expected) => {
    expect(userOf({ user, root: false })).toBe(expected);
    expect(userOf({ user, root: true })).toBe(user);
  });
});

describe("the end of a container", () => {
  const exit = { code: 0, outOfMemory: false, error: "", engineGone: false } satisfies ContainerExit;
  const limits = { memoryBytes: 64 * 1024 ** 2 };

  it.each<[Partial<ContainerExit>, object]>([
    [{}, { code: 0, signal: null, reason: "exited with code 0" }],
    [{ code: 3 }, { code: 3, signal: null, reason: "exited with code 3" }],
    [{ code: 139 }, { code: null, signal: "SIGSEGV", reason: "was killed by SIGSEGV" }],
    [
      { code: 137, outOfMemory: true },
      { signal: "SIGKILL", reason: "ran out of memory (limit 64 MiB)" },
    ],
    [{ code: 1, outOfMemory: true }, { reason: "ran out of memory (limit 64 MiB), and exited with code 1" }],
    [{ code: 137 }, { signal: "SIGKILL", reason: "was killed by SIGKILL" }],
    [{ code: 127 }, { reason: "exited with code 127 (the command was not found in the image)" }],
    [{ code: 255 }, { code: 255, reason: "exited with code 255" }],
    [{ code: 128, error: "no such device" }, { reason: "could not go on: no such device" }],
    [
      { code: -1, error: "no such container" },
      { code: null, reason: "is lost: its container is gone (no such container)" },
    ],
    [
      { code: -1, error: "nobody answers", engineGone: true },
      { code: null, reason: "is lost: nobody answers" },
    ],
  ])("%j is told as %j", (change, expected) => {
    expect(exitOf({ ...exit, ...change }, limits, false)).toMatchObject(expected);
  });

  it("is ours when we ended it, and the limit is the usual one where there is no other", () => {
    expect(exitOf({ ...exit, code: 137 }, {}, true).reason).toBe("was ended by wsmatrix");
    expect(exitOf({ ...exit, outOfMemory: true, code: 137 }, {}, false).reason).toContain("(limit 1 GiB)");
  });
});

/** A thing in an engine. */
interface Thing {
  readonly kind: "container" | "network" | "volume";
  readonly name: string;
  readonly labels: Labels;
  readonly createdAt?: number;
}

/** An engine that holds these things; what is removed is noted. */
function engineWith(things: readonly Thing[], stuck: readonly string[] = []) {
  const removed: string[] = [];
  const of = (kind: Thing["kind"]) => things.filter((thing) => thing.kind === kind);
  const remover = (name: string) => ({
    remove: async () => {
      if (stuck.includes(name)) throw Object.assign(new Error("in use"), { statusCode: 409 });
      removed.push(name);
    },
  });
  const created = ({ createdAt = Date.now() }: Thing) => new Date(createdAt).toISOString();
  const docker = {
    listContainers: async () =>
      of("container").map((thing) => ({
        Id: thing.name,
        Names: [`/${thing.name}`],
        Labels: thing.labels,
        Created: (thing.createdAt ?? Date.now()) / 1000,
      })),
    listNetworks: async () =>
      of("network").map((thing) => ({
        Id: thing.name,
        Name: thing.name,
        Labels: thing.labels,
        Created: created(thing),
      })),
    listVolumes: async () => ({
      Volumes: of("volume").map((thing) => ({
        Name: thing.name,
        Labels: thing.labels,
        CreatedAt: created(thing),
      })),
    }),
    getContainer: remover,
    getNetwork: remover,
    getVolume: remover,
  } as unknown as DockerClient;
  return { docker, removed };
}

describe("sweeping", () => {
  const labelsOf = (owner: Owner): Labels => ({
    wsmatrix: "target",
    [OWNER]: JSON.stringify(owner),
    "wsmatrix.cell": "x/server/plain",
  });
  const dead = async (): Promise<Owner> => ({ ...(await self()), pid: 4_194_304 });
  const HOUR = 3_600_000;

  it("removes what has lost its owner: containers, then networks and volumes, and says what", async () => {
    const labels = labelsOf(await dead());
    const { docker, removed } = engineWith([
      { kind: "volume", name: "v", labels },
      { kind: "network", name: "n", labels },
      { kind: "container", name: "c", labels },
    ]);
    expect(await listLeftovers(docker)).toHaveLength(3);
    expect(removed).toEqual([]);
    expect(await sweepDocker(docker, "orphans")).toEqual(
      ["container c", "network n", "volume v"].map(
        (thing) => `removed the ${thing} of x/server/plain, left behind by wsmatrix with pid 4194304`,
      ),
    );
    expect(removed).toEqual(["c", "n", "v"]);
  });

  it("leaves alone what has an owner that lives, or none, or whose labels are nonsense", async () => {
    const living = { ...(await self()), pid: 1, startTime: "no" };
    const { docker, removed } = engineWith([
      { kind: "container", name: "own", labels: await passingLabels("target", "x") },
      { kind: "container", name: "nobody's", labels: { wsmatrix: "target" } },
      { kind: "container", name: "nonsense", labels: { wsmatrix: "target", [OWNER]: '{"pid":1}' } },
      { kind: "container", name: "of a reused pid", labels: labelsOf(living) },
    ]);
    await sweepDocker(docker, "orphans");
    expect(removed).toEqual(["of a reused pid"]);
  });

  it("removes at the end of a run also what is its own", async () => {
    const labels = await passingLabels("target", "x");
    const { docker, removed } = engineWith([{ kind: "network", name: "n", labels }]);
    await sweepDocker(docker, "orphans and own");
    expect(removed).toEqual(["n"]);
  });

  it("does not stumble over what cannot be removed", async () => {
    const labels = labelsOf(await dead());
    const things = ["a", "b"].map((name): Thing => ({ kind: "network", name, labels }));
    const { docker, removed } = engineWith(things, ["a"]);
    expect(await sweepDocker(docker, "orphans")).toHaveLength(1);
    expect(removed).toEqual(["b"]);
  });

  it.each([
    ["of another machine, a while ago", { host: "elsewhere", place: "boot pid:[1]" }, HOUR, false],
    ["of another machine, long ago", { host: "elsewhere", place: "boot pid:[1]" }, 30 * HOUR, true],
    [
      "of this machine, before it was started",
      { host: hostname(), place: "boot pid:[1]" },
      uptime() * 1000 + HOUR,
      true,
    ],
    ["of another container of this machine", { host: "box", place: "" }, HOUR, false],
  ])("of what cannot be asked for, that %s: removed is %4$s", async (_, change, age, expected) => {
    const labels = labelsOf({ ...(await dead()), ...change });
    const { docker, removed } = engineWith([
      { kind: "container", name: "c", labels, createdAt: Date.now() - age },
    ]);
    await sweepDocker(docker, "orphans");
    expect(removed).toEqual(expected ? ["c"] : []);
  });
});
