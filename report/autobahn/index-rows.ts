import type { CatalogueEntry } from "../../fuzzer/catalogue.ts";
import { html, type Html, trustedHtml } from "../html.ts";

import type { IndexFacts } from "./index-json.ts";
import { failedClass, shownBehavior, shownClose } from "./words.ts";

/** An agent of an index. */
export interface ShownAgent {
  readonly name: string;
  readonly results: ReadonlyMap<string, IndexFacts>;
  /** Why cases of it are missing. */
  readonly note: string | null;
}

/** The rows of the table of results: a heading for each chapter and group, a line for each case. */
export function resultRows(entries: readonly CatalogueEntry[], agents: readonly ShownAgent[]): Html {
  const chapters = Map.groupBy(entries, ({ chapter }) => chapter);
  return html`${[...chapters.values()].map((cases) => chapterRows(cases, agents))}`;
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

/** Where in the index a case is described. */
export function anchor(id: string): string {
  return `case-${id.replaceAll(".", "-")}`;
}

/** What an agent is called. */
export function agentName({ name }: ShownAgent): Html {
  return html`<bdi>${uncounted(name === "" ? "(no name)" : name)}</bdi>`;
}

/** Text of others must not raise the number of times that the class of failures is found. */
export function uncounted(text: string): Html {
  const escaped = html`${text}`.toString();
  return trustedHtml(escaped.replaceAll(failedClass, failedClass.replace("_", "&#95;")));
}
