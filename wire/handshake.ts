/** Heads of the opening handshake (RFC 6455 section 4, RFC 9112), read tolerantly and byte-exactly. */

import { createHash } from "node:crypto";

/** The value that a server appends to the key (RFC 6455 section 1.3). */
const acceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2). */
export function acceptKey(key: string): string {
  return createHash("sha1").update(key, "latin1").update(acceptGuid, "latin1").digest("base64");
}

/** Default limit of a {@link HeadReader}: octets of a head that are kept and looked at; a longer one is refused. */
export const maxHeadOctets = 65_536;

/** The head of a request or response. */
export interface Head {
  /** Exactly what was received, as latin-1, the empty line included. */
  readonly raw: string;
  readonly startLine: string;
  readonly fields: readonly HeadField[];
  /** What is not as RFC 9112 wants it, in words. */
  readonly deviations: readonly string[];
}

export interface HeadField {
  /** As received, without surrounding white space. */
  readonly name: string;
  readonly value: string;
}

/** All values of a field, whatever the case of its name, in order. */
export function fieldValues(head: Head, name: string): string[] {
  const wanted = name.toLowerCase();
  return head.fields.filter((field) => field.name.toLowerCase() === wanted).map((field) => field.value);
}

/** A field's values joined by commas (RFC 9110 section 5.2); null when the field is absent. */
export function fieldValue(head: Head, name: string): string | null {
  const values = fieldValues(head, name);
  return values.length === 0 ? null : values.join(", ");
}

/** Whether a comma-separated field holds a token, in any letter case. */
export function fieldHasToken(head: Head, name: string, token: string): boolean {
  const tokens = (fieldValue(head, name) ?? "").split(",").map((part) => part.trim().toLowerCase());
  return tokens.includes(token.toLowerCase());
}

/** What a {@link HeadReader} makes of the octets so far. */
export type HeadProgress =
  | { readonly state: "more" }
  /** The head is whole; `rest` are octets that came behind it. */
  | { readonly state: "done"; readonly head: Head; readonly rest: Buffer }
  /** No end within the limit; `raw` is what there was, cut. */
  | { readonly state: "tooLarge"; readonly raw: string };

/** Collects octets up to the empty line that ends a head. Memory: twice the limit. */
export class HeadReader {
  readonly #limit: number;
  /** Grows by doubling, so that one octet at a time costs no more than all at once. */
  #octets: Buffer = Buffer.alloc(0);
  #length = 0;

  /** @param limit octets of a head, its empty line included */
  constructor(limit = maxHeadOctets) {
    this.#limit = limit;
  }

  /** What there is so far, as latin-1. */
  get raw(): string {
    return this.#octets.toString("latin1", 0, this.#length);
  }

  /** Takes the next octets. Nothing may be pushed once a head is whole or too large. */
  push(octets: Buffer): HeadProgress {
    const before = this.#length;
    this.#append(octets.subarray(0, this.#limit - before));
    const end = this.#octets.subarray(0, this.#length).indexOf("\r\n\r\n", Math.max(0, before - 3), "latin1");
    if (end >= 0) {
      const head = parseHead(this.#octets.toString("latin1", 0, end + 4));
      return { state: "done", head, rest: octets.subarray(end + 4 - before) };
    }
    return this.#length < this.#limit ? { state: "more" } : { state: "tooLarge", raw: this.raw };
  }

  #append(octets: Buffer): void {
    const length = this.#length + octets.length;
    if (length > this.#octets.length) {
      const grown = Buffer.alloc(Math.max(1_024, 2 * length));
      grown.set(this.#octets.subarray(0, this.#length));
      this.#octets = grown;
    }
    this.#octets.set(octets, this.#length);
    this.#length = length;
  }
}

/**
 * Takes a head apart. Lines may end in CR LF or a bare LF; a line without a colon is left out; a folded line
 * is joined to the one before. All of that is noted as a deviation.
 */
export function parseHead(raw: string): Head {
  const deviations: string[] = [];
  const lines = raw.split("\n").map((line) => line.replace(/\r$/, ""));
  if (/(^|[^\r])\n/.test(raw)) deviations.push("a line ends in a bare LF (RFC 9112 section 2.2)");
  const fields: { name: string; value: string }[] = [];
  for (const line of lines.slice(1).filter((text) => text !== "")) {
    if (/^[ \t]/.test(line) && fields.length > 0) {
      deviations.push("a field value is folded over lines (RFC 9112 section 5.2)");
      const last = fields.at(-1)!;
      last.value = `${last.value} ${line.trim()}`.trim();
    } else {
      parseField(line, fields, deviations);
    }
  }
  return { raw, startLine: lines[0]!.trim(), fields, deviations };
}

function parseField(line: string, fields: { name: string; value: string }[], deviations: string[]): void {
  const colon = line.indexOf(":");
  if (colon <= 0) {
    deviations.push("a header line has no field name (RFC 9112 section 5)");
    return;
  }
  const name = line.slice(0, colon);
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    deviations.push("a field name is not a token (RFC 9110 section 5.1)");
  }
  fields.push({ name: name.trim(), value: line.slice(colon + 1).trim() });
}
