import { Seeded } from "./seeded.ts";
import { inventNames } from "./words.ts";

/** What a page is to measure. */
interface PageSize {
  /** Code points. */
  readonly units: number;
  /** More of UTF-8 than there are code points. */
  readonly extraOctets: number;
}

/** An inventory as one large table, with a few characters beyond ASCII. */
export function makeHtml({ units, extraOctets }: PageSize): Buffer {
  const random = new Seeded(0x68_74_6d_6c);
  const names = inventNames(random, 60);
  const accents = accentsOf(extraOctets);
  const parts = [head];
  let total = head.length;
  for (let at = 0; ; at++) {
    const row = rowText(random, names, at, at % 11 === 5 ? (accents.shift() ?? "") : "");
    if (total + row.length > units - 400) break;
    parts.push(row);
    total += row.length;
  }
  const left = units - total - foot.length - "<!--".length - "-->".length - accents.length;
  return Buffer.from([...parts, "<!--", ...accents, "=".repeat(left), "-->", foot].join(""), "utf8");
}

const head = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Inventory of the storehouse</title>
    <style>
      table.inventory { border-collapse: collapse; width: 100% }
      table.inventory td { border: 1px solid #889; padding: 0.2em 0.6em }
      td.amount.enough { background: #dfd } td.amount.short { background: #fdd }
    </style>
  </head>
  <body>
    <h1>Inventory of the storehouse</h1>
    <table class="inventory">
`;
const foot = "\n    </table>\n  </body>\n</html>\n";

/** Characters of the Basic Multilingual Plane that take `extra` octets more than code points. */
function accentsOf(extra: number): string[] {
  const pairs = Array.from({ length: Math.floor(extra / 3) }, () => ["\u{fc}", "\u{2013}"]).flat();
  return [...pairs, ...Array.from({ length: extra % 3 }, () => "\u{e9}")];
}

function rowText(random: Seeded, names: readonly string[], at: number, accent: string): string {
  const amount = random.below(500);
  const shelf = `${"ABCDEFGH"[random.below(8)]}${10 + random.below(40)}`;
  const state = amount < 100 ? "short" : "enough";
  return `      <tr class="item ${at % 2 === 0 ? "even" : "odd"}" id="item-${10_000 + at}">
        <td class="name"><a href="items/item-${10_000 + at}.html" title="All entries on this item">${random.pick(names)}${accent}</a></td>
        <td class="shelf"><a href="shelves/${shelf}.html" title="All items on this shelf">${shelf}</a></td>
        <td class="amount ${state}"><span class="value">${amount}</span> <span class="unit">pieces</span></td>
        <td class="remark">${random.below(6) === 0 ? "to be ordered again" : "&nbsp;"}</td>
      </tr>
`;
}
