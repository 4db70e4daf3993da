import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { writeJsonAtomically } from "../results/atomic-file.ts";

/** Written last into a folder of the cache: it is whole. */
export const PREPARED_MARKER = ".wsmatrix-prepared.json";

const markerSchema = z.object({ key: z.string() });

/**
 * The folder that holds what targets were made into, outside of any clone: `$WSMATRIX_CACHE`, else
 * `wsmatrix` where the system keeps the caches of a user.
 */
export function cacheRoot(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.WSMATRIX_CACHE) return resolve(env.WSMATRIX_CACHE);
  // The XDG specification has relative paths ignored.
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, "wsmatrix");
  if (platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, "wsmatrix", "Cache");
  const caches = platform === "darwin" ? ["Library", "Caches"] : [".cache"];
  return join(env.HOME || homedir(), ...caches, "wsmatrix");
}

/**
 * The folder of the cache that one version of a target is made into.
 *
 * @param key of its contents, in hexadecimal
 */
export function preparedDir(cacheDir: string, name: string, version: string, key: string): string {
  const label = `${name}-${version}`.replaceAll(/[^\w.+-]/g, "_").slice(0, 60);
  return join(cacheDir, "targets", `${label}-${key.slice(0, 20)}`);
}

/** Tells whether the folder holds what belongs to the key, and all of it. */
export async function isPrepared(dir: string, key: string): Promise<boolean> {
  const text = await readFile(join(dir, PREPARED_MARKER), "utf8").catch(() => "null");
  return markerSchema.safeParse(parseJson(text)).data?.key === key;
}

/** Says that the folder is whole. */
export function markPrepared(dir: string, key: string, facts: Readonly<Record<string, unknown>>): void {
  writeJsonAtomically(join(dir, PREPARED_MARKER), { key, ...facts });
}

/** JSON, or undefined where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
