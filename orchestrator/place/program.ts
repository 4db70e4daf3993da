import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, extname, join, relative, sep } from "node:path";

/** The program of a sidecar: the part of this package that it needs, and nothing from other packages. */
export interface SidecarProgram {
  /** The module to be run, as a path like those of `files`. */
  readonly entry: string;
  /** Contents by path, with `/`, relative to the package (or to its `dist`); in the order of the paths. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** SHA-256 of paths and contents, in hexadecimal. */
  readonly hash: string;
}

const extension = extname(import.meta.filename);

/** The module that a sidecar runs, and what that starts as a process of its own. */
const main = join(import.meta.dirname, `sidecar${extension}`);
const started = join(import.meta.dirname, "http2", `gateway-main${extension}`);

/**
 * Gathers the files of the sidecar's program, by following the imports of its modules.
 *
 * @throws {Error} a module imports what a sidecar does not have, or is missing
 */
export function sidecarProgram(entry: string = main): SidecarProgram {
  const root = join(import.meta.dirname, "..", "..");
  const nameOf = (path: string) => relative(root, path).split(sep).join("/");
  const found = new Map<string, Buffer>();
  for (const paths = entry === main ? [main, started] : [entry]; paths.length > 0;) {
    const path = paths.pop()!;
    if (found.has(nameOf(path))) continue;
    const contents = readFileSync(path);
    found.set(nameOf(path), contents);
    for (const imported of importsOf(contents.toString("utf8"))) {
      if (imported.startsWith("node:")) continue;
      if (!imported.startsWith("."))
        throw new Error(`${nameOf(path)} imports ${imported}: no sidecar has that`);
      paths.push(join(dirname(path), imported));
    }
  }
  const files = new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { entry: nameOf(entry), files, hash: hashOf(files) };
}

/** What a module imports when it runs; imports of types alone are gone by then. */
function importsOf(code: string): readonly string[] {
  const imports = code.matchAll(/^(?:import|export)\s+(?!type\s)(?:[^;"']*?\sfrom\s*)?"([^"]+)"/gm);
  return [...imports].map(([, imported]) => imported!);
}

function hashOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash("sha256");
  for (const [path, contents] of files) hash.update(`${path}\0${contents.length}\0`).update(contents);
  return hash.digest("hex");
}
