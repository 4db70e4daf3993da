/** Mutants that write frames or messages which no endpoint may write. */

import { Opcode } from "../../wire/frame.ts";

import { type OutgoingFrame, spoilt, writing } from "./filters.ts";
import type { Message } from "../incoming.ts";
import { type Mutant, mutant } from "./mutant.ts";

const isData = ({ opcode }: OutgoingFrame): boolean => opcode <= Opcode.binary;
const fixedKey = Buffer.from([1, 2, 3, 4]);

const frames: readonly Mutant[] = [
  mutant({
    name: "writes-unmasked",
    defect: "does not mask what it sends as a client",
    rule: "RFC 6455, 5.1",
    sides: ["client"],
    caughtBy: ["1.1.2", "2.2"],
    make: () => ({ codec: writing((frame) => [{ ...frame, maskKey: null }]) }),
  }),
  mutant({
    name: "writes-masked",
    defect: "masks what it sends as a server",
    rule: "RFC 6455, 5.1",
    sides: ["server"],
    caughtBy: ["1.1.2", "2.2"],
    make: () => ({ codec: writing((frame) => [{ ...frame, maskKey: fixedKey }]) }),
  }),
  mutant({
    name: "one-mask-key-for-all",
    defect: "takes the same masking key for all frames",
    rule: "RFC 6455, 5.3",
    sides: ["client"],
    caughtBy: ["24.4.2"],
    make: () => ({ options: { newMaskKey: () => fixedKey } }),
  }),
  mutant({
    name: "mask-key-of-zeros",
    defect: "takes a masking key of zeros, which masks nothing",
    rule: "RFC 6455, 5.3",
    sides: ["client"],
    caughtBy: ["24.4.1"],
    make: () => ({ options: { newMaskKey: () => Buffer.alloc(4) } }),
  }),
  mutant({
    name: "writes-16-bit-lengths",
    defect: "writes lengths below 126 in 16 bits",
    rule: "RFC 6455, 5.2",
    caughtBy: ["1.1.2", "2.2"],
    make: () => ({
      codec: writing((frame) => [frame.payload.length < 126 ? { ...frame, lengthBits: 16 } : frame]),
    }),
  }),
  mutant({
    name: "writes-64-bit-lengths",
    defect: "writes lengths from 126 to 65,535 in 64 bits",
    rule: "RFC 6455, 5.2",
    caughtBy: ["1.1.3", "1.1.4", "1.1.5"],
    make: () => ({
      codec: writing((frame) => [frame.payload.length > 125 ? { ...frame, lengthBits: 64 } : frame]),
    }),
  }),
  mutant({
    name: "writes-rsv3",
    defect: "sets RSV3 on the messages that it sends",
    rule: "RFC 6455, 5.2",
    caughtBy: ["1.1.2", "1.2.2"],
    make: () => ({ codec: writing((frame) => [isData(frame) ? { ...frame, rsv: 1 } : frame]) }),
  }),
  mutant({
    name: "writes-rsv2-on-pong",
    defect: "sets RSV2 on the pongs that it sends",
    rule: "RFC 6455, 5.2",
    caughtBy: ["2.1", "2.2"],
    make: () => ({
      codec: writing((frame) => [frame.opcode === Opcode.pong ? { ...frame, rsv: 2 } : frame]),
    }),
  }),
  mutant({
    name: "writes-opcode-3",
    defect: "sends texts with the reserved opcode 3",
    rule: "RFC 6455, 5.2",
    caughtBy: ["1.1.1", "1.1.2"],
    make: () => ({
      codec: writing((frame) => [frame.opcode === Opcode.text ? { ...frame, opcode: 3 } : frame]),
    }),
  }),
  mutant({
    name: "never-sets-fin",
    defect: "does not set FIN on the messages that it sends",
    rule: "RFC 6455, 5.4",
    caughtBy: ["1.1.1", "1.1.2"],
    make: () => ({ codec: writing((frame) => [isData(frame) ? { ...frame, fin: false } : frame]) }),
  }),
  mutant({
    name: "repeats-opcode-in-fragments",
    defect: "sends messages in two fragments that both have the message's opcode",
    rule: "RFC 6455, 5.4",
    caughtBy: ["1.1.2", "1.2.2"],
    make: () => ({ codec: writing((frame) => halves(frame, frame.opcode)) }),
  }),
  mutant({
    name: "begins-with-continuation",
    defect: "sends messages as continuation frames",
    rule: "RFC 6455, 5.4",
    caughtBy: ["1.1.1", "1.1.2"],
    make: () => ({
      codec: writing((frame) => [isData(frame) ? { ...frame, opcode: Opcode.continuation } : frame]),
    }),
  }),
];

/** A data frame as two fragments, the second with an opcode of its own. */
export function halves(frame: OutgoingFrame, second: number): readonly OutgoingFrame[] {
  const { payload } = frame;
  if (!isData(frame) || payload.length < 2) return [frame];
  const middle = payload.length >> 1;
  return [
    { ...frame, fin: false, payload: payload.subarray(0, middle) },
    { ...frame, opcode: second, payload: payload.subarray(middle) },
  ];
}

const echoing = (
  name: string,
  defect: string,
  caughtBy: readonly string[],
  echo: (message: Message) => readonly Message[],
): Mutant =>
  mutant({
    name,
    defect,
    rule: "RFC 6455, 5.6",
    caughtBy,
    make: () => ({ echo, codec: { isValidUtf8: () => true } }),
  });

const messages: readonly Mutant[] = [
  echoing("text-becomes-binary", "sends texts back as binary messages", ["1.1.1", "6.5.1"], (message) => [
    { ...message, binary: true },
  ]),
  echoing("binary-becomes-text", "sends binary messages back as texts", ["1.2.1", "1.2.2"], (message) => [
    { ...message, binary: false },
  ]),
  echoing("loses-last-octet", "loses the last octet of each message", ["1.1.2", "1.2.2"], (message) => [
    { ...message, payload: message.payload.subarray(0, -1) },
  ]),
  echoing("spoils-last-octet", "changes a bit of each binary message", ["1.2.2", "1.2.7"], (message) => [
    message.binary ? { ...message, payload: spoilt(message.payload) } : message,
  ]),
  echoing("loses-empty-messages", "loses messages without payload", ["1.1.1", "1.2.1", "6.1.1"], (message) =>
    message.payload.length === 0 ? [] : [message],
  ),
  echoing("loses-messages-of-126", "loses messages of 126 octets", ["1.1.3", "1.2.3"], (message) =>
    message.payload.length === 126 ? [] : [message],
  ),
  echoing("echoes-twice", "sends every message back twice", ["1.1.1", "1.1.2"], (message) => [
    message,
    message,
  ]),
  echoing(
    "cuts-at-65535",
    "cuts messages after 65,535 octets",
    ["1.1.7", "1.1.8", "1.2.7", "10.1.1"],
    (message) => [{ ...message, payload: message.payload.subarray(0, 65_535) }],
  ),
  echoing("never-echoes", "sends no message back", ["1.1.1", "5.3", "6.5.1"], () => []),
];

/** Defects in writing frames and messages. */
export const writingMutants: readonly Mutant[] = [...frames, ...messages];
