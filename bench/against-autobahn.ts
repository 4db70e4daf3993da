import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { packageRoot } from "../orchestrator/run/package-root.ts";
import { type Cost, costText, type Measured, measureInTurn, medianOf } from "./measure.ts";
import { startServerTarget } from "./targets.ts";

/** The real Autobahn, where it can be had; without it only our own figures are printed. */
export const oracle = join(packageRoot, "..", "shared", "tools", "oracle");

/** Cases against a server target, with us and with Autobahn in turn. */
export interface Comparison {
  readonly title: string;
  /** As `targetOf` takes them. */
  readonly target: string;
  /** Patterns of cases. */
  readonly cases: readonly string[];
  readonly rounds: number;
  /** What we play: a run of `wsmatrix run` or of the drop-in. Autobahn always plays in full. */
  readonly play: "full" | "quick" | "wstest";
  /** What the issue wants at least: how many times faster. Null where there is no such goal. */
  readonly goal: number | null;
}

/** Plays the cases in turn, and compares. One line for people. */
export async function compareWithAutobahn(comparison: Comparison): Promise<string> {
  const { title, target, rounds, goal } = comparison;
  await using server = await startServerTarget(target);
  const scratch = mkdtempSync(join(tmpdir(), "wsmatrix-bench-"));
  const ours = { name: "wsmatrix", command: oursOf(comparison, server.url, scratch) };
  const costs = await measureInTurn(
    existsSync(oracle) ? [ours, theirs(comparison, server.url, scratch)] : [ours],
    rounds,
  );
  const [mine, other] = [costs.get("wsmatrix")!, costs.get("Autobahn")];
  const line = `${title}, ${target} as server, medians of ${rounds}: wsmatrix ${costText(mine)}`;
  if (other === undefined) return `${line}; no Autobahn here to compare with`;
  const wanted = goal === null ? "" : `, wanted ${goal}`;
  return `${line}; Autobahn ${costText(other)}: **${ratio("ms", mine, other)} times faster**${wanted}, processor time ${share("cpu", mine, other)}, of the target ${share("othersCpu", mine, other)}, memory ${share("peakOctets", mine, other)}`;
}

const ratio = (what: keyof Cost, mine: readonly Cost[], other: readonly Cost[]): string =>
  (medianOf(other, what) / medianOf(mine, what)).toFixed(1);

const share = (what: keyof Cost, mine: readonly Cost[], other: readonly Cost[]): string =>
  `${(medianOf(mine, what) / medianOf(other, what)).toFixed(2)} x`;

function oursOf({ play, cases }: Comparison, url: string, scratch: string): Measured["command"] {
  let round = 0;
  const main = join(packageRoot, "orchestrator", "main.ts");
  return () => {
    const out = join(scratch, `ours-${round++}`);
    if (play === "wstest") return wstest(url, cases, out);
    const flags = ["--profile", play, "--fail-on", "never", "--reporter", "none", "--cases", cases.join(",")];
    return [process.execPath, main, "run", "--url", url, ...flags, "--out", out];
  };
}

function wstest(url: string, cases: readonly string[], out: string): readonly [string, ...string[]] {
  const spec = `${out}.json`;
  writeFileSync(spec, JSON.stringify({ outdir: out, servers: [{ agent: "target", url }], cases }));
  return [
    process.execPath,
    join(packageRoot, "orchestrator", "wstest-main.ts"),
    "-m",
    "fuzzingclient",
    "-s",
    spec,
  ];
}

function theirs({ cases }: Comparison, url: string, scratch: string): Measured {
  return { name: "Autobahn", command: () => [oracle, "server", url, join(scratch, "theirs"), ...cases] };
}
