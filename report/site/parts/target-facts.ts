import type { PlayedCell } from "../../facts/played.ts";
import { html, type Html } from "../../html.ts";
import { cellName, type SiteContext } from "../context.ts";
import { link } from "../layout.ts";
import { address } from "../address.ts";
import { cutText, numberText, sentenceText } from "../words.ts";
import { scrollTable } from "./scroll-table.ts";

const h = html;

/** Name, language, where it lives, and what it can do. */
export function targetHead(context: SiteContext, name: string, path: string): Html {
  const facts = context.factsOf(name);
  const crumbs = html`<p class="crumbs">${link(path, address.overview, "Targets")} /</p>`;
  if (facts === null) {
    return html`${crumbs}
      <h1>${name}</h1>
      <p class="lead">A target of its user's own: nothing more is known of it here.</p>`;
  }
  const abilities = [
    [facts.deflate, "compression"],
    [facts.tls, "TLS"],
    [facts.subprotocols, "subprotocols"],
  ] as const;
  return html`${crumbs}
    <h1>${name}</h1>
    <p class="lead">
      ${facts.language}${facts.basedOn !== null && h`, based on ${facts.basedOn}`} ·
      <a href="${facts.homepage}">${facts.homepage.replace(/^https?:\/\//, "")}</a>
    </p>
    <p>
      ${abilities.map(([able, word]) => h`<span class="tag">${able ? "✓" : "–"} ${word}</span> `)}
      ${facts.maxMessage !== null && h`<span class="tag">messages up to ${numberText(facts.maxMessage)} octets</span> `}
      ${facts.maxFrame !== null && h`<span class="tag">frames up to ${numberText(facts.maxFrame)} octets</span>`}
    </p>`;
}

/** Every setting that is not the library's default, and why. */
export function targetSettings(context: SiteContext, name: string): Html | null {
  const facts = context.factsOf(name);
  if (facts === null) return null;
  const rows = facts.settings.map(
    ({
      setting,
      value,
      why,
      roles,
      changesVerdicts,
    }) => h`<tr><th scope="row"><code>${setting}</code></th><td><code>${String(value)}</code></td><td>${roles?.join(", ") ?? "all"}</td><td>${changesVerdicts === true ? "yes" : "no"}</td><td>${sentenceText(why)}</td></tr>
`,
  );
  const body =
    rows.length === 0
      ? html`<p>Nothing is set: the library is tested as it comes.</p>`
      : scrollTable({
          label: "Settings",
          columns: ["Setting", "Value", "Roles", "Changes verdicts", "Why"],
          rows,
        });
  return html`<h2>Settings</h2>
    <p class="faint">All that differs from the library's defaults in the variant <code>plain</code>.</p>
    ${body}`;
}

/** What was played, by its digest, and the Dockerfile that makes it. */
export function targetSources(context: SiteContext, name: string, cells: readonly PlayedCell[]): Html {
  const facts = context.factsOf(name);
  const digests = new Map(
    cells.flatMap((cell) => (cell.digest === null ? [] : [[cell.version ?? "–", cell.digest]])),
  );
  return html`<h2>What was played</h2>
    <dl class="facts">
      <dt>Engine</dt>
      <dd>${context.run.engine}</dd>
      ${[...digests].map(
        ([version, digest]) =>
          html`<dt>${version}</dt>
            <dd><code>${cutText(digest, 300)}</code></dd>`,
      )}
    </dl>
    ${
      facts !== null &&
      facts.dockerfile !== null &&
      html`<details>
        <summary>Dockerfile</summary>
        <pre>${cutText(facts.dockerfile, 20_000)}</pre>
      </details>`
    }`;
}

/** What applications do, where it was played. */
export function scenarioTable({ input }: SiteContext, cells: readonly PlayedCell[]): Html | null {
  const played = cells.flatMap((cell) => {
    const results = input.scenarios.get(cell.id);
    return results === undefined ? [] : [{ cell, results }];
  });
  if (played.length === 0) return null;
  const style = { passed: "pass", failed: "failed", "not-applicable": "notRun" } as const;
  const glyph = { passed: "✓", failed: "✕", "not-applicable": "–" } as const;
  const rows = played.flatMap(({ cell, results }) =>
    results.map(
      ({
        scenario,
        title,
        outcome,
        reason,
      }) => h`<tr><th scope="row">${title ?? scenario}</th><td>${cellName(cell)}</td><td><span class="m ${style[outcome]}"><b aria-hidden="true">${glyph[outcome]}</b> ${outcome}</span></td><td>${reason !== null && cutText(reason, 400)}</td></tr>
`,
    ),
  );
  return html`<h2>What applications do</h2>
    ${scrollTable({ label: "Scenarios", columns: ["Scenario", "Cell", "Outcome", "Why"], rows })}`;
}
