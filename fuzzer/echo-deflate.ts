import { Deflater, type DeflateSettings, Inflater } from "../wire/deflate.ts";

import type { DeflatePair, MessageDeflater } from "./endpoint.ts";
import type { MessageInflater } from "./incoming.ts";
import type { AnswerChain } from "./known-answers.ts";

/** What both directions of a connection keep to, and where compressed messages come from. */
export interface EchoDeflateSetup {
  /** The fuzzer's direction. */
  readonly ours: DeflateSettings;
  readonly peers: DeflateSettings;
  /** Octets that a message of the peer's may inflate to. */
  readonly maxOctets: number;
  /** Compresses the messages; null for a new {@link Deflater}. */
  readonly deflater: MessageDeflater | null;
  /** The answers to these messages that are known to be right; null where none are kept. */
  readonly answers: AnswerChain | null;
}

/** A message that was sent. */
interface Sent {
  readonly plain: Buffer;
  readonly compressed: Buffer;
}

/**
 * permessage-deflate for a case whose messages come back. What is known to be right is not inflated: the very octets that
 * were sent, which a peer that compresses as the fuzzer does sends back, and answers that were inflated before.
 */
export function echoDeflate({ ours, peers, maxOctets, deflater, answers }: EchoDeflateSetup): DeflatePair {
  const making = deflater ?? new Deflater(ours);
  const inflater = new EchoInflater({
    inflater: new Inflater({ ...peers, maxOctets, findsBoundaries: true }),
    isReadable: isReadableAs(ours, peers),
    answers,
  });
  return {
    deflater: {
      deflate(plain) {
        const compressed = making.deflate(plain);
        inflater.sent({ plain, compressed });
        return compressed;
      },
    },
    inflater,
  };
}

/** Whether what one direction compresses inflates to the same in the other: it refers to nothing that is not there. */
function isReadableAs(one: DeflateSettings, other: DeflateSettings): boolean {
  return one.windowBits <= other.windowBits && (!one.contextTakeover || other.contextTakeover);
}

/** Recognizes compressed messages that are right, and inflates all others. */
class EchoInflater implements MessageInflater {
  readonly #inflater: Inflater;
  readonly #isReadable: boolean;
  readonly #answers: AnswerChain | null;
  #sent: Sent | null = null;
  /** Octets of the message that are those that were sent; null once one is not. */
  #same: number | null = 0;
  /** All messages so far were what had been sent before them, so that both directions have one and the same window. */
  #inStep = true;

  /** @param setup `isReadable`: the octets that were sent inflate to the same when they come back */
  constructor(setup: {
    readonly inflater: Inflater;
    readonly isReadable: boolean;
    readonly answers: AnswerChain | null;
  }) {
    this.#inflater = setup.inflater;
    this.#isReadable = setup.isReadable;
    this.#answers = setup.answers;
  }

  sent(message: Sent): void {
    if (this.#sent !== null) {
      // A message that was not answered is in one window only.
      this.#inStep = false;
      this.#inflateWhatWasSame();
    }
    this.#sent = message;
  }

  push(octets: Buffer): void {
    if (this.#isSame(octets)) return;
    this.#inflateWhatWasSame();
    this.#inflater.push(octets);
  }

  end(): Buffer {
    const sent = this.#sent;
    const isSame = this.#same === sent?.compressed.length;
    if (!isSame) this.#inflateWhatWasSame();
    const came = sent !== null && this.#inStep ? this.#answer(sent, isSame) : this.#inflater.end();
    this.#sent = null;
    this.#same = 0;
    return came;
  }

  /** Whether these octets, and all before them, are those of the message that was sent. */
  #isSame(octets: Buffer): boolean {
    const at = this.#same;
    if (at === null || this.#sent === null || !this.#inStep || !this.#isReadable) return false;
    if (!this.#sent.compressed.subarray(at, at + octets.length).equals(octets)) return false;
    this.#same = at + octets.length;
    return true;
  }

  #inflateWhatWasSame(): void {
    if (this.#same !== null && this.#same > 0)
      this.#inflater.push(this.#sent!.compressed.subarray(0, this.#same));
    this.#same = null;
  }

  /** What the message inflates to that answers the first one without an answer. */
  #answer({ plain, compressed }: Sent, isSame: boolean): Buffer {
    this.#answers?.push(isSame ? null : this.#inflater.collected);
    const isKnown = isSame || (this.#answers?.isKnown ?? false);
    if (isKnown && this.#inflater.skip(plain)) return plain;
    if (isSame) this.#inflater.push(compressed);
    const came = this.#inflater.end();
    this.#inStep = came.equals(plain);
    if (this.#inStep && this.#inflater.isBetweenBlocks) this.#answers?.remember();
    return came;
  }
}
