import { html, type Html } from "../../html.ts";
import { TALLY_DISPLAY } from "../../tally.ts";
import { address } from "../address.ts";
import { GLYPHS, MEANINGS } from "../marks.ts";
import { TALLY_LABELS } from "../../tally.ts";

/** What the marks mean: the words here, the sentences behind them and on the page about words. */
export function legend(): Html {
  const h = html;
  return html`<ul class="legend" aria-label="The marks">
      ${TALLY_DISPLAY.map((name) => h`<li><span class="m ${name}" title="${MEANINGS[name]}"><b aria-hidden="true">${GLYPHS[name]}</b> ${TALLY_LABELS[name]}</span></li> `)}
      <li><a href="${address.about}">what they mean</a></li>
    </ul>
    <p class="faint">
      Columns 1 to 13 are chapters: the sign and the number of what is worst in each, the deeper coloured the
      larger its share.
    </p>`;
}
