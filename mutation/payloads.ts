/** Contents of messages and control frames, drawn at random. */

import type { Payload } from "../fuzzer/case.ts";

import type { Dice } from "./dice.ts";

/** Lengths around which the length field, buffers and limits change (RFC 6455 section 5.2). */
const corners = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 63, 64, 65, 123, 124, 125, 126, 127, 128, 255, 256, 1_000, 1_024,
];
const largeCorners = [4_095, 4_096, 8_192, 16_383, 16_384, 16_385, 65_534, 65_535, 65_536, 65_537, 70_000];

/** Octets of the payload of a control frame at the most (RFC 6455 section 5.5). */
const maxControl = 125;

/** Texts that are valid, each for a trait of its own. */
const texts = [
  "Hello",
  "\u0000",
  "\r\n\t",
  "κόσμε",
  "Привет",
  "日本語",
  "\u{1f600}\u{1f4a9}",
  "\ufeff",
  "\ufffd",
  "\uffff",
  "\u{10ffff}",
  "\u{1fffe}",
  "\ud7ff\ue000",
  "e\u0301",
  "\u202e",
  "\u007f\u0080",
  "\u07ff\u0800",
];

/** Octets that no UTF-8 text holds, at least not as they stand (RFC 3629 section 4). */
const brokenTexts = [
  "80",
  "bf",
  "c0af",
  "c1bf",
  "c3",
  "c328",
  "e080af",
  "e2",
  "e282",
  "e28228",
  "eda080",
  "edbfbf",
  "f08080af",
  "f0",
  "f09f98",
  "f0288cbc",
  "f4908080",
  "f5808080",
  "f888808080",
  "fe",
  "ff",
];

const hexOf = (octets: Buffer): Payload => ({ hex: octets.toString("hex") });

/** A length of a message; long ones are rare. */
export function drawLength(dice: Dice): number {
  const most = dice.weighted([
    [45, 0],
    [30, 32],
    [20, 1_500],
    [5, -1],
  ]);
  if (most === 0) return dice.pick(corners);
  return most < 0 ? dice.pick(largeCorners) : dice.below(most);
}

/** Any octets. What is long repeats itself. */
export function drawBinary(dice: Dice, length = drawLength(dice)): Payload {
  if (length <= 1_500) return hexOf(dice.octets(length));
  return { unit: dice.octets(dice.between(1, 64)).toString("hex"), length };
}

/** Valid UTF-8. */
export function drawText(dice: Dice): Payload {
  const length = drawLength(dice);
  if (length > 1_500)
    return { unit: Buffer.from(dice.pick(["a", "hello ", "0123456789"])).toString("hex"), length };
  let text = "";
  while (Buffer.byteLength(text) < length)
    text += dice.percent(30) ? dice.pick(texts) : String.fromCharCode(dice.between(0x20, 0x7e));
  return hexOf(Buffer.from(text));
}

/** Not UTF-8, somewhere. */
export function drawBrokenText(dice: Dice): Payload {
  const broken = Buffer.from(dice.pick(brokenTexts), "hex");
  const before = Buffer.from(dice.percent(60) ? dice.pick(texts).repeat(dice.below(40)) : "");
  // Nothing behind it often: then only the end of the message shows that a character is not whole.
  const after = Buffer.from(dice.percent(50) ? "a".repeat(dice.below(20)) : "");
  return hexOf(Buffer.concat([before, broken, after]));
}

/** What a ping or pong may hold. */
export function drawControl(dice: Dice): Payload {
  const length = dice.weighted([
    [3, 0],
    [5, dice.below(16)],
    [2, maxControl],
    [3, dice.below(maxControl + 1)],
  ]);
  return hexOf(dice.octets(length));
}

/** Payload of a close frame that is in order; the reason is often left out. */
export function drawClose(
  dice: Dice,
  from?: "server",
): { readonly code: number | null; readonly reason: string } {
  if (dice.percent(15)) return { code: null, reason: "" };
  const drawn = dice.weighted([
    [6, 1000],
    [6, dice.pick([1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011])],
    [1, dice.pick([1012, 1013, 1014])],
    [4, dice.pick([3000, 3999, 4000, 4999])],
    [2, dice.between(3000, 4999)],
  ]);
  // A client says with 1010 that it misses an extension, and no server does (RFC 6455 section 7.4.1).
  const code = from === "server" && drawn === 1010 ? 1011 : drawn;
  if (dice.percent(50)) return { code, reason: "" };
  const reason = dice.percent(20) ? "x".repeat(123) : dice.pick(texts);
  return { code, reason: Buffer.from(reason).toString("hex") };
}

/** Payload of a close frame that is not. */
export function drawBrokenClose(dice: Dice): Payload {
  const code = Buffer.alloc(2);
  switch (dice.below(4)) {
    case 0:
      return hexOf(dice.octets(1));
    case 1: {
      code.writeUInt16BE(
        dice.pick([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]),
      );
      return hexOf(code);
    }
    case 2:
      code.writeUInt16BE(1000);
      return hexOf(Buffer.concat([code, Buffer.from(dice.pick(brokenTexts), "hex")]));
    default:
      code.writeUInt16BE(1000);
      return hexOf(Buffer.concat([code, Buffer.alloc(dice.between(124, 200), "x")]));
  }
}
