import { formatDuration } from "../../duration.ts";
import type { PlayedCell, PlayedRun } from "../../facts/played.ts";
import { html, type Html } from "../../html.ts";
import { address, linkFrom } from "../address.ts";
import type { SiteContext } from "../context.ts";
import { sitePage } from "../layout.ts";
import { missingLines } from "../parts/missing.ts";
import { cutText, numberText, STATUS_WORDS, timeText } from "../words.ts";
import { scrollTable } from "../parts/scroll-table.ts";

const path = address.runs;
const h = html;

/** Every run that the site knows, what it was made with, and what is missing in it. */
export function runsPage({ input, run }: SiteContext): string {
  const main = html`<h1>Runs</h1>
    <p class="lead">
      The newest is what these pages show; of the others the verdicts are kept. Their files are at
      <a href="${linkFrom(path, "api/v1/index.json")}">api/v1/</a>.
    </p>
    ${scrollTable({ label: "Runs", wide: true, columns: ["Run", "Started (UTC)", "State", "Profile", "Engine", { head: "Cells", numbers: true }, { head: "Verdicts", numbers: true }, { head: "Took", numbers: true }, "wsmatrix", "Machine"], rows: input.runs.map(runRow) })}
    ${
      input.skipped.length > 0 &&
      html`<h2>Left out</h2>
        <ul>
          ${input.skipped.map((one) => html`<li><code>${one.run}</code>: ${cutText(one.reason, 600)}</li>`)}
        </ul>`
    }
    <h2>The run that is shown: ${run.id}</h2>
    <h3>Asked for</h3>
    <pre>wsmatrix ${run.argv.join(" ")}</pre>
    <h3>What is missing</h3>
    ${missing(run)} ${unplayed(run)}`;
  return sitePage({ path, title: "Runs", main }, input);
}

function runRow(run: PlayedRun): Html {
  const { platform } = run;
  const verdicts = run.cells.reduce((sum, cell) => sum + cell.cases.size, 0);
  const took = run.finishedAt === null ? "–" : formatDuration(run.finishedAt - run.startedAt);
  const shard =
    run.shard !== null && h` <span class="tag">part ${run.shard.index} of ${run.shard.count}</span>`;
  return h`<tr id="${`run-${run.id}`}"><th scope="row"><code>${run.id}</code>${shard}</th><td>${timeText(run.startedAt)}</td><td>${stateMark(run)}</td><td>${run.profile}</td><td>${run.engine}</td><td class="n">${run.cells.length}</td><td class="n">${numberText(verdicts)}</td><td class="n">${took}</td><td>${run.version}</td><td>${platform.os} ${platform.arch}, ${platform.cpus} cores, ${Math.round(platform.memoryBytes / 2 ** 30)} GiB, Node ${platform.node}</td></tr>
`;
}

function stateMark({ state }: PlayedRun): Html {
  if (state === "complete") return h`<span class="m pass"><b aria-hidden="true">✓</b> complete</span>`;
  const word = state === "running" ? "goes on, or was killed" : "interrupted";
  return h`<span class="m unclean"><b aria-hidden="true">~</b> ${word}</span>`;
}

function missing(run: PlayedRun): Html {
  const lines = missingLines(run);
  if (lines.length === 0) return html`<p>Nothing: every cell ran, and every case has a verdict.</p>`;
  return html`<ul>
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ul>`;
}

/** Cells that did not run to their end, by name. */
function unplayed(run: PlayedRun): Html | null {
  const cells = run.cells.filter(({ status }) => status !== "ran");
  if (cells.length === 0) return null;
  return scrollTable({
    label: "Cells that did not run to their end",
    wide: true,
    columns: ["Cell", "What became of it", { head: "Verdicts", numbers: true }, "Why"],
    rows: cells.map(unplayedRow),
  });
}

function unplayedRow(cell: PlayedCell): Html {
  const more =
    cell.logTail !== null &&
    h`<details><summary>The end of its log</summary><pre>${cutText(cell.logTail, 4000)}</pre></details>`;
  return h`<tr><th scope="row"><a href="${linkFrom(path, address.target(cell.target))}#${cell.file}">${cell.id}</a>${cell.optional && h` <span class="tag">optional</span>`}</th><td>${STATUS_WORDS[cell.status]}</td><td class="n">${cell.cases.size} of ${cell.planned}</td><td>${cell.reason !== null && cutText(cell.reason, 600)}${more}</td></tr>
`;
}
