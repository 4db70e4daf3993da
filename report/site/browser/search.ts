import type { Doc, Elem, UserEvent, Win } from "./dom.ts";
import { element, load, siteRoot } from "./elements.ts";

declare const document: Doc;
declare const window: Win;

/** The search over cases and targets: a combobox whose list is loaded when it is first used. */
export function startSearch(): void {
  const input = document.getElementById("search");
  const list = document.getElementById("found");
  if (input === null || list === null) return;
  let index: readonly (readonly [string, string, string])[] = [];
  let at = -1;
  const choose = (to: number) => {
    const items = [...list.querySelectorAll("li")];
    at = items.length === 0 ? -1 : (to + items.length) % items.length;
    for (const [number, item] of items.entries()) item.setAttribute("aria-selected", String(number === at));
    input.setAttribute("aria-activedescendant", items[at]?.id ?? "");
    items[at]?.scrollIntoView({ block: "nearest" });
  };
  const show = () => {
    const found = matching(index, input.value);
    list.replaceChildren(...found.map(foundItem));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    choose(0);
  };
  const go = (item: Elem | null | undefined) => {
    if (item?.dataset["to"] !== undefined) window.location.href = siteRoot() + item.dataset["to"];
  };
  input.addEventListener("focus", () =>
    load("data/search.js", (value) => {
      index = (value as typeof index | null) ?? [];
      if (input.value !== "") show();
    }),
  );
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event: UserEvent) => {
    if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at - 1);
    else if (event.key === "Enter") go([...list.querySelectorAll("li")][at]);
    else if (event.key === "Escape") {
      input.value = "";
      show();
    } else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event: UserEvent) => {
    event.preventDefault();
    go(event.target.closest("li"));
  });
  input.addEventListener("blur", () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  });
}

/** What matches: numbers and names that begin with the text come first. */
export function matching(
  index: readonly (readonly [string, string, string])[],
  text: string,
): readonly (readonly [string, string, string])[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = index.filter(([label, about]) => {
    const whole = `${label} ${about}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
  const rank = ([label]: readonly [string, string, string]) => {
    const name = label.toLowerCase();
    return name === words[0] ? 0 : name.startsWith(words[0]!) ? 1 : 2;
  };
  return found.toSorted((a, b) => rank(a) - rank(b)).slice(0, 30);
}

/** One thing that was found. */
export function foundItem([label, about, to]: readonly [string, string, string], number: number): Elem {
  return element(
    "li",
    { role: "option", id: `found-${number}`, "data-to": to, "aria-selected": "false" },
    element("span", {}, label),
    element("span", {}, about),
  );
}
