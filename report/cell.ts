import type { Role } from "../fuzzer/record.ts";

/** What became of a cell: it `ran`, or why not. Never mixed up with a verdict (design section 1). */
export const CELL_STATUSES = [
  "ran",
  "build-failed",
  "start-timeout",
  "crashed",
  "noncompliant",
  "skipped",
  "interrupted",
] as const;

/** One of {@link CELL_STATUSES}. */
export type CellStatus = (typeof CELL_STATUSES)[number];

/** What makes a cell: a target at one version, in one role, set up one way. */
export interface CellKey {
  readonly target: string;
  /** Null where a target has no versions of its own: an image, a command, a URL. */
  readonly version: string | null;
  readonly role: Role;
  readonly variant: string;
}

/** The target as people write it: `ws@8.23.0`, or the bare name where there is no version. */
export function targetLabel(cell: Pick<CellKey, "target" | "version">): string {
  return cell.version === null ? cell.target : `${cell.target}@${cell.version}`;
}
