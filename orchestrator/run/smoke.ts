import { EXIT } from "../../report/exit.ts";
import { formatDuration } from "../../report/duration.ts";
import { tallyOf } from "../../report/tally.ts";

import type { CellSummary } from "./cell-run.ts";
import { programName } from "./package-root.ts";

/**
 * What `--smoke` plays: one case of each kind that an echo program most likely gets wrong. A binary message, a ping,
 * a text message in fragments with a ping between them, text that is not all ASCII, and a message before the close.
 */
export const SMOKE_CASES: readonly string[] = ["1.2.2", "2.2", "5.6", "6.2.1", "7.1.1"];

/**
 * The last line of a run with `--smoke`, and below it what to do next.
 *
 * @param code the exit code of the run
 * @param duration ms that the run took
 */
export function smokeVerdict(cells: readonly CellSummary[], code: number, duration: number): string {
  if (code === EXIT.interrupted) return "";
  const faults = cells.flatMap((cell) => faultOf(cell) ?? []);
  const time = formatDuration(duration);
  if (faults.length > 0 || code !== EXIT.asExpected) {
    return [`smoke test failed in ${time}`, ...faults.map((fault) => `  ${fault}`), ""].join("\n");
  }
  const played = cells.reduce((sum, { facts }) => sum + facts.size, 0);
  const some = `${cells.length} ${cells.length === 1 ? "cell" : "cells"}, ${played} cases`;
  return [`smoke test passed: ${some} in ${time}`, ...next(cells), ""].join("\n");
}

function faultOf({ cell, end, facts, answer }: CellSummary): string | null {
  if (end.status !== "ran") return `${cell.id} ${end.status}: ${end.reason ?? ""}`;
  const { regressed, notRun } = answer.counts;
  const { pass } = tallyOf(facts.values());
  if (regressed > 0) return `${cell.id}: ${regressed} of ${facts.size} cases not as expected, ${pass} passed`;
  return notRun > 0 ? `${cell.id}: ${notRun} of ${facts.size} cases were not played` : null;
}

/** A target that works is not yet one that does what its file says. */
function next(cells: readonly CellSummary[]): readonly string[] {
  const names = cells.flatMap(({ cell: { target } }) =>
    target.kind === "folder" && !target.definition.verified ? [target.name] : [],
  );
  return [...new Set(names)].map(
    (name) =>
      `next: play everything with \`${programName} run ${name}\`, then say \`verified: true\` in its target.yaml`,
  );
}
