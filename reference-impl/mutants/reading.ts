/** Mutants that take frames which they must refuse, or read frames wrongly. */

import { type FrameStart, isControl, Opcode } from "../../wire/frame.ts";
import { mask } from "../../wire/mask.ts";

import { alsoForbidding, judgingStarts, readingEvents, readingStarts } from "./filters.ts";
import { type Mutant, mutant } from "./mutant.ts";

const clearing = (bits: number) => (start: FrameStart) => ({ ...start, rsv: start.rsv & ~bits });

const reservedBits: readonly Mutant[] = [
  mutant({
    name: "accepts-rsv3",
    defect: "takes frames with RSV3 set, though no extension gives the bit a meaning",
    rule: "RFC 6455, 5.2",
    caughtBy: ["3.1"],
    make: () => ({ codec: readingStarts(clearing(1)) }),
  }),
  mutant({
    name: "accepts-rsv2",
    defect: "takes frames with RSV2 set, though no extension gives the bit a meaning",
    rule: "RFC 6455, 5.2",
    caughtBy: ["3.2"],
    make: () => ({ codec: readingStarts(clearing(2)) }),
  }),
  mutant({
    name: "accepts-rsv1",
    defect: "takes frames with RSV1 set, though compression was not agreed on",
    rule: "RFC 6455, 5.2",
    caughtBy: ["3.4"],
    make: () => ({ codec: readingStarts(clearing(4)) }),
  }),
  mutant({
    name: "accepts-rsv-of-data",
    defect: "does not look at the reserved bits of data frames",
    rule: "RFC 6455, 5.2",
    caughtBy: ["3.1", "3.2", "3.3", "3.4", "3.5"],
    make: () => ({ codec: readingStarts((start) => (isControl(start.opcode) ? start : clearing(7)(start))) }),
  }),
  mutant({
    name: "accepts-rsv-of-control",
    defect: "does not look at the reserved bits of control frames",
    rule: "RFC 6455, 5.2",
    // 3.7 has a close frame with such bits, but any close that follows it is as good as a failure.
    caughtBy: ["26.2.6", "26.2.7", "31.3.6"],
    make: () => ({ codec: readingStarts((start) => (isControl(start.opcode) ? clearing(7)(start) : start)) }),
  }),
];

/** Frames with the opcode are taken for unasked pongs, which nobody answers. */
const ignoring = (opcode: number, caughtBy: string): Mutant =>
  mutant({
    name: `ignores-opcode-${opcode}`,
    defect: `skips frames with the reserved opcode ${opcode}`,
    rule: "RFC 6455, 5.2",
    caughtBy: [caughtBy],
    make: () => ({
      codec: readingStarts((start) =>
        start.opcode === opcode ? { ...start, opcode: Opcode.pong, fin: true } : start,
      ),
    }),
  });

const opcodes: readonly Mutant[] = [
  ignoring(3, "4.1.1"),
  ignoring(4, "4.1.2"),
  ignoring(5, "4.1.3"),
  ignoring(6, "4.1.4"),
  ignoring(7, "4.1.5"),
  ignoring(11, "4.2.1"),
  ignoring(12, "4.2.2"),
  ignoring(13, "4.2.3"),
  ignoring(14, "4.2.4"),
  ignoring(15, "4.2.5"),
  mutant({
    name: "reserved-opcodes-are-binary",
    defect: "takes frames with the reserved opcodes 3 to 7 for binary messages",
    rule: "RFC 6455, 5.2",
    caughtBy: ["4.1.1", "4.1.2", "4.1.3", "4.1.4", "4.1.5"],
    make: () => ({
      codec: readingStarts((start) =>
        start.opcode > Opcode.binary && !isControl(start.opcode)
          ? { ...start, opcode: Opcode.binary }
          : start,
      ),
    }),
  }),
];

const masking: readonly Mutant[] = [
  mutant({
    name: "accepts-unmasked",
    defect: "takes frames of a client that are not masked",
    rule: "RFC 6455, 5.1",
    sides: ["server"],
    caughtBy: ["24.1.1", "24.1.3"],
    make: () => ({ codec: judgingStarts((start, context) => [{ ...start, masked: true }, context]) }),
  }),
  mutant({
    name: "accepts-masked",
    defect: "takes frames of a server that are masked",
    rule: "RFC 6455, 5.1",
    sides: ["client"],
    caughtBy: ["24.2.1", "24.2.2"],
    make: () => ({ codec: judgingStarts((start, context) => [{ ...start, masked: false }, context]) }),
  }),
  mutant({
    name: "mask-restarts-with-each-read",
    defect: "begins with the first octet of the masking key again when a payload goes on in another read",
    rule: "RFC 6455, 5.3",
    sides: ["server"],
    caughtBy: ["1.1.8", "1.2.8", "2.6"],
    make: () => ({ codec: readingEvents(maskRestarting) }),
  }),
];

function maskRestarting(): Parameters<typeof readingEvents>[0] extends () => infer F ? F : never {
  let seen = 0;
  return (event, decoder) => {
    if (event.type === "header") seen = 0;
    if (event.type !== "payload") return event;
    const key = decoder.header?.maskKey;
    if (key && seen > 0) {
      mask(event.data, key, seen % 4);
      mask(event.data, key);
    }
    seen += event.data.length;
    return event;
  };
}

const lengths: readonly Mutant[] = [
  mutant({
    name: "accepts-long-form-of-length",
    defect: "takes payload lengths that are not written in the shortest form",
    rule: "RFC 6455, 5.2",
    caughtBy: ["25.2.1", "25.2.3"],
    make: () => ({ codec: { lengthViolations: () => [] } }),
  }),
  mutant({
    name: "accepts-long-control",
    defect: "takes control frames of more than 125 octets",
    rule: "RFC 6455, 5.5",
    caughtBy: ["2.5"],
    make: () => ({
      codec: judgingStarts((start, context) => [
        isControl(start.opcode) ? { ...start, length7: Math.min(125, start.length7) } : start,
        context,
      ]),
    }),
  }),
  mutant({
    name: "limit-below-64-kib",
    defect: "takes no message of 65,536 octets",
    rule: "RFC 6455, 5.2",
    caughtBy: ["1.1.7", "1.1.8", "1.2.7", "1.2.8", "10.1.1"],
    make: () => ({ options: { maxMessage: 65_535 } }),
  }),
  mutant({
    name: "limit-of-1-mib",
    defect: "takes no message of more than 1 MiB",
    rule: "RFC 6455, 5.2",
    caughtBy: ["9.1.4", "9.2.4"],
    long: ["9.1.3", "9.1.4", "9.2.4"],
    make: () => ({ options: { maxMessage: 1 << 20 } }),
  }),
];

const fragments: readonly Mutant[] = [
  mutant({
    name: "joins-fragmented-control",
    defect: "takes control frames without FIN, and skips the continuation that follows",
    rule: "RFC 6455, 5.4",
    caughtBy: ["5.1", "5.2"],
    make: () => ({ codec: { newDecoder: () => readingStarts(joiningControl()).newDecoder!() } }),
  }),
  mutant({
    name: "orphan-continuation-begins-message",
    defect: "takes a continuation frame with nothing to continue for the beginning of a text",
    rule: "RFC 6455, 5.4",
    caughtBy: ["5.9", "5.10", "5.11", "5.17"],
    make: () => ({
      codec: judgingStarts((start, context) => [
        start,
        { ...context, messageOpen: context.messageOpen || start.opcode === Opcode.continuation },
      ]),
    }),
  }),
  mutant({
    name: "skips-orphan-continuation",
    defect: "skips continuation frames with nothing to continue",
    rule: "RFC 6455, 5.4",
    caughtBy: ["5.9", "5.10", "5.11", "5.12", "5.13", "5.14", "5.15", "5.16", "5.17"],
    make: () => ({ codec: { newDecoder: () => readingStarts(skippingOrphans()).newDecoder!() } }),
  }),
  mutant({
    name: "joins-message-inside-message",
    defect: "takes a new message inside a fragmented one for a part of that",
    rule: "RFC 6455, 5.4",
    caughtBy: ["5.18"],
    make: () => ({
      codec: judgingStarts((start, context) => [
        start,
        { ...context, messageOpen: context.messageOpen && start.opcode === Opcode.continuation },
      ]),
    }),
  }),
  mutant({
    name: "loses-fragment-behind-ping",
    defect: "loses the fragment that follows a ping inside a message",
    rule: "RFC 6455, 5.4",
    caughtBy: ["5.6", "5.7", "5.8", "5.19", "5.20"],
    make: () => ({
      codec: readingEvents(() => {
        let afterPing = false;
        return (event, { header }) => {
          if (event.type === "end") afterPing = header?.opcode === Opcode.ping;
          return event.type === "payload" && afterPing && header?.opcode === Opcode.continuation
            ? null
            : event;
        };
      }),
    }),
  }),
  mutant({
    name: "refuses-ping-inside-message",
    defect: "fails the connection at a control frame between two fragments",
    rule: "RFC 6455, 5.5",
    caughtBy: ["5.6", "5.7", "5.8", "5.19", "5.20"],
    make: () => ({
      codec: alsoForbidding((start, { messageOpen }) => messageOpen && isControl(start.opcode)),
    }),
  }),
  mutant({
    name: "refuses-empty-fragment",
    defect: "fails the connection at a fragment without payload",
    rule: "RFC 6455, 5.4",
    caughtBy: ["6.1.2", "6.1.3"],
    make: () => ({
      codec: alsoForbidding(
        (start, { messageOpen }) =>
          start.length7 === 0 && !isControl(start.opcode) && (messageOpen || !start.fin),
      ),
    }),
  }),
  mutant({
    name: "first-fragment-only",
    defect: "keeps only the first fragment of a message",
    rule: "RFC 6455, 5.4",
    caughtBy: ["5.3", "5.6", "5.19", "6.2.2", "10.1.1"],
    make: () => ({
      codec: readingEvents(
        () => (event, decoder) =>
          event.type === "payload" && decoder.header?.opcode === Opcode.continuation ? null : event,
      ),
    }),
  }),
  mutant({
    name: "every-frame-is-a-message",
    defect: "takes every data frame for a message of its own",
    rule: "RFC 6455, 5.4",
    caughtBy: ["5.3", "5.4", "5.5", "5.6", "6.1.2"],
    make: () => ({ codec: { newDecoder: () => readingStarts(endingEachFrame()).newDecoder!() } }),
  }),
];

/** FIN is seen on control frames, and the continuation behind one without it becomes a pong. */
function joiningControl(): (start: FrameStart) => FrameStart {
  let open = false;
  return (start) => {
    if (open && start.opcode === Opcode.continuation) {
      open = !start.fin;
      return { ...start, opcode: Opcode.pong, fin: true };
    }
    if (!isControl(start.opcode)) return start;
    open = !start.fin;
    return { ...start, fin: true };
  };
}

function skippingOrphans(): (start: FrameStart) => FrameStart {
  let open = false;
  return (start) => {
    if (isControl(start.opcode)) return start;
    if (start.opcode === Opcode.continuation && !open) return { ...start, opcode: Opcode.pong, fin: true };
    open = !start.fin;
    return start;
  };
}

function endingEachFrame(): (start: FrameStart) => FrameStart {
  let opcode: number = Opcode.text;
  return (start) => {
    if (isControl(start.opcode)) return start;
    if (start.opcode !== Opcode.continuation) opcode = start.opcode;
    return { ...start, opcode, fin: true };
  };
}

/** Defects in reading frames. */
export const readingMutants: readonly Mutant[] = [
  ...reservedBits,
  ...opcodes,
  ...masking,
  ...lengths,
  ...fragments,
];
