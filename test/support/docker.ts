import { join } from "node:path";

import { type DockerEngineInfo, connectDocker } from "../../orchestrator/engines/docker/connect.ts";
import { type DockerEngine, dockerEngine } from "../../orchestrator/engines/docker/docker.ts";
import { OWNER, ownerOf } from "../../orchestrator/engines/docker/labels.ts";
import type { Prepared, Running, StartRequest } from "../../orchestrator/engines/engine.ts";
import type { Target } from "../../orchestrator/config/target.ts";
import { builtFolder, namedImage } from "./docker-targets.ts";

/** The engine of this machine, or why there is none to test with. */
export const engineHere: DockerEngineInfo | Error = await connectDocker().catch((error: Error) => error);

/** For `describe.skipIf`; says so once, because a test that is skipped without a word looks like one that passes. */
export const noEngine: boolean = engineHere instanceof Error;
if (engineHere instanceof Error) console.warn(`tests of containers are skipped: ${engineHere.message}`);

/** The engine of this machine. @throws {Error} there is none */
export function here(): DockerEngineInfo {
  if (engineHere instanceof Error) throw engineHere;
  return engineHere;
}

let fauxPrepared: Promise<Prepared> | undefined;

/** The id of the image of the faux targets, built at the first call. */
export async function fauxImage(): Promise<string> {
  fauxPrepared ??= dockerEngine(here()).prepare(
    builtFolder("faux", join(import.meta.dirname, "..", "faux")),
    { signal: new AbortController().signal },
  );
  return (await fauxPrepared).digest;
}

/** A faux target in a container. */
export async function fauxContainer(
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Extract<Target, { kind: "image" }>> {
  return namedImage(await fauxImage(), { name: program, command: `node ${program}.mjs`, env });
}

/** Starts a server in a place of its own. */
export async function startServer(
  engine: DockerEngine,
  target: Target,
  request: Partial<StartRequest> = {},
): Promise<Running> {
  const { signal } = new AbortController();
  const prepared = await engine.prepare(target, { signal });
  return engine.start(prepared, { role: "server", env: {}, limits: {}, logFile: null, signal, ...request });
}

/** What a process, by default this one, has in the engine: `container x`, `network y`, `volume z`. */
export async function leftIn(
  { docker }: DockerEngineInfo,
  pid: number = process.pid,
): Promise<readonly string[]> {
  const filters = JSON.stringify({ label: [OWNER] });
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const things = [
    ...containers.map(({ Id, Labels }) => ({ name: `container ${Id}`, labels: Labels })),
    ...networks.map(({ Name, Labels }) => ({ name: `network ${Name}`, labels: Labels })),
    ...(volumes ?? []).map(({ Name, Labels }) => ({ name: `volume ${Name}`, labels: Labels })),
  ];
  return things.filter(({ labels }) => ownerOf(labels)?.pid === pid).map(({ name }) => name);
}
