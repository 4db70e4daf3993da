import { join } from "node:path";

import { profiles } from "../fuzzer/profile.ts";
import { dial, destinationOf } from "../fuzzer/client.ts";
import { folderTarget, loadTarget, type Target } from "../orchestrator/config/target.ts";
import type { Running } from "../orchestrator/engines/engine.ts";
import { processEngine } from "../orchestrator/engines/process.ts";
import { probeCase, probeFault } from "../orchestrator/play/probe.ts";
import { packageRoot } from "../orchestrator/run/package-root.ts";

/** Programs that are no implementations, by the names that benchmarks give them. */
const programs: Readonly<Record<string, string>> = {
  "a peer that accepts everything": join("bench", "frame-peer.ts"),
  "a mute peer": join("test", "faux", "mute.mjs"),
};

/** A target by its name: one of {@link programs}, or one of `targets/` at its newest version. */
export async function targetOf(name: string): Promise<Target> {
  const program = programs[name];
  if (program !== undefined) {
    const command = `node ${program}`;
    return {
      kind: "command",
      name,
      version: null,
      command,
      cwd: packageRoot,
      env: {},
      port: null,
      path: "/",
    };
  }
  const folder = await loadTarget(join(packageRoot, "targets", name));
  return folderTarget(folder, folder.definition.versions[0]!);
}

/**
 * Starts a target.
 *
 * @param env variables of the target contract
 */
export async function startTarget(
  name: string,
  role: "server" | "client",
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const engine = processEngine();
  const { signal } = new AbortController();
  const prepared = await engine.prepare(await targetOf(name), { signal });
  const request = { role, env: { VARIANT: "plain", ...env }, limits: {}, logFile: null, signal };
  return await engine.start(prepared, request);
}

/** Starts a server target, waits until it accepts WebSocket connections, and ends it when the scope is left. */
export async function startServerTarget(name: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const running = await startTarget(name, "server");
  const url = running.url!;
  for (let tries = 0; ; tries++) {
    const result = await dial(probeCase, destinationOf(url), { profile: profiles.full });
    // One that is mute for a purpose is ready when it has answered the opening handshake.
    if (
      result.connected &&
      (name === "a mute peer" ? result.record.opened : probeFault(result.record) === null)
    )
      break;
    if (tries > 200) throw new Error(`${name} does not answer at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, [Symbol.asyncDispose]: () => running.stop() };
}
