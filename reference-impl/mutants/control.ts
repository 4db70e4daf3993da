/** Mutants that handle pings and pongs wrongly. */

import { Opcode } from "../../wire/frame.ts";

import {
  alsoForbidding,
  type OutgoingFrame,
  readingStarts,
  spoilt,
  writing,
  writingOpcode,
} from "./filters.ts";
import { type Mutant, mutant } from "./mutant.ts";

const withPayload = ["2.2", "2.3", "2.4", "2.6", "2.10", "2.11"];

/** Defects in pings and pongs. */
export const controlMutants: readonly Mutant[] = [
  mutant({
    name: "no-pong",
    defect: "does not answer pings",
    rule: "RFC 6455, 5.5.2",
    caughtBy: ["2.1", "2.9", ...withPayload, "5.6"],
    make: () => ({ codec: writingOpcode(Opcode.pong, () => []) }),
  }),
  mutant({
    name: "empty-pong",
    defect: "answers pings with empty pongs",
    rule: "RFC 6455, 5.5.3",
    caughtBy: withPayload,
    make: () => ({ codec: writingOpcode(Opcode.pong, (frame) => [{ ...frame, payload: Buffer.alloc(0) }]) }),
  }),
  mutant({
    name: "spoilt-pong",
    defect: "changes one bit of a ping's payload in its pong",
    rule: "RFC 6455, 5.5.3",
    caughtBy: withPayload,
    make: () => ({
      codec: writingOpcode(Opcode.pong, (frame) => [{ ...frame, payload: spoilt(frame.payload) }]),
    }),
  }),
  mutant({
    name: "short-pong",
    defect: "cuts a ping's payload after 64 octets in its pong",
    rule: "RFC 6455, 5.5.3",
    caughtBy: ["2.4", "2.6"],
    make: () => ({
      codec: writingOpcode(Opcode.pong, (frame) => [{ ...frame, payload: frame.payload.subarray(0, 64) }]),
    }),
  }),
  mutant({
    name: "pong-as-text",
    defect: "reads a ping's payload as text, so that what is no UTF-8 comes back as replacement characters",
    rule: "RFC 6455, 5.5.3",
    caughtBy: ["2.3", "2.4"],
    make: () => ({
      codec: writingOpcode(Opcode.pong, (frame) => [
        { ...frame, payload: Buffer.from(frame.payload.toString("utf8")).subarray(0, 125) },
      ]),
    }),
  }),
  mutant({
    name: "two-pongs",
    defect: "answers every ping twice",
    rule: "RFC 6455, 5.5.3",
    caughtBy: ["2.1", "2.2", "5.6"],
    make: () => ({ codec: writingOpcode(Opcode.pong, (frame) => [frame, frame]) }),
  }),
  mutant({
    name: "pongs-in-pairs",
    defect: "answers every second ping only, and the one before after it",
    rule: "RFC 6455, 5.5.3",
    caughtBy: ["2.1", "2.10", "2.11"],
    make: () => ({ codec: pairing() }),
  }),
  mutant({
    name: "pong-behind-echo",
    defect: "answers a ping only when it sends its next message",
    rule: "RFC 6455, 5.5.2",
    caughtBy: ["2.1", "5.6", "5.7", "5.8"],
    make: () => ({ codec: delaying() }),
  }),
  mutant({
    name: "ping-for-pong",
    defect: "answers pings with pings",
    rule: "RFC 6455, 5.5.2",
    caughtBy: ["2.1", "2.2"],
    make: () => ({ codec: writingOpcode(Opcode.pong, (frame) => [{ ...frame, opcode: Opcode.ping }]) }),
  }),
  mutant({
    name: "answers-pong",
    defect: "answers pongs that nobody asked for",
    rule: "RFC 6455, 5.5.3",
    caughtBy: ["2.7", "2.8", "2.9"],
    make: () => ({
      codec: readingStarts((start) =>
        start.opcode === Opcode.pong ? { ...start, opcode: Opcode.ping } : start,
      ),
    }),
  }),
  mutant({
    name: "refuses-pong",
    defect: "fails the connection at a pong that nobody asked for",
    rule: "RFC 6455, 5.5.3",
    caughtBy: ["2.7", "2.8", "2.9"],
    make: () => ({ codec: alsoForbidding(({ opcode }) => opcode === Opcode.pong) }),
  }),
  mutant({
    name: "ping-is-message",
    defect: "takes pings for binary messages",
    rule: "RFC 6455, 5.5.2",
    caughtBy: ["2.1", "2.2"],
    make: () => ({
      codec: readingStarts((start) =>
        start.opcode === Opcode.ping ? { ...start, opcode: Opcode.binary } : start,
      ),
    }),
  }),
  mutant({
    name: "fragmented-pong",
    defect: "sends pongs in two fragments",
    rule: "RFC 6455, 5.5",
    caughtBy: ["2.1", "2.2"],
    make: () => ({
      codec: writingOpcode(Opcode.pong, (frame) => [
        { ...frame, fin: false },
        { ...frame, opcode: Opcode.continuation, payload: Buffer.alloc(0) },
      ]),
    }),
  }),
];

function pairing(): ReturnType<typeof writing> {
  let held: OutgoingFrame | null = null;
  return writingOpcode(Opcode.pong, (frame) => {
    const first = held;
    held = first === null ? frame : null;
    return first === null ? [] : [frame, first];
  });
}

function delaying(): ReturnType<typeof writing> {
  let held: OutgoingFrame[] = [];
  return writing((frame) => {
    if (frame.opcode === Opcode.pong) {
      held.push(frame);
      return [];
    }
    const late = held;
    held = [];
    return frame.opcode === Opcode.close ? [frame] : [frame, ...late];
  });
}
