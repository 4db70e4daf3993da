/** Chapter 4: opcodes that RFC 6455 reserves. */

import type { Case, Chapter, Payload } from "../case.ts";
import {
  chapter,
  define,
  empty,
  frame,
  group,
  killAfter,
  peerMustFail,
  peerMustFailAfter,
  ping,
  rfc6455,
  say,
  text,
  textEcho,
  textFrame,
} from "./build.ts";

const hello = text("Hello, world!");
const reserved = text("reserved opcode payload");
const citations = rfc6455("5.2", "7.1.7", "7.4.1");

const kinds = {
  data: "3 to 7 are kept for data frames still to be defined",
  control: "11 to 15 are kept for control frames still to be defined",
} as const;

/** The frame with the reserved opcode is all there is. */
function alone(id: string, kind: keyof typeof kinds, opcode: number, payload: Payload): Case {
  const content = payload === empty ? "without payload" : "with payload";
  return define({
    id,
    title: `Opcode ${opcode} (reserved, ${kind}) ${content}`,
    description: `Sends one frame with opcode ${opcode} ${payload === empty ? content : "and 23 octets of payload"}. Of the opcodes, ${kinds[kind]}.`,
    expectation: say.fail,
    citations,
    script: [frame(opcode, payload), killAfter(1000)],
    ...peerMustFail,
  });
}

/** A good message comes before the frame with the reserved opcode, a ping behind it. */
function amongGood(
  id: string,
  kind: keyof typeof kinds,
  opcode: number,
  payload: Payload,
  chop?: number,
): Case {
  const content = payload === empty ? "without payload" : 'with the payload "Hello, world!"';
  const writing = chop === undefined ? {} : { chop };
  const how = chop === undefined ? "in one go" : "every octet written in a turn of its own";
  return define({
    id,
    title: `Good text, opcode ${opcode} (reserved, ${kind})${chop === undefined ? "" : ", octet by octet"}, ping`,
    description: `Sends three frames, ${how}: a good text frame, "Hello, world!", a frame with opcode ${opcode} ${content}, and an empty ping. Of the opcodes, ${kinds[kind]}.`,
    expectation: say.failAfterEcho(),
    citations,
    script: [
      textFrame(hello, writing),
      frame(opcode, payload, writing),
      ping(empty, writing),
      killAfter(1000),
    ],
    ...peerMustFailAfter(textEcho(hello)),
  });
}

/** Reserved opcodes. */
export const chapter4: Chapter = chapter("4", "Unassigned opcodes", [
  group("4.1", "Opcodes kept for data frames", [
    alone("4.1.1", "data", 3, empty),
    alone("4.1.2", "data", 4, reserved),
    amongGood("4.1.3", "data", 5, empty),
    amongGood("4.1.4", "data", 6, hello),
    amongGood("4.1.5", "data", 7, hello, 1),
  ]),
  group("4.2", "Opcodes kept for control frames", [
    alone("4.2.1", "control", 11, empty),
    alone("4.2.2", "control", 12, reserved),
    amongGood("4.2.3", "control", 13, empty),
    amongGood("4.2.4", "control", 14, hello),
    amongGood("4.2.5", "control", 15, hello, 1),
  ]),
]);
