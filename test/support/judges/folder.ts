import { closeOnly, detailFiles, noNonStrict } from "./by-behavior.ts";
import { goldenFile } from "./golden-file.ts";
import { htmlCount } from "./html-count.ts";
import { strictXfail } from "./strict-xfail.ts";
import { textGrep } from "./text-grep.ts";

/** The judges of a folder with reports of one agent. */
export const folderJudges = {
  goldenFile,
  textGrep,
  htmlCount,
  strictXfail,
  noNonStrict,
  closeOnly,
  detailFiles,
} as const;

/** What each of them says of it. */
export function judgeFolder(dir: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(folderJudges).map(([name, judge]) => [name, judge(dir)]));
}
