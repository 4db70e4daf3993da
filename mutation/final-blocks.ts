import { constants, inflateRawSync } from "node:zlib";

import { Inflater, type InflaterSetup } from "../wire/deflate.ts";
import type { Codec } from "../reference-impl/codec.ts";

/** What a message lacks to end between two blocks, and a final block that is ours. */
const tailAndEnd = Buffer.from("0000ffff010000ffff", "hex");

const windowOctets = 32_768;

/** Watches for messages that hold a final block. */
export interface FinalBlocks {
  readonly newInflater: Codec["newInflater"];
  /** Whether a message that has ended held one. */
  readonly inEnded: () => boolean;
  /** Whether the message that has not ended holds one. Who has inflated it may take the message for whole. */
  readonly inOpen: () => boolean;
}

/**
 * Makes the reference endpoint's inflater, and tells of messages that hold a final block. A sender may use one (RFC 7692
 * section 7.2.3.4), and then what becomes of the context, and of a message that goes on behind it, is read in more than
 * one way.
 */
export function watchingFinalBlocks(): FinalBlocks {
  let isFound = false;
  let isOpenFound = () => false;
  const newInflater: Codec["newInflater"] = (setup: InflaterSetup) => {
    const inflater = new Inflater(setup);
    let parts: Buffer[] = [];
    let history: Buffer = Buffer.alloc(0);
    isOpenFound = () => parts.length > 0 && endsEarly(Buffer.concat([...parts, tailAndEnd]), history, setup);
    return {
      hasRoomFor: (octets) => inflater.hasRoomFor(octets),
      push(octets) {
        parts.push(Buffer.from(octets));
        inflater.push(octets);
      },
      end() {
        const plain = inflater.end();
        isFound ||= isOpenFound();
        parts = [];
        if (setup.contextTakeover) history = Buffer.concat([history, plain]).subarray(-windowOctets);
        return plain;
      },
    };
  };
  return { newInflater, inEnded: () => isFound, inOpen: () => isOpenFound() };
}

/** Whether a stream is over before its octets are. */
function endsEarly(octets: Buffer, dictionary: Buffer, { windowBits, maxOctets }: InflaterSetup): boolean {
  try {
    const { engine } = inflateRawSync(octets, {
      windowBits,
      ...(dictionary.length > 0 && { dictionary }),
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxOctets,
      info: true,
    }) as unknown as { readonly engine: { readonly bytesWritten: number } };
    return engine.bytesWritten < octets.length;
  } catch {
    // A message that is not whole need not be one.
    return false;
  }
}
