import { createHash } from "node:crypto";

import { readIndex } from "./reports.ts";

/**
 * Compares the index with a golden file, after a filter such as `jq -S 'del(.[][].duration)'`: sorted keys, indent
 * 2, no durations. Only a digest of the golden text is kept.
 */
export function goldenFile(dir: string): { readonly cases: number; readonly digest: string } {
  const agents = Object.entries(readIndex(dir)).map(([agent, cases]) => {
    const timeless = Object.entries(cases).map(([id, record]) => [id, { ...record, duration: undefined }]);
    return [agent, Object.fromEntries(timeless)];
  });
  const text = JSON.stringify(sorted(Object.fromEntries(agents)), null, 2);
  const cases = agents.reduce((sum, [, some]) => sum + Object.keys(some).length, 0);
  return { cases, digest: createHash("sha256").update(text).digest("hex") };
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
