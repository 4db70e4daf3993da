import { html, type Html, type HtmlValue } from "../../html.ts";

/** The head of a column. */
export interface Column {
  readonly head: HtmlValue;
  /** Set as numbers are. */
  readonly numbers?: true;
  /** Rows can be put in the order of its values, taken as this. */
  readonly sort?: "id" | "text" | "number";
}

/** A table in a box of its own that scrolls, which a reader can name and reach by the keyboard. */
export interface ScrollTable {
  /** The name of the box. */
  readonly label: string;
  /** A text alone is the head of a column of texts. */
  readonly columns: readonly (string | Column)[];
  /** Rows with their `tr`. */
  readonly rows: HtmlValue;
  /** Of the table. With it, the table can be sorted. */
  readonly id?: string;
  /** Texts may be long: lines are broken late. */
  readonly wide?: true;
}

/** See {@link ScrollTable}. */
export function scrollTable({ label, columns, rows, id, wide }: ScrollTable): Html {
  const name = id === undefined ? null : html` id="${id}"`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table${name}${wide && html` class="wide"`}${name && html` data-sortable`}>
      <thead>
        <tr>
          ${columns.map(columnHead)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function columnHead(column: string | Column): Html {
  const { head, numbers, sort }: Column = typeof column === "string" ? { head: column } : column;
  return html`<th scope="col" ${numbers && html` class="n"`}${sort && html` data-sort="${sort}"`}>
    ${head}
  </th>`;
}
