import { renameSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";

/**
 * Writes a file so that a reader sees the old content or the new one and never a part: into another name in
 * the same folder first. What was begun is removed when writing fails.
 */
export function writeAtomically(file: string, content: string): void {
  const begun = `${file}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(begun, content, { flag: "wx" });
    renameSync(begun, file);
  } catch (error) {
    rmSync(begun, { force: true });
    throw error;
  }
}

/** The same for a value, as JSON that people can read. */
export function writeJsonAtomically(file: string, value: unknown): void {
  writeAtomically(file, `${JSON.stringify(value, null, 1)}\n`);
}
