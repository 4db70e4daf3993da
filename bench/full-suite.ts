import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { packageRoot } from "../orchestrator/run/package-root.ts";
import { oracle } from "./against-autobahn.ts";
import { type Cost, costText, measureInTurn, type Measured } from "./measure.ts";
import { startServerTarget } from "./targets.ts";

/**
 * All 517 cases against npm ws, one round each: quick, full with no messages kept, full with those of the round before,
 * and Autobahn, which takes a quarter of an hour. Lines for people.
 */
export async function* compareFullSuite(): AsyncGenerator<string> {
  await using server = await startServerTarget("ws");
  const scratch = mkdtempSync(join(tmpdir(), "wsmatrix-bench-"));
  const cost = async (measured: Measured): Promise<Cost> =>
    (await measureInTurn([measured], 1)).get(measured.name)![0]!;
  const ours = (name: string, profile: string) =>
    cost({ name, command: () => run(server.url, profile, scratch, name) });
  const quick = await ours("quick", "quick");
  const cold = await ours("full, cold", "full");
  const warm = await ours("full, warm", "full");
  yield `all 517 cases, ws as server, one round: quick ${costText([quick])}; full, nothing kept ${costText([cold])}; full, messages kept ${costText([warm])}`;
  yield `wall time of full: **${(cold.ms / cold.othersCpu).toFixed(2)} of the target's processor time**, warm ${(warm.ms / warm.othersCpu).toFixed(2)}, wanted 1.0; our processor time ${(cold.cpu / cold.othersCpu).toFixed(2)} and ${(warm.cpu / warm.othersCpu).toFixed(2)} of it, wanted below 1`;
  if (!existsSync(oracle)) return;
  const other = await cost({
    name: "Autobahn",
    command: () => [oracle, "server", server.url, join(scratch, "a")],
  });
  yield `Autobahn ${costText([other])}: quick **${(other.ms / quick.ms).toFixed(0)} times faster**, wanted 60; full ${(other.ms / cold.ms).toFixed(1)} times; processor time of full ${(cold.cpu / other.cpu).toFixed(2)} x, wanted 0.2, with messages kept ${(warm.cpu / other.cpu).toFixed(2)} x, wanted 0.12; of the target ${(cold.othersCpu / other.othersCpu).toFixed(2)} x, wanted at most 1.1; memory ${(cold.peakOctets / other.peakOctets).toFixed(2)} x`;
}

/** Servers that `full` is not to wait for, one round each with nothing kept. Lines for people. */
export async function* compareFullWithTargets(): AsyncGenerator<string> {
  // What its wall time may be: a share of the target's processor time, and ms.
  const servers = [
    { name: "websockets", share: 1.1, ms: 3_000 },
    { name: "gorilla", share: null, ms: 0 },
  ];
  for (const { name, share, ms } of servers) {
    await using server = await startServerTarget(name);
    const scratch = mkdtempSync(join(tmpdir(), "wsmatrix-bench-"));
    const command = () => run(server.url, "full", scratch, "full");
    const [cost] = (await measureInTurn([{ name, command }], 1)).get(name)!;
    const { ms: wall, cpu, othersCpu } = cost!;
    const wanted = share === null ? "" : `, wanted ${((share * othersCpu + ms) / othersCpu).toFixed(2)}`;
    yield `all 517 cases, ${name} as server, full, one round: ${costText([cost!])}; wall time **${(wall / othersCpu).toFixed(2)} of the target's processor time**${wanted}; our processor time ${(cpu / othersCpu).toFixed(2)} of it, wanted below 1`;
  }
}

function run(url: string, profile: string, scratch: string, name: string): readonly [string, ...string[]] {
  const main = join(packageRoot, "orchestrator", "main.ts");
  const flags = [
    "--profile",
    profile,
    "--fail-on",
    "never",
    "--reporter",
    "none",
    "--out",
    join(scratch, name),
  ];
  const cache = join(scratch, profile);
  return ["env", `XDG_CACHE_HOME=${cache}`, process.execPath, main, "run", "--url", url, ...flags];
}
