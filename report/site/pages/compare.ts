import { html, type Html } from "../../html.ts";
import { address, runName } from "../address.ts";
import { fullName, type SiteContext } from "../context.ts";
import { sitePage } from "../layout.ts";
import { DIFF_WORDS, diffCounts, diffRow } from "../parts/changes.ts";
import { DIFF_KINDS, type RunDiff } from "../../facts/diff.ts";
import { plural, timeText } from "../words.ts";

const path = address.compare;
const h = html;

/** The script of this page alone. */
export const compareScript = "compare.js";

/** Rows that are written out of the difference of the last two runs. */
const MOST = 2000;

/** Any two runs or targets, held against each other by the script; and without it, the last two runs. */
export function comparePage({ input, diff, catalogue }: SiteContext): string {
  const main = html`<h1>Compare</h1>
    <section data-needs-script hidden>
      <h2>Any two</h2>
      <form id="compare" class="filters" data-cases="${catalogue.entries.length}">
        ${side("a", "This", input)} ${side("b", "with this", input)}
        <button type="button" id="swap">Swap</button>
      </form>
      <div id="compared" aria-live="polite"></div>
    </section>
    <h2>The last two runs</h2>
    ${diff === null ? html`<p>There is no earlier run of these targets.</p>` : lastTwo(diff)}`;
  return sitePage({ path, title: "Compare", main, scripts: [compareScript] }, input);
}

function side(name: string, label: string, { runs }: SiteContext["input"]): Html {
  return html`<label
      >${label}
      <select name="${name}-run" aria-label="${label}: run">
        ${runs.map((run) => html`<option value="${runName(run.id)}">${run.id}</option>`)}
      </select></label
    >
    <label
      ><span class="vh">${label}: cell</span
      ><select name="${name}-cell" aria-label="${label}: cell"></select
    ></label>`;
}

function lastTwo(diff: RunDiff): Html {
  const total = diff.cells.reduce((sum, { cases }) => sum + cases.length, 0);
  let left = MOST;
  const cells = diff.cells.map((cell) => {
    const shown = cell.cases.slice(0, Math.max(0, left));
    left -= shown.length;
    return { ...cell, shown };
  });
  return html`<p>
      <code>${diff.before.id}</code> (${timeText(diff.before.startedAt)} UTC) and
      <code>${diff.after.id}</code>
      (${timeText(diff.after.startedAt)} UTC). ${plural(diff.equalCells, "cell")} without a difference.
    </p>
    ${diffCounts(diff.counts)} ${listed("Only in the later run", diff.added)}
    ${listed("Only in the earlier run", diff.removed)}
    ${
      total > 0 &&
      html`<div class="scroll" tabindex="0" role="region" aria-label="Differences">
        <table class="wide">
          <caption>
            ${total > MOST && `The first ${MOST} of ${total}.`} Kinds:
            ${DIFF_KINDS.map((kind) => DIFF_WORDS[kind].word).join(", ")}.
          </caption>
          <thead>
            <tr>
              <th scope="col">Case</th>
              <th scope="col">Change</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          ${cells
            .filter(({ shown }) => shown.length > 0)
            .map(
              (
                cell,
              ) => h`<tbody><tr><th scope="rowgroup" colspan="4">${fullName(cell.after ?? cell.before!)}${cell.before?.version !== cell.after?.version && ` (was ${cell.before?.version})`}</th></tr>
${cell.shown.map((one) => diffRow(one, cell, path))}</tbody>`,
            )}
        </table>
      </div>`
    }`;
}

function listed(title: string, ids: readonly string[]): Html | null {
  if (ids.length === 0) return null;
  return html`<details>
    <summary>${title}: ${plural(ids.length, "cell")}</summary>
    <ul class="chips">
      ${ids.map((id) => h`<li>${id}</li> `)}
    </ul>
  </details>`;
}
