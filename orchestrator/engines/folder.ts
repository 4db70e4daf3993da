import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { PREPARED_MARKER } from "./cache.ts";

/** What people who try a target in its own folder leave there. */
export const LEFTOVERS: ReadonlySet<string> = new Set([
  "node_modules",
  ".venv",
  "venv",
  "target",
  "__pycache__",
  ".git",
  ".DS_Store",
  PREPARED_MARKER,
]);
const DEEPEST = 16;

/** The files of a folder without leftovers of installations; paths are relative, with `/`, and sorted. */
export async function listFiles(dir: string): Promise<readonly string[]> {
  const files = await walk(dir, "", 0);
  return files.toSorted();
}

/** The SHA-256, in hexadecimal, of the names, contents and executable bits of the files, and of `facts`. */
export async function hashFolder(dir: string, facts: readonly unknown[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of await listFiles(dir)) {
    const path = join(dir, file);
    const { mode } = await stat(path);
    hash.update(JSON.stringify([file, (mode & 0o100) !== 0, await digestOf(path)]));
  }
  return hash.digest("hex");
}

/** Copies the files into a folder that is made for them. Links are followed, so that the copy stands alone. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of await listFiles(from)) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await copyFile(join(from, file), join(to, file));
  }
}

async function walk(dir: string, prefix: string, depth: number): Promise<readonly string[]> {
  if (depth > DEEPEST)
    throw new Error(`${dir} holds folders ${DEEPEST} deep: does a link lead back to a folder above it?`);
  const files: string[] = [];
  for (const name of await readdir(join(dir, prefix))) {
    if (LEFTOVERS.has(name)) continue;
    const path = prefix === "" ? name : `${prefix}/${name}`;
    const entry = await stat(join(dir, path));
    if (entry.isDirectory()) files.push(...(await walk(dir, path, depth + 1)));
    if (entry.isFile()) files.push(path);
  }
  return files;
}

async function digestOf(path: string): Promise<string> {
  const hash: Hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
