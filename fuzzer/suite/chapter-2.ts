/** Chapter 2: pings wanted and answered, pongs nobody asked for. */

import type { Case, Chapter } from "../case.ts";
import {
  answeredBy,
  chapter,
  close,
  closeAfter,
  define,
  empty,
  group,
  hex,
  killAfter,
  peerMustFail,
  ping,
  pong,
  pongBack,
  repeat,
  rfc6455,
  say,
  text,
  type CaseFields,
} from "./build.ts";

const hello = text("Hello, world!");
const notText = hex("00 ff fe fd fc fb 00 ff");
const longest = repeat("fe", 125);
const tooLong = repeat("fe", 126);
const unasked = text("unsolicited pong payload");
const asked = text("ping payload");
const numbered = Array.from({ length: 10 }, (_, at) => text(`payload-${at}`));

const pingAnswered =
  "The peer sends one pong with exactly the payload of the ping; the fuzzer then closes with 1000.";
const tenAnswered =
  "The peer sends ten pongs with the payloads of the pings, in their order; the fuzzer then closes with 1000. " +
  "Arguable: section 5.5.3 allows a peer that has several pings waiting to answer only the latest; here that counts as FAILED.";

const cases: readonly CaseFields[] = [
  {
    id: "2.1",
    title: "Ping without payload",
    description: "Sends a ping frame with no payload.",
    expectation: pingAnswered,
    citations: rfc6455("5.5.2", "5.5.3"),
    script: [ping(empty), closeAfter(1000)],
    ...answeredBy(pongBack(empty)),
  },
  {
    id: "2.2",
    title: "Ping with ASCII payload",
    description: 'Sends a ping frame with the 13 octets "Hello, world!".',
    expectation: pingAnswered,
    citations: rfc6455("5.5.2", "5.5.3"),
    script: [ping(hello), closeAfter(1000)],
    ...answeredBy(pongBack(hello)),
  },
  {
    id: "2.3",
    title: "Ping with a payload that is no text",
    description:
      "Sends a ping frame with the 8 octets 00 FF FE FD FC FB 00 FF. Ping payloads are arbitrary octets: no UTF-8 check applies, and a zero octet ends nothing.",
    expectation: pingAnswered,
    citations: rfc6455("5.5.2", "5.5.3"),
    script: [ping(notText), closeAfter(1000)],
    ...answeredBy(pongBack(notText)),
  },
  {
    id: "2.4",
    title: "Ping with 125 octets, the longest allowed",
    description: "Sends a ping frame with 125 octets, each 0xFE: the most that a control frame may carry.",
    expectation: pingAnswered,
    citations: rfc6455("5.5", "5.5.2", "5.5.3"),
    script: [ping(longest), closeAfter(1000)],
    ...answeredBy(pongBack(longest)),
  },
  {
    id: "2.5",
    title: "Ping with 126 octets, one too many",
    description:
      "Sends a ping frame with 126 octets, each 0xFE, which needs the 16-bit length. Control frames must stay within 125 octets.",
    expectation: say.fail,
    citations: rfc6455("5.5", "7.1.7", "7.4.1"),
    script: [ping(tooLong), killAfter(1000)],
    ...peerMustFail,
  },
  {
    id: "2.6",
    title: "Ping with 125 octets, octet by octet",
    description:
      "Sends the ping of 2.4 with every octet, header included, written in a turn of its own. A reader must collect a control frame over many reads.",
    expectation: pingAnswered,
    citations: rfc6455("5.2", "5.5.2", "5.5.3"),
    script: [ping(longest, { chop: 1 }), closeAfter(2000)],
    ...answeredBy(pongBack(longest)),
  },
  {
    id: "2.7",
    title: "Pong that nobody asked for, empty",
    description:
      "Sends a pong frame without payload, although the peer sent no ping, and a close frame (1000) behind it.",
    expectation:
      "The peer ignores the pong and answers the close frame; it sends no message and no pong, not even after the fuzzer's close.",
    citations: rfc6455("5.5.3", "5.5.1"),
    script: [pong(empty), close(1000), closeAfter(1000)],
    ...answeredBy(),
  },
  {
    id: "2.8",
    title: "Pong that nobody asked for, with payload",
    description:
      "Sends a pong frame with a payload of 24 octets, although the peer sent no ping, and a close frame (1000) behind it.",
    expectation:
      "The peer ignores the pong, whose payload matches no ping, and answers the close frame; it sends no message and no pong.",
    citations: rfc6455("5.5.3", "5.5.1"),
    script: [pong(unasked), close(1000), closeAfter(1000)],
    ...answeredBy(),
  },
  {
    id: "2.9",
    title: "Pong that nobody asked for, then a ping",
    description:
      'Sends a pong frame that matches no ping and then a ping frame with the payload "ping payload".',
    expectation:
      "The peer ignores the pong and sends one pong with the payload of the ping; the fuzzer then closes with 1000.",
    citations: rfc6455("5.5.2", "5.5.3"),
    script: [pong(unasked), ping(asked), closeAfter(1000)],
    ...answeredBy(pongBack(asked)),
  },
  {
    id: "2.10",
    title: "Ten pings at once",
    description: 'Sends ten ping frames back to back, with the payloads "payload-0" to "payload-9".',
    expectation: tenAnswered,
    citations: rfc6455("5.5.2", "5.5.3"),
    script: [...numbered.map((payload) => ping(payload)), closeAfter(3000)],
    ...answeredBy(...numbered.map((payload) => pongBack(payload))),
  },
  {
    id: "2.11",
    title: "Ten pings, octet by octet",
    description:
      'Sends ten ping frames, "payload-0" to "payload-9", with every octet of them written in a turn of its own.',
    expectation: tenAnswered,
    citations: rfc6455("5.2", "5.5.2", "5.5.3"),
    script: [...numbered.map((payload) => ping(payload, { chop: 1 })), closeAfter(3000)],
    ...answeredBy(...numbered.map((payload) => pongBack(payload))),
  },
];

/** Pings and pongs. */
export const chapter2: Chapter = chapter("2", "Pings and pongs", [
  group(
    "2",
    "Pings and pongs",
    cases.map((fields): Case => define(fields)),
  ),
]);
