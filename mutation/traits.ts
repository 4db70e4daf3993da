import { Opcode } from "../wire/frame.ts";
import type { Payload } from "../fuzzer/case.ts";

import { ordinaryFirst, ordinaryLines } from "./shrink-opening.ts";
import type {
  FrameElement,
  HeaderEdit,
  OpeningStream,
  ResponseStream,
  Stream,
  StreamElement,
} from "./stream.ts";

/**
 * What a stream consists of, whatever its order and contents. Of a stream that was made as small as it can be, each
 * trait is needed to show what it shows: so of two of them, of which one has all the traits of the other and more, the
 * smaller one tells what is wrong in both.
 */
export function traitsOf(stream: Stream): ReadonlySet<string> {
  if (stream.kind !== "frames") return new Set(openingTraits(stream));
  const { flips, cut, elements, atOnce } = stream;
  return new Set([
    ...elements.flatMap(elementTraits),
    ...(atOnce ? ["with the response"] : []),
    ...(flips ? ["bits turned over"] : []),
    ...(cut === undefined ? [] : ["cut"]),
  ]);
}

/** The same of a stream whose connection was not opened: nothing but the request counts. */
export function requestTraitsOf(stream: Stream): ReadonlySet<string> {
  if (stream.kind !== "frames") return traitsOf(stream);
  return new Set(stream.offer === null ? [] : ["sec-websocket-extensions"]);
}

/** The fields that are not in every request, or do not say the ordinary, tell what a request is about. */
function openingTraits({ kind, lines }: OpeningStream | ResponseStream): string[] {
  const [first, ...fields] = lines;
  const names = fields
    .filter((line) => !ordinaryLines.includes(line))
    .map((line) => line.slice(0, Math.max(0, line.indexOf(":"))).toLowerCase());
  return first === ordinaryFirst[kind] ? names : ["first line", ...names];
}

function elementTraits(element: StreamElement): string[] {
  switch (element.kind) {
    case "octets":
      return ["octets"];
    case "frame":
      return [`${opcodeTrait(element.opcode)} frame`, ...editTraits(element), ...sizeTraits(element.payload)];
    case "message": {
      const { fragments, inside = [], edits = [], deflate, payload } = element;
      return [
        "message",
        ...(deflate ? ["deflated"] : []),
        ...(fragments ? ["fragmented"] : []),
        ...(inside.length > 0 ? ["frame inside"] : []),
        ...edits.flatMap(editTraits),
        ...inside.flatMap(insideTraits),
        ...sizeTraits(payload),
      ];
    }
  }
}

/** A ping inside a message is as good as a pong. */
function insideTraits(frame: FrameElement): string[] {
  const opcode = opcodeTrait(frame.opcode);
  return [...(opcode === "ping or pong" ? [] : [`${opcode} inside`]), ...editTraits(frame)];
}

/** Reserved opcodes are as good as each other, but for data and control; and so are ping and pong. */
function opcodeTrait(opcode: number): string {
  if (opcode > Opcode.pong) return "reserved control";
  if (opcode > Opcode.binary && opcode < Opcode.close) return "reserved data";
  return opcode >= Opcode.ping ? "ping or pong" : `opcode ${opcode}`;
}

function editTraits({ fin, rsv, masked, lengthBits, declared }: HeaderEdit): string[] {
  const named = {
    fin,
    [rsv === 4 ? "rsv1" : "rsv23"]: rsv,
    masked,
    lengthBits,
    declared,
  };
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** Sizes as the length field divides them; few octets are nothing special. */
function sizeTraits(payload: Payload): string[] {
  const length = "hex" in payload ? payload.hex.length / 2 : payload.length;
  if (length > 0 && length < 126) return [];
  if (length === 0) return ["no octets"];
  return [length < 65_536 ? "some octets" : "many octets"];
}
