import { createHash } from "node:crypto";

/** What Windows takes for a device, whatever follows the first dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** Characters; with an extension well below the 255 octets that file systems allow. */
const MAX_LENGTH = 120;

/**
 * A file name, without extension, for a text that strangers may have chosen.
 *
 * It holds only [a-zA-Z0-9._-], begins with neither a dot nor a dash, names no device, and no two texts share
 * one, on no file system: a text that cannot be told from its name gets a hash, after the two underscores
 * that no other name has.
 *
 * @param simple matches texts that a name can spell out; they may hold no other two that clean to the same
 */
export function safeFileName(text: string, simple: RegExp): string {
  const name = text.replaceAll(/[^a-zA-Z0-9.-]/g, "_");
  const device = DEVICE.test(name.split(".", 1)[0] ?? "");
  if (simple.test(text) && !device && name.length <= MAX_LENGTH) return name;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const start = device ? `_${name}` : name.replace(/^[.-]/, "_");
  return `${start.slice(0, MAX_LENGTH)}__${hash}`;
}
