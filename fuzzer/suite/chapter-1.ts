/** Chapter 1: one message in one frame, at every border of the length encoding. */

import { Opcode } from "../../wire/frame.ts";

import type { Case, Chapter, Payload } from "../case.ts";
import {
  answeredBy,
  binaryEcho,
  chapter,
  define,
  empty,
  frame,
  group,
  killAfter,
  octets,
  repeat,
  rfc6455,
  say,
  textEcho,
} from "./build.ts";

/** One length and why it is of interest. */
interface Size {
  readonly length: number;
  readonly title: string;
  readonly why: string;
  readonly chop?: number;
  readonly limit: number;
}

const sizes: readonly Size[] = [
  {
    length: 0,
    title: "empty",
    why: "It has no payload at all, only a header; the echo must be an empty message, not silence.",
    limit: 1000,
  },
  {
    length: 125,
    title: "125 octets, the most for the 7-bit length",
    why: "It is the longest payload whose length fits into the second octet of the header.",
    limit: 1000,
  },
  {
    length: 126,
    title: "126 octets, the least for the 16-bit length",
    why: "It is the shortest payload that needs the 16-bit length; the 7-bit field holds 126, which happens to be the length too.",
    limit: 1000,
  },
  {
    length: 127,
    title: "127 octets, a length that looks like a marker",
    why: "Its length equals the marker of the 64-bit form but belongs into the 16-bit form.",
    limit: 1000,
  },
  {
    length: 128,
    title: "128 octets, a length with the top bit of its octet set",
    why: "Its length sets the top bit of an octet in the 16-bit form, which shows readers that take octets as signed numbers.",
    limit: 1000,
  },
  {
    length: 65_535,
    title: "65,535 octets, the most for the 16-bit length",
    why: "It is the longest payload for the 16-bit form.",
    limit: 10_000,
  },
  {
    length: 65_536,
    title: "65,536 octets, the least for the 64-bit length",
    why: "It is the shortest payload that needs the 64-bit form.",
    limit: 10_000,
  },
  {
    length: 65_536,
    title: "65,536 octets in pieces of 997",
    why: "The octets of the frame, header included, are written in pieces of 997, each in a turn of its own, so that reads at the peer end anywhere in the frame.",
    chop: 997,
    limit: 10_000,
  },
];

const text = { name: "text", opcode: Opcode.text, unit: "2a", shown: 'each "*"', echo: textEcho } as const;
const binary = {
  name: "binary",
  opcode: Opcode.binary,
  unit: "fe",
  shown: "each 0xFE",
  echo: binaryEcho,
} as const;

function echoCase(id: string, type: typeof text | typeof binary, size: Size): Case {
  const payload: Payload = size.length === 0 ? empty : repeat(type.unit, size.length);
  const amount = size.length === 0 ? "without payload" : `of ${octets(size.length)}, ${type.shown}`;
  return define({
    id,
    title: `${type.name === "text" ? "Text" : "Binary"} message, ${size.title}`,
    description: `Sends one ${type.name} message in one frame ${amount}. ${size.why}`,
    expectation: say.echo(type.name),
    citations: rfc6455("5.2", "5.6"),
    script: [
      frame(type.opcode, payload, size.chop === undefined ? {} : { chop: size.chop }),
      killAfter(size.limit),
    ],
    ...answeredBy(type.echo(payload)),
  });
}

/** Framing: text and binary echoes by size. */
export const chapter1: Chapter = chapter("1", "Framing", [
  group(
    "1.1",
    "Text messages by length",
    sizes.map((size, at) => echoCase(`1.1.${at + 1}`, text, size)),
  ),
  group(
    "1.2",
    "Binary messages by length",
    sizes.map((size, at) => echoCase(`1.2.${at + 1}`, binary, size)),
  ),
]);
