import { type CellKey, targetLabel } from "./cell.ts";

/**
 * The command that plays one case of a cell again, ready for a shell.
 *
 * @param program how people call us: `npx wsmatrix`, in a clone `npm run -s wsmatrix --`
 * @param own the flags that name a program of one's own, as words; otherwise the cell's target is named
 * @param matrix the file that names the target, where it is not the usual one
 */
export function repeatCommand(
  cell: CellKey,
  caseId: string,
  program: string,
  own: readonly string[] = [],
  matrix: string | null = null,
): string {
  const named = ["--target", targetLabel(cell), ...(matrix === null ? [] : ["--matrix", matrix])];
  const target = own.length > 0 ? own : named;
  const words = ["case", caseId, ...target, "--role", cell.role];
  if (cell.variant !== "plain") words.push("--variant", cell.variant);
  return [program, ...words.map(shellWord)].join(" ");
}

/** A word as a POSIX shell reads it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
