import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** The number of records, and then the cases that are not fine, in the order of the text. */
export function textGrep(dir: string): readonly string[] {
  const script = join(import.meta.dirname, "text-grep.sh");
  return execFileSync("sh", [script, dir], { encoding: "utf8" }).trimEnd().split("\n");
}
