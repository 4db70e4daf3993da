import { existsSync, mkdtempSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";

import { packageRoot } from "../orchestrator/run/package-root.ts";
import { type Cost, type Measured, measureInTurn, median, megaoctets } from "./measure.ts";
import { startServerTarget } from "./targets.ts";
import { compareThroughput } from "./throughput.ts";

/**
 * Benchmarks, each a ratio measured side by side in one run:
 *
 *     npm run bench            chapters 1 to 10, medians of five rounds
 *     npm run bench -- --long  all 517 cases in full, one round; Autobahn needs a quarter of an hour for it
 *     npm run bench -- --throughput  the reference endpoint beside ws and undici, medians of five rounds
 *
 * The real Autobahn is needed for comparison; without it only our own figures are printed.
 */
const oracle = join(packageRoot, "..", "shared", "tools", "oracle");

interface Benchmark {
  readonly title: string;
  readonly target: string;
  readonly cases: readonly string[];
  readonly rounds: number;
}

const uncompressed = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"];
const short: Benchmark = { title: "chapters 1-10", target: "ws", cases: uncompressed, rounds: 5 };
const long: Benchmark = { title: "all 517 cases in full", target: "ws", cases: ["*"], rounds: 1 };

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.versions.node}`,
);
if (process.argv.includes("--throughput")) {
  for (const line of await compareThroughput()) console.log(line);
} else {
  console.log(await compareWithAutobahn(process.argv.includes("--long") ? long : short));
}

async function compareWithAutobahn({ title, target, cases, rounds }: Benchmark): Promise<string> {
  await using server = await startServerTarget(target);
  const scratch = mkdtempSync(join(tmpdir(), "wsmatrix-bench-"));
  const commands = existsSync(oracle)
    ? [ours(server.url, cases, scratch), theirs(server.url, cases, scratch)]
    : [ours(server.url, cases, scratch)];
  const costs = await measureInTurn(commands, rounds);
  const [mine, other] = [costs.get("wsmatrix")!, costs.get("Autobahn")];
  const line = `${title} against ${target} as server, medians of ${rounds}: wsmatrix ${words(mine)}`;
  if (other === undefined) return `${line} (no Autobahn here to compare with)`;
  const ratio = median(other.map(({ ms }) => ms)) / median(mine.map(({ ms }) => ms));
  return `${line}, Autobahn ${words(other)}: ${ratio.toFixed(1)} times faster`;
}

function ours(url: string, cases: readonly string[], scratch: string): Measured {
  const main = join(packageRoot, "orchestrator", "main.ts");
  const flags = ["--profile", "full", "--fail-on", "never", "--reporter", "none", "--cases", cases.join(",")];
  let round = 0;
  return {
    name: "wsmatrix",
    command: () => [
      process.execPath,
      main,
      "run",
      "--url",
      url,
      ...flags,
      "--out",
      join(scratch, `ours-${round++}`),
    ],
  };
}

function theirs(url: string, cases: readonly string[], scratch: string): Measured {
  return { name: "Autobahn", command: () => [oracle, "server", url, join(scratch, "theirs"), ...cases] };
}

function words(costs: readonly Cost[]): string {
  const seconds = median(costs.map(({ ms }) => ms)) / 1000;
  return `${seconds.toFixed(2)} s and ${megaoctets(median(costs.map(({ peakOctets }) => peakOctets)))}`;
}
