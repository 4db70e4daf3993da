import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Times that the class of failures stands in a page without any: in a rule of style, and in the legend. */
const always = 2;

/** Counts red cells in `index.html`. */
export function htmlCount(dir: string): { readonly count: number; readonly fine: boolean } {
  const count = readFileSync(join(dir, "index.html"), "utf8").split("case_failed").length - 1;
  return { count, fine: count <= always };
}
