import { readFile, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PrepareError } from "../engine.ts";
import { codeOf } from "../failure.ts";
import { LEFTOVERS, type Shared, sharedFiles } from "../folder.ts";
import { readIgnoreFile } from "./ignore.ts";
import type { TarFile } from "./tar.ts";

/** Octets that a context may have: targets are small, and a whole clone was hardly meant. */
const LARGEST = 256 * 1024 ** 2;
const DEEPEST = 16;

/** What is sent to be built. */
export interface BuildContext {
  /** Sorted by path, without the Dockerfile. */
  readonly files: readonly TarFile[];
  /** The path of the Dockerfile in the context. */
  readonly dockerfile: string;
  /** The Dockerfile's text. */
  readonly text: string;
}

/**
 * Reads the files of a context: all that `.dockerignore`, or the Dockerfile's own, does not leave out, and without
 * what people leave behind who try a target in its folder.
 *
 * @param dir absolute
 * @param dockerfile relative to it
 * @param shared files from elsewhere that are put into it
 * @throws {PrepareError} there is no Dockerfile, or the context is too large
 */
export async function readContext(
  dir: string,
  dockerfile: string,
  shared: Shared = {},
): Promise<BuildContext> {
  const text = await readFile(resolve(dir, dockerfile), "utf8").catch((cause: unknown) => {
    const path = join(dir, dockerfile);
    throw new PrepareError("build-failed", `the Dockerfile ${path} cannot be read (${codeOf(cause)})`, "", {
      cause,
    });
  });
  const isIgnored = readIgnoreFile(await ignoreText(dir, dockerfile));
  // What is about the build has done its work here; and what target.yaml says changes no image.
  const notSent = new Set([dockerfile, `${dockerfile}.dockerignore`, ".dockerignore", "target.yaml"]);
  const files: TarFile[] = [];
  let octets = 0;
  const own = (await walk(dir, "", isIgnored)).map((path) => ({ path, source: join(dir, path) }));
  const all = [...own, ...sharedFiles(dir, shared)].filter(({ path }) => !notSent.has(path));
  for (const { path, source } of all.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const content = await readFile(source);
    octets += content.length;
    if (octets > LARGEST) throw tooLarge(dir);
    files.push({ path, content, mode: await modeOf(source) });
  }
  return { files, dockerfile, text };
}

async function ignoreText(dir: string, dockerfile: string): Promise<string> {
  for (const name of [`${dockerfile}.dockerignore`, ".dockerignore"]) {
    const text = await readFile(join(dir, name), "utf8").catch(() => null);
    if (text !== null) return text;
  }
  return "";
}

/** Folders are entered even where they are left out: a later line may take back a file of theirs. */
async function walk(
  dir: string,
  prefix: string,
  isIgnored: (path: string) => boolean,
): Promise<readonly string[]> {
  if (prefix.split("/").length > DEEPEST)
    throw new PrepareError("build-failed", `${dir} holds folders ${DEEPEST} deep: does a link lead back?`);
  const files: string[] = [];
  for (const name of await readdir(join(dir, prefix))) {
    if (LEFTOVERS.has(name)) continue;
    const path = prefix === "" ? name : `${prefix}/${name}`;
    const entry = await stat(join(dir, path)).catch(() => null);
    if (entry?.isDirectory()) files.push(...(await walk(dir, path, isIgnored)));
    if (entry?.isFile() && !isIgnored(path)) files.push(path);
  }
  return files;
}

/** Only whether it is a program: the rest of the mode is a matter of who cloned it. */
async function modeOf(path: string): Promise<number> {
  const { mode } = await stat(path);
  return (mode & 0o100) === 0 ? 0o644 : 0o755;
}

function tooLarge(dir: string): PrepareError {
  const size = LARGEST / 1024 ** 2;
  return new PrepareError(
    "build-failed",
    `the build context ${dir} is larger than ${size} MiB: leave out with .dockerignore what the build does not need`,
  );
}
