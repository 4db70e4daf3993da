/**
 * An orchestrator for tests that prepares one folder target and says how it went.
 *
 * Arguments: folder of the cache, the target as JSON.
 */
import { processEngine } from "../../orchestrator/engines/process.ts";
import type { Target } from "../../orchestrator/config/target.ts";

const [cacheDir = "", target = ""] = process.argv.slice(2);
const engine = processEngine({ cacheDir });
const wanted: Target = JSON.parse(target);
const prepared = await engine.prepare(wanted, { signal: new AbortController().signal });
console.log(JSON.stringify({ cached: prepared.cached, digest: prepared.digest }));
