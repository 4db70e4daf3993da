/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): blocks of a length that is a multiple of four, with options.
 * Little endian throughout. Nothing but functions is here, and nothing of Node: a page of the site runs them too.
 */

/** One packet of a capture. */
export interface CapturedPacket {
  /** ms since the epoch; fractions count. */
  readonly at: number;
  readonly octets: Uint8Array;
  /** What a reader should know of it. */
  readonly comment?: string | undefined;
}

/** A capture of raw IPv4 packets as the octets of a pcapng file. */
export function pcapngFile(packets: readonly CapturedPacket[], comment: string): Uint8Array {
  return joinOctets([
    sectionHeader(comment),
    interfaceDescription(),
    ...packets.map((packet) => enhancedPacket(packet)),
  ]);
}

/** Section Header Block: the version, and what the capture is of. */
export function sectionHeader(comment: string): Uint8Array {
  const body = new DataView(new ArrayBuffer(16));
  body.setUint32(0, 0x1a2b3c4d, true);
  body.setUint16(4, 1, true);
  body.setBigInt64(8, -1n, true);
  return block(0x0a0d0d0a, [viewOctets(body), options([[1, utf8(comment)]])]);
}

/** Interface Description Block: raw IP, times in microseconds. */
export function interfaceDescription(): Uint8Array {
  const linkTypeRaw = 101;
  const body = new DataView(new ArrayBuffer(8));
  body.setUint16(0, linkTypeRaw, true);
  return block(1, [viewOctets(body), options([[9, new Uint8Array([6])]])]);
}

/** Enhanced Packet Block. */
export function enhancedPacket({ at, octets, comment }: CapturedPacket): Uint8Array {
  const micros = BigInt(Math.round(at * 1000));
  const body = new DataView(new ArrayBuffer(20));
  body.setUint32(4, Number(micros >> 32n), true);
  body.setUint32(8, Number(micros & 0xffffffffn), true);
  body.setUint32(12, octets.length, true);
  body.setUint32(16, octets.length, true);
  const notes: [number, Uint8Array][] = comment === undefined ? [] : [[1, utf8(comment)]];
  return block(6, [viewOctets(body), padded(octets), options(notes)]);
}

/** A block: type, length, body, length. */
export function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = joinOctets(parts);
  const head = new DataView(new ArrayBuffer(8));
  const tail = new DataView(new ArrayBuffer(4));
  head.setUint32(0, type, true);
  head.setUint32(4, body.length + 12, true);
  tail.setUint32(0, body.length + 12, true);
  return joinOctets([viewOctets(head), body, viewOctets(tail)]);
}

/** Options by their codes, with the one that ends them; nothing at all where there are none. */
export function options(list: readonly (readonly [code: number, value: Uint8Array])[]): Uint8Array {
  if (list.length === 0) return new Uint8Array(0);
  const written = list.map(([code, value]) => joinOctets([optionHead(code, value.length), padded(value)]));
  return joinOctets([...written, optionHead(0, 0)]);
}

/** Code and length of an option. */
export function optionHead(code: number, length: number): Uint8Array {
  const head = new DataView(new ArrayBuffer(4));
  head.setUint16(0, code, true);
  head.setUint16(2, length, true);
  return viewOctets(head);
}

/** Filled up to a multiple of four. */
export function padded(octets: Uint8Array): Uint8Array {
  const filling = (4 - (octets.length % 4)) % 4;
  return filling === 0 ? octets : joinOctets([octets, new Uint8Array(filling)]);
}

/** One behind the other. */
export function joinOctets(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The octets of a view. */
export function viewOctets(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Text as UTF-8, cut so that it fits an option. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text.slice(0, 4000));
}
