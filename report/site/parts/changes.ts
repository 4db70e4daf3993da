import { type CaseDiff, type CellDiff, DIFF_KINDS, type DiffKind } from "../../facts/diff.ts";
import { html, type Html } from "../../html.ts";
import { classify, type TallyClass } from "../../tally.ts";
import { address, linkFrom, resultAddress } from "../address.ts";
import { fullName, type SiteContext } from "../context.ts";
import { classMark, verdictWords } from "../marks.ts";
import { plural, timeText } from "../words.ts";

const h = html;

/** What each kind of change is called, and the colour of it. */
export const DIFF_WORDS: Readonly<Record<DiffKind, { readonly word: string; readonly style: TallyClass }>> = {
  regressed: { word: "regressed", style: "failed" },
  fixed: { word: "fixed", style: "pass" },
  changed: { word: "changed", style: "informational" },
  new: { word: "new", style: "notRun" },
  gone: { word: "gone", style: "notRun" },
  infrastructure: { word: "infrastructure", style: "unclean" },
};

/** Kinds that are listed on the first page; the others are counted. */
const LISTED: readonly DiffKind[] = ["regressed", "fixed", "changed"];

/** Cells that are listed on the first page. */
const MOST = 8;

/** What changed since the last run, for the first page. */
export function changesCard({ diff, input }: SiteContext, page: string): Html {
  if (diff === null) {
    const why =
      input.runs.length > 1
        ? "No earlier run played any of these targets."
        : "There is no earlier run to hold this one against.";
    return html`<section class="card">
      <h2>Since the last run</h2>
      <p>${why}</p>
    </section>`;
  }
  const cells = diff.cells
    .map((cell) => ({ ...cell, cases: cell.cases.filter(({ kind }) => LISTED.includes(kind)) }))
    .filter(({ cases }) => cases.length > 0)
    .toSorted((a, b) => weight(b) - weight(a));
  return html`<section class="card">
    <h2>Since the last run</h2>
    ${diffCounts(diff.counts)}
    <ul>
      ${cells.slice(0, MOST).map((cell) => html`<li>${cellChange(cell, page)}</li>`)}
    </ul>
    <p>
      <small>
        Against <code>${diff.before.id}</code>, ${timeText(diff.before.startedAt)} UTC:
        ${plural(diff.equalCells, "cell")} without a difference, ${diff.added.length} not played then,
        ${diff.removed.length} not played now. <a href="${linkFrom(page, address.compare)}">All changes</a>
      </small>
    </p>
  </section>`;
}

/** How many cases changed in each way. */
export function diffCounts(counts: Readonly<Record<DiffKind, number>>): Html {
  return html`<ul class="counts">
    ${DIFF_KINDS.map((kind) => h`<li class="${counts[kind] > 0 ? `t-${DIFF_WORDS[kind].style}` : "faint"}"><b>${counts[kind]}</b>${DIFF_WORDS[kind].word}</li> `)}
  </ul>`;
}

function weight({ cases }: CellDiff): number {
  return cases.reduce((sum, { kind }) => sum + (kind === "regressed" ? 1000 : 1), 0);
}

function cellChange({ before, after, cases }: CellDiff, page: string): Html {
  if (after === null) return h``;
  const upgrade = before !== null && before.version !== after.version && h` (was ${before.version})`;
  const kinds = LISTED.filter((kind) => cases.some((one) => one.kind === kind));
  return h`<a href="${linkFrom(page, address.target(after.target))}#${after.file}">${fullName(after)}</a>${upgrade}: ${kinds.map((kind) => kindPart(kind, cases, after.file, page))}`;
}

function kindPart(kind: DiffKind, cases: readonly CaseDiff[], file: string, page: string): Html {
  const of = cases.filter((one) => one.kind === kind);
  const shown = of
    .slice(0, 5)
    .map((one) => h`<a href="${linkFrom(page, resultAddress(file, one.case))}">${one.case}</a> `);
  return h`<span class="t-${DIFF_WORDS[kind].style}">${of.length} ${DIFF_WORDS[kind].word}</span> ${shown}${of.length > 5 && "… "}`;
}

/** One case that differs, as a row of a table. */
export function diffRow(diff: CaseDiff, cell: CellDiff, page: string): Html {
  const side = (verdict: CaseDiff["before"]) =>
    h`<td>${classMark(classify(verdict))} ${verdict !== null && h`<small>${verdictWords(verdict)}</small>`}</td>`;
  const id =
    cell.after === null || diff.after === null
      ? diff.case
      : h`<a href="${linkFrom(page, resultAddress(cell.after.file, diff.case))}">${diff.case}</a>`;
  return h`<tr data-kind="${diff.kind}"><th scope="row">${id}</th><td class="t-${DIFF_WORDS[diff.kind].style}">${DIFF_WORDS[diff.kind].word}</td>${side(diff.before)}${side(diff.after)}</tr>
`;
}
