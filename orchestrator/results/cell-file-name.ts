import { safeFileName } from "../../report/file-name.ts";

/** Cell ids that file names can spell out: lower case, since some file systems do not tell the cases apart. */
const SIMPLE = /^[a-z0-9][a-z0-9.-]*(@[a-z0-9][a-z0-9.-]*)?\/[a-z0-9-]+\/[a-z0-9-]+$/;

/**
 * The name, without extension, of the files of a cell: `ws@8.23.0/server/plain` -> `ws_8.23.0_server_plain`.
 * No two cells share one; see {@link safeFileName}.
 */
export function cellFileName(id: string): string {
  return safeFileName(id, SIMPLE);
}
