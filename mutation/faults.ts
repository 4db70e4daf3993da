/** What can be wrong with a stream of frames. Which rule it breaks, if any in its place, the reference endpoint says. */

import { Opcode } from "../wire/frame.ts";
import type { Payload } from "../fuzzer/case.ts";

import type { Dice } from "./dice.ts";
import { drawBinary, drawBrokenClose, drawBrokenText, drawClose, drawControl, drawText } from "./payloads.ts";
import type { FrameElement, FrameStream, HeaderEdit, MessageElement, StreamElement } from "./stream.ts";

/** Lengths that nobody sends in earnest, at the borders of what numbers hold. */
const hugeLengths = [
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  2 ** 62,
  2 ** 63 - 1_024,
  2 ** 63,
  2 ** 64 - 2_048,
];

/** Spoils something of a stream, at some place. */
export function drawFault(dice: Dice, stream: FrameStream): FrameStream {
  const spoil = dice.weighted<(dice: Dice, stream: FrameStream) => FrameStream>([
    [8, (d, s) => editing(d, s, { rsv: d.between(1, 7) })],
    [6, (d, s) => editing(d, s, { opcode: d.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) })],
    [5, (d, s) => editing(d, s, { masked: s.from === "server" })],
    [4, (d, s) => editing(d, s, { fin: d.percent(50) })],
    [4, (d, s) => editing(d, s, { opcode: d.pick([0, 1, 2, 8, 9, 10]) })],
    [4, (d, s) => editing(d, s, { lengthBits: d.percent(50) ? 16 : 64 })],
    [4, (d, s) => editing(d, s, announcing(d))],
    [12, (d, s) => inserting(d, s, drawBrokenMessage(d))],
    [12, (d, s) => inserting(d, s, drawBadFrame(d, s))],
    [5, (d, s) => inserting(d, s, closeFrame(drawClosePayload(d, s)))],
    [5, (d, s) => inserting(d, s, closeFrame(drawBrokenClose(d)))],
    [3, (d, s) => inserting(d, s, { kind: "octets", hex: d.octets(d.between(1, 24)).toString("hex") })],
    [8, flipping],
    [3, (d, s) => ({ ...s, cut: d.below(400) })],
  ]);
  return spoil(dice, stream);
}

function announcing(dice: Dice): HeaderEdit {
  if (dice.percent(60)) return { declared: dice.pick(hugeLengths), lengthBits: 64 };
  return { declared: dice.below(300) };
}

/** Changes the header of some frame. */
function editing(dice: Dice, stream: FrameStream, edit: HeaderEdit): FrameStream {
  const at = dice.below(stream.elements.length);
  const elements = stream.elements.map((element, index) =>
    index === at ? edited(dice, element, edit) : element,
  );
  return { ...stream, elements };
}

function edited(dice: Dice, element: StreamElement, edit: HeaderEdit): StreamElement {
  if (element.kind === "octets") return element;
  if (element.kind === "frame") return { ...element, ...edit };
  const { fragments = [], inside = [] } = element;
  if (inside.length > 0 && dice.percent(30)) {
    const at = dice.below(inside.length);
    return { ...element, inside: inside.map((frame, i) => (i === at ? { ...frame, ...edit } : frame)) };
  }
  return { ...element, edits: [{ ...edit, fragment: dice.below(fragments.length + 1) }] };
}

/** Puts a further element somewhere: between two others, or inside a message. */
function inserting(dice: Dice, stream: FrameStream, added: StreamElement): FrameStream {
  const at = dice.below(stream.elements.length + 1);
  const before = stream.elements[at];
  if (
    added.kind === "frame" &&
    before?.kind === "message" &&
    before.fragments !== undefined &&
    dice.percent(60)
  ) {
    const inside = [...before.fragments.slice(1).map(() => drawPing(dice)), added];
    return { ...stream, elements: stream.elements.with(at, { ...before, inside }) };
  }
  return { ...stream, elements: stream.elements.toSpliced(at, 0, added) };
}

function drawPing(dice: Dice): FrameElement {
  return { kind: "frame", opcode: Opcode.ping, payload: drawControl(dice) };
}

/** A text that is not UTF-8, in one piece or several. */
function drawBrokenMessage(dice: Dice): MessageElement {
  const fragments = Array.from({ length: dice.below(4) }, () => dice.below(24));
  return {
    kind: "message",
    binary: false,
    payload: drawBrokenText(dice),
    ...(fragments.length > 0 && { fragments }),
    ...(fragments.length > 0 && dice.percent(40) && { inside: fragments.map(() => drawPing(dice)) }),
    ...(dice.percent(30) && { deflate: true }),
  };
}

/** A frame that is wrong wherever it stands, or nearly everywhere. */
function drawBadFrame(dice: Dice, { from }: FrameStream): FrameElement {
  const frame = (opcode: number, payload: Payload, edit: HeaderEdit = {}): FrameElement => ({
    kind: "frame",
    opcode,
    payload,
    ...edit,
  });
  const control = () => dice.pick([Opcode.close, Opcode.ping, Opcode.pong]);
  return dice.weighted<() => FrameElement>([
    [3, () => frame(Opcode.continuation, drawText(dice), { fin: dice.percent(60) })],
    [3, () => frame(control(), drawControl(dice), { fin: false })],
    [3, () => frame(control(), drawBinary(dice, dice.between(126, 300)))],
    [1, () => frame(control(), drawBinary(dice, dice.pick([65_535, 65_536])))],
    [
      3,
      () =>
        frame(dice.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), drawControl(dice), { fin: dice.percent(80) }),
    ],
    [2, () => frame(control(), drawControl(dice), { rsv: dice.between(1, 7) })],
    [2, () => frame(control(), drawControl(dice), { masked: from === "server" })],
    [2, () => frame(dice.pick([Opcode.text, Opcode.binary]), drawText(dice), { fin: dice.percent(50) })],
    // Marked as compressed, and what it holds hardly is.
    [2, () => frame(dice.pick([Opcode.text, Opcode.binary]), drawBinary(dice, dice.below(60)), { rsv: 4 })],
    [1, () => frame(Opcode.continuation, drawText(dice), { rsv: 4 })],
    [
      1,
      () =>
        frame(dice.below(16), drawBinary(dice, dice.below(20)), {
          fin: dice.percent(50),
          rsv: dice.below(8),
        }),
    ],
  ])();
}

function closeFrame(payload: Payload): FrameElement {
  return { kind: "frame", opcode: Opcode.close, payload };
}

function drawClosePayload(dice: Dice, { from }: FrameStream): Payload {
  const { code, reason } = drawClose(dice, from);
  if (code === null) return { hex: "" };
  return { hex: code.toString(16).padStart(4, "0") + reason };
}

/** Turns bits over: of headers and close frames, but also of payloads. */
function flipping(dice: Dice, stream: FrameStream): FrameStream {
  const flips = Array.from(
    {
      length: dice.weighted([
        [5, 1],
        [2, 2],
        [1, 6],
      ]),
    },
    () => ({
      at: dice.percent(60) ? dice.below(16) : dice.below(4_096),
      xor: dice.percent(70) ? 1 << dice.below(8) : dice.between(1, 255),
    }),
  );
  return { ...stream, flips };
}
