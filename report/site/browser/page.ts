import type { Doc, UserEvent, Win } from "./dom.ts";
import { startFilters } from "./filters.ts";
import { startLive } from "./live.ts";
import { startSearch } from "./search.ts";
import { startSorting } from "./sort.ts";

declare const document: Doc;
declare const window: Win;

/** What every page does: the theme at once, the rest when the page is there. */
export function startPage(): void {
  applyTheme(storedTheme());
  startLoading();
  const ready = () => {
    for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
    startTheme();
    startSearch();
    startFilters();
    startSorting();
    startKeys();
    openTarget();
    window.addEventListener("hashchange", openTarget);
    startLive();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
}

/** Data files are classic scripts that call `wsmatrixData`; each is loaded once. */
export function startLoading(): void {
  const values = new Map<string, unknown>();
  const waiting = new Map<string, ((value: unknown) => void)[]>();
  const settle = (key: string, value: unknown) => {
    values.set(key, value);
    for (const then of waiting.get(key) ?? []) then(value);
    waiting.delete(key);
  };
  window.wsmatrixData = settle;
  window.wsmatrixLoad = (path, then) => {
    if (values.has(path)) return then(values.get(path));
    const others = waiting.get(path);
    if (others !== undefined) return void others.push(then);
    waiting.set(path, [then]);
    const script = document.createElement("script");
    script.addEventListener("error", () => settle(path, null));
    script.src = (document.body.dataset["root"] ?? "") + path;
    document.head.append(script);
  };
}

/** The theme that was chosen; null for the system's. */
export function storedTheme(): string | null {
  try {
    return window.localStorage.getItem("wsmatrix-theme");
  } catch {
    return null;
  }
}

/** Light, dark, or as the system has it. */
export function applyTheme(theme: string | null): void {
  if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
  else delete document.documentElement.dataset["theme"];
}

/** The button that goes through the themes. */
export function startTheme(): void {
  const button = document.getElementById("theme");
  if (button === null) return;
  const names = ["auto", "light", "dark"];
  const show = (theme: string) => {
    button.textContent = `Theme: ${theme}`;
    button.title = "Switch between the system's theme, light and dark (t)";
  };
  let theme = storedTheme() ?? "auto";
  show(theme);
  button.addEventListener("click", () => {
    theme = names[(names.indexOf(theme) + 1) % names.length] ?? "auto";
    applyTheme(theme);
    show(theme);
    try {
      window.localStorage.setItem("wsmatrix-theme", theme);
    } catch {
      // A browser that keeps nothing forgets the theme with the page.
    }
  });
}

/** One-letter keys, but not while something is written. */
export function startKeys(): void {
  document.addEventListener("keydown", (event: UserEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea"))
      return;
    const press = (selector: string) => {
      const found = document.querySelector(selector);
      if (found === null) return;
      event.preventDefault();
      if (found.matches("input")) found.focus();
      else found.click();
    };
    if (event.key === "/") press("#search");
    if (event.key === "t") press("#theme");
    if (event.key === "j") press('a[rel="next"]');
    if (event.key === "k") press('a[rel="prev"]');
  });
}

/** Opens what hides the part that the address names. */
export function openTarget(): void {
  const name = window.location.hash.slice(1);
  if (name === "" || name.startsWith("?")) return;
  const part = document.getElementById(decodeURIComponent(name));
  const details = part?.closest("details");
  if (details && !details.open) {
    details.open = true;
    part?.scrollIntoView({ block: "center" });
  }
}
