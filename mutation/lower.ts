import { type FrameHeader, FrameDecoder } from "../wire/frame.ts";
import type { AgreedDeflate } from "../wire/permessage-deflate.ts";

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
  const elements: StreamElement[] = [];
  for (let at = 0; at < octets.length;) {
    const found = frameAt(octets.subarray(at), areMasked);
    if (found === null) return [...elements, { kind: "octets", hex: octets.toString("hex", at) }];
    elements.push(found.frame);
    at += found.octets;
  }
  return elements;
}

function frameAt(
  octets: Buffer,
  areMasked: boolean,
): { readonly frame: FrameElement; readonly octets: number } | null {
  const decoder = new FrameDecoder();
  decoder.push(Buffer.from(octets));
  const parts: Buffer[] = [];
  for (let event = decoder.next(); event !== null; event = decoder.next()) {
    if (event.type === "payload") parts.push(event.data);
    if (event.type === "end") {
      const header = decoder.header!;
      const payload = Buffer.concat(parts);
      return { frame: frameOf(header, payload, areMasked), octets: headerOctets(header) + payload.length };
    }
  }
  return null;
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

function headerOctets({ length7, masked }: FrameHeader): number {
  return 2 + (length7 === 127 ? 8 : length7 === 126 ? 2 : 0) + (masked ? 4 : 0);
}
