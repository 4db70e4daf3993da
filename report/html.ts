/**
 * HTML by tagged templates that escape whatever is put into them.
 *
 * Pages are made of texts that strangers chose (agent names, close reasons, heads of requests), so escaping is
 * what happens when nobody thinks of it. Three places are not safe for foreign text all the same: an attribute
 * without quotation marks, an address (`javascript:`), and the inside of `style` and `script`.
 */

import { escapeTerminal } from "./escape.ts";

/** Markup. Only this module makes it. */
export class Html {
  readonly #markup: string;

  constructor(key: typeof making, markup: string) {
    if (key !== making) throw new TypeError("use html`...` or trustedHtml()");
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** Not exported, so that no other module can call the constructor by accident. */
const making = Symbol("making");

/** What a template takes: text is escaped, markup is not, nothing at all is written for the empty values. */
export type HtmlValue = Html | string | number | false | null | undefined | readonly HtmlValue[];

/** Markup from a template; values are escaped, lists written one behind the other. */
export function html(markup: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = markup[0] ?? "";
  for (const [at, value] of values.entries()) text += written(value) + (markup[at + 1] ?? "");
  return new Html(making, text);
}

/** Markup that a part of this project wrote itself: a style sheet, or the text of other {@link Html}. */
export function trustedHtml(markup: string): Html {
  return new Html(making, markup);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** Printable ASCII without a character that means anything in HTML: most texts, and nothing to do. */
const PLAIN = /^[ !#-%(-;=?-_a-~]*$/;

/**
 * Text for an element or a quoted attribute. Line ends and tabs stay; other control characters, half surrogate
 * pairs and characters that turn the direction of writing are spelled out (`\x1b`, `\u202e`).
 */
export function escapeHtml(text: string): string {
  if (PLAIN.test(text)) return text;
  const harmless = text.replaceAll(/[^\n\t]+/g, (piece) => escapeTerminal(piece, Infinity));
  return harmless.replaceAll(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}

function written(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "object") return value.map(written).join("");
  return escapeHtml(String(value));
}

/** A page that stands alone: nothing is loaded, and nothing in it can run. */
export interface HtmlPage {
  readonly title: string;
  /** A style sheet of our own. */
  readonly style: string;
  readonly body: Html;
}

/** A whole document. */
export function htmlPage({ title, style, body }: HtmlPage): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
        />
        <title>${title}</title>
        <style>
          ${trustedHtml(style)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `;
  return page.toString();
}
