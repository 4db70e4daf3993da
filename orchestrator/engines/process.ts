import { cacheRoot } from "./cache.ts";
import { splitCommand } from "./command-line.ts";
import { type Engine, type Prepared, type PrepareOptions, PrepareError } from "./engine.ts";
import { messageOf } from "./failure.ts";
import { digestOfCommand, prepareFolder } from "./process-prepare.ts";
import { startProcess } from "./process-start.ts";
import { runningRegistry } from "./running-registry.ts";
import type { Target } from "../config/target.ts";

/** What can be set about host processes; tests set shorter times. */
export interface ProcessEngineOptions {
  /** Default: `cacheRoot()`. */
  readonly cacheDir?: string;
  /** Between SIGTERM and SIGKILL, in ms. Default 1000. */
  readonly graceMs?: number;
  /** For each command of an installation, in ms. Default ten minutes. */
  readonly installTimeoutMs?: number;
}

/** The same, with nothing left open. */
export type ProcessSettings = Required<ProcessEngineOptions>;

/**
 * Runs targets as processes of this machine: each version is installed by its ecosystem's own client into a
 * cache outside the clone, and each start is a process group of its own that listens at 127.0.0.1.
 *
 * Limits are not enforced: a host process has the machine to itself.
 */
export function processEngine(options: ProcessEngineOptions = {}): Engine {
  const settings: ProcessSettings = {
    cacheDir: options.cacheDir ?? cacheRoot(),
    graceMs: options.graceMs ?? 1000,
    installTimeoutMs: options.installTimeoutMs ?? 600_000,
  };
  const registry = runningRegistry(settings.cacheDir);
  return {
    name: "process",
    prepare: (target, how) => prepare(target, settings, how),
    start: (prepared, request) => startProcess(prepared, request, settings, registry),
    sweep: () => registry.sweep(settings.graceMs),
  };
}

async function prepare(
  target: Target,
  settings: ProcessSettings,
  options: PrepareOptions,
): Promise<Prepared> {
  options.signal.throwIfAborted();
  if (target.kind === "folder") return prepareFolder(target, settings, options);
  if (target.kind !== "command") throw new PrepareError("skipped", REFUSALS[target.kind](target.name));
  checkCommand(target.command);
  return { target, digest: digestOfCommand(target), cached: true, duration: 0 };
}

const REFUSALS = {
  image: (name: string) => `${name} is a container image, and images need the docker engine`,
  url: (name: string) => `${name} is up already: a URL needs the remote engine`,
};

function checkCommand(command: string): void {
  try {
    splitCommand(command);
  } catch (cause) {
    throw new PrepareError("build-failed", messageOf(cause), "", { cause });
  }
}
