import type { Target } from "../config/target.ts";
import type { Engine } from "./engine.ts";
import { processEngine } from "./process.ts";
import { remoteEngine } from "./remote.ts";

/** What `--engine` takes. */
export const ENGINE_NAMES = ["auto", "docker", "process", "remote"] as const;
/** One of them; `auto` is whatever suits the target. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** The engine that was asked for is not to be had, or does not suit the target: an error of usage. */
export class EngineChoiceError extends Error {
  override readonly name = "EngineChoiceError";
}

/** The engines of one run. */
export interface Engines {
  readonly process: Engine;
  readonly remote: Engine;
}

/** Makes the engines of one run. */
export function createEngines(): Engines {
  return { process: processEngine(), remote: remoteEngine() };
}

/**
 * Chooses where a target runs. A URL is always remote.
 *
 * @throws {EngineChoiceError} there is no such engine yet, or it cannot run such a target
 */
export function engineFor(
  target: Target,
  name: EngineName,
  engines: Engines = (shared ??= createEngines()),
): Engine {
  if (target.kind === "url") return engines.remote;
  if (name === "docker") {
    throw new EngineChoiceError("the docker engine is not available yet: use --engine process");
  }
  if (name === "remote") {
    throw new EngineChoiceError(
      `${target.name} has no URL, so the remote engine cannot run it: give it one, or leave --engine out`,
    );
  }
  return engines.process;
}

let shared: Engines | undefined;
