import { html, type Html } from "../../html.ts";
import { addTallies, isExtraCase, tallySize } from "../../tally.ts";
import { address, linkFrom } from "../address.ts";
import type { SiteContext } from "../context.ts";
import { tallyBar } from "../marks.ts";
import { plural } from "../words.ts";

/** What trips targets: each chapter over the newest versions, set up plainly, and who fails in it. */
export function hardestCard(context: SiteContext, page: string): Html {
  const { catalogue, run, isNewest, chaptersOf } = context;
  const cells = run.cells.filter((cell) => cell.variant === "plain" && isNewest(cell) && cell.cases.size > 0);
  const chapters = catalogue.chapters.filter(({ id }) => !isExtraCase(id));
  const rows = chapters.flatMap(({ id, title }) => {
    const tallies = cells.flatMap((cell) => chaptersOf(cell).get(id) ?? []);
    const sum = addTallies(tallies);
    if (tallySize(sum) === 0) return [];
    const failing = tallies.filter((tally) => tally.failed > 0).length;
    return html`<span>${id} ${title}</span>${tallyBar(sum)}<span
        >${failing === 0 ? "nobody fails" : `${failing} of ${plural(tallies.length, "cell")} fail`}</span
      >`;
  });
  return html`<section class="card">
    <h2>Where implementations stumble</h2>
    <div class="bars">${rows}</div>
    <p>
      <small>
        Newest versions, set up plainly, added up by chapter. The
        <a href="${linkFrom(page, address.suite)}">suite</a> has it by case and by section of the RFCs.
      </small>
    </p>
  </section>`;
}
