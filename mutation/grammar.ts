/** The grammar of streams: legal ones, and legal ones of which something is spoilt. */

import { Opcode } from "../wire/frame.ts";
import { type DeflateOffer, deflateOffer } from "../reference-impl/negotiation.ts";

import { Dice } from "./dice.ts";
import { drawFault } from "./faults.ts";
import { drawOpening } from "./openings.ts";
import { drawResponse } from "./responses.ts";
import { drawBinary, drawClose, drawControl, drawText } from "./payloads.ts";
import type { FrameElement, FrameStream, MessageElement, Stream, StreamElement, Writes } from "./stream.ts";

/** Of a hundred streams so many are opening handshakes. */
const openingShare = 15;

/**
 * The stream of a number in a campaign. The same seed makes the same streams everywhere.
 *
 * @param reader whom it is for
 */
export function streamOf(seed: number, number: number, reader: "client" | "server" = "server"): Stream {
  const dice = new Dice(seed, number);
  const isOpening = dice.percent(openingShare);
  if (reader === "client") return isOpening ? drawResponse(dice) : drawFrames(dice, "server");
  return isOpening ? drawOpening(dice) : drawFrames(dice);
}

/**
 * Octets of a message that is short while it is compressed: inflating takes long enough for what stands behind it to
 * come meanwhile, to a target that inflates beside its other work.
 */
const slowToInflate = 524_288;

function drawFrames(dice: Dice, from?: "server"): FrameStream {
  const offer = dice.percent(50) ? drawOffer(dice) : null;
  const count = dice.weighted([
    [4, 1],
    [4, 2],
    [3, 3],
    [3, dice.between(4, 6)],
    [1, dice.between(7, 16)],
  ]);
  const elements = Array.from({ length: count }, () => drawElement(dice, offer !== null));
  const faults = dice.weighted([
    [35, 0],
    [55, 1],
    [10, 2],
  ]);
  let stream: FrameStream = {
    kind: "frames",
    ...(from === "server" && { from, ...(dice.percent(30) && { atOnce: true }) }),
    offer,
    elements,
    writes: drawWrites(dice),
    sentinel: dice.octets(dice.between(8, 125)).toString("hex"),
    closing: drawClose(dice, from),
    keys: dice.below(2 ** 30),
  };
  for (let i = 0; i < faults; i++) stream = drawFault(dice, stream);
  return stream;
}

function drawOffer(dice: Dice): DeflateOffer {
  const bits = () =>
    dice.weighted([
      [5, 15],
      [4, dice.between(9, 14)],
      [1, 8],
    ]);
  return deflateOffer({
    serverNoContextTakeover: dice.percent(25),
    clientNoContextTakeover: dice.percent(25),
    // Without the parameter in a response the window is the same as with 15, and servers leave that out.
    serverMaxWindowBits: dice.percent(25) ? Math.min(14, bits()) : null,
    clientMaxWindowBits: dice.weighted<number | true | null>([
      [2, null],
      [4, true],
      [1, bits()],
    ]),
  });
}

function drawWrites(dice: Dice): Writes {
  return dice.weighted<Writes>([
    [10, { by: "whole" }],
    [5, { by: "element" }],
    [3, { by: "element", pause: dice.between(1, 4) }],
    [3, { by: "size", sizes: Array.from({ length: dice.between(1, 6) }, () => dice.between(1, 40)) }],
    [1, { by: "size", sizes: [1] }],
    [1, { by: "size", sizes: [dice.between(500, 5_000)] }],
  ]);
}

function drawElement(dice: Dice, deflate: boolean): StreamElement {
  return dice.weighted<() => StreamElement>([
    [14, () => drawMessage(dice, deflate)],
    [7, () => drawFragmented(dice, deflate)],
    [4, () => ({ kind: "frame", opcode: Opcode.ping, payload: drawControl(dice) })],
    [2, () => ({ kind: "frame", opcode: Opcode.pong, payload: drawControl(dice) })],
  ])();
}

function drawMessage(dice: Dice, deflate: boolean): MessageElement {
  const binary = dice.percent(45);
  if (deflate && dice.percent(4))
    return { kind: "message", binary, payload: { unit: "61", length: slowToInflate }, deflate: true };
  const payload = binary ? drawBinary(dice) : drawText(dice);
  return { kind: "message", binary, payload, ...(deflate && dice.percent(75) && { deflate: true }) };
}

function drawFragmented(dice: Dice, deflate: boolean): MessageElement {
  const message = drawMessage(dice, deflate);
  const fragments = Array.from({ length: dice.between(1, 6) }, () =>
    dice.weighted([
      [3, dice.below(8)],
      [1, 0],
      [2, dice.below(200)],
    ]),
  );
  const inside = dice.percent(40) ? fragments.map(() => drawInside(dice)) : [];
  return { ...message, fragments, ...(inside.length > 0 && { inside }) };
}

/** A control frame may stand between fragments (RFC 6455 section 5.4). */
function drawInside(dice: Dice): FrameElement {
  return {
    kind: "frame",
    opcode: dice.percent(70) ? Opcode.ping : Opcode.pong,
    payload: drawControl(dice),
  };
}
