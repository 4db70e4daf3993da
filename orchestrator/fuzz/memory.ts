import { readdir, readFile } from "node:fs/promises";

/** What a process occupies of the memory, as the system tells it. */
interface ProcessMemory {
  readonly pid: number;
  readonly parent: number;
  readonly octets: number;
}

/**
 * Octets that each program occupies which this process has started, with all processes below it, by its number. A
 * process that is about to be gone has none. Nothing where the system does not tell (only Linux does), and where nothing
 * runs below this process, as with containers and URLs.
 */
export async function memoryOfChildren(): Promise<ReadonlyMap<number, number>> {
  const names = await readdir("/proc").catch(() => []);
  const all = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => memoryOf(Number(name))),
  );
  const known = all.filter((each) => each !== null);
  /** The child of ours that a process belongs to. */
  const rootOf = new Map<number, number>();
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of known) {
      const root = parent === process.pid ? pid : rootOf.get(parent);
      if (root === undefined || rootOf.has(pid)) continue;
      rootOf.set(pid, root);
      grown = true;
    }
  }
  const octets = new Map<number, number>();
  for (const each of known) {
    const root = rootOf.get(each.pid);
    if (root !== undefined && each.octets > 0) octets.set(root, (octets.get(root) ?? 0) + each.octets);
  }
  return octets;
}

/** Of one process; null when it is gone meanwhile. */
async function memoryOf(pid: number): Promise<ProcessMemory | null> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const parent = /^PPid:\s*(\d+)/m.exec(text)?.[1];
  const resident = /^VmRSS:\s*(\d+) kB/m.exec(text)?.[1];
  if (parent === undefined) return null;
  return { pid, parent: Number(parent), octets: Number(resident ?? 0) * 1024 };
}

/** The memory of a target while streams were sent to it. */
export interface MemoryUse {
  /** Octets of all its processes together, in the order of time. */
  readonly samples: readonly number[];
  /** See {@link grows}: of a program that was started several times, whether it does so in any of its starts. */
  readonly grows: boolean;
}

/** Looks at the memory of what this process has started, from time to time. */
export class MemoryWatch {
  readonly #samples: number[] = [];
  readonly #starts = new Map<number, number[]>();
  readonly #timer: NodeJS.Timeout;

  /** @param every ms between two samples */
  constructor(every: number) {
    this.#timer = setInterval(() => void this.#look(), every);
  }

  /** Octets; null where nothing is known. */
  get last(): number | null {
    return this.#samples.at(-1) ?? null;
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** What was seen so far. */
  use(): MemoryUse {
    return { samples: this.#samples, grows: [...this.#starts.values()].some(grows) };
  }

  async #look(): Promise<void> {
    const found = await memoryOfChildren();
    if (found.size === 0) return;
    this.#samples.push([...found.values()].reduce((sum, octets) => sum + octets, 0));
    for (const [pid, octets] of found) {
      const start = this.#starts.get(pid) ?? [];
      this.#starts.set(pid, start);
      start.push(octets);
    }
  }
}

/** Octets by which a target must have grown before anything is said of it. */
const muchOctets = 256 << 20;

/** Samples that are too few to say anything. */
const leastSamples = 20;

/**
 * Whether memory grows and does not come back: even the least of the last quarter is far more than the most of the
 * second, when the target was warm already, and each half of the time between added to it.
 */
export function grows(samples: readonly number[]): boolean {
  if (samples.length < leastSamples) return false;
  const quarter = (from: number) =>
    samples.slice((samples.length * from) >> 2, (samples.length * (from + 1)) >> 2);
  const [second, third, last] = [quarter(1), quarter(2), quarter(3)];
  const rise = Math.min(...last) - Math.max(...second);
  return (
    rise > muchOctets && Math.min(...third) > Math.max(...second) && Math.min(...last) > Math.max(...third)
  );
}
