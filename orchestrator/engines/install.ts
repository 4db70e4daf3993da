import { captureLog } from "./log-capture.ts";
import { fillIn, showCommand } from "./command-line.ts";
import { type PrepareOptions, PrepareError } from "./engine.ts";
import { installEnvironment } from "./environment.ts";
import { type RawExit, SpawnError, startGroup } from "./group.ts";
import { splitLines } from "./lines.ts";
import type { RunningRegistry } from "./running-registry.ts";
import { describeExit, describeSpawnError } from "./words.ts";

/** What an installation needs. */
export interface InstallRequest {
  /** The commands, as target.yaml has them. */
  readonly commands: readonly (readonly string[])[];
  readonly version: string;
  /** Where they run, and what they fill. */
  readonly dir: string;
  readonly registry: RunningRegistry;
  /** For each command, in ms. */
  readonly timeoutMs: number;
  readonly graceMs: number;
}

// The end of the output that a failure shows, in octets.
const TAIL = 16_384;

/**
 * Runs the commands that install one version of a target, one after another.
 *
 * @throws {PrepareError} one failed, took too long or was not to be found
 */
export async function install(request: InstallRequest, options: PrepareOptions): Promise<void> {
  const log = captureLog(null, { file: 0, tail: TAIL });
  for (const template of request.commands) {
    const words = template.map((word) => fillIn(word, { version: request.version }));
    const failure = await runOne(words, request, options, (chunk) => log.write(chunk));
    options.signal.throwIfAborted();
    if (failure !== null)
      throw new PrepareError("build-failed", `\`${showCommand(words)}\` ${failure}`, log.tail());
  }
}

/** Runs a command to its end, whatever that is; returns what went wrong, in words. */
async function runOne(
  words: readonly string[],
  { dir, registry, timeoutMs, graceMs }: InstallRequest,
  { signal, onOutput }: PrepareOptions,
  keep: (chunk: Uint8Array) => void,
): Promise<string | null> {
  signal.throwIfAborted();
  const lines = splitLines((line) => onOutput?.(line));
  const onChunk = (chunk: Uint8Array): void => {
    keep(chunk);
    lines.push(chunk);
  };
  const env = installEnvironment();
  try {
    const where = { cwd: dir, env, registry, graceMs, background: true };
    const group = await startGroup({ ...where, words, onOutput: onChunk });
    const exit = await untilOver(group.exited, timeoutMs, signal);
    await group.end();
    lines.end();
    return wentWrong(exit, timeoutMs);
  } catch (error) {
    if (error instanceof SpawnError) return describeSpawnError(error.code, words[0] ?? "", dir);
    throw error;
  }
}

/** The exit, or null when time was up or the caller gave up before. */
async function untilOver(
  exited: Promise<RawExit>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<RawExit | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const giveUp = (): void => resolve(null);
  const timer = setTimeout(giveUp, timeoutMs);
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([exited, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

function wentWrong(exit: RawExit | null, timeoutMs: number): string | null {
  if (exit === null) return `was still running after ${Math.round(timeoutMs / 100) / 10} s and was ended`;
  return exit.code === 0 ? null : describeExit(exit);
}
