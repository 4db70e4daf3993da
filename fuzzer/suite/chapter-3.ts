/** Chapter 3: reserved bits set although no extension gives them a meaning. */

import { Opcode } from "../../wire/frame.ts";

import type { Chapter } from "../case.ts";
import {
  chapter,
  define,
  empty,
  frame,
  group,
  hex,
  killAfter,
  peerMustFail,
  peerMustFailAfter,
  ping,
  rfc6455,
  say,
  text,
  textEcho,
  textFrame,
  type CaseFields,
} from "./build.ts";

const hello = text("Hello, world!");
const notText = hex("00 ff fe fd fc fb 00 ff");
const citations = rfc6455("5.2", "7.1.7", "7.4.1");

const cases: readonly CaseFields[] = [
  {
    id: "3.1",
    title: "Text frame with RSV3 set",
    description:
      'Sends one text frame, "Hello, world!", with RSV3 set (RSV = 1) and no extension negotiated.',
    expectation: say.fail,
    citations,
    script: [frame(Opcode.text, hello, { rsv: 1 }), killAfter(1000)],
    ...peerMustFail,
  },
  {
    id: "3.2",
    title: "Good text, text with RSV2 set, ping",
    description:
      'Sends three frames in one go: a good text frame, "Hello, world!", the same with RSV2 set (RSV = 2), and an empty ping.',
    expectation: say.failAfterEcho(),
    citations,
    script: [textFrame(hello), frame(Opcode.text, hello, { rsv: 2 }), ping(empty), killAfter(1000)],
    ...peerMustFailAfter(textEcho(hello)),
  },
  {
    id: "3.3",
    title: "Good text, text with RSV2 and RSV3 set, ping, one write each",
    description:
      'Sends a good text frame, "Hello, world!", the same with RSV2 and RSV3 set (RSV = 3), and an empty ping, each frame written whole in a turn of its own.',
    expectation: say.failAfterEcho(),
    citations,
    script: [
      textFrame(hello, { sync: true }),
      frame(Opcode.text, hello, { rsv: 3, sync: true }),
      ping(empty, { sync: true }),
      killAfter(1000),
    ],
    ...peerMustFailAfter(textEcho(hello)),
  },
  {
    id: "3.4",
    title: "Good text, text with RSV1 set, ping, octet by octet",
    description:
      'Sends a good text frame, "Hello, world!", the same with RSV1 set (RSV = 4), and an empty ping, every octet written in a turn of its own. RSV1 means a compressed message only where permessage-deflate was negotiated, which it was not.',
    expectation: say.failAfterEcho(),
    citations,
    script: [
      textFrame(hello, { chop: 1 }),
      frame(Opcode.text, hello, { rsv: 4, chop: 1 }),
      ping(empty, { chop: 1 }),
      killAfter(1000),
    ],
    ...peerMustFailAfter(textEcho(hello)),
  },
  {
    id: "3.5",
    title: "Binary frame with RSV1 and RSV3 set",
    description:
      "Sends one binary frame with the 8 octets 00 FF FE FD FC FB 00 FF and with RSV1 and RSV3 set (RSV = 5).",
    expectation: say.fail,
    citations,
    script: [frame(Opcode.binary, notText, { rsv: 5 }), killAfter(1000)],
    ...peerMustFail,
  },
  {
    id: "3.6",
    title: "Binary frame with RSV1 and RSV2 set",
    description:
      'Sends one binary frame with the octets of "Hello, world!" and with RSV1 and RSV2 set (RSV = 6).',
    expectation: say.fail,
    citations,
    script: [frame(Opcode.binary, hello, { rsv: 6 }), killAfter(1000)],
    ...peerMustFail,
  },
  {
    id: "3.7",
    title: "Close frame with all reserved bits set",
    description: "Sends one close frame without payload and with all three reserved bits set (RSV = 7).",
    expectation: `${say.fail} So it must not be answered with 1000, as a good close frame would be.`,
    citations: rfc6455("5.2", "5.5.1", "7.1.7", "7.4.1"),
    script: [frame(Opcode.close, empty, { rsv: 7 }), killAfter(1000)],
    ...peerMustFail,
  },
];

/** Reserved bits. */
export const chapter3: Chapter = chapter("3", "Reserved bits", [
  group(
    "3",
    "Reserved bits",
    cases.map((fields) => define(fields)),
  ),
]);
