import { mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeJsonAtomically } from "../results/atomic-file.ts";
import { parseJson } from "./cache.ts";
import { CELL_VARIABLE, endAll } from "./ending.ts";
import { type ProcessIdentity, currentPlace, findByVariable, identify, isAlive } from "./process-table.ts";

/**
 * What runs on our account, one file each, so that a later run can end what `kill -9` made us leave behind.
 */
export interface RunningRegistry {
  /**
   * To be called before a program is started.
   *
   * @param mark the value of the `WSMATRIX_CELL` variable that it will have
   * @param command for people
   */
  enter(mark: string, command: string): Promise<RegistryEntry>;
  /** Ends what was left by orchestrators that are dead, and says what that was. */
  sweep(graceMs: number): Promise<readonly string[]>;
}

/** A file of the registry. */
export interface RegistryEntry {
  /** To be called when the program has been started. */
  started(group: number): Promise<void>;
  /** To be called when nothing of it runs any more. */
  remove(): Promise<void>;
}

const identitySchema = z.object({ pid: z.number(), startTime: z.string(), place: z.string() });
const entrySchema = z.object({
  orchestrator: identitySchema,
  mark: z.string(),
  command: z.string(),
  /** The leader of the process group; null until it has been started. */
  leader: identitySchema.nullable(),
});
type Entry = z.infer<typeof entrySchema>;

// What another container or another boot of the machine left cannot be asked for, nor ended from here.
const FOREIGN_DAYS = 7;
const DAY_MS = 86_400_000;

/** The registry that is kept in a folder of the cache. */
export function runningRegistry(cacheDir: string): RunningRegistry {
  const dir = join(cacheDir, "running");
  return {
    enter: (mark, command) => enter(dir, mark, command),
    sweep: (graceMs) => sweep(dir, graceMs),
  };
}

async function enter(dir: string, mark: string, command: string): Promise<RegistryEntry> {
  const file = join(dir, `${process.pid}-${mark}.json`);
  const orchestrator = await identify(process.pid);
  await mkdir(dir, { recursive: true });
  const write = (leader: ProcessIdentity | null): void =>
    writeJsonAtomically(file, { orchestrator, mark, command, leader });
  write(null);
  return {
    started: async (group) => write(await identify(group)),
    remove: () => rm(file, { force: true }),
  };
}

async function sweep(dir: string, graceMs: number): Promise<readonly string[]> {
  const names = await readdir(dir).catch(() => []);
  const ended = await Promise.all(names.map((name) => sweepFile(join(dir, name), graceMs)));
  return ended.filter((words) => words !== null);
}

/** Ends what one file tells of, unless its owner lives, and removes it. Says what was ended, if anything. */
async function sweepFile(file: string, graceMs: number): Promise<string | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  const entry = entrySchema.safeParse(parseJson(text)).data;
  if (!entry || entry.orchestrator.place !== (await currentPlace())) {
    if (await isOld(file)) await rm(file, { force: true });
    return null;
  }
  if (await isAlive(entry.orchestrator)) return null;
  return endLeftover(entry, file, graceMs);
}

async function endLeftover(entry: Entry, file: string, graceMs: number): Promise<string | null> {
  const { leader, mark, command, orchestrator } = entry;
  // A pid that was given to somebody else since must not be touched.
  const group = leader !== null && (await isAlive(leader)) ? leader.pid : null;
  const strays = await findByVariable(CELL_VARIABLE, mark);
  const gone = await endAll({ group, mark }, graceMs);
  if (gone) await rm(file, { force: true });
  if (group === null && strays.length === 0) return null;
  const outcome = gone ? "ended" : "could not end";
  return `${outcome} \`${command}\`, left behind by wsmatrix with pid ${orchestrator.pid}`;
}

async function isOld(file: string): Promise<boolean> {
  const modified = await stat(file).then(
    (entry) => entry.mtimeMs,
    () => Date.now(),
  );
  return Date.now() - modified > FOREIGN_DAYS * DAY_MS;
}
