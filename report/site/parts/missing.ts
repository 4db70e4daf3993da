import type { PlayedCell, PlayedRun } from "../../facts/played.ts";
import { html, type Html } from "../../html.ts";
import { address, linkFrom } from "../address.ts";
import type { SiteInput } from "../input.ts";
import { numberText, plural, STATUS_WORDS } from "../words.ts";

/** What a run does not say and should: cells that did not run, cases without a verdict, runs that cannot be read. */
export function missingNotice(run: PlayedRun, skipped: SiteInput["skipped"], page: string): Html | null {
  const lines = [...missingLines(run), ...skippedLines(skipped)];
  if (lines.length === 0) return null;
  return html`<div class="notice" role="note">
    <strong>What is missing.</strong> The <a href="${linkFrom(page, address.runs)}">page of runs</a> names
    each cell.
    <ul>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>
  </div>`;
}

/** What a run lacks, a line each. */
export function missingLines(run: PlayedRun): readonly string[] {
  const lines: string[] = [];
  if (run.shard !== null) {
    const { index, count } = run.shard;
    lines.push(`This is part ${index} of ${count} of a plan; the cells of the other parts are not here.`);
  }
  if (run.state === "running") lines.push("The run goes on, or was killed: it has not said that it ended.");
  if (run.state === "interrupted") lines.push("The run was interrupted; `run --resume` goes on with it.");
  for (const [status, cells] of byStatus(run.cells)) {
    lines.push(`${plural(cells.length, "cell")} ${STATUS_WORDS[status]}: ${namesOf(cells)}.`);
  }
  const without = run.cells.reduce((sum, cell) => sum + cell.planned - cell.cases.size, 0);
  if (without > 0) {
    const planned = run.cells.reduce((sum, cell) => sum + cell.planned, 0);
    lines.push(`${numberText(without)} of ${numberText(planned)} planned cases have no verdict.`);
  }
  return [...lines, ...run.notes.map((note) => `${note}.`)];
}

function skippedLines(skipped: SiteInput["skipped"]): readonly string[] {
  return skipped.map(({ run, reason }) => `Run ${run} is left out: ${reason}.`);
}

/** Cells that are not as they should be, by what became of them; what is optional and skipped is in order. */
function byStatus(cells: readonly PlayedCell[]): ReadonlyMap<PlayedCell["status"], readonly PlayedCell[]> {
  const found = new Map<PlayedCell["status"], PlayedCell[]>();
  for (const cell of cells) {
    if (cell.status === "ran") continue;
    found.set(cell.status, [...(found.get(cell.status) ?? []), cell]);
  }
  return found;
}

function namesOf(cells: readonly PlayedCell[]): string {
  const shown = cells.slice(0, 4).map(({ id }) => id);
  return cells.length > shown.length
    ? `${shown.join(", ")} and ${cells.length - shown.length} more`
    : shown.join(", ");
}
