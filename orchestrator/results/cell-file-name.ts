import { createHash } from "node:crypto";

/** Cell ids that file names can spell out: lower case, since some file systems do not tell the cases apart. */
const SIMPLE = /^[a-z0-9][a-z0-9.-]*(@[a-z0-9][a-z0-9.-]*)?\/[a-z0-9-]+\/[a-z0-9-]+$/;

/** What Windows takes for a device, whatever follows the first dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** Characters; with an extension well below the 255 octets that file systems allow. */
const MAX_LENGTH = 120;

/**
 * The name, without extension, of the files of a cell: `ws@8.23.0/server/plain` -> `ws_8.23.0_server_plain`.
 *
 * It holds only [a-zA-Z0-9._-] and no two cells share one, on no file system: an id that cannot be told
 * from its name gets a hash, after the two underscores that no other name has.
 */
export function cellFileName(id: string): string {
  const name = id.replaceAll(/[^a-zA-Z0-9.-]/g, "_");
  const device = DEVICE.test(name.split(".", 1)[0] ?? "");
  if (SIMPLE.test(id) && !device && name.length <= MAX_LENGTH) return name;
  const hash = createHash("sha256").update(id).digest("hex").slice(0, 12);
  const start = device ? `_${name}` : name.replace(/^[.-]/, "_");
  return `${start.slice(0, MAX_LENGTH)}__${hash}`;
}
