import type { CatalogueEntry } from "../../fuzzer/catalogue.ts";
import { html, type Html, htmlPage } from "../html.ts";
import { formatTally, isExtraCase, tallyOf } from "../tally.ts";

import type { IndexedAgents, IndexFacts } from "./index-json.ts";
import { agentName, anchor, resultRows, type ShownAgent, uncounted } from "./index-rows.ts";
import { comparePoints } from "./python-json.ts";
import { baseStyle, failedStyle, indexStyle, verdictStyle } from "./style.ts";
import { legend } from "./words.ts";

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
        ${summary(entries, agents)}${legendTable()}
        <h2 id="results">Results</h2>
        <p>
          <label><input type="checkbox" id="hide-close" /> Hide how connections ended</label>
        </p>
        <div class="scroll">
          <table class="results">
            ${resultRows(entries, agents)}
          </table>
        </div>
        ${caseTexts(entries)}
      </main> `,
  });
}

/** Cases of our own chapters are rows only where one of them was played. */
function shownEntries({ entries, agents }: IndexContent): readonly CatalogueEntry[] {
  const played = new Set([...agents.values()].flatMap((results) => [...results.keys()]));
  const chapters = new Set([...played].map((id) => id.split(".", 1)[0]));
  return entries.filter(({ chapter }) => chapter.extra !== true || chapters.has(chapter.id));
}

function shownAgents(content: IndexContent): ShownAgent[] {
  const names = new Set([...content.agents.keys(), ...content.notes.keys()]);
  return [...names].toSorted(comparePoints).map((name) => ({
    name,
    results: content.agents.get(name) ?? new Map<string, IndexFacts>(),
    note: content.notes.get(name) ?? null,
  }));
}

function summary(entries: readonly CatalogueEntry[], agents: readonly ShownAgent[]): Html {
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
              <td>${tallies(entries, agent)}${noteText(agent)}</td>
            </tr> `,
        )}
      </tbody>
    </table> `;
}

/** The two suites are never added up. */
function tallies(entries: readonly CatalogueEntry[], { results }: ShownAgent): string {
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
