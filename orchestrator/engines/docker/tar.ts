/** A file for an archive. */
export interface TarFile {
  /** Relative, with `/` between folders. */
  readonly path: string;
  readonly content: Uint8Array;
  /** The permission bits, such as 0o644. */
  readonly mode: number;
}

const BLOCK = 512;

/**
 * Packs files into an archive that is the same for the same files: they belong to root and are of 1970. POSIX ustar,
 * with a pax header before a path that is longer than ustar has room for.
 */
export function tarOf(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap((file) => [...longPath(file.path), ...entry(file.path, "0", file)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function entry(path: string, type: string, { content, mode }: Omit<TarFile, "path">): Uint8Array[] {
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [header(path, type, content.length, mode), content, padding];
}

/** A record of pax counts its own length in. */
function longPath(path: string): Uint8Array[] {
  if (Buffer.byteLength(path) <= 100) return [];
  const rest = ` path=${path}\n`;
  const size = Buffer.byteLength(rest);
  let length = size + String(size).length;
  if (String(length).length > String(size).length) length += 1;
  return entry("pax", "x", { content: Buffer.from(`${length}${rest}`), mode: 0o644 });
}

function header(path: string, type: string, size: number, mode: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number): void =>
    void block.write(value.toString(8).padStart(width - 1, "0"), at, "latin1");
  Buffer.from(path).copy(block, 0, 0, 100);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.fill(" ", 148, 156);
  block.write(type, 156, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  const sum = block.reduce((total, octet) => total + octet, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
