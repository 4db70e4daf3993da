import { nearest } from "../config/nearest.ts";
import { type ValuePath, quoted } from "../config/problem.ts";
import type { Findings, SpecMap } from "./findings.ts";
import type { FuzzingMode } from "./options.ts";

const commonKeys = ["outdir", "options", "cases", "exclude-cases", "exclude-agent-cases"];

const knownKeys: Readonly<Record<FuzzingMode, readonly string[]>> = {
  fuzzingclient: ["servers", ...commonKeys],
  fuzzingserver: ["url", "protocols", "key", "cert", "webport", ...commonKeys],
};

const ofServers = "it belongs into an entry of `servers`";
const ofServerMode = "it belongs into a spec of fuzzingserver";

/** Keys that stand at the wrong place, or in the spec of the wrong mode, more often than not. */
const misplaced: Readonly<Record<FuzzingMode, ReadonlyMap<string, string>>> = {
  fuzzingclient: new Map([
    ["url", ofServers],
    ["agent", ofServers],
    ["origin", ofServers],
    ["protocols", ofServers],
    ["hostname", ofServers],
    ["key", ofServerMode],
    ["cert", ofServerMode],
    ["webport", "only fuzzingserver has a web server"],
  ]),
  fuzzingserver: new Map([["servers", "it belongs into a spec of fuzzingclient"]]),
};

/** Warns of each key of a whole spec that nobody reads. */
export function tellUnknownSpecKeys(findings: Findings, spec: SpecMap, mode: FuzzingMode): void {
  for (const key of Object.keys(spec)) {
    if (knownKeys[mode].includes(key)) continue;
    tellUnknownKey(findings, [key], knownKeys[mode], misplaced[mode].get(key));
  }
}

/**
 * Warns of a key that nobody reads, at the end of `path`.
 *
 * @param hint what to do about it, where that is known better than from the names of the known keys
 */
export function tellUnknownKey(
  findings: Findings,
  path: ValuePath,
  known: readonly string[],
  hint?: string,
): void {
  const meant = nearest(String(path.at(-1)), known);
  const guess = meant === null ? `known are ${quoted(known)}` : `did you mean \`${meant}\`?`;
  findings.warn("unknown-key", path, "unknown key, which is ignored", hint ?? guess);
}
