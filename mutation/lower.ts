import { type FrameHeader, FrameDecoder } from "../wire/frame.ts";
import type { AgreedDeflate } from "../wire/permessage-deflate.ts";

import { framesOf } from "./division.ts";
import { renderFrames } from "./render.ts";
import type { FrameElement, FrameStream, StreamElement } from "./stream.ts";

/**
 * The same octets, but for masking keys, as single frames: for streams that flips and cuts have made into something else
 * than their elements say, and for compressed messages whose payload is to be looked at as it is.
 */
export function lowered(stream: FrameStream, agreed: AgreedDeflate | null): FrameStream {
  const { flips: _, cut: __, ...rest } = stream;
  const elements = elementsOf(renderFrames(stream, agreed).octets, stream.from === undefined);
  return { ...rest, elements };
}

/** Octets as frames; what is no whole frame at the end stays what it is. */
function elementsOf(octets: Buffer, areMasked: boolean): readonly StreamElement[] {
  const { frames, swallowed } = framesOf(octets);
  const whole = swallowed ? frames.slice(0, -1) : frames;
  const elements: StreamElement[] = whole.map((frame) => readFrame(frame, areMasked));
  return swallowed ? [...elements, { kind: "octets", hex: frames.at(-1)!.toString("hex") }] : elements;
}

function readFrame(frame: Buffer, areMasked: boolean): FrameElement {
  const decoder = new FrameDecoder();
  decoder.push(Buffer.from(frame));
  const parts: Buffer[] = [];
  for (let event = decoder.next(); event !== null; event = decoder.next())
    if (event.type === "payload") parts.push(event.data);
  return frameOf(decoder.header!, Buffer.concat(parts), areMasked);
}

function frameOf(
  { fin, rsv, opcode, masked, length7 }: FrameHeader,
  payload: Buffer,
  areMasked: boolean,
): FrameElement {
  const shortest = payload.length < 126 ? 7 : payload.length < 65_536 ? 16 : 64;
  const bits = length7 === 127 ? 64 : length7 === 126 ? 16 : 7;
  return {
    kind: "frame",
    opcode,
    payload: { hex: payload.toString("hex") },
    ...(!fin && { fin }),
    ...(rsv !== 0 && { rsv }),
    ...(masked !== areMasked && { masked }),
    ...(bits !== shortest && { lengthBits: bits }),
  };
}
