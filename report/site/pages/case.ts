import type { CatalogueEntry } from "../../../fuzzer/catalogue.ts";
import type { ExtraPlay } from "../../../fuzzer/extra/script.ts";
import { ruleLines } from "../../extra-text.ts";
import type { PlayedCase, PlayedCell } from "../../facts/played.ts";
import { html, type Html } from "../../html.ts";
import { classify, TALLY_DISPLAY, tallyOf } from "../../tally.ts";
import { address, linkFrom, resultAddress } from "../address.ts";
import { fullName, type SiteContext } from "../context.ts";
import { link, sitePage } from "../layout.ts";
import { classMark, tallyBar, verdictWords } from "../marks.ts";
import { choice } from "../parts/filters.ts";
import { sequenceDiagram } from "../sequence.ts";
import { closeCodeText, plural, sectionLink, sentenceText } from "../words.ts";
import { scrollTable } from "../parts/scroll-table.ts";

const h = html;

/** What became of a case in one cell. */
interface Row {
  readonly cell: PlayedCell;
  readonly played: PlayedCase;
  /** What the target did, in a line; null where no record was kept. */
  readonly did: string | null;
}

/** The page of a case: what it does, drawn; every target's verdict; and who agrees with whom. */
export function casePage(context: SiteContext, entry: CatalogueEntry): string {
  const { case: described, chapter, group } = entry;
  const path = address.case(described.id);
  const rows = rowsOf(context, described.id);
  const groups = group.title === chapter.title ? "" : ` / ${group.title}`;
  const main = html`<p class="crumbs">
      ${link(path, address.suite, "Suite")} / chapter ${chapter.id}, ${chapter.title}${groups}
      ${chapter.extra === true && html`<span class="tag">ours, not Autobahn's</span>`}
    </p>
    <h1>${described.id} ${described.title}</h1>
    <p>${described.citations.map((citation) => h`${sectionLink(citation)} `)}</p>
    ${neighbours(context, entry, path)}
    <div class="two">
      <section>
        <h2>What it does</h2>
        <p>${described.description}</p>
        <h2>What is expected</h2>
        <p>${described.expectation}</p>
        ${described.extra !== undefined && ruleItems(described.extra)}
        <h2>Verdicts</h2>
        <p>${tallyBar(tallyOf(rows.map(({ played }) => ({ verdict: played }))))}</p>
        ${verdictCounts(rows)}
      </section>
      <section>
        <h2>Drawn from its data</h2>
        ${sequenceDiagram(described)}
      </section>
    </div>
    <h2>Who does what</h2>
    ${behaviours(rows, path)}
    <h2>Every verdict</h2>
    ${verdictTable(context, rows, path)}`;
  return sitePage({ path, title: `${described.id} ${described.title}`, main }, context.input);
}

function rowsOf({ targets, observed }: SiteContext, id: string): readonly Row[] {
  return [...targets.values()].flat().flatMap((cell) => {
    const played = cell.cases.get(id);
    if (played === undefined) return [];
    return [{ cell, played, did: observed(cell, id) }];
  });
}

/** The rules of a case of ours, with how binding they are. */
function ruleItems(extra: ExtraPlay): Html {
  return html`<ul>
    ${ruleLines(extra).flatMap((line) => (line.trim() === "" ? [] : html`<li>${line.trim()}</li>`))}
  </ul>`;
}

/** The cases before and behind it. */
function neighbours({ catalogue }: SiteContext, { index }: CatalogueEntry, path: string): Html {
  const to = (other: CatalogueEntry | undefined, rel: string, sign: string) =>
    other !== undefined &&
    html`<a rel="${rel}" href="${linkFrom(path, address.case(other.case.id))}">${sign} ${other.case.id}</a>`;
  return html`<div class="steps">
    ${to(catalogue.entries[index - 2], "prev", "←")} ${to(catalogue.entries[index], "next", "→")}
  </div>`;
}

function verdictCounts(rows: readonly Row[]): Html {
  const counts = Map.groupBy(rows, ({ played }) => classify(played));
  return html`<ul class="counts">
    ${TALLY_DISPLAY.flatMap((name) => {
      const of = counts.get(name);
      return of === undefined ? [] : html`<li>${of.length} ${classMark(name)}</li>`;
    })}
  </ul>`;
}

/** Targets that did the same thing, together: the most first. */
function behaviours(rows: readonly Row[], path: string): Html {
  const groups = Map.groupBy(rows, ({ played, did }) => `${verdictWords(played)}\n${did ?? ""}`);
  if (groups.size === 0) return html`<p>Nobody played it.</p>`;
  const ordered = [...groups.values()].toSorted((a, b) => b.length - a.length);
  const said =
    ordered.length === 1
      ? "All that played it did the same."
      : `${plural(ordered.length, "group")}: within one, targets did the same.`;
  return html`<p class="faint">${said}</p>
    ${ordered.map((group) => behaviour(group, path))}`;
}

function behaviour(group: readonly Row[], path: string): Html {
  const [{ played, did }] = group as [Row, ...Row[]];
  const chips = [...Map.groupBy(group, ({ cell }) => cell.target)].map(([target, rows]) =>
    chip(target, rows, path),
  );
  const list = h`<ul class="chips">${chips}</ul>`;
  const head = h`${classMark(classify(played))} <strong>${plural(group.length, "cell")}</strong>: ${did ?? "nothing was kept of what they did"}`;
  return html`<div class="group">
    <p>${head}<br /><small class="faint">${verdictWords(played)}. ${sentenceText(played.result)}</small></p>
    ${
      chips.length > 30
        ? html`<details>
            <summary>${plural(chips.length, "target")}</summary>
            ${list}
          </details>`
        : list
    }
  </div>`;
}

/** A target with a link for each of its cells. */
function chip(target: string, rows: readonly Row[], path: string): Html {
  const [first] = rows as [Row, ...Row[]];
  const to = ({ cell, played }: Row) => linkFrom(path, resultAddress(cell.file, played.id));
  if (rows.length === 1)
    return h`<li><a href="${to(first)}">${fullName(first.cell)}</a></li>
`;
  return h`<li>${target} ${rows.map((row) => h`<a href="${to(row)}" title="${fullName(row.cell)}">${shortName(row.cell)}</a> `)}</li>
`;
}

function shortName({ version, role, variant }: PlayedCell): string {
  return `${version ?? ""} ${role === "server" ? "srv" : "cli"}${variant === "plain" ? "" : `·${variant}`}`.trim();
}

function verdictTable(context: SiteContext, rows: readonly Row[], path: string): Html {
  const languages = new Set(rows.flatMap(({ cell }) => context.factsOf(cell.target)?.language ?? []));
  return html`<form class="filters" data-filters="verdicts" data-needs-script hidden>
      <input
        type="search"
        data-key="text"
        name="q"
        placeholder="Target, version"
        aria-label="Target or version"
      />
      ${choice("language", "Language", [...languages].toSorted())}
      ${choice("role", "Role", ["server", "client"])}
      <label><input type="checkbox" name="older" data-unless="newest" /> older versions</label>
      <label><input type="checkbox" name="notpass" data-key="notpass" /> only what does not pass</label>
      <button type="reset">Clear</button>
      <output aria-live="polite"></output>
    </form>
    ${scrollTable({ label: "Every verdict", id: "verdicts", wide: true, columns: [{ head: "Target", sort: "text" }, { head: "Role", sort: "text" }, { head: "Variant", sort: "text" }, { head: "Verdict", sort: "text" }, { head: "In Autobahn's words", sort: "text" }, "Close code", { head: "Time", numbers: true, sort: "number" }, "What it did"], rows: rows.map((row) => verdictRow(context, row, path)) })}`;
}

function verdictRow(context: SiteContext, { cell, played, did }: Row, path: string): Html {
  const name = classify(played);
  const newest = context.isNewest(cell);
  const text = `${cell.target} ${cell.version}`.toLowerCase();
  return h`<tr id="${cell.file}" class="${!newest && "older"}" data-text="${text}" data-language="${context.factsOf(cell.target)?.language}" data-role="${cell.role}" data-newest="${newest && "1"}" data-notpass="${name !== "pass" && "1"}"><th scope="row"><a href="${linkFrom(path, resultAddress(cell.file, played.id))}">${cell.target}${cell.version !== null && `@${cell.version}`}</a></th><td>${cell.role}</td><td>${cell.variant}</td><td>${classMark(name)}${played.flaky && h` <span class="tag">flaky</span>`}</td><td>${verdictWords(played)}</td><td>${closeCodeText(played.remoteCloseCode)}</td><td class="n" data-v="${played.duration}">${Math.round(played.duration)} ms</td><td><small>${did}</small></td></tr>
`;
}
