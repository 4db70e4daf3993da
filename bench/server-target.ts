import { join } from "node:path";

import { profiles } from "../fuzzer/profile.ts";
import { dial, destinationOf } from "../fuzzer/client.ts";
import { processEngine } from "../orchestrator/engines/process.ts";
import { probeCase, probeFault } from "../orchestrator/play/probe.ts";
import { packageRoot } from "../orchestrator/run/package-root.ts";
import { folderTarget, loadTarget } from "../orchestrator/config/target.ts";

/** Starts a server target of `targets/`, and ends it when the scope is left. */
export async function startServerTarget(name: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const engine = processEngine();
  const folder = await loadTarget(join(packageRoot, "targets", name));
  const target = folderTarget(folder, folder.definition.versions[0]!);
  const { signal } = new AbortController();
  const prepared = await engine.prepare(target, { signal });
  const running = await engine.start(prepared, {
    role: "server",
    env: {},
    limits: {},
    logFile: null,
    signal,
  });
  const url = running.url!;
  for (let tries = 0; ; tries++) {
    const result = await dial(probeCase, destinationOf(url), { profile: profiles.full });
    if (result.connected && probeFault(result.record) === null) break;
    if (tries > 200) throw new Error(`${name} does not answer at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, [Symbol.asyncDispose]: () => running.stop() };
}
