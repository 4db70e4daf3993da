import type { Doc, Elem, UserEvent, Win } from "./dom.ts";
import { element } from "./elements.ts";
import { addressState, writeState } from "./filters.ts";

declare const document: Doc;
declare const window: Win;

/** Columns that can be sorted become buttons; what a table is sorted by is in the address too. */
export function startSorting(): void {
  document.addEventListener("click", (event: UserEvent) => {
    const head = event.target.closest("thead th[data-sort]");
    const table = head?.closest("table[data-sortable]");
    if (!head || !table || event.target.closest("button") === null) return;
    const upward = head.getAttribute("aria-sort") !== "ascending";
    sortTable(table, head, upward);
    writeState({ ...addressState(), [`${table.id}-by`]: `${columnOf(head)}${upward ? "" : "-"}` }, true);
  });
  window.addEventListener("popstate", readSorting);
  readSorting();
}

/** Makes the buttons where there are none, and sorts as the address says. */
export function readSorting(): void {
  const state = addressState();
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    for (const head of table.querySelectorAll("thead th[data-sort]")) {
      if (head.querySelector("button") !== null) continue;
      head.replaceChildren(element("button", { type: "button" }, head.textContent ?? ""));
    }
    const by = state[`${table.id}-by`];
    const head =
      by === undefined ? undefined : [...table.querySelectorAll("thead th")][Number.parseInt(by, 10)];
    if (head?.dataset["sort"] !== undefined) sortTable(table, head, !by!.endsWith("-"));
  }
}

/** The number of a column, from 0. */
export function columnOf(head: Elem): number {
  return Array.from(head.parentElement?.children ?? []).indexOf(head);
}

/** Sorts the rows of a table by a column. */
export function sortTable(table: Elem, head: Elem, upward: boolean): void {
  const column = columnOf(head);
  const kind = head.dataset["sort"] ?? "text";
  const body = table.querySelector("tbody");
  if (body === null) return;
  const order = new Intl.Collator("en", { numeric: true });
  const rows = [...body.querySelectorAll("tr")].map((row) => ({ row, key: sortKey(row, column) }));
  rows.sort((a, b) => {
    const step = kind === "number" ? Number(a.key || -1) - Number(b.key || -1) : order.compare(a.key, b.key);
    return upward ? step : -step;
  });
  body.append(...rows.map(({ row }) => row));
  for (const other of table.querySelectorAll("thead th[aria-sort]")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", upward ? "ascending" : "descending");
}

/** What a row is sorted by: a value of its own, or its text. */
export function sortKey(row: Elem, column: number): string {
  const field = row.children[column];
  return field?.dataset["v"] ?? field?.textContent?.trim() ?? "";
}
