/** HPACK: how HTTP/2 compresses fields (RFC 7541). */

import type { FieldLine } from "./fields.ts";
import { decodeHuffman } from "./huffman.ts";
import { staticTable } from "./static-table.ts";

/** Octets that an entry counts beside its name and its value (RFC 7541 section 4.1). */
const entryOverhead = 32;

/** SETTINGS_HEADER_TABLE_SIZE as it is when nothing is said, in octets. */
const defaultTableSize = 4_096;

/** Octets of names and values of one block that are taken. */
const maxBlock = 262_144;

/** Fields as literals that no table remembers (RFC 7541 section 6.2.2), so that what is sent depends on nothing before. */
export function encodeFields(fields: readonly FieldLine[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.of(0), ...literal(name), ...literal(value)]),
  );
}

function literal(text: string): readonly Buffer[] {
  const octets = Buffer.from(text, "latin1");
  return [encodeInteger(octets.length, 7), octets];
}

/** An integer with a prefix of so many bits, those before it being 0 (RFC 7541 section 5.1). */
export function encodeInteger(value: number, prefix: number): Buffer {
  const most = 2 ** prefix - 1;
  if (value < most) return Buffer.of(value);
  const octets = [most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) + 128);
  return Buffer.from([...octets, rest]);
}

/** Reads the blocks of fields of one side of a connection, in their order: each may refer to those before. */
export class HpackDecoder {
  readonly #allowed: number;
  #size: number;
  /** The newest entry is the first. */
  readonly #dynamic: FieldLine[] = [];
  #used = 0;

  /** @param tableSize what this side's SETTINGS_HEADER_TABLE_SIZE says, in octets */
  constructor(tableSize = defaultTableSize) {
    this.#allowed = this.#size = tableSize;
  }

  /** Octets that the entries of the dynamic table count. */
  get tableOctets(): number {
    return this.#used;
  }

  /**
   * The fields of a block, in their order.
   *
   * @throws RangeError when it breaks a rule of RFC 7541, or is too long; nothing can be read from then on
   */
  decode(block: Buffer): readonly FieldLine[] {
    const reader = new Reader(block);
    const fields: FieldLine[] = [];
    let total = 0;
    while (!reader.isDone) {
      const first = reader.peek();
      if ((first & 0xe0) === 0x20) {
        if (fields.length > 0) throw new RangeError("the size of the table changes behind a field");
        this.#resize(reader.integer(5));
        continue;
      }
      const field = this.#field(reader, first);
      total += field[0].length + field[1].length + entryOverhead;
      if (total > maxBlock) throw new RangeError(`the fields have more than ${maxBlock} octets`);
      fields.push(field);
    }
    return fields;
  }

  #field(reader: Reader, first: number): FieldLine {
    if ((first & 0x80) !== 0) return this.#entry(reader.integer(7));
    const isKept = (first & 0x40) !== 0;
    const index = reader.integer(isKept ? 6 : 4);
    const name = index === 0 ? reader.string() : this.#entry(index)[0];
    const field: FieldLine = [name, reader.string()];
    if (isKept) this.#add(field);
    return field;
  }

  #entry(index: number): FieldLine {
    const found =
      index <= staticTable.length ? staticTable[index - 1] : this.#dynamic[index - staticTable.length - 1];
    if (found === undefined) throw new RangeError(`there is no entry ${index}`);
    return found;
  }

  #resize(octets: number): void {
    if (octets > this.#allowed) throw new RangeError(`a table of ${octets} octets is too large`);
    this.#size = octets;
    this.#evict();
  }

  /** An entry that is larger than the table leaves it empty (RFC 7541 section 4.4). */
  #add(field: FieldLine): void {
    this.#dynamic.unshift(field);
    this.#used += sizeOf(field);
    this.#evict();
  }

  #evict(): void {
    while (this.#used > this.#size) this.#used -= sizeOf(this.#dynamic.pop()!);
  }
}

const sizeOf = ([name, value]: FieldLine): number => name.length + value.length + entryOverhead;

class Reader {
  readonly #octets: Buffer;
  #at = 0;

  constructor(octets: Buffer) {
    this.#octets = octets;
  }

  get isDone(): boolean {
    return this.#at >= this.#octets.length;
  }

  peek(): number {
    const octet = this.#octets[this.#at];
    if (octet === undefined) throw new RangeError("the block ends inside a field");
    return octet;
  }

  integer(prefix: number): number {
    const most = 2 ** prefix - 1;
    let value = this.#next() & most;
    if (value < most) return value;
    for (let scale = 1; ; scale *= 128) {
      const octet = this.#next();
      value += (octet & 0x7f) * scale;
      if (value > 0xffff_ffff || scale > 2 ** 35) throw new RangeError("an integer is too large");
      if (octet < 128) return value;
    }
  }

  string(): string {
    const isCoded = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const octets = this.#octets.subarray(this.#at, this.#at + length);
    if (octets.length < length) throw new RangeError("the block ends inside a string");
    this.#at += length;
    return (isCoded ? decodeHuffman(octets) : octets).toString("latin1");
  }

  #next(): number {
    const octet = this.peek();
    this.#at += 1;
    return octet;
  }
}
