/** Mutants that compress or inflate wrongly (RFC 7692). */

import { constants, deflateRawSync } from "node:zlib";

import { Opcode } from "../../wire/frame.ts";

import { type Codec, strictCodec } from "../codec.ts";
import { writing } from "./filters.ts";
import { type Mutant, mutant } from "./mutant.ts";
import { halves } from "./writing.ts";

const rsv1 = 4;

/** Cases of all corpora and parameters: small messages, a window's worth, and larger ones in fragments. */
const long = ["2", "6", "12", "16"].flatMap((size) => [`12.*.${size}`, `13.*.${size}`]);
const inFragments = ["12.*.12", "12.*.16", "13.*.12", "13.*.16"];
const takingOver = ["12.*.2", "12.*.6"];

/** What stands at the end of every flushed DEFLATE stream, and not in a message (RFC 7692 section 7.2.1). */
const tail = Buffer.from([0, 0, 0xff, 0xff]);

const sending: readonly Mutant[] = [
  mutant({
    name: "compressed-without-rsv1",
    defect: "compresses messages and does not say so",
    rule: "RFC 7692, 6.1",
    caughtBy: long,
    long,
    make: () => ({ codec: writing((frame) => [{ ...frame, rsv: 0 }]) }),
  }),
  mutant({
    name: "rsv1-without-compression",
    defect: "says that messages are compressed which are not",
    rule: "RFC 7692, 6.1",
    caughtBy: long,
    long,
    make: () => ({ codec: { newDeflater: () => ({ deflate: (message: Buffer) => message }) } }),
  }),
  mutant({
    name: "rsv1-on-continuation",
    defect: "sets RSV1 on every fragment of a compressed message",
    rule: "RFC 7692, 6.1",
    caughtBy: long,
    long,
    make: () => ({
      codec: writing((frame) => (frame.rsv === rsv1 ? halves(frame, Opcode.continuation) : [frame])),
    }),
  }),
  mutant({
    name: "rsv1-on-control",
    defect: "sets RSV1 on close frames when compression was agreed on",
    rule: "RFC 7692, 6.1",
    caughtBy: long,
    long,
    make: () => ({
      codec: writing((frame) => [frame.opcode === Opcode.close ? { ...frame, rsv: rsv1 } : frame]),
    }),
  }),
  mutant({
    name: "keeps-context-unasked",
    defect: "goes on with the context of its last message, though it agreed not to",
    rule: "RFC 7692, 7.1.1",
    caughtBy: ["13.*.6", "13.*.12"],
    long,
    make: () => ({ codec: deflatingWith((settings) => ({ ...settings, contextTakeover: true })) }),
  }),
  mutant({
    name: "window-too-large",
    defect: "compresses with the largest window, whatever was agreed on",
    rule: "RFC 7692, 7.1.2",
    caughtBy: ["13.*.6", "13.*.12"],
    long,
    make: () => ({ codec: deflatingWith((settings) => ({ ...settings, windowBits: 15 })) }),
  }),
  mutant({
    name: "keeps-deflate-tail",
    defect: "leaves the last four octets of the flushed stream in the message",
    rule: "RFC 7692, 7.2.1",
    caughtBy: takingOver,
    long,
    make: () => ({ codec: changingDeflated((octets) => Buffer.concat([octets, tail])) }),
  }),
  mutant({
    name: "cuts-deflated",
    defect: "cuts one octet too many off the flushed stream",
    rule: "RFC 7692, 7.2.1",
    caughtBy: long,
    long,
    make: () => ({ codec: changingDeflated((octets) => octets.subarray(0, -1)) }),
  }),
  mutant({
    name: "ends-stream-with-each-message",
    defect: "ends the DEFLATE stream with every message, and takes its context over all the same",
    rule: "RFC 7692, 7.2.3.4",
    caughtBy: takingOver,
    long,
    make: () => ({
      codec: {
        newDeflater: () => ({
          deflate: (message: Buffer) => deflateRawSync(message, { finishFlush: constants.Z_FINISH }),
        }),
      },
    }),
  }),
];

const receiving: readonly Mutant[] = [
  mutant({
    name: "forgets-context",
    defect: "forgets the context of the message before, though the peer may go on with it",
    rule: "RFC 7692, 7.2.2",
    caughtBy: takingOver,
    long,
    make: () => ({ codec: inflatingWith((setup) => ({ ...setup, contextTakeover: false })) }),
  }),
  mutant({
    name: "keeps-too-small-a-window",
    defect: "keeps a window of 512 octets, whatever was agreed on",
    rule: "RFC 7692, 7.1.2",
    caughtBy: ["12.*.6", "12.*.12"],
    long,
    make: () => ({ codec: inflatingWith((setup) => ({ ...setup, windowBits: 9 })) }),
  }),
  mutant({
    name: "loses-compressed-fragments",
    defect: "inflates only the first fragment of a compressed message",
    rule: "RFC 7692, 6.2",
    caughtBy: inFragments,
    long,
    make: () => ({ codec: inflatingFirst() }),
  }),
  mutant({
    name: "no-check-of-compressed-text",
    defect: "does not check whether a compressed text is UTF-8",
    rule: "RFC 6455, 8.1",
    caughtBy: ["32.2.1", "32.2.2"],
    long,
    make: () => ({ codec: { isValidUtf8: () => true } }),
  }),
  mutant({
    name: "accepts-rsv1-on-continuation",
    defect: "takes continuation frames with RSV1 set when compression was agreed on",
    rule: "RFC 7692, 6.1",
    caughtBy: ["31.3.5", "31.3.8"],
    long,
    make: () => ({
      codec: {
        startViolations: (start, context) =>
          strictCodec.startViolations(
            context.deflate && start.opcode === Opcode.continuation ? { ...start, rsv: 0 } : start,
            context,
          ),
      },
    }),
  }),
  mutant({
    name: "survives-corrupt-deflate",
    defect: "takes a compressed message that does not inflate for an empty one",
    rule: "RFC 7692, 7.2.2",
    caughtBy: ["31.3.1", "31.3.2", "31.3.3"],
    long,
    make: () => ({ codec: survivingInflater() }),
  }),
];

function deflatingWith(
  change: (settings: Parameters<Codec["newDeflater"]>[0]) => Parameters<Codec["newDeflater"]>[0],
): Partial<Codec> {
  return { newDeflater: (settings) => strictCodec.newDeflater(change(settings)) };
}

function inflatingWith(
  change: (setup: Parameters<Codec["newInflater"]>[0]) => Parameters<Codec["newInflater"]>[0],
): Partial<Codec> {
  return { newInflater: (setup) => strictCodec.newInflater(change(setup)) };
}

function changingDeflated(change: (octets: Buffer) => Buffer): Partial<Codec> {
  return {
    newDeflater(settings) {
      const strict = strictCodec.newDeflater(settings);
      return { deflate: (message: Buffer) => change(strict.deflate(message)) };
    },
  };
}

/** What comes behind the first piece of a message is not looked at. */
function inflatingFirst(): Partial<Codec> {
  return {
    newInflater(setup) {
      const strict = strictCodec.newInflater(setup);
      let first = true;
      return {
        hasRoomFor: (octets: number) => strict.hasRoomFor(octets),
        push(octets: Buffer) {
          if (first) strict.push(octets);
          first = false;
        },
        end() {
          first = true;
          return strict.end();
        },
      };
    },
  };
}

function survivingInflater(): Partial<Codec> {
  return {
    newInflater(setup) {
      const strict = strictCodec.newInflater(setup);
      return {
        hasRoomFor: (octets: number) => strict.hasRoomFor(octets),
        push: (octets: Buffer) => strict.push(octets),
        end() {
          try {
            return strict.end();
          } catch {
            return Buffer.alloc(0);
          }
        },
      };
    },
  };
}

/** Defects in permessage-deflate. */
export const compressionMutants: readonly Mutant[] = [...sending, ...receiving];
