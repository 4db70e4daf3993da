import { historyOf } from "../../facts/history.ts";
import type { PlayedCell } from "../../facts/played.ts";
import { html, type Html } from "../../html.ts";
import { formatDuration } from "../../duration.ts";
import { type Tally, TALLY_DISPLAY, type TallyClass } from "../../tally.ts";
import { address, linkFrom } from "../address.ts";
import type { SiteContext } from "../context.ts";
import { changesCard } from "../parts/changes.ts";
import { cellFilters } from "../parts/filters.ts";
import { missingNotice } from "../parts/missing.ts";
import { sitePage } from "../layout.ts";
import { count, COUNT_HEADS, heatField, tallyBar } from "../marks.ts";
import { hardestCard } from "../parts/hardest.ts";
import { legend } from "../parts/legend.ts";
import { sparkline } from "../spark.ts";
import { numberText, plural, STATUS_WORDS, timeText } from "../words.ts";

const path = address.overview;
const h = html;

/** The first page: what changed, and every cell with its tally, chapters and history. */
export function overviewPage(context: SiteContext): string {
  const { run, input, targets, chapters } = context;
  const verdicts = run.cells.reduce((sum, cell) => sum + cell.cases.size, 0);
  const main = html`<h1>How WebSocket implementations keep to the protocol</h1>
    <p class="lead">
      ${plural(targets.size, "implementation")}, ${plural(run.cells.length, "cell")} of target, version, role
      and variant, ${numberText(verdicts)} verdicts. ${timeText(run.startedAt)} UTC, profile ${run.profile}.
      Nothing here is ranked.
    </p>
    ${missingNotice(run, input.skipped, path)}
    <div class="cards">${changesCard(context, path)}${hardestCard(context, path)}</div>
    <h2 id="cells-title">Targets</h2>
    ${legend()} ${cellFilters(context)} ${cellTable(context, chapters.named, (cell) => cell.tally, "cells")}
    ${chapters.extra.length > 0 && extraTable(context)}`;
  return sitePage({ path, title: "Overview", main }, input);
}

/** Chapters from 20 are counted for themselves. */
function extraTable(context: SiteContext): Html | null {
  const { run, chapters } = context;
  if (run.cells.every((cell) => cell.extraTally === null)) return null;
  return html`<h2>Beyond Autobahn's cases</h2>
    <p>Chapters from 20 on are our own. They are never added to the others.</p>
    ${cellTable(context, chapters.extra, (cell) => cell.extraTally, "extra")}`;
}

function cellTable(
  context: SiteContext,
  chapters: readonly string[],
  tallyOf: (cell: PlayedCell) => Tally | null,
  id: string,
): Html {
  const { catalogue, targets } = context;
  const titles = new Map(catalogue.chapters.map((chapter) => [chapter.id, chapter.title]));
  const cells = [...targets.values()].flat();
  const classes = shownClasses(cells.map(tallyOf));
  const rows = cells.flatMap((cell) => {
    const tally = tallyOf(cell);
    return tally === null ? [] : cellRow(context, cell, tally, { chapters, classes, titles });
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="cells-title">
    <table class="cells" id="${id}" data-sortable>
      <caption class="vh">
        Every cell: how many of its cases fell into each class, and what is worst in each chapter
      </caption>
      <thead>
        <tr>
          ${["Target", "Version", "Role", "Variant"].map((name) => h`<th scope="col" data-sort="text">${name}</th>`)}
          <th scope="col">Tally</th>
          ${classes.map((name) => h`<th scope="col" class="n" data-sort="number">${COUNT_HEADS[name]}</th>`)}
          <th scope="col">Failed, by run</th>
          ${chapters.map((chapter) => h`<th scope="col" class="hh"><abbr title="Chapter ${chapter}: ${titles.get(chapter)}">${chapter}</abbr></th>`)}
          <th scope="col" class="n" data-sort="number">Time</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** Classes that some cell has: what nobody shows takes no room. */
function shownClasses(tallies: readonly (Tally | null)[]): readonly TallyClass[] {
  const always: ReadonlySet<TallyClass> = new Set(["pass", "failed"]);
  return TALLY_DISPLAY.filter(
    (name) => always.has(name) || tallies.some((tally) => (tally?.[name] ?? 0) > 0),
  );
}

interface Columns {
  readonly classes: readonly TallyClass[];
  readonly chapters: readonly string[];
  readonly titles: ReadonlyMap<string, string>;
}

function cellRow(
  context: SiteContext,
  cell: PlayedCell,
  tally: Tally,
  { classes, chapters, titles }: Columns,
): Html {
  const facts = context.factsOf(cell.target);
  const newest = context.isNewest(cell);
  const href = `${linkFrom(path, address.target(cell.target))}#${cell.file}`;
  const head = h`<th scope="row"><a href="${href}">${cell.target}</a> <span class="lang">${facts?.language}</span></th>
<td>${cell.version ?? "–"}${!newest && h` <span class="tag old">older</span>`}</td><td>${cell.role}</td><td>${cell.variant}</td>`;
  const attributes = h`class="${!newest && "older"}" data-text="${`${cell.target} ${cell.version} ${cell.role} ${cell.variant} ${facts?.language}`.toLowerCase()}" data-language="${facts?.language}" data-role="${cell.role}" data-variant="${cell.variant}" data-newest="${newest && "1"}" data-plain="${cell.variant === "plain" && "1"}" data-deflate="${facts?.deflate === true && "1"}" data-tls="${facts?.tls === true && "1"}" data-failing="${tally.failed > 0 && "1"}" data-changed="${isChanged(context, cell) && "1"}"`;
  if (cell.cases.size === 0) {
    const span = classes.length + chapters.length + 3;
    return h`<tr ${attributes}>${head}<td colspan="${span}"><span class="m notRun">${STATUS_WORDS[cell.status]}</span> ${cell.reason?.slice(0, 160)}</td></tr>
`;
  }
  const byChapter = context.chaptersOf(cell);
  const partial = cell.status !== "ran" && h` <span class="tag">${STATUS_WORDS[cell.status]}</span>`;
  return h`<tr ${attributes}>${head}<td>${tallyBar(tally)}${partial}</td>${classes.map((name) => count(tally[name], name))}<td>${sparkline(historyOf(cell, context.input.runs))}</td>${chapters.map((chapter) => heatField(byChapter.get(chapter)!, `${chapter} ${titles.get(chapter)}`))}<td class="n" data-v="${cell.duration}">${formatDuration(cell.duration)}</td></tr>
`;
}

function isChanged({ diff }: SiteContext, cell: PlayedCell): boolean {
  return diff?.cells.some(({ after }) => after?.id === cell.id) ?? false;
}
