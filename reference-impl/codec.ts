import { Deflater, type DeflateSettings, Inflater, type InflaterSetup } from "../wire/deflate.ts";
import { encodeFrame, encodeHeader, FrameDecoder } from "../wire/frame.ts";
import { lengthViolations, startViolations } from "../wire/rules.ts";
import { isValidUtf8, Utf8Validator } from "../wire/utf8.ts";

import { closeFailure } from "./failure.ts";

/**
 * What an endpoint reads and writes with: frames, the rules about them, text and DEFLATE. It is given to the endpoint
 * so that one with a deliberate defect can take the place of the strict one.
 */
export interface Codec {
  readonly newDecoder: () => Pick<FrameDecoder, "push" | "next" | "header">;
  readonly startViolations: typeof startViolations;
  readonly lengthViolations: typeof lengthViolations;
  /** What is wrong with the payload of a close frame, or null. */
  readonly closeFailure: typeof closeFailure;
  /** For the text of an uncompressed message, as it comes in. */
  readonly newTextValidator: () => Pick<Utf8Validator, "push" | "complete">;
  /** For the text of a compressed message, which comes as a whole. */
  readonly isValidUtf8: (octets: Uint8Array) => boolean;
  readonly newInflater: (setup: InflaterSetup) => Pick<Inflater, "hasRoomFor" | "push" | "end">;
  readonly newDeflater: (settings: DeflateSettings) => Pick<Deflater, "deflate">;
  readonly encodeFrame: typeof encodeFrame;
  /** Stands before a payload that is too long to be copied into one buffer with it. */
  readonly encodeHeader: typeof encodeHeader;
}

/** By the letter of RFC 6455 and RFC 7692. */
export const strictCodec: Codec = Object.freeze({
  newDecoder: () => new FrameDecoder(),
  startViolations,
  lengthViolations,
  closeFailure,
  newTextValidator: () => new Utf8Validator(),
  isValidUtf8,
  newInflater: (setup: InflaterSetup) => new Inflater(setup),
  newDeflater: (settings: DeflateSettings) => new Deflater(settings),
  encodeFrame,
  encodeHeader,
});
