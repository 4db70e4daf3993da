import { mkdtempSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

import { packageRoot } from "../orchestrator/run/package-root.ts";
import { measureInTurn, medianOf } from "./measure.ts";

/** Server targets that run as processes, in six languages. */
const servers =
  "aiohttp autobahn bun crossws daphne deno faye-websocket gorilla hypercorn picows reference sanic tokio-tungstenite tokio-websockets tornado trio-websocket websocket websockets ws wsproto".split(
    " ",
  );

/** Ms of the longest wait of the suite, in 6.4.1 to 6.4.4. */
const longestTimer = 2_000;

/**
 * Several targets at once: the wall time beside what the machine could do at best, which is the processor time of
 * targets and fuzzer divided by the cores, and the longest timer. Targets are installed before.
 */
export async function measureField(): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "wsmatrix-bench-"));
  await measureInTurn(
    [{ name: "installing", command: run(join(scratch, "first"), ["--cases", "1.1.1"]) }],
    1,
  );
  const costs = await measureInTurn([{ name: "wsmatrix", command: run(join(scratch, "all"), []) }], 1);
  const all = costs.get("wsmatrix")!;
  const [ms, cpu] = [medianOf(all, "ms"), medianOf(all, "cpu")];
  const best = cpu / availableParallelism() + longestTimer;
  const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;
  return `${servers.length} server targets, all 517 cases, quick: ${seconds(ms)}; processor time of targets and fuzzer ${seconds(cpu)}, so at best ${seconds(best)}: **${(ms / best).toFixed(2)} of that**, wanted 1.3; memory ${Math.round(medianOf(all, "peakOctets") / 1e6)} MB`;
}

function run(out: string, more: readonly string[]): () => readonly [string, ...string[]] {
  const main = join(packageRoot, "orchestrator", "main.ts");
  const matrix = join(packageRoot, "matrices", "all.yaml");
  const what = [...servers, "--role", "server", "--variant", "plain", "--engine", "process"];
  const how = ["--profile", "quick", "--fail-on", "never", "--reporter", "none", "--no-cache"];
  return () => [process.execPath, main, "run", ...what, "--matrix", matrix, ...how, ...more, "--out", out];
}
