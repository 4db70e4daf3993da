/** Chapter 9: large messages, many fragments, many small writes and many round trips. */

import { Opcode } from "../../wire/frame.ts";

import type { Case, Chapter, Group, Payload, Step } from "../case.ts";
import {
  answeredBy,
  binaryMessage,
  chapter,
  closeAfter,
  define,
  frame,
  group,
  grouped,
  octets,
  repeat,
  rfc6455,
  textMessage,
} from "./build.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

const text = { name: "text", opcode: Opcode.text, binary: false, message: textMessage } as const;
const binary = { name: "binary", opcode: Opcode.binary, binary: true, message: binaryMessage } as const;
type Type = typeof text | typeof binary;

/** What large frames are filled with. */
const filling = { text: "42 41 73 64 37 26 6a 68 32 33", binary: "00 fe 23 fa f0" } as const;

/** The end of every case here; what came is judged by the message rule, not by a list of events. */
const { close } = answeredBy();

const machine =
  "Arguable: this is a matter of limits and speed, not of the protocol, and depends on the machine; an implementation may set a limit, which is then FAILED here.";

/** What differs between the cases in which one large message is echoed. */
interface Bulk {
  readonly id: string;
  readonly type: Type;
  readonly title: string;
  readonly description: string;
  readonly sections: readonly string[];
  readonly length: number;
  readonly send: Step;
  readonly limit: number;
}

/** One large message and its echo. Logging is off while it is under way. */
function bulk({ id, type, title, description, sections, length, send, limit }: Bulk): Case {
  return define({
    id,
    title,
    description,
    expectation: `The peer sends one ${type.name} message of ${octets(length)} back before the deadline, its contents not being compared; the fuzzer then closes with 1000 whatever came. ${machine}`,
    citations: rfc6455(...sections, "10.4"),
    script: [{ step: "log", on: false, noted: false }, send, closeAfter(limit)],
    expected: {},
    close,
    onMessage: { rule: "lengthOnly", binary: type.binary, length },
    reportTime: true,
  });
}

/** 9.1, 9.2: one frame, ever larger. The rows are the length and the deadline in ms. */
function largeFrames(
  id: string,
  type: Type,
  rows: readonly (readonly [length: number, limit: number])[],
): Group {
  return group(
    id,
    `Large ${type.name} frames`,
    rows.map(([length, limit], at) =>
      bulk({
        id: `${id}.${at + 1}`,
        type,
        title: `One ${type.name} frame of ${inUnits(length)}`,
        description: `Sends one ${type.name} message of ${octets(length)} in a single frame.`,
        sections: ["5.2", "5.6"],
        length,
        send: frame(type.opcode, repeat(filling[type.name], length)),
        limit,
      }),
    ),
  );
}

const fragmentSizes = [64, 256, KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, MiB, 4 * MiB] as const;

/** 9.3, 9.4: 4 MiB in ever larger fragments, filled with the unit named for the fragment size. */
function fragments(id: string, type: Type, unitOf: (size: number) => string): Group {
  const length = 4 * MiB;
  return group(
    id,
    `Fragmented ${type.name} messages`,
    fragmentSizes.map((size, at) =>
      bulk({
        id: `${id}.${at + 1}`,
        type,
        title:
          size === length
            ? `4 MiB ${type.name} message, fragment size 4 MiB`
            : `4 MiB ${type.name} message in fragments of ${inUnits(size)}`,
        description:
          size === length
            ? `Sends one ${type.name} message of ${octets(length)} with a fragment size of just as much, which makes it one frame.`
            : `Sends one ${type.name} message of ${octets(length)} in ${grouped(length / size)} fragments of ${octets(size)}, none of them final, and an empty final continuation frame.`,
        sections: ["5.4", "5.6"],
        length,
        send: type.message(repeat(unitOf(size), length), size),
        limit: 100_000,
      }),
    ),
  );
}

/** 9.5, 9.6: 1 MiB in one frame that is written in ever larger pieces. */
function pieces(id: string, type: Type): Group {
  const length = MiB;
  return group(
    id,
    `Large ${type.name} frames in small writes`,
    [64, 128, 256, 512, 1024, 2048].map((chop, at) =>
      bulk({
        id: `${id}.${at + 1}`,
        type,
        title: `1 MiB ${type.name} frame in writes of ${octets(chop)}`,
        description: `Sends one ${type.name} message of ${octets(length)} in a single frame, written in pieces of ${octets(chop)}, each in a turn of its own.`,
        sections: ["5.2", "5.6"],
        length,
        send: frame(type.opcode, repeat(filling[type.name], length), { chop }),
        limit: 1_000_000,
      }),
    ),
  );
}

/** Message length and deadline in ms. */
const trips = [
  [0, 60_000],
  [16, 60_000],
  [64, 60_000],
  [256, 120_000],
  [1024, 240_000],
  [4096, 480_000],
] as const;
const tripCount = 1000;

function roundTrip(id: string, type: Type, payload: Payload, length: number, limit: number): Case {
  const amount = length === 0 ? "empty" : `${length}-octet`;
  const count = grouped(tripCount);
  return define({
    id,
    title: `${count} round trips of ${length === 0 ? "an empty" : `a ${amount}`} ${type.name} message`,
    description: `Sends ${length === 0 ? "an empty" : `a ${amount}`} ${type.name} message, waits for its echo, sends the next one, and so on until ${count} were sent and echoed.`,
    expectation: `The peer sends each message back as a ${type.name} message of the same length, contents not being compared, and all ${count} before the deadline; the fuzzer then closes with 1000. A message of another type or length is FAILED, even one behind the last echo. ${machine}`,
    citations: rfc6455("5.6", "6.1", "6.2"),
    script: [{ step: "log", on: false, noted: true }, closeAfter(limit), frame(type.opcode, payload)],
    expected: {},
    close,
    onMessage: { rule: "roundTrips", payload, binary: type.binary, length, count: tripCount },
    reportTime: true,
  });
}

/** 9.7, 9.8: many small messages, one at a time. */
function roundTrips(id: string, type: Type, unit: string): Group {
  return group(
    id,
    `${type.name === "text" ? "Text" : "Binary"} messages back and forth`,
    trips.map(([length, limit], at) =>
      roundTrip(`${id}.${at + 1}`, type, repeat(unit, length), length, limit),
    ),
  );
}

function inUnits(length: number): string {
  if (length >= MiB) return `${length / MiB} MiB`;
  return length >= KiB ? `${length / KiB} KiB` : octets(length);
}

/** Sizes and speed. */
export const chapter9: Chapter = chapter("9", "Limits and speed", [
  largeFrames("9.1", text, [
    [64 * KiB, 10_000],
    [256 * KiB, 10_000],
    [MiB, 100_000],
    [4 * MiB, 100_000],
    [8 * MiB, 100_000],
    [16 * MiB, 100_000],
  ]),
  largeFrames("9.2", binary, [
    [64 * KiB, 10_000],
    [256 * KiB, 10_000],
    [MiB, 10_000],
    [4 * MiB, 10_000],
    [8 * MiB, 100_000],
    [16 * MiB, 100_000],
  ]),
  fragments("9.3", text, () => "2a"),
  // As in Autobahn, only the first of these is filled with an octet that could not be in a text.
  fragments("9.4", binary, (size) => (size === 64 ? "fe" : "2a")),
  pieces("9.5", text),
  pieces("9.6", binary),
  roundTrips("9.7", text, "2a"),
  roundTrips("9.8", binary, "fe"),
]);
