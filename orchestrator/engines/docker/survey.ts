import { call } from "./calls.ts";
import type { DockerClient } from "./client.ts";
import { connectDocker, type DockerEngineInfo, NoDockerError } from "./connect.ts";
import { OURS } from "./labels.ts";
import { createNetwork, removeNetwork } from "./network.ts";
import { whyNotHost } from "./place.ts";
import { listLeftovers } from "./sweep.ts";

/** What the docker engine of this machine is like; or why there is none. */
export type DockerSurvey =
  | { readonly answers: false; readonly problem: string }
  | {
      readonly answers: true;
      readonly where: string;
      readonly version: string;
      readonly platform: string;
      readonly builder: DockerEngineInfo["builder"];
      /** Where the fuzzer is when nobody says. */
      readonly place: "host" | "sidecar";
      /** Why it is not `host`; null when it is. */
      readonly whyNotHost: string | null;
      /** What the engine does not enforce of the limits. */
      readonly unlimited: readonly string[];
      readonly images: { readonly count: number; readonly octets: number };
      /** What runs that were killed left, and the next run or `--sweep` removes. */
      readonly leftovers: readonly string[];
      /** For a sweep. */
      readonly docker: DockerClient;
    };

/**
 * Looks at the engine; makes a network for a moment to see where the fuzzer can be.
 *
 * @throws the signal's reason, when it is aborted
 */
export async function surveyDocker(signal: AbortSignal): Promise<DockerSurvey> {
  try {
    const { docker, where, version, platform, builder } = await connectDocker();
    const obstacle = await tryPlace(docker, signal);
    return {
      answers: true,
      where,
      version,
      platform,
      builder,
      place: obstacle === null ? "host" : "sidecar",
      whyNotHost: obstacle,
      unlimited: await unlimited(docker),
      images: await imagesOf(docker),
      leftovers: await listLeftovers(docker),
      docker,
    };
  } catch (error) {
    if (error instanceof NoDockerError) return { answers: false, problem: error.message };
    throw error;
  }
}

async function tryPlace(docker: DockerClient, signal: AbortSignal): Promise<string | null> {
  const network = await createNetwork(docker, "doctor", "with the host", signal);
  try {
    return await whyNotHost(network);
  } finally {
    await removeNetwork(docker, network);
  }
}

async function unlimited(docker: DockerClient): Promise<readonly string[]> {
  const info = (await call("show itself", (abortSignal) => docker.info({ abortSignal }))) as Readonly<
    Record<string, unknown>
  >;
  const limits = { MemoryLimit: "memory", PidsLimit: "pids", CpuCfsQuota: "cpus" };
  return Object.entries(limits).flatMap(([key, name]) => (info[key] === false ? [name] : []));
}

async function imagesOf(docker: DockerClient): Promise<{ readonly count: number; readonly octets: number }> {
  const filters = JSON.stringify({ label: [`${OURS}=image`] });
  const list = await call("list images", (abortSignal) => docker.listImages({ filters, abortSignal }));
  return { count: list.length, octets: list.reduce((sum, { Size }) => sum + Size, 0) };
}
