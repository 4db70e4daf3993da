import { execa } from "execa";

/** One timed command. */
export interface Timed {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** Ms that a measured command may take. */
const limit = 3_600_000;

/**
 * Times commands in turn, A B A B ..., so that a machine that changes its speed does so for all of them.
 *
 * @returns the wall times in ms, by name
 * @throws when a command does not exit with 0
 */
export async function timeInTurn(
  commands: readonly Timed[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(commands.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, command } of commands) {
      const [program, ...args] = command;
      const { durationMs } = await execa(program, args, {
        timeout: limit,
        stdin: "ignore",
        stdout: "ignore",
        stderr: "ignore",
      });
      times.get(name)!.push(durationMs);
      process.stderr.write(`${name}: ${(durationMs / 1000).toFixed(2)} s\n`);
    }
  }
  return times;
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
