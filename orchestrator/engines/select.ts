import type { Target } from "../config/target.ts";
import type { DockerEngine, DockerEngineOptions } from "./docker/docker.ts";
import { type Engine, PrepareError } from "./engine.ts";
import { processEngine } from "./process.ts";
import { remoteEngine } from "./remote.ts";

/** What `--engine` takes. */
export const ENGINE_NAMES = ["auto", "docker", "process", "remote"] as const;
/** One of them; `auto` is whatever suits the target. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** The engine that was asked for does not suit the target: an error of usage. */
export class EngineChoiceError extends Error {
  override readonly name = "EngineChoiceError";
}

/** The engine that was asked for does not answer: nothing was started. The message says what to do. */
export class EngineMissingError extends Error {
  override readonly name = "EngineMissingError";
}

/** The engines of one run. */
export interface Engines {
  readonly process: Engine;
  readonly remote: Engine;
  /** Null where nothing needs it, or where none answers. */
  readonly docker: DockerEngine | null;
  /** Why there is no docker engine, where one was looked for; else "". */
  readonly dockerProblem: string;
}

/** Ms that a docker engine may take to answer which nobody insists on. */
const PATIENCE_MS = 2000;

/**
 * Makes the engines of one run. A docker engine is looked for only where a target may need it.
 *
 * @throws {EngineMissingError} `docker` was asked for and does not answer
 */
export async function openEngines(
  name: EngineName,
  targets: readonly Target[],
  options: DockerEngineOptions = {},
): Promise<Engines> {
  const base = { process: processEngine(), remote: remoteEngine() };
  if (!targets.some((target) => mayNeedDocker(target, name))) {
    return { ...base, docker: null, dockerProblem: "" };
  }
  // A tenth of a second that is saved where nothing is to run in containers.
  const { connectDocker, NoDockerError } = await import("./docker/connect.ts");
  const { dockerEngine } = await import("./docker/docker.ts");
  try {
    const info = await connectDocker(name === "docker" ? undefined : PATIENCE_MS);
    return { ...base, docker: dockerEngine(info, options), dockerProblem: "" };
  } catch (error) {
    if (!(error instanceof NoDockerError)) throw error;
    if (name !== "docker") return { ...base, docker: null, dockerProblem: error.message };
    const remedy = "or run without containers: --engine process";
    throw new EngineMissingError(`${error.message}, ${remedy}`, { cause: error });
  }
}

function mayNeedDocker(target: Target, name: EngineName): boolean {
  if (target.kind === "image") return true;
  return target.kind === "folder" && (name === "docker" || (name === "auto" && !!target.definition.docker));
}

/**
 * Chooses where a target runs. A URL is always remote, an image is always a container, and a command is always a
 * process. A folder runs where it was asked for; with `auto` in a container, if it says how and an engine answers.
 *
 * @throws {EngineChoiceError} the engine that was asked for cannot run such a target
 */
export function engineFor(target: Target, name: EngineName, engines: Engines): Engine {
  if (target.kind === "url") return engines.remote;
  if (name === "remote") {
    throw new EngineChoiceError(
      `${target.name} has no URL, so the remote engine cannot run it: give it one, or leave --engine out`,
    );
  }
  if (target.kind === "image") return engines.docker ?? withoutDocker(engines);
  if (target.kind === "command" || name === "process") return engines.process;
  if (name === "docker") return engines.docker ?? withoutDocker(engines);
  return target.definition.docker && engines.docker ? engines.docker : engines.process;
}

/** Skips what can run only in containers. */
function withoutDocker({ dockerProblem }: Engines): Engine {
  return {
    name: "docker",
    prepare: async ({ name }) => {
      throw new PrepareError("skipped", `${name} runs in a container, and ${dockerProblem}`);
    },
    start: async () => {
      throw new Error("what was not prepared cannot be started");
    },
    sweep: async () => [],
  };
}

/** What runs the targets of a run, in a line for people; null where there was no choice. */
export function engineNote(name: EngineName, { docker, dockerProblem }: Engines): string | null {
  if (docker !== null) {
    const { version, builder, where } = docker.info;
    return `engine: docker ${version} at ${where} (builds with ${builder === "buildkit" ? "BuildKit" : "the classic builder"})`;
  }
  return name === "auto" && dockerProblem !== "" ? `engine: process, because ${dockerProblem}` : null;
}

/** Removes what earlier runs left behind in any of the engines, and says what that was. */
export async function sweepAll({ process, docker }: Engines): Promise<readonly string[]> {
  const swept = await Promise.all([process.sweep(), docker?.sweep() ?? []]);
  return swept.flat();
}
