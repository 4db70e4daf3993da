import { html } from "../../html.ts";
import { address, linkFrom } from "../address.ts";
import type { SiteContext } from "../context.ts";
import { sitePage } from "../layout.ts";

const path = address.result;

/** The script of this page alone. */
export const resultScript = "result.js";

/**
 * The page of a result: one for all, since one for each would be tens of thousands. What it shows is named
 * behind `#`, and loaded as a script when it is asked for.
 */
export function resultPage({ input }: SiteContext): string {
  const main = html`<div id="result" aria-live="polite">
      <p class="lead" data-needs-script hidden>One moment: the wire log is being loaded.</p>
    </div>
    <noscript>
      <h1>A result</h1>
      <p>
        This page draws the wire log of one verdict, for which it needs JavaScript. Without it, every verdict
        with its reasons is on the <a href="${linkFrom(path, address.overview)}">page of its target</a> and of
        its <a href="${linkFrom(path, address.suite)}">case</a>; the data are in
        <code>data/records/</code> and <code>api/v1/</code>.
      </p>
    </noscript>`;
  return sitePage({ path, title: "Result", main, scripts: [resultScript] }, input);
}
