import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { z } from "zod";
import { type Problem, ConfigError, errorCode, fileProblem } from "./problem.ts";
import { targetSchema } from "./target-schema.ts";
import { type DeepReadonly, readYaml } from "./yaml.ts";

/** What the engines get: something to start, or something that is up already (design seam 4). */
export type Target =
  /** One version of a folder of `targets/`. */
  | {
      readonly kind: "folder";
      readonly name: string;
      readonly version: string;
      /** Absolute path of the folder. */
      readonly dir: string;
      readonly definition: TargetDefinition;
    }
  /** A program of this machine. `command` and the values of `env` may hold {host} {port} {url} {agent}. */
  | {
      readonly kind: "command";
      readonly name: string;
      readonly version: null;
      readonly command: string;
      readonly env: Readonly<Record<string, string>>;
      /** The port that the program fixes; null when it takes the one it is given. */
      readonly port: number | null;
      /** The path of the URL that it serves. */
      readonly path: string;
      /** Absolute path of the folder it is started in. */
      readonly cwd: string;
    }
  /** A container image; `command` replaces the image's own. Placeholders as above. */
  | {
      readonly kind: "image";
      readonly name: string;
      readonly version: null;
      readonly image: string;
      readonly command: string | null;
      readonly env: Readonly<Record<string, string>>;
      readonly port: number | null;
      readonly path: string;
      /** It runs as root where the image says so; else such an image runs as nobody. */
      readonly root: boolean;
    }
  /** A server that runs somewhere already. */
  | { readonly kind: "url"; readonly name: string; readonly version: null; readonly url: string };

/** target.yaml as it is read: defaults filled in. */
export type TargetDefinition = DeepReadonly<z.output<typeof targetSchema>>;

/** A folder of `targets/` whose target.yaml is sound. */
export interface TargetFolder {
  /** Absolute path. */
  readonly dir: string;
  readonly definition: TargetDefinition;
}

/** What a folder of targets holds. */
export interface TargetList {
  /** Sorted by name. */
  readonly targets: readonly TargetFolder[];
  /** Folders that hold no usable target.yaml, by name, and why. */
  readonly broken: readonly { readonly name: string; readonly problems: readonly Problem[] }[];
}

/**
 * Reads the target.yaml of one folder.
 *
 * @throws {ConfigError} there is none, or there is something wrong with it
 */
export async function loadTarget(dir: string): Promise<TargetFolder> {
  const { value: definition, problem } = await readYaml(join(dir, "target.yaml"), targetSchema);
  const folder = basename(resolve(dir));
  if (definition.name !== folder) {
    const message = `the name must be that of the folder, \`${folder}\``;
    throw new ConfigError([problem(["name"], message)]);
  }
  const faults = await sharingFaults(dir, definition);
  if (faults.length > 0)
    throw new ConfigError(faults.map(({ path, fault, remedy }) => problem(["shared", path], fault, remedy)));
  return { dir: resolve(dir), definition };
}

/** What is wrong with the files that a target shares with others. */
async function sharingFaults(
  dir: string,
  { shared }: TargetDefinition,
): Promise<readonly { readonly path: string; readonly fault: string; readonly remedy: string }[]> {
  const faults = await Promise.all(
    Object.entries(shared).map(async ([path, source]) => {
      if (await isFile(join(dir, path)))
        return { path, fault: `the folder has a \`${path}\` of its own`, remedy: "keep one of them" };
      if (await isFile(join(dir, source))) return [];
      const remedy = "the path is relative to this folder; whoever copies a target copies what it shares too";
      return { path, fault: `there is no file \`${source}\``, remedy };
    }),
  );
  return faults.flat();
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );

/**
 * Reads every folder of a folder of targets. A folder with a mistake in it is told beside the sound ones.
 *
 * @throws {ConfigError} the folder cannot be listed
 */
export async function listTargets(targetsDir: string): Promise<TargetList> {
  const targets: TargetFolder[] = [];
  const broken: { name: string; problems: readonly Problem[] }[] = [];
  for (const name of await foldersOf(targetsDir)) {
    try {
      targets.push(await loadTarget(join(targetsDir, name)));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      broken.push({ name, problems: error.problems });
    }
  }
  return { targets, broken };
}

/** One version of a folder, as the engines get it. */
export function folderTarget(folder: TargetFolder, version: string): Target {
  return { kind: "folder", name: folder.definition.name, version, ...folder };
}

/** How people name a target: `ws@8.23.0`, or only the name where there is no version. */
export function targetLabel({ name, version }: Target): string {
  return version === null ? name : `${name}@${version}`;
}

async function foldersOf(dir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    const folders = entries.filter(
      (entry) => entry.isDirectory() && !/^[._]|^node_modules$/.test(entry.name),
    );
    return folders.map((entry) => entry.name).toSorted();
  } catch (error) {
    throw new ConfigError([fileProblem(dir, `cannot be listed (${errorCode(error)})`)], { cause: error });
  }
}
