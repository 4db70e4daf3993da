import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";

import { ConfigError, fileProblem } from "../config/problem.ts";

/** Names a folder that a site was written to, so that it may be written to again. */
const MARKER = ".wsmatrix-site";

/** What was written. */
export interface Written {
  readonly files: number;
  readonly octets: number;
}

/**
 * Writes a site to a folder: a new one, an empty one, or one that held a site of wsmatrix, which is replaced.
 *
 * @throws {ConfigError} the folder holds something else
 * @throws {RangeError} an address leads out of the folder; nothing of that address is written
 */
export function writeSite(dir: string, files: ReadonlyMap<string, () => string | Uint8Array>): Written {
  prepareFolder(dir);
  let octets = 0;
  const folders = new Set<string>();
  for (const [path, content] of files) {
    checkAddress(path);
    const file = join(dir, ...path.split("/"));
    const folder = dirname(file);
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true });
    folders.add(folder);
    const made = content();
    octets += typeof made === "string" ? Buffer.byteLength(made) : made.length;
    writeFileSync(file, made);
  }
  return { files: files.size, octets };
}

/** Only what this project names files itself: letters, digits, `._-`, and no way out. */
export function checkAddress(path: string): void {
  const parts = path.split("/");
  const sound = parts.every((part) => /^[a-zA-Z0-9._-]+$/.test(part) && part !== "." && part !== "..");
  if (!sound || path.includes(sep === "\\" ? sep : "\0"))
    throw new RangeError(`not an address of a site: ${path}`);
}

function prepareFolder(dir: string): void {
  const held = existsSync(dir) ? readdirSync(dir) : [];
  if (held.length > 0 && !held.includes(MARKER)) {
    const remedy = "name a new or an empty folder; one that a site was written to is replaced";
    throw new ConfigError([fileProblem(dir, "the folder holds something else than a site", remedy)]);
  }
  for (const name of held) rmSync(join(dir, name), { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, MARKER), "This folder is replaced whenever the site is made again.\n");
}
