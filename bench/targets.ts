import { join } from "node:path";

import { profiles } from "../fuzzer/profile.ts";
import { dial, destinationOf } from "../fuzzer/client.ts";
import { folderTarget, loadTarget } from "../orchestrator/config/target.ts";
import type { Running } from "../orchestrator/engines/engine.ts";
import { processEngine } from "../orchestrator/engines/process.ts";
import { probeCase, probeFault } from "../orchestrator/play/probe.ts";
import { packageRoot } from "../orchestrator/run/package-root.ts";

/**
 * Starts a target of `targets/` at its newest version.
 *
 * @param env variables of the target contract
 */
export async function startTarget(
  name: string,
  role: "server" | "client",
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const engine = processEngine();
  const folder = await loadTarget(join(packageRoot, "targets", name));
  const target = folderTarget(folder, folder.definition.versions[0]!);
  const { signal } = new AbortController();
  const prepared = await engine.prepare(target, { signal });
  const request = { role, env: { VARIANT: "plain", ...env }, limits: {}, logFile: null, signal };
  return await engine.start(prepared, request);
}

/** Starts a server target, waits until it echoes, and ends it when the scope is left. */
export async function startServerTarget(name: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const running = await startTarget(name, "server");
  const url = running.url!;
  for (let tries = 0; ; tries++) {
    const result = await dial(probeCase, destinationOf(url), { profile: profiles.full });
    if (result.connected && probeFault(result.record) === null) break;
    if (tries > 200) throw new Error(`${name} does not answer at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, [Symbol.asyncDispose]: () => running.stop() };
}
