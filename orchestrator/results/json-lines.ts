import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";

const CHUNK = 65_536;

/**
 * Cuts what follows the last line end of a file of JSON lines, so that more can be appended. A file that
 * does not exist is left so.
 *
 * @returns how many octets were cut off
 */
export function cutTornLine(file: string): number {
  const handle = openExisting(file);
  if (handle === null) return 0;
  try {
    const size = fstatSync(handle).size;
    const whole = lastLineEnd(handle, size);
    if (whole < size) ftruncateSync(handle, whole);
    return size - whole;
  } finally {
    closeSync(handle);
  }
}

function openExisting(file: string): number | null {
  try {
    return openSync(file, "r+");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** The offset after the last line end, found from the end of the file; 0 when there is none. */
function lastLineEnd(handle: number, size: number): number {
  const chunk = Buffer.alloc(CHUNK);
  for (let end = size; end > 0; end -= CHUNK) {
    const start = Math.max(0, end - CHUNK);
    const length = readSync(handle, chunk, 0, end - start, start);
    const found = chunk.subarray(0, length).lastIndexOf(0x0a);
    if (found >= 0) return start + found + 1;
  }
  return 0;
}
