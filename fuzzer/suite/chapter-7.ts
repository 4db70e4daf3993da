/** Chapter 7: the closing handshake, with good and bad contents of the close frame and traffic around it. */

import { Opcode } from "../../wire/frame.ts";

import type { Case, Chapter } from "../case.ts";
import {
  answeredBy,
  chapter,
  close,
  define,
  empty,
  firstFragment,
  frame,
  group,
  hex,
  joined,
  killAfter,
  lastFragment,
  ping,
  repeat,
  rfc3629,
  rfc6455,
  text,
  textEcho,
  textFrame,
  type CaseFields,
  type Outcome,
} from "./build.ts";

const hello = text("Hello World!");
/** A Greek word, the octets of the surrogate U+D800 and `edited`. */
const badReason = joined(hex("ce ba e1 bd b9 cf 83 ce bc ce b5"), hex("ed a0 80"), text("edited"));

const wrongCode = "Any other close code makes the behavior FAILED too.";
const answersClose = `The peer answers with a close frame of its own, with code 1000 or without a code, and sends nothing else. ${wrongCode}`;
const rejectsClose =
  "The peer does not take this for a good close frame: it answers with close code 1002, with a close frame without a code, or just ends TCP. " +
  `A clean end is not asked for. ${wrongCode}`;

/** The fuzzer has closed already: nothing more is to come but the close frame, with one of these codes. */
function closedCleanly(...codes: readonly number[]): Outcome {
  return { expected: { OK: [] }, close: { byFuzzer: true, codes, clean: true } };
}

/** As {@link closedCleanly}, but the peer need not finish the handshake. */
function closedAnyhow(...codes: readonly number[]): Outcome {
  return { expected: { OK: [] }, close: { byFuzzer: true, codes, clean: false } };
}

/** The script sends the close frame itself, and a wrong code in the answer fails the case. */
const closing = { suppressClose: true, onEnd: "wrongCodeFails" } as const;

const aroundClose: readonly CaseFields[] = [
  {
    id: "7.1.1",
    title: "Text echo, then a normal close",
    description: 'Sends a text message, "Hello World!", and closes with 1000 when the echo is there.',
    expectation: `The peer echoes the message and then answers the close frame, with code 1000 or without a code. ${wrongCode}`,
    citations: rfc6455("5.5.1", "7.1.2", "7.1.4"),
    script: [textFrame(hello), killAfter(1000)],
    ...answeredBy(textEcho(hello)),
    onEnd: "wrongCodeFails",
  },
  {
    id: "7.1.2",
    title: "Two close frames",
    description: "Sends a close frame with 1000 and right behind it a second close frame, without payload.",
    expectation: `${answersClose} The second close frame needs no answer.`,
    citations: rfc6455("5.5.1", "7.1.4"),
    script: [close(1000), frame(Opcode.close, empty), killAfter(1000)],
    ...closedCleanly(1000),
    ...closing,
  },
  {
    id: "7.1.3",
    title: "Ping behind the close frame",
    description: "Sends a close frame with 1000 and right behind it an empty ping.",
    expectation: `${answersClose} A pong is FAILED: a ping need not be answered once a close frame was received, and behind its own close frame a peer sends nothing.`,
    citations: rfc6455("5.5.1", "5.5.2"),
    script: [close(1000), ping(empty), killAfter(1000)],
    ...closedCleanly(1000),
    ...closing,
  },
  {
    id: "7.1.4",
    title: "Text behind the close frame",
    description: 'Sends a close frame with 1000 and right behind it a text message, "Hello World!".',
    expectation: `${answersClose} An echo is FAILED: nothing behind a close frame is data any more.`,
    citations: rfc6455("1.4", "5.5.1"),
    script: [close(1000), textFrame(hello), killAfter(1000)],
    ...closedCleanly(1000),
    ...closing,
  },
  {
    id: "7.1.5",
    title: "Close frame inside a fragmented text",
    description:
      'Sends the first fragment of a text message, "fragment1", a close frame with 1000, and then the final fragment, "fragment2".',
    expectation: `${answersClose} Arguable: a peer that answers 1002, because the message was never finished, has a case, but is FAILED here.`,
    citations: rfc6455("5.4", "5.5.1", "7.1.5"),
    script: [firstFragment(text("fragment1")), close(1000), lastFragment(text("fragment2")), killAfter(1000)],
    ...closedCleanly(1000),
    ...closing,
  },
  {
    id: "7.1.6",
    title: "256 KiB of text, a short text, close, ping",
    description:
      'Sends four frames in one go: a text message of 262,144 octets ("BAsd7&jh23" over and over), a text message "Hello World!", a close frame with 1000 and an empty ping.',
    expectation:
      "Always INFORMATIONAL: how much a peer still echoes before it answers the close frame is its own affair. " +
      "The events show which way it went: the short echo alone, nothing at all, or, as with most echo servers, both echoes.",
    citations: rfc6455("5.5.1", "7.1.2"),
    script: [
      textFrame(repeat("42 41 73 64 37 26 6a 68 32 33", 262_144)),
      textFrame(hello),
      close(1000),
      ping(empty),
      killAfter(1000),
    ],
    expected: { OK: [textEcho(hello)], "NON-STRICT": [] },
    close: { byFuzzer: true, codes: [1000], clean: true },
    suppressClose: true,
    onEnd: "informational",
  },
];

const contents: readonly CaseFields[] = [
  {
    id: "7.3.1",
    title: "Close frame without payload",
    description: "Sends a close frame without payload: no code and no reason.",
    expectation: answersClose,
    citations: rfc6455("5.5.1", "7.1.5"),
    script: [close(), killAfter(1000)],
    ...closedCleanly(1000),
    ...closing,
  },
  {
    id: "7.3.2",
    title: "Close frame with one octet",
    description: 'Sends a close frame whose payload is the single octet "a" (0x61), half a code.',
    expectation: rejectsClose,
    citations: rfc6455("5.5.1", "7.1.7"),
    script: [close(undefined, text("a")), killAfter(1000)],
    ...closedAnyhow(1002),
    ...closing,
  },
  {
    id: "7.3.3",
    title: "Close frame with a code only",
    description: "Sends a close frame with the two octets of code 1000 and no reason.",
    expectation: answersClose,
    citations: rfc6455("5.5.1", "7.1.5", "7.4.1"),
    script: [close(1000), killAfter(1000)],
    ...closedCleanly(1000),
    ...closing,
  },
  {
    id: "7.3.4",
    title: "Close frame with a code and a reason",
    description: 'Sends a close frame with code 1000 and the reason "Hello World!".',
    expectation: answersClose,
    citations: rfc6455("5.5.1", "7.1.6"),
    script: [close(1000, hello), killAfter(1000)],
    ...closedCleanly(1000),
    ...closing,
  },
  {
    id: "7.3.5",
    title: "Close frame with the longest reason, 123 octets",
    description:
      'Sends a close frame with code 1000 and a reason of 123 octets, each "*": 125 octets in all, the most that a control frame may carry.',
    expectation: answersClose,
    citations: rfc6455("5.5", "5.5.1", "7.1.6"),
    script: [close(1000, repeat("2a", 123)), killAfter(1000)],
    ...closedCleanly(1000),
    ...closing,
  },
  {
    id: "7.3.6",
    title: "Close frame with a reason of 124 octets, one too many",
    description:
      'Sends a close frame with code 1000 and a reason of 124 octets, each "*": 126 octets in all, which no control frame may carry.',
    expectation: rejectsClose,
    citations: rfc6455("5.5", "5.5.1", "7.1.7"),
    script: [close(1000, repeat("2a", 124)), killAfter(1000)],
    ...closedAnyhow(1002),
    ...closing,
  },
];

const reasons: readonly CaseFields[] = [
  {
    id: "7.5.1",
    title: "Close reason that is no UTF-8",
    description:
      'Sends a close frame with code 1000 and a reason of 20 octets: a Greek word, ED A0 80 (the surrogate U+D800, which UTF-8 excludes) and "edited".',
    expectation:
      "The peer notices that the reason is no text: it answers with close code 1007 or 1002, with a close frame without a code, or just ends TCP. " +
      `A clean end is not asked for. ${wrongCode}`,
    citations: [...rfc6455("5.5.1", "7.1.6", "8.1"), ...rfc3629("3")],
    script: [close(1000, badReason), killAfter(1000)],
    ...closedAnyhow(1002, 1007),
    ...closing,
  },
];

const registered = "range 3000 to 3999, which IANA registers for libraries and frameworks";
const privateUse = "range 4000 to 4999, which is left to private use between applications";

/** Codes that an endpoint may send; `what` completes "The code". */
const allowedCodes: readonly (readonly [code: number, name: string, what: string])[] = [
  [1000, "normal closure", "says that the purpose of the connection is fulfilled"],
  [1001, "going away", "says that a server shuts down or a browser leaves the page"],
  [1002, "protocol error", "says that the sender gives up because of a breach of the protocol"],
  [1003, "unsupported data", "says that the sender cannot take data of the type that it received"],
  [
    1007,
    "invalid payload",
    "says that the data of a message did not fit its type, such as text that is no UTF-8",
  ],
  [
    1008,
    "policy violation",
    "says that a message was against a rule of the sender, when no better code exists",
  ],
  [1009, "message too big", "says that a message was larger than the sender can process"],
  [1010, "mandatory extension", "says that a client misses an extension that the server did not negotiate"],
  [1011, "internal error", "says that an unexpected condition kept the server from doing its work"],
  [3000, "first registered code", `is the first of the ${registered}`],
  [3999, "last registered code", `is the last of the ${registered}`],
  [4000, "first private code", `is the first of the ${privateUse}`],
  [4999, "last private code", `is the last of the ${privateUse}`],
];

function allowedCode(at: number, code: number, name: string, what: string): Case {
  const answer = code === 1000 ? "code 1000" : "the same code or 1000";
  const arguable =
    code === 1010
      ? " Arguable: a server has no use for this code, so the case says little about a client that receives it."
      : "";
  return define({
    id: `7.7.${at + 1}`,
    title: `Close code ${code}, ${name}`,
    description: `Sends a close frame with code ${code} and no reason. The code ${what}.`,
    expectation: `The code may be used, so the peer answers with a close frame, with ${answer} or without a code, and the connection ends cleanly. ${wrongCode}${arguable}`,
    citations: rfc6455("5.5.1", code < 3000 ? "7.4.1" : "7.4.2"),
    script: [close(code), killAfter(1000)],
    ...closedCleanly(1000, code),
    onEnd: "wrongCodeFails",
  });
}

const softCode =
  "Arguable: the code has no meaning yet rather than being forbidden, so a peer that takes it in breaks no explicit rule.";
const ofProtocol = "in the range 1000 to 2999, which belongs to the protocol itself,";

/** Codes that no endpoint may send: why, a section of RFC 6455, and what can be said against the case. */
const forbiddenCodes: readonly (readonly [code: number, why: string, section: string, arguable: string])[] = [
  [0, "codes from 0 to 999 have no use", "7.4.2", ""],
  [999, "it is the last of the codes from 0 to 999, which have no use", "7.4.2", ""],
  [1004, "it is reserved, its meaning still open", "7.4.1", softCode],
  [1005, 'it stands for "no code received" inside a program and must not be on the wire', "7.4.1", ""],
  [
    1006,
    'it stands for "closed without a close frame" inside a program and must not be on the wire',
    "7.4.1",
    "",
  ],
  [1016, `${ofProtocol} it is the first code that is not assigned`, "7.4.2", softCode],
  [1100, `${ofProtocol} it is one of those not assigned`, "7.4.2", softCode],
  [2000, `${ofProtocol} it is one of those not assigned`, "7.4.2", softCode],
  [2999, `${ofProtocol} it is the last one, and not assigned`, "7.4.2", softCode],
];

function forbiddenCode(at: number, code: number, why: string, section: string, arguable: string): Case {
  return define({
    id: `7.9.${at + 1}`,
    title: `Close code ${code}, which may not be used`,
    description: `Sends a close frame with code ${code} and no reason. No endpoint may send it: ${why}.`,
    expectation: `${rejectsClose} That includes echoing ${code}. ${arguable}`.trim(),
    citations: rfc6455("5.5.1", section),
    script: [close(code), killAfter(1000)],
    ...closedAnyhow(1002),
    onEnd: "wrongCodeFails",
  });
}

function undefinedCode(at: number, code: number, note: string): Case {
  return define({
    id: `7.13.${at + 1}`,
    title: `Close code ${code}, outside of all ranges`,
    description: `Sends a close frame with code ${code} and no reason. RFC 6455 names no use for codes from 5000 on${note}.`,
    expectation: `Always INFORMATIONAL: the RFC does not say what a peer should do. Answers with 1000, 1002 or ${code}, without a code, or no answer at all are seen in practice.`,
    citations: rfc6455("5.5.1", "7.4.2"),
    script: [close(code), killAfter(1000)],
    ...closedAnyhow(1000, code, 1002),
    suppressClose: true,
    onEnd: "informational",
  });
}

const all = (fields: readonly CaseFields[]): Case[] => fields.map((each) => define(each));

/** The closing handshake. */
export const chapter7: Chapter = chapter("7", "Closing handshake", [
  group("7.1", "Frames around the close frame", all(aroundClose)),
  group("7.3", "Contents of the close frame", all(contents)),
  group("7.5", "Reasons that are no text", all(reasons)),
  group(
    "7.7",
    "Close codes that may be used",
    allowedCodes.map(([code, name, what], at) => allowedCode(at, code, name, what)),
  ),
  group(
    "7.9",
    "Close codes that may not be used",
    forbiddenCodes.map(([code, why, section, arguable], at) =>
      forbiddenCode(at, code, why, section, arguable),
    ),
  ),
  group("7.13", "Close codes outside of all ranges", [
    undefinedCode(0, 5000, ", of which this is the first"),
    undefinedCode(1, 65_535, "; this is the largest that two octets can hold"),
  ]),
]);
