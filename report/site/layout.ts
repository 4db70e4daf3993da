import { html, type Html } from "../html.ts";
import { address, linkFrom, runName } from "./address.ts";
import type { SiteInput } from "./input.ts";
import { timeText } from "./words.ts";

/** One page on its way. */
export interface PageParts {
  /** Its address from the root of the site. */
  readonly path: string;
  readonly title: string;
  readonly main: Html;
  /** Addresses of classic scripts beyond the one of all pages. */
  readonly scripts?: readonly string[];
}

const NAVIGATION = [
  [address.overview, "Overview"],
  [address.compare, "Compare"],
  [address.pairs, "Pairs"],
  [address.suite, "Suite"],
  [address.runs, "Runs"],
  [address.about, "About"],
] as const;

/**
 * A whole page. Nothing is loaded from elsewhere, and nothing in line can run: `file:` is named because a page
 * that is opened from a disk is not `'self'` to every browser.
 */
export function sitePage({ path, title, main, scripts = [] }: PageParts, input: SiteInput): string {
  const to = (target: string) => linkFrom(path, target);
  const policy =
    "default-src 'none'; script-src 'self' file:; style-src 'self' file: 'unsafe-inline'; " +
    "img-src 'self' file: data:; connect-src 'self'; form-action 'none'; base-uri 'none'";
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <title>${title} · wsmatrix</title>
        <link
          rel="icon"
          href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 8h4l2-5 3 10 2-5h3' fill='none' stroke='%233b82c4' stroke-width='2'/%3E%3C/svg%3E"
        />
        <link rel="stylesheet" href="${to(address.style)}" />
        <script src="${to(address.script)}"></script>
        ${scripts.map((script) => html`<script defer src="${to(script)}"></script>`)}
      </head>
      <body
        data-root="${to("")}"
        data-run="${runName(input.runs[0].id)}"
        ${input.live && html`data-live="yes"`}
      >
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="brand" href="${to(address.overview)}"
            ><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1 8h4l2-5 3 10 2-5h3" /></svg>wsmatrix</a
          >
          <nav aria-label="Site">
            <ul>
              ${NAVIGATION.map(
                ([target, name]) =>
                  html`<li>
                    <a href="${to(target)}" ${target === path && html`aria-current="page"`}>${name}</a>
                  </li>`,
              )}
            </ul>
          </nav>
          <div class="tools" data-needs-script hidden>
            <div class="search" role="search">
              <label class="vh" for="search">Search cases, titles, sections and targets</label>
              <input
                id="search"
                type="search"
                autocomplete="off"
                placeholder="Search (press /)"
                role="combobox"
                aria-expanded="false"
                aria-controls="found"
                aria-autocomplete="list"
              />
              <ul id="found" role="listbox" aria-label="Found" hidden></ul>
            </div>
            <button id="theme" type="button" title="Theme: as the system has it">Theme</button>
          </div>
        </header>
        <main id="main" tabindex="-1">${main}</main>
        <footer>
          <p>
            Run <code>${input.runs[0].id}</code>, ${timeText(input.runs[0].startedAt)} UTC, profile
            ${input.runs[0].profile}. Made by wsmatrix ${input.version} on ${timeText(input.madeAt)} UTC.
            <a href="${to(address.about)}">What the words mean</a>.
          </p>
        </footer>
      </body>
    </html> `;
  return page.toString();
}

/** A link to another page of the site. */
export function link(page: string, to: string, text: string | Html): Html {
  const h = html;
  return h`<a href="${linkFrom(page, to)}">${text}</a>`;
}
