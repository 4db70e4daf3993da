import { codeOf } from "../engines/failure.ts";

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota of the disk is used up",
  EROFS: "the disk has become read-only",
  EIO: "the disk does not work",
  EFBIG: "a file has become too large",
};

/** In words, why nothing can be written any more; null when an error is something else. */
export function storageProblem(error: unknown): string | null {
  return WORDS[codeOf(error)] ?? null;
}
