import type { SiteInput } from "../../../../report/site/input.ts";
import { siteFiles } from "../../../../report/site/site.ts";

/** Every file of a site, made. */
export function madeSite(input: SiteInput): ReadonlyMap<string, string> {
  return new Map([...siteFiles(input)].map(([path, content]) => [path, String(content())]));
}

/** Something that a page points to. */
export interface Link {
  readonly tag: string;
  readonly attribute: string;
  readonly to: string;
}

/** What a page points to. */
export function linksOf(text: string): readonly Link[] {
  return [...text.matchAll(/<([a-z]+)\b[^>]*?\s(href|src)="([^"]*)"/g)].map(
    ([, tag = "", attribute = "", to = ""]) => ({
      tag,
      attribute,
      to: to.replaceAll("&amp;", "&").replaceAll("&#39;", "'"),
    }),
  );
}

/** Links of a site's pages to files or anchors that are not there. */
export function deadLinks(site: ReadonlyMap<string, string>): readonly string[] {
  const ids = new Map<string, ReadonlySet<string>>();
  const idsOf = (path: string) => {
    const known =
      ids.get(path) ?? new Set([...(site.get(path) ?? "").matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!));
    ids.set(path, known);
    return known;
  };
  return [...site]
    .filter(([path]) => path.endsWith(".html"))
    .flatMap(([path, text]) =>
      linksOf(text)
        .filter(({ to }) => !/^(?:https?:|data:)/.test(to))
        .filter(({ to }) => isDead(path, to, site, idsOf))
        .map(({ to }) => `${path} -> ${to}`),
    );
}

function isDead(
  from: string,
  to: string,
  site: ReadonlyMap<string, string>,
  idsOf: (path: string) => ReadonlySet<string>,
): boolean {
  const url = new URL(to, `http://host/some/sub/path/${from}`);
  if (!url.pathname.startsWith("/some/sub/path/")) return true;
  const path = decodeURIComponent(url.pathname.slice("/some/sub/path/".length)) || "index.html";
  if (!site.has(path)) return true;
  const anchor = decodeURIComponent(url.hash.slice(1));
  if (anchor === "" || anchor.startsWith("?")) return false;
  if (path === "result.html" && anchor !== "main") return isDeadResult(anchor, site);
  return !idsOf(path).has(anchor);
}

/** `#<cell>/<case>` names something that is loaded. */
function isDeadResult(anchor: string, site: ReadonlyMap<string, string>): boolean {
  const [file = "", id = ""] = anchor.split("/");
  const data = site.get(`data/records/${file}/${id.split(".")[0]}.js`);
  return data === undefined || !data.includes(`"${id}":{`);
}
