import { type CellKey, targetLabel } from "./cell.ts";

/** The command that plays one case of a cell again, ready for a shell. */
export function repeatCommand(cell: CellKey, caseId: string): string {
  const words = ["npx", "wsmatrix", "case", caseId, "--target", targetLabel(cell), "--role", cell.role];
  if (cell.variant !== "plain") words.push("--variant", cell.variant);
  return words.map(shellWord).join(" ");
}

/** A word as a POSIX shell reads it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
