import { setPriority } from "node:os";
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { setImmediate as aTurn, setTimeout as sleep } from "node:timers/promises";
import { showCommand } from "./command-line.ts";
import { CELL_VARIABLE, endAll } from "./ending.ts";
import type { Environment } from "./environment.ts";
import { send } from "./process-table.ts";
import type { RunningRegistry } from "./running-registry.ts";

/** A program to start in a process group of its own, without a shell and without input. */
export interface GroupRequest {
  /** What is measured meanwhile goes first: the program, and what it starts, gets a lower priority. */
  readonly background?: boolean;
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly cwd: string;
  /** All the variables that it gets, beside a mark of ours. */
  readonly env: Environment;
  readonly registry: RunningRegistry;
  /** Between SIGTERM and SIGKILL, in ms. */
  readonly graceMs: number;
  /** Called with each piece of output and of errors, in the order in which they arrive. */
  readonly onOutput: (chunk: Uint8Array) => void;
}

/** How the leader of a group ended: one of the two is null. */
export interface RawExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that was started, and all that it starts. */
export interface ProcessGroup {
  /** Resolves when the leader is gone and its output has been read. What it has started may live on until `end`. */
  readonly exited: Promise<RawExit>;
  /** Ends all of it; resolves when it is gone. May be called at any time, and twice. */
  end(): Promise<void>;
}

/** The operating system did not start a program. */
export class SpawnError extends Error {
  override readonly name = "SpawnError";
  /** Such as `ENOENT`. */
  readonly code: string;
  constructor(code: string, options?: ErrorOptions) {
    super(`the program was not started (${code})`, options);
    this.code = code;
  }
}

// A child that lives on may hold the pipe open. Then the news of the leader's death, which tells a crash from a
// mere loss of connections, must not wait for long; what the end has still to say is waited for a little longer.
const EXIT_DRAIN_MS = 25;
const END_DRAIN_MS = 250;

/**
 * Starts a program.
 *
 * @throws {SpawnError} the system refused
 */
/** How much builds stand back; 0 is the usual priority, 19 the lowest. */
const BACKGROUND_PRIORITY = 10;

function runInBackground(pid: number): void {
  try {
    setPriority(pid, BACKGROUND_PRIORITY);
  } catch {
    // It has exited already, or the system does not let us: then it runs like all others.
  }
}

export async function startGroup(request: GroupRequest): Promise<ProcessGroup> {
  const mark = randomUUID();
  const entry = await request.registry.enter(mark, showCommand(request.words));
  const spawned = await spawn(request, mark).catch(async (error: unknown) => {
    await entry.remove();
    throw error;
  });
  guardedGroups.add(spawned.pid);
  if (request.background) runInBackground(spawned.pid);
  // Should this fail, the mark still leads a sweep to the program where there is /proc.
  const registered = entry.started(spawned.pid).catch(() => undefined);

  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => (ending ??= endIt());
  async function endIt(): Promise<void> {
    const gone = await endAll({ group: spawned.pid, mark }, request.graceMs);
    guardedGroups.delete(spawned.pid);
    await Promise.race([Promise.all([exited, spawned.drained]), pause(END_DRAIN_MS)]);
    spawned.discard();
    await registered;
    // What is not forgotten here, a sweep forgets.
    if (gone) await entry.remove().catch(() => undefined);
  }

  const exited = spawned.exited.then(async (exit) => {
    await Promise.race([spawned.drained, pause(EXIT_DRAIN_MS)]);
    return exit;
  });
  await registered;
  return { exited, end };
}

interface Spawned {
  readonly pid: number;
  readonly exited: Promise<RawExit>;
  /** All output has been read. */
  readonly drained: Promise<unknown>;
  /** Stops reading output. */
  discard(): void;
}

async function spawn(request: GroupRequest, mark: string): Promise<Spawned> {
  const [program = "", ...args] = request.words;
  // More than a hundred modules, which runs without a process do without.
  const { execa } = await import("execa");
  const child = execa(program, args, {
    cwd: request.cwd,
    env: { ...request.env, [CELL_VARIABLE]: mark },
    extendEnv: false,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    buffer: false,
    encoding: "buffer",
    // Killing is done here: execa's own would reach only the leader, or end with it.
    detached: true,
    cleanup: false,
    reject: false,
  });
  if (child.pid === undefined) {
    const { cause, code } = await child;
    throw new SpawnError(code ?? "unknown reason", { cause });
  }
  const { promise: exited, resolve } = Promise.withResolvers<RawExit>();
  child.nodeChildProcess.once("exit", (code, signal) => resolve({ code, signal }));
  const streams = [child.stdout, child.stderr];
  for (const stream of streams) stream.on("data", request.onOutput).on("error", () => undefined);
  return {
    pid: child.pid,
    exited,
    drained: Promise.all(streams.map(isOver)),
    discard: () => {
      for (const stream of streams) stream.destroy();
    },
  };
}

function isOver(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once("close", resolve);
  });
}

/** A pause that does not keep this process from ending, and in which what a pipe holds is read, even if late. */
async function pause(ms: number): Promise<void> {
  await sleep(ms, undefined, { ref: false });
  await aTurn();
  await aTurn();
}

/** Groups that must not outlive this process, should it end without having ended them. */
const guardedGroups = new Set<number>();

process.on("exit", () => {
  for (const group of guardedGroups) send("SIGKILL", process.platform === "win32" ? group : -group);
});
