import type { PlayedCell } from "../../facts/played.ts";
import { entryFor } from "../../facts/reasons.ts";
import { lineOf } from "../../facts/played.ts";
import { html, type Html } from "../../html.ts";
import { classify, type TallyClass } from "../../tally.ts";
import { address, linkFrom, resultAddress } from "../address.ts";
import { cellName, type SiteContext } from "../context.ts";
import { classMark, smallMark, verdictWords } from "../marks.ts";
import { closeCodeText, sentenceText } from "../words.ts";

const h = html;

/** Rows of the reasons table that are written out; a target that fails everything fails it in few ways. */
const MOST_REASONS = 400;

/** Every case that did not pass in a cell, worst first, with the sentences of its verdict. */
export function notPassing(context: SiteContext, cells: readonly PlayedCell[], page: string): Html {
  const shown = cells.filter((cell) => context.isNewest(cell));
  const rows = (shown.length > 0 ? shown : cells).flatMap((cell) =>
    [...cell.cases.values()]
      .map((played) => ({ cell, played, class: classify(played) }))
      .filter((row) => row.class !== "pass" && row.class !== "unimplemented"),
  );
  const order: readonly TallyClass[] = ["failed", "unclean", "nonStrict", "informational"];
  const sorted = rows.toSorted((a, b) => order.indexOf(a.class) - order.indexOf(b.class));
  if (sorted.length === 0) return html`<p>Every case that was played passed, or is not implemented.</p>`;
  const name = "reasons";
  return html`${reasonFilters(name, shown.length > 0 ? shown : cells)}
    <div class="scroll" tabindex="0" role="region" aria-label="What does not pass">
      <table id="${name}" class="wide" data-sortable>
        <caption>
          Of the newest version.
          ${sorted.length > MOST_REASONS && `The first ${MOST_REASONS} of ${sorted.length}; all are in the table of every verdict.`}
        </caption>
        <thead>
          <tr>
            <th scope="col" data-sort="id">Case</th>
            <th scope="col" data-sort="text">Cell</th>
            <th scope="col" data-sort="text">Verdict</th>
            <th scope="col">Close code</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          ${sorted.slice(0, MOST_REASONS).map((row) => reasonRow(context, row.cell, row.played.id, row.class, page))}
        </tbody>
      </table>
    </div>`;
}

function reasonFilters(table: string, cells: readonly PlayedCell[]): Html {
  const variants = new Set(cells.map(cellName));
  return html`<form class="filters" data-filters="${table}" data-needs-script hidden>
    <input
      type="search"
      data-key="text"
      name="q"
      placeholder="Case, title, section"
      aria-label="Case, title or section"
    />
    <select data-key="cell" name="cell" aria-label="Cell">
      <option value="">Cell: any</option>
      ${[...variants].map((variant) => html`<option>${variant}</option>`)}
    </select>
    <select data-key="class" name="class" aria-label="Verdict">
      <option value="">Verdict: any</option>
      ${["failed", "unclean", "nonStrict", "informational"].map((name) => html`<option>${name}</option>`)}
    </select>
    <label><input type="checkbox" name="unknown" data-key="unknown" /> without a known reason</label>
    <button type="reset">Clear</button>
    <output aria-live="polite"></output>
  </form>`;
}

function reasonRow(context: SiteContext, cell: PlayedCell, id: string, name: TallyClass, page: string): Html {
  const played = cell.cases.get(id)!;
  const entry = context.catalogue.byId.get(id)?.case;
  const known = entryFor(context.factsOf(cell.target)?.baseline ?? [], cell, id, context.today);
  const sections = entry?.citations.map(({ section }) => section).join(" ");
  const text = `${id} ${entry?.title} ${sections}`.toLowerCase();
  const close = played.behaviorClose === "OK" ? "" : ` ${sentenceText(played.resultClose)}`;
  return h`<tr data-text="${text}" data-cell="${cellName(cell)}" data-class="${name}" data-unknown="${known === null && name === "failed" && "1"}"><th scope="row" data-v="${id}"><a href="${linkFrom(page, resultAddress(cell.file, id))}">${id}</a> <a class="faint" href="${linkFrom(page, address.case(id))}">${entry?.title ?? "a case of another suite"}</a></th><td>${cellName(cell)}</td><td>${classMark(name)}${played.flaky && h` <span class="tag">flaky</span>`}</td><td>${closeCodeText(played.remoteCloseCode)}</td><td><small>${sentenceText(played.result)}${close}${known !== null && h`<br>Known: ${sentenceText(known.reason)}`}</small></td></tr>
`;
}

/** Cases on which the versions of a target differ. */
export function versionDifferences(
  context: SiteContext,
  cells: readonly PlayedCell[],
  page: string,
): Html | null {
  const lines = Map.groupBy(cells, lineOf);
  const tables = [...lines.values()].flatMap((line) =>
    line.length < 2 ? [] : [differencesOf(context, line, page)],
  );
  if (tables.length === 0) return null;
  return html`<h2>Versions side by side</h2>
    ${tables}`;
}

function differencesOf({ catalogue }: SiteContext, cells: readonly PlayedCell[], page: string): Html {
  const ids = catalogue.entries.map((entry) => entry.case.id);
  const differing = ids.filter((id) => {
    const words = cells.map((cell) => cell.cases.get(id)).filter((one) => one !== undefined);
    return new Set(words.map(verdictWords)).size > 1;
  });
  const { role, variant } = cells[0]!;
  const title = `As ${role}${variant === "plain" ? "" : `, ${variant}`}`;
  const versions = cells.map(({ version }) => version ?? "–");
  if (differing.length === 0) {
    return html`<h3>${title}</h3>
      <p>No case tells ${versions.join(", ")} apart.</p>`;
  }
  return html`<h3>${title}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Versions ${title}">
      <table>
        <thead>
          <tr>
            <th scope="col">Case</th>
            ${versions.map((version) => h`<th scope="col">${version}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${differing.map(
            (
              id,
            ) => h`<tr><th scope="row">${id} <a class="faint" href="${linkFrom(page, address.case(id))}">${catalogue.byId.get(id)?.case.title}</a></th>${cells.map((cell) => verdictField(cell, id, page))}</tr>
`,
          )}
        </tbody>
      </table>
    </div>`;
}

function verdictField(cell: PlayedCell, id: string, page: string): Html {
  const played = cell.cases.get(id);
  if (played === undefined) return h`<td>${classMark("notRun")}</td>`;
  return h`<td>${classMark(classify(played))} <a href="${linkFrom(page, resultAddress(cell.file, id))}">${verdictWords(played)}</a></td>`;
}

/** Every verdict of every cell, a sign each; rows have anchors (`#case-5.19`). */
export function allVerdicts({ catalogue }: SiteContext, cells: readonly PlayedCell[], page: string): Html {
  const result = linkFrom(page, address.result);
  const signs = new Map(
    ["pass", "nonStrict", "informational", "unclean", "unimplemented", "failed"].map((name) => [
      name,
      smallMark(name as TallyClass),
    ]),
  );
  const field = (cell: PlayedCell, id: string) => {
    const played = cell.cases.get(id);
    if (played === undefined)
      return cell.notRun.includes(id) ? h`<td>${smallMark("notRun")}</td>` : h`<td></td>`;
    return h`<td><a href="${result}#${cell.file}/${id}">${signs.get(classify(played))}</a></td>`;
  };
  const entries = catalogue.entries.filter((entry) => cells.some((cell) => cell.cases.has(entry.case.id)));
  return html`<details id="all">
    <summary>Every verdict: ${entries.length} cases, ${cells.length} cells</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Every verdict">
      <table class="verdicts">
        <thead>
          <tr>
            <th scope="col">Case</th>
            ${cells.map((cell) => h`<th scope="col">${cellName(cell)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${entries.map(
            ({
              case: { id, title },
            }) => h`<tr id="case-${id}"><th scope="row"><a href="${linkFrom(page, address.case(id))}">${id}</a> <small>${title}</small></th>${cells.map((cell) => field(cell, id))}</tr>
`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
