import { readdir, readFile } from "node:fs/promises";

/** What a process occupies of the memory, as the system tells it. */
interface ProcessMemory {
  readonly pid: number;
  readonly parent: number;
  readonly octets: number;
}

/**
 * Octets that all processes below this one occupy together: with one target at a time, those of the target. Null where
 * the system does not tell (only Linux does), and where nothing runs below this process, as with containers and URLs.
 */
export async function memoryOfChildren(): Promise<number | null> {
  const names = await readdir("/proc").catch(() => []);
  const all = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => memoryOf(Number(name))),
  );
  const known = all.filter((each) => each !== null);
  const ours = new Set([process.pid]);
  let octets = 0;
  for (let grown = true; grown;) {
    grown = false;
    for (const each of known) {
      if (ours.has(each.pid) || !ours.has(each.parent)) continue;
      ours.add(each.pid);
      octets += each.octets;
      grown = true;
    }
  }
  return ours.size === 1 ? null : octets;
}

/** Of one process; null when it is gone meanwhile. */
async function memoryOf(pid: number): Promise<ProcessMemory | null> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const parent = /^PPid:\s*(\d+)/m.exec(text)?.[1];
  const resident = /^VmRSS:\s*(\d+) kB/m.exec(text)?.[1];
  if (parent === undefined) return null;
  return { pid, parent: Number(parent), octets: Number(resident ?? 0) * 1024 };
}

/** Samples of a target's memory while streams were sent to it. */
export interface MemoryUse {
  /** Octets, in the order of time. */
  readonly samples: readonly number[];
  /** See {@link grows}. */
  readonly grows: boolean;
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
