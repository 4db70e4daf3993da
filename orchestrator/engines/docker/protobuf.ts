/** A field of a message of Protocol Buffers, as it is on the wire. */
export interface Field {
  readonly number: number;
  /** Of a varint; null for what has octets. */
  readonly value: bigint | null;
  /** Of a length-delimited field; empty for all others. */
  readonly octets: Buffer;
}

/**
 * The fields of a message, in order. Nothing of a schema is known here: an unknown field is for the caller to skip.
 *
 * @throws {RangeError} the message is cut off, or is none
 */
export function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = [];
  const none = Buffer.alloc(0);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const octet = message[at++];
      if (octet === undefined) throw new RangeError("a message of Protocol Buffers is cut off");
      value |= BigInt(octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    throw new RangeError("a number of Protocol Buffers has no end");
  };
  const octets = (length: number): Buffer => {
    if (at + length > message.length) throw new RangeError("a message of Protocol Buffers is cut off");
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const number = key >>> 3;
    const type = key & 7;
    if (type === 0) fields.push({ number, value: varint(), octets: none });
    else if (type === 2) fields.push({ number, value: null, octets: octets(Number(varint())) });
    else if (type === 1 || type === 5)
      fields.push({ number, value: null, octets: octets(type === 1 ? 8 : 4) });
    else throw new RangeError(`there is no type ${type} in Protocol Buffers`);
  }
  return fields;
}
