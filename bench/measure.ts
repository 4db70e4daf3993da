import { readFileSync } from "node:fs";
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
  /** The most resident memory of the process itself in octets; 0 where the system does not tell. */
  readonly peakOctets: number;
}

/** Ms that a measured command may take. */
const limit = 3_600_000;

/** Ms between two looks at a process's memory. */
const lookEvery = 50;

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
      process.stderr.write(`${name}: ${(cost.ms / 1000).toFixed(2)} s, ${megaoctets(cost.peakOctets)}\n`);
    }
  }
  return costs;
}

async function measure([program, ...args]: readonly [string, ...string[]]): Promise<Cost> {
  const child = execa(program, args, { timeout: limit, stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  let peakOctets = 0;
  const look = setInterval(() => {
    peakOctets = Math.max(peakOctets, peakOf(child.pid));
  }, lookEvery);
  try {
    const { durationMs } = await child;
    return { ms: durationMs, peakOctets };
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

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Octets for people. */
export function megaoctets(octets: number): string {
  return `${Math.round(octets / 1e6)} MB`;
}
