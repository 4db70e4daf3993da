import type { Doc, Win } from "./dom.ts";
import { element } from "./elements.ts";
import { readFilters } from "./filters.ts";
import { readSorting } from "./sort.ts";

declare const document: Doc;
declare const window: Win;
declare const fetch: (path: string) => Promise<{ readonly ok: boolean; text(): Promise<string> }>;
declare const EventSource: new (path: string) => {
  addEventListener(type: string, handler: (event: { readonly data: string }) => void): void;
};
declare const DOMParser: new () => { parseFromString(text: string, type: string): Doc };

/** Follows a run that goes on, where `wsmatrix serve` says that it does: a line of progress, and fresh contents. */
export function startLive(): void {
  if (document.body.dataset["live"] === undefined) return;
  const bar = element("progress", { max: "1", value: "0", "aria-label": "Progress of the run" });
  const text = element("span", { role: "status" }, "following the run");
  document.querySelector(".top")?.after(element("div", { class: "live" }, bar, text));
  const events = new EventSource(`${document.body.dataset["root"] ?? ""}live`);
  let timer: number | undefined;
  events.addEventListener("message", ({ data }) => {
    const { done, planned, words } = JSON.parse(data) as { done: number; planned: number; words: string };
    bar.setAttribute("max", String(Math.max(1, planned)));
    bar.setAttribute("value", String(done));
    text.textContent = words;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void refresh(), 400);
  });
}

/** Puts the page as it is now in place of what is shown, unless somebody is using it. */
export async function refresh(): Promise<void> {
  const main = document.getElementById("main");
  if (main === null || document.getElementById("result") !== null) return;
  if (document.activeElement?.matches("input, select") === true) return;
  const answer = await fetch(window.location.pathname);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  if (fresh === null) return;
  const open = [...main.querySelectorAll("details[open][id]")].map(({ id }) => id);
  main.innerHTML = fresh.innerHTML;
  for (const part of main.querySelectorAll("[data-needs-script]")) part.hidden = false;
  for (const id of open) document.getElementById(id)!.open = true;
  readFilters();
  readSorting();
}
