import type { Digest } from "../../fuzzer/record.ts";

/** Up to so many octets are shown whole; of more, the first 64 and an ellipsis. */
const shownWhole = 60;

const ellipsis = " ...";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * UTF-8 as Python 2 reads it, which takes encoded surrogates for characters (cases 6 and 7.5.1 send them); null
 * when it is none.
 */
export function utf8Text(octets: Uint8Array): string | null {
  let text = "";
  let from = 0;
  for (let at = octets.indexOf(0xed); at >= 0; at = octets.indexOf(0xed, at + 1)) {
    const [second = 0, third = 0] = octets.subarray(at + 1, at + 3);
    if ((second & 0xe0) !== 0xa0 || (third & 0xc0) !== 0x80) continue;
    const before = strictText(octets.subarray(from, at));
    if (before === null) return null;
    text += before + String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    from = at + 3;
  }
  const rest = strictText(octets.subarray(from));
  return rest === null ? null : text + rest;
}

function strictText(octets: Uint8Array): string | null {
  try {
    return strict.decode(octets);
  } catch {
    return null;
  }
}

/** Octets as text, or in hexadecimal behind `0x`. */
export function octetsText(octets: Uint8Array): string {
  return utf8Text(octets) ?? `0x${Buffer.from(octets).toString("hex")}`;
}

/** A payload as Autobahn's reports show it. */
export function payloadText({ length, head }: Digest): string {
  return octetsText(Buffer.from(head, "hex")) + ellipsisBehind(length);
}

/** The same in hexadecimal. `hex` holds the first 64 octets at most. */
export function payloadHex(length: number, hex: string): string {
  return hex + ellipsisBehind(length);
}

function ellipsisBehind(length: number): string {
  return length > shownWhole ? ellipsis : "";
}

/** A head of HTTP, kept as latin-1, as people read it; `?` when there was none. */
export function headText(head: string | null): string {
  if (head === null) return "?";
  return utf8Text(Buffer.from(head, "latin1")) ?? head;
}

/** The reason in a close frame, given in hexadecimal. */
export function reasonText(hex: string | null): string | null {
  return hex === null ? null : octetsText(Buffer.from(hex, "hex"));
}
