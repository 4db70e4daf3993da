import { historyOf } from "../../facts/history.ts";
import type { PlayedCell } from "../../facts/played.ts";
import { chapterTimes } from "../../facts/tallies.ts";
import { formatDuration } from "../../duration.ts";
import { html, type Html } from "../../html.ts";
import { isExtraCase, TALLY_DISPLAY } from "../../tally.ts";
import { cellName, type SiteContext } from "../context.ts";
import { count, COUNT_HEADS, heatField, tallyBar } from "../marks.ts";
import { sparkline } from "../spark.ts";
import { cutText, STATUS_WORDS } from "../words.ts";

const h = html;

/** Tally, chapters, history and times of some cells of a target, and why some did not run. */
export function cellSummary(context: SiteContext, cells: readonly PlayedCell[], _page: string): Html {
  const { catalogue, chapters } = context;
  const all = [...chapters.named, ...chapters.extra];
  const titles = new Map(catalogue.chapters.map(({ id, title }) => [id, title]));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Tallies">
      <table class="cells">
        <thead>
          <tr>
            <th scope="col">Cell</th>
            <th scope="col">Tally</th>
            ${TALLY_DISPLAY.map((name) => h`<th scope="col" class="n">${COUNT_HEADS[name]}</th>`)}
            ${all.map((id) => h`<th scope="col" class="hh"><abbr title="Chapter ${id}: ${titles.get(id)}">${id}</abbr></th>`)}
            <th scope="col">Failed, by run</th>
            <th scope="col" class="n">Time</th>
          </tr>
        </thead>
        <tbody>
          ${cells.map((cell) => summaryRow(context, cell, all, titles))}
        </tbody>
      </table>
    </div>
    ${chapterTimeDetails(context, cells)} ${cells.map(trouble)}`;
}

function summaryRow(
  context: SiteContext,
  cell: PlayedCell,
  chapters: readonly string[],
  titles: ReadonlyMap<string, string>,
): Html {
  const head = h`<th scope="row">${cellName(cell)}</th>`;
  if (cell.cases.size === 0) {
    return h`<tr id="${cell.file}">${head}<td colspan="${TALLY_DISPLAY.length + chapters.length + 3}"><span class="m notRun">${STATUS_WORDS[cell.status]}</span></td></tr>
`;
  }
  const byChapter = context.chaptersOf(cell);
  return h`<tr id="${cell.file}" class="${!context.isNewest(cell) && "older"}">${head}<td>${tallyBar(cell.tally)}</td>${TALLY_DISPLAY.map((name) => count(cell.tally[name], name))}${chapters.map((id) => heatField(byChapter.get(id)!, `${id} ${titles.get(id)}`))}<td>${sparkline(historyOf(cell, context.input.runs))}</td><td class="n">${formatDuration(cell.duration)}</td></tr>
`;
}

/** Where the time goes; cases run side by side, so the sums are more than the cell took. */
function chapterTimeDetails({ catalogue }: SiteContext, cells: readonly PlayedCell[]): Html | null {
  const played = cells.filter((cell) => cell.cases.size > 0);
  if (played.length === 0) return null;
  const times = played.map((cell) => chapterTimes(cell, catalogue));
  const most = Math.max(1, ...times.flatMap((byChapter) => [...byChapter.values()]));
  const ids = catalogue.chapters.filter(({ id }) => times.some((one) => one.has(id)));
  return html`<details>
    <summary>Time by chapter</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Time by chapter">
      <table>
        <caption>
          Times of the cases added up; many are played at once
        </caption>
        <thead>
          <tr>
            <th scope="col">Chapter</th>
            ${played.map((cell) => h`<th scope="col">${cellName(cell)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${ids.map(
            ({
              id,
              title,
            }) => h`<tr><th scope="row">${id} ${title}${isExtraCase(id) && " (ours)"}</th>${times.map((byChapter) => timeField(byChapter.get(id) ?? 0, most))}</tr>
`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

function timeField(ms: number, most: number): Html {
  const width = ((ms / most) * 100).toFixed(1);
  return h`<td>${formatDuration(ms)}<span class="timebar" style="width:${width}%"></span></td>`;
}

/** Why a cell did not run to its end, and the end of its log. */
function trouble(cell: PlayedCell): Html | null {
  if (cell.status === "ran" || (cell.reason === null && cell.logTail === null)) return null;
  return html`<details id="log-${cell.file}">
    <summary>${cellName(cell)}: ${STATUS_WORDS[cell.status]}</summary>
    <p>${cell.reason !== null && cutText(cell.reason, 4000)}</p>
    ${cell.logTail !== null && html`<pre>${cutText(cell.logTail, 8000)}</pre>`}
  </details>`;
}
