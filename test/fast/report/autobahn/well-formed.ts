/** Elements without an end tag. */
const voids = new Set(["meta", "br", "input", "hr"]);

/** What is wrong with the nesting of a page's elements, and ids that are there twice. Enough for pages of ours. */
export function wellFormed(page: string): string[] {
  const markup = page.replace(/^<!doctype html>/, "").replace(/<style>[^]*?<\/style>/, "");
  const wrong: string[] = [];
  const open: string[] = [];
  for (const [tag, end, name = ""] of markup.matchAll(/<(\/?)([a-z0-9]+)(?:\s[^<>]*)?>/g)) {
    if (end === "" && !voids.has(name)) open.push(name);
    else if (end === "/" && open.pop() !== name) wrong.push(`unexpected ${tag}`);
  }
  const text = markup.replaceAll(/<\/?[a-z0-9]+(?:\s+[a-z-]+(?:="[^"<>]*")?)*\s*\/?>/g, "");
  const stray = /[<>]/.exec(text);
  if (stray !== null) wrong.push(`stray ${text.slice(stray.index, stray.index + 40)}`);
  const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
  const doubled = ids.filter((id, at) => ids.indexOf(id) !== at);
  return [...wrong, ...open.map((name) => `no end of ${name}`), ...doubled.map((id) => `id ${id} twice`)];
}
