import type { Catalogue } from "../../../fuzzer/catalogue.ts";
import { addTallies, classify, isExtraCase } from "../../tally.ts";
import { sectionKey, sectionsOf, sectionTallies } from "../../facts/tallies.ts";
import { html, type Html } from "../../html.ts";
import { address, linkFrom } from "../address.ts";
import type { SiteContext } from "../context.ts";
import type { SelfCheckFacts } from "../input.ts";
import { sitePage } from "../layout.ts";
import { tallyBar } from "../marks.ts";
import { numberText, plural, sectionLink } from "../words.ts";
import { scrollTable } from "../parts/scroll-table.ts";

const path = address.suite;
const h = html;

/** Rules from other documents than those of the cases. */
const RFC_TITLES: Readonly<Record<number, string>> = {
  3629: "UTF-8",
  6455: "The WebSocket Protocol",
  7692: "Compression Extensions for WebSocket",
  8441: "WebSockets with HTTP/2",
  9110: "HTTP Semantics",
  9112: "HTTP/1.1",
};

/** What the suite holds: cases by chapter, coverage by section, and the suite on trial. */
export function suitePage(context: SiteContext): string {
  const { catalogue, input } = context;
  const main = html`<h1>The suite</h1>
    <p class="lead">
      ${plural(catalogue.entries.length, "case")} in ${plural(catalogue.chapters.length, "chapter")}.
      Autobahn's numbers are kept; chapters from 20 on are ours.
    </p>
    <h2>Cases</h2>
    ${caseFilters()} ${caseTable(context)}
    <h2>Coverage by section</h2>
    <p>
      A case counts in each section that it rests on. The bars add all cells up, and so say how hard a section
      is, not how good anybody is.
    </p>
    ${sectionTable(context)}
    <h2 id="selfcheck">The suite on trial</h2>
    ${selfCheck(input.selfCheck, catalogue)}`;
  return sitePage({ path, title: "Suite", main }, input);
}

function caseFilters(): Html {
  return html`<form class="filters" data-filters="suite" data-needs-script hidden>
    <input
      type="search"
      data-key="text"
      name="q"
      placeholder="Number, title, section"
      aria-label="Number, title or section"
    />
    <label><input type="checkbox" name="failing" data-key="failing" /> only cases that somebody fails</label>
    <label
      ><input type="checkbox" name="differing" data-key="differing" /> only cases on which targets
      differ</label
    >
    <button type="reset">Clear</button>
    <output aria-live="polite"></output>
  </form>`;
}

function caseTable({ catalogue, run }: SiteContext): Html {
  const rows = catalogue.entries.map(({ case: { id, title, citations }, chapter }) => {
    const played = run.cells.flatMap((cell) => cell.cases.get(id) ?? []);
    const verdicts = new Set(played.map((one) => `${one.behavior} ${one.behaviorClose}`));
    const failed = played.filter((one) => classify(one) === "failed").length;
    const sections = citations.map((citation) => `${citation.rfc} ${citation.section}`).join(" ");
    const failing =
      failed === 0
        ? h`<td class="n z" data-v="0">·</td>`
        : h`<td class="n t-failed" data-v="${failed}">${failed}</td>`;
    return h`<tr id="case-${id}" data-text="${`${id} ${title} ${sections} ${chapter.title}`.toLowerCase()}" data-failing="${failed > 0 && "1"}" data-differing="${verdicts.size > 1 && "1"}"><th scope="row" data-v="${id}"><a href="${linkFrom(path, address.case(id))}">${id}</a></th><td>${title}</td><td>${chapter.title}${isExtraCase(id) && h` <span class="tag">ours</span>`}</td><td class="n">${played.length}</td>${failing}<td class="n">${verdicts.size}</td></tr>
`;
  });
  return scrollTable({
    label: "Cases",
    id: "suite",
    wide: true,
    columns: [
      { head: "Case", sort: "id" },
      { head: "Title", sort: "text" },
      { head: "Chapter", sort: "text" },
      { head: "Cells", numbers: true, sort: "number" },
      { head: "Failed", numbers: true, sort: "number" },
      { head: "Different verdicts", numbers: true, sort: "number" },
    ],
    rows,
  });
}

function sectionTable({ catalogue, run }: SiteContext): Html {
  const sections = sectionsOf(catalogue);
  const named = sections.map((section) => ({
    ...section,
    entries: section.entries.filter((entry) => !isExtraCase(entry.case.id)),
  }));
  const tallies = run.cells.map((cell) => sectionTallies(cell, named));
  const rows = named.map((section, at) => {
    const tally = addTallies(tallies.flatMap((one) => one.get(sectionKey(section)) ?? []));
    const extra = sections[at]!.entries.length - section.entries.length;
    const first = section.entries
      .slice(0, 6)
      .map((entry) => h`<a href="${linkFrom(path, address.case(entry.case.id))}">${entry.case.id}</a> `);
    return h`<tr id="${`rfc-${sectionKey(section)}`}"><th scope="row">${sectionLink(section)}</th><td>${RFC_TITLES[section.rfc]}</td><td class="n">${section.entries.length}</td><td class="n">${extra > 0 && extra}</td><td>${tallyBar(tally)}</td><td><small>${first}${section.entries.length > 6 && "…"}</small></td></tr>
`;
  });
  return scrollTable({
    label: "Coverage by section",
    columns: [
      "Section",
      "Document",
      { head: "Cases", numbers: true },
      { head: "Ours", numbers: true },
      "All cells",
      "Such as",
    ],
    rows,
  });
}

function selfCheck(facts: SelfCheckFacts | null, catalogue: Catalogue): Html {
  if (facts === null) {
    return html`<p>
      Not made for this site. <code>wsmatrix selfcheck --json</code> plays the suite against endpoints with
      deliberate defects; with its result the site shows which case caught which.
    </p>`;
  }
  const caught = facts.mutants.filter((mutant) => mutant.caught.length > 0).length;
  const blind = facts.mutants.filter((one) => one.caughtBy.length === 0 && one.caught.length === 0).length;
  return html`<p>
      ${numberText(facts.mutants.length)} trials of endpoints with one deliberate defect each, profile
      ${facts.profile}: ${caught} caught, ${blind} in blind spots.
      ${facts.passed ? "Every defect that should be noticed was." : "Some were not noticed that should have been."}
    </p>
    <details>
      <summary>Every defect</summary>
      ${scrollTable({ label: "Defects", columns: ["Defect", "Side", "Rule", "Noticed", "By"], rows: facts.mutants.map((mutant) => mutantRow(mutant, catalogue)) })}
    </details>`;
}

function mutantRow(mutant: SelfCheckFacts["mutants"][number], { byId }: Catalogue): Html {
  const { name, defect, side, rule, caught, missed, caughtBy } = mutant;
  const mark =
    missed.length > 0
      ? h`<span class="m failed"><b aria-hidden="true">✕</b> missed</span>`
      : caught.length > 0
        ? h`<span class="m pass"><b aria-hidden="true">✓</b> caught</span>`
        : h`<span class="m unimplemented"><b aria-hidden="true">○</b> ${caughtBy.length === 0 ? "blind spot" : "not caught"}</span>`;
  // The suite on trial may have cases that the run did not.
  const named = (id: string) =>
    byId.has(id) ? h`<a href="${linkFrom(path, address.case(id))}">${id}</a> ` : h`${id} `;
  const by = caught.slice(0, 5).map(named);
  return h`<tr><th scope="row">${defect} <small class="faint">${name}</small></th><td>${side}</td><td>${rule}</td><td>${mark}</td><td><small>${by}${caught.length > 5 && `and ${caught.length - 5} more`}</small></td></tr>
`;
}
