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

/** Files from elsewhere that a folder is to have: its own path of each -> where it is, relative to the folder. */
export type Shared = Readonly<Record<string, string>>;

const nothing: Shared = Object.freeze({});

/** A file of a folder. */
export interface FolderFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Where its octets are. */
  readonly source: string;
}

/** The files of a folder without leftovers of installations, and what it shares with others; sorted by path. */
export async function listFiles(dir: string, shared: Shared = nothing): Promise<readonly FolderFile[]> {
  const own = (await walk(dir, "", 0)).map((path) => ({ path, source: join(dir, path) }));
  return [...own, ...sharedFiles(dir, shared)].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** What a folder shares with others, as files of its own. */
export function sharedFiles(dir: string, shared: Shared): readonly FolderFile[] {
  return Object.entries(shared).map(([path, source]) => ({ path, source: join(dir, source) }));
}

/** The SHA-256, in hexadecimal, of the names, contents and executable bits of the files, and of `facts`. */
export async function hashFolder(dir: string, facts: readonly unknown[], shared?: Shared): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const { path, source } of await listFiles(dir, shared)) {
    const { mode } = await stat(source);
    hash.update(JSON.stringify([path, (mode & 0o100) !== 0, await digestOf(source)]));
  }
  return hash.digest("hex");
}

/** Copies the files into a folder that is made for them. Links are followed, so that the copy stands alone. */
export async function copyFolder(from: string, to: string, shared?: Shared): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const { path, source } of await listFiles(from, shared)) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await copyFile(source, join(to, path));
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
