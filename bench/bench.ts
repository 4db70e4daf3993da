import { existsSync, mkdtempSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";

import { packageRoot } from "../orchestrator/run/package-root.ts";
import { median, timeInTurn } from "./measure.ts";
import { startServerTarget } from "./server-target.ts";

/**
 * Benchmarks, each a ratio measured side by side in one run:
 *
 *     npm run bench
 *
 * The real Autobahn is needed for comparison; without it only our own times are printed.
 */
const oracle = join(packageRoot, "..", "shared", "tools", "oracle");
const rounds = 5;
const chapters = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"];

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.versions.node}`,
);
for (const target of ["ws"]) await chapters1To10(target);

async function chapters1To10(target: string): Promise<void> {
  await using server = await startServerTarget(target);
  const scratch = mkdtempSync(join(tmpdir(), "wsmatrix-bench-"));
  let run = 0;
  const ours = {
    name: "wsmatrix",
    get command(): [string, ...string[]] {
      const main = join(packageRoot, "orchestrator", "main.ts");
      const out = join(scratch, `ours-${run++}`);
      const flags = ["--profile", "full", "--fail-on", "never", "--reporter", "none", "--out", out];
      return [process.execPath, main, "run", "--url", server.url, "--cases", chapters.join(","), ...flags];
    },
  };
  const theirs = {
    name: "Autobahn",
    command: [oracle, "server", server.url, join(scratch, "theirs"), ...chapters] as [string, ...string[]],
  };
  const commands = existsSync(oracle) ? [ours, theirs] : [ours];
  const times = await timeInTurn(commands, rounds);
  const [mine, other] = [times.get("wsmatrix")!, times.get("Autobahn")];
  const line = `chapters 1-10 against ${target} as server: wsmatrix ${seconds(mine)}`;
  if (other === undefined) console.log(`${line} (no Autobahn here to compare with)`);
  else
    console.log(
      `${line}, Autobahn ${seconds(other)}: ${(median(other) / median(mine)).toFixed(1)} times faster`,
    );
}

function seconds(times: readonly number[]): string {
  return `${(median(times) / 1000).toFixed(2)} s (median of ${times.length})`;
}
