import type { Doc, Elem, Win } from "./dom.ts";

declare const document: Doc;
declare const window: Win;

/** An element with attributes and contents. Texts become text, whatever they hold. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...contents: readonly (Elem | string | null)[]
): Elem {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...contents.filter((content) => content !== null));
  return made;
}

/** A stranger's text with control characters and turns of the writing direction spelled out. */
export function plain(text: string, most: number): string {
  const controls = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f`;
  const directions = String.raw`\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff`;
  const unsafe = new RegExp(String.raw`[${controls}${directions}]|\p{Cs}`, "gu");
  const cut = text.length > most ? `${text.slice(0, most)} … (${text.length - most} more characters)` : text;
  return cut.replaceAll(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code === 13) return "\\r";
    return code < 256
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The root of the site, seen from this page. */
export function siteRoot(): string {
  return document.body.dataset["root"] ?? "";
}

/** A table of some columns and rows. */
export function tableOf(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly (Elem | string)[])[],
): Elem {
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element(
      "thead",
      {},
      element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column))),
    ),
    element(
      "tbody",
      {},
      ...rows.map(([first, ...rest]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, first ?? ""),
          ...rest.map((content) => element("td", {}, content)),
        ),
      ),
    ),
  );
}

/** Sign, class and word of each class of a tally. */
export function classWords(): Readonly<Record<string, readonly [sign: string, word: string]>> {
  return {
    pass: ["✓", "pass"],
    nonStrict: ["≈", "non-strict"],
    informational: ["i", "informational"],
    unclean: ["~", "unclean"],
    unimplemented: ["○", "unimplemented"],
    failed: ["✕", "failed"],
    notRun: ["–", "not-run"],
  };
}

/** A class as sign, word and colour. */
export function markOfClass(name: string): Elem {
  const [sign, word] = classWords()[name] ?? ["–", name];
  return element("span", { class: `m ${name}` }, element("b", { "aria-hidden": "true" }, sign), ` ${word}`);
}

/** Loads a data file of the site once, and hands on what it gives; null when there is no such file. */
export function load(path: string, then: (value: unknown) => void): void {
  window.wsmatrixLoad(path, then);
}
