import { Deflater, type DeflateSettings, Inflater } from "../wire/deflate.ts";

import type { DeflatePair, MessageDeflater } from "./endpoint.ts";
import type { MessageInflater } from "./incoming.ts";

/** What both directions of a connection keep to, and where compressed messages come from. */
export interface EchoDeflateSetup {
  /** The fuzzer's direction. */
  readonly ours: DeflateSettings;
  readonly peers: DeflateSettings;
  /** Octets that a message of the peer's may inflate to. */
  readonly maxOctets: number;
  /** Compresses the messages; a new {@link Deflater} by default. */
  readonly deflater?: MessageDeflater;
}

/** A message that was sent. */
interface Sent {
  readonly plain: Buffer;
  readonly compressed: Buffer;
}

/**
 * permessage-deflate for a case whose messages come back. A peer that compresses as the fuzzer does sends the very octets
 * that it got; what they inflate to is known then, and nothing is inflated.
 */
export function echoDeflate({ ours, peers, maxOctets, deflater }: EchoDeflateSetup): DeflatePair {
  const making = deflater ?? new Deflater(ours);
  const inflater = new Inflater({ ...peers, maxOctets });
  if (!isReadableAs(ours, peers)) return { deflater: making, inflater };
  const echoes = new EchoInflater(inflater);
  return {
    deflater: {
      deflate(plain) {
        const compressed = making.deflate(plain);
        echoes.sent({ plain, compressed });
        return compressed;
      },
    },
    inflater: echoes,
  };
}

/** Whether what one direction compresses inflates to the same in the other: it refers to nothing that is not there. */
function isReadableAs(one: DeflateSettings, other: DeflateSettings): boolean {
  return one.windowBits <= other.windowBits && (!one.contextTakeover || other.contextTakeover);
}

/** Compares compressed messages with the one that was sent last, and inflates those that differ. */
class EchoInflater implements MessageInflater {
  readonly #inflater: Inflater;
  #sent: Sent | null = null;
  /** Octets of the message that are those that were sent; null once one is not. */
  #same: number | null = 0;
  /** All messages so far were what had been sent before them, so that both directions have one and the same window. */
  #inStep = true;

  constructor(inflater: Inflater) {
    this.#inflater = inflater;
  }

  sent(message: Sent): void {
    // A message that was not answered is in one window only.
    this.#inStep &&= this.#sent === null;
    this.#sent = message;
  }

  push(octets: Buffer): void {
    const { compressed } = this.#sent ?? nothing;
    const at = this.#same;
    if (at !== null && this.#inStep && compressed.subarray(at, at + octets.length).equals(octets)) {
      this.#same = at + octets.length;
      return;
    }
    if (at !== null && at > 0) this.#inflater.push(compressed.subarray(0, at));
    this.#same = null;
    this.#inflater.push(octets);
  }

  end(): Buffer {
    const { plain, compressed } = this.#sent ?? nothing;
    const known = this.#same === compressed.length && this.#sent !== null;
    if (!known && this.#same !== null) this.#inflater.push(compressed.subarray(0, this.#same));
    const came = known && this.#inflater.skip(plain) ? plain : this.#inflateAll(known, compressed);
    this.#inStep &&= this.#sent !== null && came.equals(plain);
    this.#sent = null;
    this.#same = 0;
    return came;
  }

  /** @param held the compressed octets were held back */
  #inflateAll(held: boolean, compressed: Buffer): Buffer {
    if (held) this.#inflater.push(compressed);
    return this.#inflater.end();
  }
}

const nothing: Sent = { plain: Buffer.alloc(0), compressed: Buffer.alloc(0) };
