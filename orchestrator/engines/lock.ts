import { randomUUID } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, rmdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { parseJson } from "./cache.ts";
import { codeOf } from "./failure.ts";
import { currentPlace, identify, isAlive } from "./process-table.ts";

/** How long to wait for a lock, in ms. */
export interface LockOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** A lock was not to be had in time. */
export class LockTimeoutError extends Error {
  override readonly name = "LockTimeoutError";
}

const POLL_MS = 100;
const BEAT_MS = 5000;
/** A holder whose process cannot be asked for is given up when it has not given a sign of life for so long. */
const SILENT_MS = 60_000;

const holderSchema = z.object({ pid: z.number(), startTime: z.string(), place: z.string() });

/**
 * Takes the lock of that path, for one process (and one caller) at a time; returns what releases it.
 *
 * The lock is a folder that holds one file, named for its holder and no other. It comes into being whole, by a
 * rename, which succeeds for one only; the file of a holder that is dead may be removed by anybody, since
 * nobody else's has its name; and only an empty folder gives way to the next. So no step of this can take the
 * lock from a holder that lives.
 *
 * @throws {LockTimeoutError} a living holder did not release it in time
 */
export async function acquireLock(path: string, options: LockOptions): Promise<() => Promise<void>> {
  const deadline = Date.now() + options.timeoutMs;
  await mkdir(dirname(path), { recursive: true });
  const id = randomUUID();
  while ((await isOccupied(path)) || !(await tryToTake(path, id))) {
    if (Date.now() > deadline) throw timedOut(path, options.timeoutMs);
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
  const beat = setInterval(() => void keepAlive(path, id), BEAT_MS).unref();
  return async () => {
    clearInterval(beat);
    await rm(join(path, `${id}.json`), { force: true });
    await rmdir(path).catch(() => undefined);
  };
}

async function tryToTake(path: string, id: string): Promise<boolean> {
  const prepared = `${path}.${id}`;
  await mkdir(prepared, { recursive: true });
  try {
    await writeFile(join(prepared, `${id}.json`), JSON.stringify(await identify(process.pid)));
    await rmdir(path).catch(() => undefined);
    await rename(prepared, path);
    return true;
  } catch (error) {
    // Windows calls it a lack of permission when the name is taken.
    const refusals = process.platform === "win32" ? ["EPERM", "EACCES"] : ["ENOTEMPTY", "EEXIST"];
    if (refusals.includes(codeOf(error))) return false;
    throw error;
  } finally {
    await rm(prepared, { recursive: true, force: true });
  }
}

/** Tells whether anybody alive holds the lock, and removes what the dead left. */
async function isOccupied(path: string): Promise<boolean> {
  let occupied = false;
  for (const name of await readdir(path).catch(() => [])) {
    const file = join(path, name);
    if (await isHeld(file)) occupied = true;
    else await rm(file, { force: true });
  }
  return occupied;
}

async function isHeld(file: string): Promise<boolean> {
  const holder = holderSchema.safeParse(parseJson(await readFile(file, "utf8").catch(() => ""))).data;
  if (!holder) return false;
  if (holder.place === (await currentPlace())) return isAlive(holder);
  const lastBeat = await stat(file).then(
    (entry) => entry.mtimeMs,
    () => 0,
  );
  return Date.now() - lastBeat < SILENT_MS;
}

async function keepAlive(path: string, id: string): Promise<void> {
  const now = new Date();
  await utimes(join(path, `${id}.json`), now, now).catch(() => undefined);
}

function timedOut(path: string, timeoutMs: number): LockTimeoutError {
  return new LockTimeoutError(
    `another wsmatrix has held ${path} for ${Math.round(timeoutMs / 1000)} s: wait for it, or end it`,
  );
}
