import { safeFileName } from "../file-name.ts";

/** Names that a file can spell out; lower case only, since some file systems do not tell the cases apart. */
const SIMPLE = /^[a-z0-9][a-z0-9.-]*$/;

/** Ids that runs get by themselves, such as `2026-11-21T10-26-47-4677`: the `T` is the only letter above f. */
const RUN = /^[0-9][0-9a-f.-]*(?:T[0-9a-f.-]+)?$/;

/** Addresses of the site's pages, from its root. They are promises: people link to them. */
export const address = {
  overview: "index.html",
  result: "result.html",
  compare: "compare.html",
  pairs: "pairs.html",
  suite: "suite.html",
  runs: "runs.html",
  about: "about.html",
  style: "site.css",
  script: "site.js",
  searchIndex: "data/search.js",
  verdicts: (run: string): string => `data/verdicts/${runName(run)}.js`,
  records: (cellFile: string, chapter: string): string => `data/records/${cellFile}/${chapter}.js`,
  logTail: (cellFile: string): string => `data/logs/${cellFile}.js`,
  cases: (chapter: string): string => `data/cases/${chapter}.js`,
  target: (name: string): string => `targets/${nameOf(name)}.html`,
  case: (id: string): string => `cases/${nameOf(id)}.html`,
  badge: (target: string, role: string, extension: "svg" | "json"): string =>
    `badges/${nameOf(target)}/${role}.${extension}`,
} as const;

/** The address of one verdict. */
export function resultAddress(cellFile: string, id: string): string {
  return `${address.result}#${cellFile}/${id}`;
}

/** A file name for a name that a stranger may have chosen. */
export function nameOf(text: string): string {
  return safeFileName(text, SIMPLE);
}

/** The same for the id of a run. */
export function runName(id: string): string {
  return safeFileName(id, RUN);
}

/** A link from one page of the site to another: relative, so that the site works wherever it is put. */
export function linkFrom(page: string, to: string): string {
  return "../".repeat(page.split("/").length - 1) + to;
}
