import { createHash } from "node:crypto";
import { access, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Target } from "../config/target.ts";
import { isPrepared, markPrepared, preparedDir } from "./cache.ts";
import { type Prepared, type PrepareOptions, PrepareError } from "./engine.ts";
import { findProgram, runEnvironment } from "./environment.ts";
import { codeOf, messageOf } from "./failure.ts";
import { copyFolder, hashFolder } from "./folder.ts";
import { install } from "./install.ts";
import { LockTimeoutError, acquireLock } from "./lock.ts";
import type { ProcessSettings } from "./process.ts";
import { runningRegistry } from "./running-registry.ts";

/** A version of a folder of `targets/`. */
export type FolderTarget = Extract<Target, { kind: "folder" }>;
/** A program of this machine. */
export type CommandTarget = Extract<Target, { kind: "command" }>;

// Part of every key: what an older wsmatrix made in another way is not taken for this one's.
const FORMAT = 1;
const DIGEST = "sha256:";

/**
 * Installs one version of a folder into the cache, unless it is there.
 *
 * @throws {PrepareError} a program that it requires is missing, or the installation failed
 */
export async function prepareFolder(
  target: FolderTarget,
  settings: ProcessSettings,
  options: PrepareOptions,
): Promise<Prepared> {
  const begun = performance.now();
  const commands = checkRequirements(target);
  try {
    const key = await hashFolder(target.dir, keyFacts(target, commands), target.definition.shared);
    const made = await makeOnce(target, key, settings, options);
    const duration = Math.round(performance.now() - begun);
    return { target, digest: DIGEST + key, cached: !made, duration };
  } catch (error) {
    throw asPrepareError(error, target, options.signal);
  }
}

/** The folder of the cache that a prepared folder runs in. */
export function dirOfPrepared(target: FolderTarget, digest: string, cacheDir: string): string {
  return preparedDir(cacheDir, target.name, target.version, digest.slice(DIGEST.length));
}

/** Identifies a command, with what it is given. */
export function digestOfCommand({ command, env, cwd, port, path }: CommandTarget): string {
  const facts = [
    FORMAT,
    command,
    Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    cwd,
    port,
    path,
  ];
  return DIGEST + createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

type Commands = readonly (readonly string[])[];

function checkRequirements(target: FolderTarget): Commands {
  const how = target.definition.process;
  if (!how) {
    const remedy = "run it with the docker engine, or add the section to its target.yaml";
    throw new PrepareError("skipped", `${target.name} says nothing under \`process\`: ${remedy}`);
  }
  const path = runEnvironment().PATH ?? "";
  const missing = how.requires.filter((program) => findProgram(program, path, target.dir) === null);
  if (missing.length > 0) {
    const programs = missing.map((program) => `\`${program}\``).join(" and ");
    const message = `${target.name} needs ${programs}, not found on PATH: install it, or leave the target out`;
    throw new PrepareError("skipped", message);
  }
  return how.install;
}

function keyFacts(target: FolderTarget, commands: Commands): readonly unknown[] {
  return [FORMAT, target.name, target.version, commands, process.platform, process.arch];
}

/** Makes the folder of the cache, one process at a time; false when somebody had made it. */
async function makeOnce(
  target: FolderTarget,
  key: string,
  settings: ProcessSettings,
  options: PrepareOptions,
): Promise<boolean> {
  const dir = preparedDir(settings.cacheDir, target.name, target.version, key);
  if (await isPrepared(dir, key)) return false;
  const commands = target.definition.process?.install ?? [];
  const timeoutMs = (commands.length + 1) * settings.installTimeoutMs;
  const release = await acquireLock(`${dir}.lock`, { signal: options.signal, timeoutMs });
  try {
    if (await isPrepared(dir, key)) return false;
    await make(target, key, dir, settings, options);
    return true;
  } finally {
    await release();
  }
}

async function make(
  target: FolderTarget,
  key: string,
  dir: string,
  settings: ProcessSettings,
  options: PrepareOptions,
): Promise<void> {
  const registry = runningRegistry(settings.cacheDir);
  // What a killed run has left running there must not go on writing into what is made now.
  if (await exists(dir)) await registry.sweep(settings.graceMs);
  await rm(dir, { recursive: true, force: true });
  const commands = target.definition.process?.install ?? [];
  try {
    await copyFolder(target.dir, dir, target.definition.shared);
    await checkCopy(target, key, dir, commands);
    await fenceOffNpm(dir, commands);
    const { graceMs, installTimeoutMs: timeoutMs } = settings;
    await install({ commands, version: target.version, dir, registry, timeoutMs, graceMs }, options);
    markPrepared(dir, key, {
      target: target.name,
      version: target.version,
      made: new Date().toISOString(),
    });
  } catch (error) {
    // What cannot be removed now is removed before it is made again.
    await rm(dir, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function checkCopy(target: FolderTarget, key: string, dir: string, commands: Commands): Promise<void> {
  if ((await hashFolder(dir, keyFacts(target, commands))) === key) return;
  throw new PrepareError("build-failed", `${target.dir} was changed while it was copied: run it again`);
}

/** Without a package.json of its own, npm would look for one above and install into that. */
async function fenceOffNpm(dir: string, commands: Commands): Promise<void> {
  if (!commands.some(([program]) => program === "npm") || (await exists(join(dir, "package.json")))) return;
  await writeFile(join(dir, "package.json"), '{ "private": true }\n');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Abortion stays what it is; everything else becomes an error of this target. */
function asPrepareError(error: unknown, target: FolderTarget, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const label = `${target.name} ${target.version}`;
  if (error instanceof PrepareError) {
    return new PrepareError(error.kind, `${label} was not prepared: ${error.message}`, error.logTail, {
      cause: error,
    });
  }
  const known = error instanceof LockTimeoutError || codeOf(error) !== "";
  if (!known) return error;
  return new PrepareError("build-failed", `${label} was not prepared: ${messageOf(error)}`, "", {
    cause: error,
  });
}
