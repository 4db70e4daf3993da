import { readdirSync, readFileSync } from "node:fs";
import { execa } from "execa";

/** A command to be measured. */
export interface Measured {
  readonly name: string;
  /** Made anew for each round, since a command may need a folder of its own. */
  readonly command: () => readonly [string, ...string[]];
}

/** What one round of a command cost. */
export interface Cost {
  /** Wall time in ms, start of the process included. */
  readonly ms: number;
  /** Ms of processor time of the process, and of all others that this one has started, such as the target. */
  readonly cpu: number;
  readonly othersCpu: number;
  /** The most resident memory of the process itself in octets; 0 where the system does not tell. */
  readonly peakOctets: number;
}

/** Ms that a measured command may take. */
const limit = 3_600_000;

/** Ms between two looks at a process. */
const lookEvery = 20;

/** Ms of one tick of `/proc`: 100 a second, on every Linux that Node runs on. */
const tick = 10;

/**
 * Measures commands in turn, A B A B ..., so that a machine that changes its speed does so for all of them.
 *
 * @returns the costs, by name
 * @throws when a command does not exit with 0
 */
export async function measureInTurn(
  commands: readonly Measured[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Cost[]>> {
  const costs = new Map<string, Cost[]>(commands.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, command } of commands) {
      const cost = await measure(command());
      costs.get(name)!.push(cost);
      process.stderr.write(`${name}: ${costText([cost])}\n`);
    }
  }
  return costs;
}

async function measure([program, ...args]: readonly [string, ...string[]]): Promise<Cost> {
  const before = othersCpu(undefined);
  const child = execa(program, args, { timeout: limit, stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  let [peakOctets, cpu, others] = [0, 0, before];
  const look = setInterval(() => {
    peakOctets = Math.max(peakOctets, peakOf(child.pid));
    cpu = Math.max(cpu, statOf(child.pid)?.cpu ?? 0);
    others = Math.max(others, othersCpu(child.pid));
  }, lookEvery);
  try {
    const { durationMs } = await child;
    return { ms: durationMs, cpu, othersCpu: others - before, peakOctets };
  } finally {
    clearInterval(look);
  }
}

/** Linux keeps the high-water mark of each process. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Processor time, in ms, of all descendants of this process but one, and its own. */
function othersCpu(except: number | undefined): number {
  const all = new Map(
    pids().flatMap((pid) => {
      const stat = statOf(pid);
      return stat === null ? [] : [[pid, stat] as const];
    }),
  );
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (all.has(pid) && isOurs(all.get(pid)!.parent));
  const under = (pid: number): boolean => pid === except || (all.has(pid) && under(all.get(pid)!.parent));
  return [...all].reduce(
    (sum, [pid, { cpu }]) => (pid !== process.pid && !under(pid) && isOurs(pid) ? sum + cpu : sum),
    0,
  );
}

function pids(): readonly number[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** The 4th, 14th and 15th field of `/proc/PID/stat`, and those of the children that it waited for. */
function statOf(pid: number | undefined): { readonly parent: number; readonly cpu: number } | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
      .map(Number);
    return { parent: fields[1]!, cpu: tick * (fields[11]! + fields[12]! + fields[13]! + fields[14]!) };
  } catch {
    return null;
  }
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of one of the costs. */
export function medianOf(costs: readonly Cost[], what: keyof Cost): number {
  return median(costs.map((cost) => cost[what]));
}

/** Costs for people, medians of each. */
export function costText(costs: readonly Cost[]): string {
  const seconds = (what: keyof Cost) => `${(medianOf(costs, what) / 1000).toFixed(2)} s`;
  const memory = `${Math.round(medianOf(costs, "peakOctets") / 1e6)} MB`;
  return `${seconds("ms")} (processor ${seconds("cpu")}, target ${seconds("othersCpu")}, ${memory})`;
}
