import type { HistoryPoint } from "../facts/history.ts";
import { html, type Html } from "../html.ts";
import { tallySize } from "../tally.ts";
import { dayText } from "./words.ts";

const WIDTH = 84;
const HEIGHT = 20;

/**
 * Failed cases over the runs, the oldest left and none at the bottom. Runs of another number of cases are
 * rings that the line leaves out: their counts cannot be compared.
 */
export function sparkline(points: readonly HistoryPoint[]): Html {
  if (points.length < 2) return html`<span class="faint">${points.length === 0 ? "–" : "first run"}</span>`;
  const most = Math.max(1, ...points.map(({ tally }) => tally.failed));
  const x = (at: number) => (4 + (at * (WIDTH - 8)) / (points.length - 1)).toFixed(1);
  const y = ({ tally }: HistoryPoint) => (HEIGHT - 4 - (tally.failed / most) * (HEIGHT - 8)).toFixed(1);
  const line = points.flatMap((point, at) => (point.comparable ? [`${x(at)},${y(point)}`] : [])).join(" ");
  const words = points
    .map(({ at, tally }) => `${dayText(at)}: ${tally.failed} failed of ${tallySize(tally)}`)
    .join("; ");
  const h = html;
  const dots = points.map((point, at) => {
    const last = at === points.length - 1;
    if (!last && point.comparable) return null;
    return h`<circle class="${last ? "last" : "other"} ${point.tally.failed > 0 && "bad"}" cx="${x(at)}" cy="${y(point)}" r="2.5"/>`;
  });
  return h`<svg class="spark" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="History: ${words}"><title>${words}</title><polyline points="${line}"/>${dots}</svg>`;
}
