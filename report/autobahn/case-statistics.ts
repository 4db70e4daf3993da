import { html, type Html } from "../html.ts";

import type { CaseJson, StatisticJson } from "./case-json.ts";

/** The part of a case's page that counts octets and frames. */
export function statistics(facts: CaseJson): Html {
  const { trafficStats } = facts;
  const traffic =
    trafficStats &&
    html`<h3>Compression</h3>
      <div class="tables">
        <table>
          <tbody>
            ${Object.entries(trafficStats).map(
              ([name, value]) =>
                html`<tr>
                  <th scope="row">${name}</th>
                  <td>${figure(value)}</td>
                </tr> `,
            )}
          </tbody>
        </table>
      </div> `;
  return html`<h2>Statistics</h2>
    <h3>Octets by size of a read or write</h3>
    <div class="tables">
      ${sizeTable("Received", facts.rxOctetStats)}${sizeTable("Sent", facts.txOctetStats)}
    </div>
    <h3>Frames by opcode</h3>
    <div class="tables">
      ${opcodeTable("Received", facts.rxFrameStats)}${opcodeTable("Sent", facts.txFrameStats)}
    </div>
    ${traffic}`;
}

function figure(value: NonNullable<CaseJson["trafficStats"]>[string]): string | number {
  if (value === null) return "none";
  return typeof value === "number" ? value : value.value.toFixed(3);
}

type Cell = string | number;

function sizeTable(caption: string, statistic: StatisticJson): Html {
  const rows = [...statistic].map(([size, count]): Cell[] => [
    size,
    count,
    typeof size === "number" ? size * count : "",
  ]);
  const whole = statistic.size > 0 && !statistic.has("other");
  const octets = [...statistic].reduce((sum, [size, count]) => sum + Number(size) * count, 0);
  const total: Cell[] = ["Total", totalOf(statistic), whole ? octets : ""];
  return table(caption, ["Size", "Count", "Octets"], rows, total);
}

function opcodeTable(caption: string, statistic: StatisticJson): Html {
  return table(caption, ["Opcode", "Count"], [...statistic], ["Total", totalOf(statistic)]);
}

function totalOf(statistic: StatisticJson): number {
  return [...statistic.values()].reduce((sum, count) => sum + count, 0);
}

function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  total: readonly Cell[],
): Html {
  const cells = (row: readonly Cell[]) =>
    html`<tr>
      ${row.map((cell) => html`<td>${cell}</td>`)}
    </tr> `;
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(cells)}
    </tbody>
    <tfoot>
      ${cells(total)}
    </tfoot>
  </table> `;
}
