import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { packageRoot } from "../orchestrator/run/package-root.ts";
import { serveEcho } from "../reference-impl/index.ts";
import { measureInTurn, medianOf } from "./measure.ts";

/** Numbers of cells: what one adds must not grow with them. */
const numbers = [1, 10, 100, 1_000] as const;

/**
 * What the orchestrator adds to a cell beyond start of the target and play: cells of one short case, against a server
 * that is up already, all else as in every run.
 */
export async function measureOverhead(): Promise<string> {
  const server = await serveEcho({ host: "127.0.0.1", port: 0 });
  const scratch = mkdtempSync(join(tmpdir(), "wsmatrix-bench-"));
  const commands = numbers.map((count) => ({
    name: String(count),
    command: run(server.url, count, scratch),
  }));
  const costs = await measureInTurn(commands, 3);
  await server.close();
  const ms = numbers.map((count) => medianOf(costs.get(String(count))!, "ms"));
  const perCell = numbers
    .slice(1)
    .map((count, at) => `${count}: ${((ms[at + 1]! - ms[0]!) / (count - 1)).toFixed(1)} ms`);
  return `what a cell of one short case costs, by the number of cells: **${perCell.join(", ")}**; wanted below 100 ms, and not growing`;
}

function run(url: string, count: number, scratch: string): () => readonly [string, ...string[]] {
  const targets = Array.from({ length: count }, (_, at) => ({
    name: `server-${at}`,
    url,
    roles: ["server"],
  }));
  const matrix = join(scratch, `${count}.json`);
  writeFileSync(matrix, JSON.stringify({ suite: { profile: "quick" }, targets }));
  const flags = ["--cases", "1.1.1", "--reporter", "none", "--out", join(scratch, String(count))];
  const main = join(packageRoot, "orchestrator", "main.ts");
  return () => [process.execPath, main, "run", "--matrix", matrix, ...flags];
}
