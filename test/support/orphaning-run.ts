/**
 * An orchestrator for tests to end: starts a faux target with the process engine and reports its pids. Then it
 * waits to be killed or, on request, ends without cleaning up.
 *
 * Arguments: folder of the cache, "wait" or "exit".
 */
import { setTimeout as sleep } from "node:timers/promises";
import { processEngine } from "../../orchestrator/engines/process.ts";
import { fauxTarget, until } from "./faux.ts";

const [cacheDir = "", then = "wait"] = process.argv.slice(2);
const { signal } = new AbortController();
const engine = processEngine({ cacheDir });
const prepared = await engine.prepare(fauxTarget("spawns-children"), { signal });
const running = await engine.start(prepared, { role: "server", env: {}, limits: {}, logFile: null, signal });
await until("the target has told its pids", () => running.logTail().includes("pids "));
process.stdout.write(running.logTail(), () => {
  if (then === "exit") process.exit(0);
});
await sleep(600_000);
