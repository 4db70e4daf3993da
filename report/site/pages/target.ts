import { brokenRules } from "../../facts/rules.ts";
import type { PlayedCell } from "../../facts/played.ts";
import { html, type Html } from "../../html.ts";
import { repeatCommand } from "../../repeat.ts";
import { classify } from "../../tally.ts";
import { address } from "../address.ts";
import { cellName, type SiteContext } from "../context.ts";
import { sitePage } from "../layout.ts";
import { targetBadges } from "../parts/badge-panel.ts";
import { cellSummary } from "../parts/cell-summary.ts";
import { ruleList } from "../parts/rules.ts";
import { allVerdicts, notPassing, versionDifferences } from "../parts/verdict-tables.ts";
import { targetSettings, targetHead, targetSources, scenarioTable } from "../parts/target-facts.ts";
import { plural, STATUS_WORDS } from "../words.ts";

/** The page of a target: what it gets wrong and why, then the proof. */
export function targetPage(context: SiteContext, name: string): string {
  const cells = context.targets.get(name) ?? [];
  const path = address.target(name);
  const played = cells.filter((cell) => cell.cases.size > 0);
  const main = html`${targetHead(context, name, path)}
    <h2>What it gets wrong</h2>
    ${wrongs(context, cells, path)}
    <h2>Tallies and chapters</h2>
    ${cellSummary(context, cells, path)}
    ${
      played.length > 0 &&
      html`<h2>What does not pass</h2>
        ${notPassing(context, played, path)} ${versionDifferences(context, played, path)}
        ${allVerdicts(context, played, path)}`
    }
    ${scenarioTable(context, cells)} ${targetSettings(context, name)} ${targetBadges(context, name, path)}
    <h2>Repeat it</h2>
    ${repeat(context, cells)} ${targetSources(context, name, cells)}`;
  return sitePage({ path, title: name, main }, context.input);
}

/** Of the newest version in each role; what other variants break beyond that is said in the table below. */
function wrongs(context: SiteContext, cells: readonly PlayedCell[], path: string): Html {
  const shown = cells.filter((cell) => context.isNewest(cell) && cell.variant === "plain");
  const chosen = shown.length > 0 ? shown : cells.filter((cell) => context.isNewest(cell));
  return html`<div class="sides">
    ${chosen.map((cell) => html`<section>${wrongsOf(context, cell, path)}</section>`)}
  </div>`;
}

function wrongsOf(context: SiteContext, cell: PlayedCell, path: string): Html {
  const { run, catalogue, today, factsOf } = context;
  const head = html`<h3>${cellName(cell)}</h3>`;
  if (cell.cases.size === 0) {
    return html`${head}
      <p><span class="m notRun">${STATUS_WORDS[cell.status]}</span> ${cell.reason?.slice(0, 500)}</p>`;
  }
  const baseline = factsOf(cell.target)?.baseline ?? [];
  const rules = brokenRules({ cell, cells: run.cells, catalogue, baseline, today });
  if (rules.length === 0) {
    return html`${head}
      <p>No case failed. ${softer(cell)}</p>`;
  }
  const named = rules.filter(({ said }) => said === null);
  const ours = rules.filter(({ said }) => said !== null);
  return html`${head}
  ${named.length > 0 ? ruleList(named, cell.file, path) : html`<p>No case of Autobahn's failed.</p>`}
  ${
    ours.length > 0 &&
    html`<h3>Beyond Autobahn's cases</h3>
      ${ruleList(ours, cell.file, path)}`
  }`;
}

/** What is neither failed nor passed. */
function softer(cell: PlayedCell): string {
  const count = (name: string) => [...cell.cases.values()].filter((one) => classify(one) === name).length;
  const parts = [
    [count("nonStrict"), "non-strict"],
    [count("unclean"), "unclean"],
    [count("unimplemented"), "unimplemented"],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return said.length === 0 ? "" : `${said.join(", ")} of ${plural(cell.cases.size, "case")}.`;
}

function repeat(context: SiteContext, cells: readonly PlayedCell[]): Html {
  const [cell] = cells;
  if (cell === undefined) return html``;
  const failing =
    [...cell.cases.values()].find((one) => classify(one) === "failed") ?? [...cell.cases.values()][0];
  const { program, catalogue } = context.input;
  const one = repeatCommand(cell, failing?.id ?? catalogue.entries[0]!.case.id, program);
  const all = `${program} run ${cell.target}${cell.version === null ? "" : `@${cell.version}`} --role ${cell.role}`;
  return html`<p>All cases of a role, and one case with its wire log:</p>
    <div class="copy"><pre>${all}</pre></div>
    <div class="copy"><pre>${one}</pre></div>`;
}
