import type { CatalogueEntry } from "#fuzzer/catalogue.ts";
import { html, type Html, htmlPage, trustedHtml } from "#report/html.ts";
import { formatTally, isExtraCase, tallyOf } from "#report/tally.ts";

import type { IndexedAgents, IndexFacts } from "./index-json.ts";
import { comparePoints } from "./python-json.ts";
import { baseStyle, failedStyle, indexStyle, verdictStyle } from "./style.ts";
import { failedClass, legend, shownBehavior, shownClose } from "./words.ts";

/** What stands above the results. */
export interface ReportHead {
  /** Program and version: `wsmatrix 0.1.0`. */
  readonly generator: string;
  /** What else is to be said: the profile, the fuzzer's role. One line each. */
  readonly remarks?: readonly string[] | undefined;
}

/** What an index shows. */
export interface IndexContent {
  readonly head: ReportHead;
  /** Milliseconds since the epoch. */
  readonly generated: number;
  /** The rows: all cases of the suite, in their order. */
  readonly entries: readonly CatalogueEntry[];
  readonly agents: IndexedAgents;
  /** Agent -> why cases of it are missing. An agent without any result is shown too. */
  readonly notes: ReadonlyMap<string, string>;
}

/**
 * The page `index.html`.
 *
 * Some scripts judge by it: the text `case_failed` is there twice (a style rule and the legend), and once more
 * for each cell that is red: a FAILED behavior, or a close that is FAILED or UNCLEAN. The close of an
 * UNIMPLEMENTED case has no cell.
 */
export function indexHtml(content: IndexContent): string {
  const entries = shownEntries(content);
  const agents = shownAgents(content);
  return htmlPage({
    title: "WebSocket protocol test report",
    style: baseStyle + verdictStyle + failedStyle + indexStyle,
    body: html`<header>
        <h1>WebSocket protocol test report</h1>
        <p>Made by ${content.head.generator} on ${new Date(content.generated).toISOString()} (UTC).</p>
        ${content.head.remarks?.map((remark) => html`<p>${remark}</p> `)}
      </header>
      <main>
        ${summary(agents)}${legendTable()}
        <h2 id="results">Results</h2>
        <p>
          <label><input type="checkbox" id="hide-close" /> Hide how connections ended</label>
        </p>
        <div class="scroll">
          <table class="results">
            ${chaptersOf(entries).map((chapter) => chapterRows(chapter, agents))}
          </table>
        </div>
        ${caseTexts(entries)}
      </main> `,
  });
}

interface ShownAgent {
  readonly name: string;
  readonly results: ReadonlyMap<string, IndexFacts>;
  readonly note: string | null;
  readonly entries: readonly CatalogueEntry[];
}

/** Cases of our own chapters are rows only where one of them was played. */
function shownEntries({ entries, agents }: IndexContent): readonly CatalogueEntry[] {
  const played = new Set([...agents.values()].flatMap((results) => [...results.keys()]));
  const chapters = new Set([...played].map((id) => id.split(".", 1)[0]));
  return entries.filter(({ chapter }) => chapter.extra !== true || chapters.has(chapter.id));
}

function shownAgents(content: IndexContent): ShownAgent[] {
  const names = new Set([...content.agents.keys(), ...content.notes.keys()]);
  const entries = shownEntries(content);
  return [...names].toSorted(comparePoints).map((name) => ({
    name,
    results: content.agents.get(name) ?? new Map<string, IndexFacts>(),
    note: content.notes.get(name) ?? null,
    entries,
  }));
}

function summary(agents: readonly ShownAgent[]): Html {
  if (agents.length === 0) return html`<p>There are no results yet.</p> `;
  return html`<h2>Summary</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Agent</th>
          <th scope="col">Cases</th>
        </tr>
      </thead>
      <tbody>
        ${agents.map(
          (agent) =>
            html`<tr>
              <th scope="row">${agentName(agent)}</th>
              <td>${tallies(agent)}${noteText(agent)}</td>
            </tr> `,
        )}
      </tbody>
    </table> `;
}

/** The two suites are never added up. */
function tallies({ entries, results }: ShownAgent): string {
  const ids = entries.map((entry) => entry.case.id);
  const count = (some: readonly string[]) =>
    formatTally(tallyOf(some.map((id) => ({ verdict: results.get(id) ?? null }))));
  const extra = ids.filter(isExtraCase);
  const own = extra.length === 0 ? "" : `; extra: ${count(extra)}`;
  return count(ids.filter((id) => !isExtraCase(id))) + own;
}

function noteText({ note }: ShownAgent): Html | null {
  return note === null ? null : html`<br />${uncounted(note)}`;
}

function legendTable(): Html {
  return html`<h2>Legend</h2>
    <table class="legend">
      ${legend.map(
        ({ word, style, meaning }) =>
          html`<tr>
            <td class="${style}">${word}</td>
            <td>${meaning}</td>
          </tr> `,
      )}
    </table>
    <p>
      The second column of an agent is how the connection ended: the close code that the peer sent, or None;
      Unclean when a closing handshake was required and not finished; Fail when the wrong side closed, or
      nobody.
    </p> `;
}

function chaptersOf(entries: readonly CatalogueEntry[]): CatalogueEntry[][] {
  return [...Map.groupBy(entries, ({ chapter }) => chapter).values()];
}

function chapterRows(entries: readonly CatalogueEntry[], agents: readonly ShownAgent[]): Html {
  const { chapter } = entries[0]!;
  const groups = Map.groupBy(entries, ({ group }) => group);
  const heading = html`<tbody>
    <tr class="chapter">
      <th scope="rowgroup" colspan="${1 + 2 * agents.length}">${chapter.id} ${chapter.title}</th>
    </tr>
  </tbody> `;
  return html`${chapter.groups.length > 1 && heading}${[...groups].map(
    ([group, cases]) =>
      html`<tbody>
        <tr>
          <th scope="rowgroup">${group.id} ${group.title}</th>
          ${agents.map((agent) => html`<th scope="colgroup" colspan="2">${agentName(agent)}</th>`)}
        </tr>
        ${cases.map((entry) => caseRow(entry, agents))}
      </tbody> `,
  )}`;
}

function caseRow(entry: CatalogueEntry, agents: readonly ShownAgent[]): Html {
  const { id } = entry.case;
  return html`<tr>
    <th scope="row"><a href="#${anchor(id)}">${id}</a></th>
    ${agents.map(({ results }) => cells(entry, results.get(id)))}
  </tr> `;
}

function cells(entry: CatalogueEntry, facts: IndexFacts | undefined): Html {
  if (facts === undefined) return html`<td class="case_missing" colspan="2">Missing</td>`;
  const { word, style } = shownBehavior(facts.behavior);
  const link = html`<a href="${uncounted(`${facts.stem}.html`)}">${word}</a>`;
  if (facts.behavior === "UNIMPLEMENTED") return html`<td class="${style}" colspan="2">${link}</td>`;
  const close = shownClose(facts.behaviorClose, facts.remoteCloseCode);
  const remark = close.remark === null ? null : html` <small>${close.remark}</small>`;
  return html`<td class="${style}">${link}${measured(entry, facts)}</td>
    <td class="close ${close.style}">${close.word}${remark}</td>`;
}

/** Time and compression, where they are results of the case. */
function measured({ case: { reportTime } }: CatalogueEntry, { duration, ratios }: IndexFacts): Html {
  const time = reportTime === true && html` <small>${duration} ms</small>`;
  const ratio =
    ratios &&
    html` <small title="compression ratio, incoming/outgoing"
      >[${ratioText(ratios.incoming)}/${ratioText(ratios.outgoing)}]</small
    >`;
  return html`${time}${ratio}`;
}

function ratioText(ratio: number | null): string {
  return ratio === null ? "-" : ratio.toFixed(3);
}

const textOf = new WeakMap<CatalogueEntry, Html>();

/** What each case does and expects. The same each time, so it is made once. */
function caseTexts(entries: readonly CatalogueEntry[]): Html {
  return html`<div class="cases">
    <h2>Cases</h2>
    ${entries.map(caseText)}
  </div> `;
}

function caseText(entry: CatalogueEntry): Html {
  const text = textOf.get(entry) ?? newCaseText(entry);
  textOf.set(entry, text);
  return text;
}

function newCaseText({ case: { id, title, description, expectation } }: CatalogueEntry): Html {
  return html`<section id="${anchor(id)}">
    <h3>${id} ${title}</h3>
    <p>${description}</p>
    <p><b>Expected:</b> ${expectation}</p>
  </section> `;
}

function anchor(id: string): string {
  return `case-${id.replaceAll(".", "-")}`;
}

function agentName({ name }: ShownAgent): Html {
  return html`<bdi>${uncounted(name === "" ? "(no name)" : name)}</bdi>`;
}

/** Text of others must not raise the number of times that the class of failures is found. */
function uncounted(text: string): Html {
  const escaped = html`${text}`.toString();
  return trustedHtml(escaped.replaceAll(failedClass, failedClass.replace("_", "&#95;")));
}
