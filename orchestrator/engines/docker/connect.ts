import type { DockerClient } from "./client.ts";
import { performance } from "node:perf_hooks";
import Docker from "dockerode";
import { codeOf, messageOf } from "../failure.ts";

/** Ms that an engine may take to say that it is there. */
const ANSWER_MS = 5000;

/** No Docker engine answers, or not to us. The message says where it was looked for and what to do. */
export class NoDockerError extends Error {
  override readonly name = "NoDockerError";
}

/** An engine that answers, and what it says of itself. */
export interface DockerEngineInfo {
  readonly docker: DockerClient;
  /** Where it is: `unix:///var/run/docker.sock`. */
  readonly where: string;
  /** Such as `20.10.24`. */
  readonly version: string;
  readonly apiVersion: string;
  /** Of the images that it makes: `linux/amd64`. */
  readonly platform: string;
  /** What builds images. */
  readonly builder: "buildkit" | "classic";
  /** Ms that it took to answer. */
  readonly answeredIn: number;
}

/**
 * Finds the engine that `DOCKER_HOST` names, or else the one at the usual socket, and asks it what it is.
 *
 * @param timeoutMs how long it may take to answer
 * @throws {NoDockerError} none answers there
 */
export async function connectDocker(timeoutMs: number = ANSWER_MS): Promise<DockerEngineInfo> {
  const docker = openClient();
  const where = await whereOf(docker);
  const begun = performance.now();
  try {
    const abortSignal = AbortSignal.timeout(timeoutMs);
    await docker.ping({ abortSignal });
    const version = await docker.version({ abortSignal });
    return {
      docker,
      where,
      version: version.Version,
      apiVersion: version.ApiVersion,
      platform: `${version.Os}/${version.Arch}`,
      builder: builderOf(version),
      answeredIn: Math.round(performance.now() - begun),
    };
  } catch (cause) {
    throw new NoDockerError(describeSilence(cause, where, timeoutMs), { cause });
  }
}

function openClient(): DockerClient & Pick<Docker, "modem"> {
  try {
    return new Docker() as unknown as DockerClient & Pick<Docker, "modem">;
  } catch (cause) {
    throw new NoDockerError(`DOCKER_HOST cannot be used: ${messageOf(cause)}`, { cause });
  }
}

/** What the client talks to, as `DOCKER_HOST` would say it. */
async function whereOf(docker: Pick<Docker, "modem">): Promise<string> {
  const modem = docker.modem as unknown as {
    readonly host?: string;
    readonly port?: string | number;
    getSocketPath(): Promise<string> | undefined;
  };
  if (modem.host !== undefined) return `tcp://${modem.host}:${modem.port ?? ""}`;
  const path = (await modem.getSocketPath()) ?? "";
  return path.startsWith("//") ? `npipe:${path}` : `unix://${path}`;
}

/** BuildKit is in engines from 18.09; Podman and its like do not have it behind this API. */
function builderOf(version: Docker.DockerVersion): "buildkit" | "classic" {
  const names = (version.Components ?? []).map(({ Name }) => Name);
  const isPodman = names.some((name) => /podman/i.test(name));
  return !isPodman && Number(version.ApiVersion) >= 1.39 ? "buildkit" : "classic";
}

function describeSilence(error: unknown, where: string, timeoutMs: number): string {
  const remedy = "start it, or say where it is with DOCKER_HOST";
  const nobody = `no Docker engine answers at ${where}`;
  switch (codeOf(error)) {
    case "ENOENT":
      return `${nobody} (there is no such socket): ${remedy}`;
    case "ECONNREFUSED":
      return `${nobody} (connection refused): ${remedy}`;
    case "EACCES":
    case "EPERM":
      return `the Docker engine at ${where} may not be used by this user: add the user to the group of the socket`;
    case "ABORT_ERR":
      return `${nobody} (nothing within ${timeoutMs / 1000} s): ${remedy}`;
    default:
      return `${nobody} (${messageOf(error).trim()}): ${remedy}`;
  }
}
