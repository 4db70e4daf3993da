import type { Doc, Elem, UserEvent, Win } from "./dom.ts";

declare const document: Doc;
declare const window: Win;

/**
 * Forms that narrow tables. Their state is in the address behind `#?`, so that it can be linked to and gone
 * back to; it works from a disk too, where only that part may change.
 */
export function startFilters(): void {
  const formOf = (event: UserEvent) => event.target.closest("form[data-filters]");
  const write = (push: boolean) => {
    const state = addressState();
    for (const form of filterForms()) {
      for (const field of fieldsOf(form)) state[stateKey(form, field)] = fieldValue(field);
    }
    writeState(state, push);
  };
  document.addEventListener("input", (event: UserEvent) => {
    const form = formOf(event);
    if (form === null) return;
    applyFilters(form);
    write(event.target.type !== "search");
  });
  document.addEventListener("submit", (event: UserEvent) => {
    if (formOf(event) !== null) event.preventDefault();
  });
  document.addEventListener("reset", (event: UserEvent) => {
    const form = formOf(event);
    if (form === null) return;
    window.setTimeout(() => {
      applyFilters(form);
      write(true);
    }, 0);
  });
  window.addEventListener("popstate", readFilters);
  window.addEventListener("hashchange", readFilters);
  readFilters();
}

/** Sets all filters as the address says. */
export function readFilters(): void {
  const state = addressState();
  for (const form of filterForms()) {
    for (const field of fieldsOf(form)) setField(field, state[stateKey(form, field)] ?? "");
    applyFilters(form);
  }
}

/** The forms of this page that narrow a table. */
export function filterForms(): readonly Elem[] {
  return [...document.querySelectorAll("form[data-filters]")];
}

/** What the address says, by name. */
export function addressState(): Record<string, string> {
  const { hash } = window.location;
  return hash.startsWith("#?") ? Object.fromEntries(new URLSearchParams(hash.slice(2))) : {};
}

/** Puts a state into the address, as a step of its own or in place of the last. */
export function writeState(state: Readonly<Record<string, string>>, push: boolean): void {
  const kept = Object.entries(state).filter(([, value]) => value !== "");
  const hash = kept.length === 0 ? "#" : `#?${new URLSearchParams(kept).toString()}`;
  if (hash === window.location.hash || (hash === "#" && window.location.hash === "")) return;
  if (push) window.history.pushState(null, "", hash);
  else window.history.replaceState(null, "", hash);
}

/** Several tables of a page have states of their own. */
export function stateKey(form: Elem, field: Elem): string {
  const first = document.querySelector("form[data-filters]");
  return form === first ? field.name : `${form.dataset["filters"]}.${field.name}`;
}

/** The fields of a form that narrow something. */
export function fieldsOf(form: Elem): readonly Elem[] {
  return [...form.querySelectorAll("[data-key], [data-unless]")];
}

/** The value of a field; empty when it narrows nothing. */
export function fieldValue(field: Elem): string {
  return field.type === "checkbox" ? (field.checked ? "1" : "") : field.value;
}

/** Sets a field. */
export function setField(field: Elem, value: string): void {
  if (field.type === "checkbox") field.checked = value === "1";
  else field.value = value;
}

/** Shows the rows that every field lets through, and says how many they are. */
export function applyFilters(form: Elem): void {
  const table = document.getElementById(form.dataset["filters"] ?? "");
  if (table === null) return;
  const fields = fieldsOf(form);
  const rows = [...table.querySelectorAll("tbody tr")];
  let shown = 0;
  for (const row of rows) {
    row.hidden = !fields.every((field) => letsThrough(field, row));
    if (!row.hidden) shown += 1;
  }
  const output = form.querySelector("output");
  if (output === null) return;
  const all = `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
  output.textContent = shown === rows.length ? all : `${shown} of ${all}`;
}

/** Whether a field lets a row through. */
export function letsThrough(field: Elem, row: Elem): boolean {
  const value = fieldValue(field);
  const unless = field.dataset["unless"];
  if (unless !== undefined) return value !== "" || row.dataset[unless] === "1";
  if (value === "") return true;
  const has = row.dataset[field.dataset["key"] ?? ""] ?? "";
  if (field.type !== "search") return has === value;
  return value
    .toLowerCase()
    .split(/\s+/)
    .every((word) => has.includes(word));
}
