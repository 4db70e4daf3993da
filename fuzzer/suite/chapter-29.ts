import type { Chapter } from "../case.ts";
import type { Expectation, ExtraStep, Rule, Script } from "../extra/script.ts";
import {
  binaryMessage,
  both,
  client,
  closeFrame,
  closing,
  type Draft,
  echoes,
  end,
  extraChapter,
  frame,
  liveAgain,
  liveConnection,
  many,
  messages,
  must,
  none,
  octets,
  open,
  opening,
  pause,
  requestHead,
  responseHead,
  says,
  server,
  should,
  silentAfterClose,
  stillAlive,
  textFrame,
  textMessage,
  utf8,
} from "./extra.ts";

/** An ordinary connection beside the first one, which must not wait for it. */
const beside: Script = { ...liveConnection, besideAfter: 200 };
const alive: Rule = must("6455 5.6", stillAlive);
const orFailed = (expectation: Expectation): Expectation => ({
  expect: "anyOf",
  of: [expectation, { expect: "failed" }],
});

/** Something slow on one connection, and an ordinary one beside it. */
const slow = (
  title: string,
  does: string,
  expects: string,
  steps: readonly ExtraStep[],
  rules: readonly Rule[] = [],
): Draft => ({
  title,
  does: `${does} Beside it plays an ordinary connection.`,
  expects,
  roles: server,
  steps: [{ steps }, beside],
  rules: [...rules, alive],
});

const slowness: Draft[] = [
  slow(
    "Nothing at all",
    "Connects and says nothing for 1.5 s.",
    "The other connection is served meanwhile.",
    [pause(1_500)],
  ),
  slow(
    "Half a request",
    "Sends half a request, and nothing for 1.5 s.",
    "The other connection is served meanwhile.",
    [{ step: "octets", payload: utf8(requestHead().slice(0, 60).replace("{resource}", "/")) }, pause(1_500)],
  ),
  slow(
    "A request that takes two seconds",
    "Sends the request in pieces of ten octets, 120 ms apart.",
    "The connection is opened, and the other one served meanwhile.",
    [{ step: "request", head: requestHead(), chop: { octets: 10, every: 120 } }],
    [should("6455 4.2.1", { expect: "opened" })],
  ),
  slow(
    "A frame that takes a second",
    "Sends a message in pieces of an octet, 50 ms apart.",
    "The message is echoed, and the other connection served meanwhile.",
    [opening, textFrame("slowly but surely", { chop: { octets: 1, every: 50 } }), messages(1), ...closing],
    [must("6455 5.6", { expect: "messages", are: [textMessage("slowly but surely")] })],
  ),
  slow(
    "A frame without an end",
    "Announces 1,000 octets, sends five, and nothing for 1.5 s.",
    "The other connection is served meanwhile.",
    [opening, frame(2, utf8("hello"), { length: "00000000000003e8", lengthBits: 64 }), pause(1_500)],
    [must("6455 5.2", echoes())],
  ),
  slow(
    "A message without an end",
    "Sends a first fragment, and nothing for 1.5 s.",
    "The other connection is served meanwhile.",
    [opening, textFrame("hello", { fin: false }), pause(1_500)],
    [must("6455 5.4", echoes())],
  ),
  {
    title: "An idle connection",
    does: "Opens a connection, says nothing for two seconds, and then sends a message.",
    expects: "The connection is still there, and the message echoed.",
    roles: both,
    steps: [opening, pause(2_000), textFrame("hello"), messages(1), ...closing],
    rules: [should("6455 5.6", echoes(textMessage("hello")))],
  },
  {
    title: "A response that takes a second",
    does: "Sends the response in pieces of ten octets, 80 ms apart.",
    expects: "The connection is open, and the message echoed.",
    roles: client,
    steps: [
      { step: "response", head: responseHead(), chop: { octets: 10, every: 80 } },
      textFrame("hello"),
      messages(1),
      ...closing,
    ],
    rules: [should("6455 4.1", echoes(textMessage("hello")))],
  },
  {
    title: "A response without an end",
    does: "Sends 600,000 octets of fields, and no end of the head (CVE-2023-43669).",
    expects: "That is left open: the client gives it up at some length.",
    roles: client,
    steps: [
      { step: "octets", payload: utf8("HTTP/1.1 101 Switching Protocols\r\n") },
      { step: "octets", payload: many("a: b\r\n", 600_000), chop: { octets: 6_000, every: 2 } },
      end(2_000),
    ],
    rules: [open("9110 5.4", { expect: "ended", before: "end" })],
  },
];

const deaf = Array.from({ length: 64 }, (_, at) => frame(2, many(String.fromCodePoint(48 + at), 65_536)));
const deafEchoes = Array.from({ length: 64 }, (_, at) =>
  binaryMessage(many(String.fromCodePoint(48 + at), 65_536)),
);
const heard: Rule = must("6455 10.4", orFailed(echoes(...deafEchoes)));

const pressure: Draft[] = [
  {
    title: "A peer that does not read for a second",
    does: "Sends 64 messages of 64 KiB and does not read for a second.",
    expects: "All are echoed once they are read; to end the connection is allowed.",
    roles: both,
    steps: [
      opening,
      { step: "reading", on: false },
      ...deaf,
      pause(1_000),
      { step: "reading", on: true },
      messages(64, 8_000),
      ...closing,
    ],
    heavy: true,
    rules: [heard],
  },
  slow(
    "A peer that never reads",
    "Sends 64 messages of 64 KiB and reads nothing for 1.5 s.",
    "The other connection is served meanwhile.",
    [opening, { step: "reading", on: false }, ...deaf, pause(1_500), { step: "reset" }],
  ),
  {
    title: "A peer that closes and does not read",
    does: "Sends a message of 256 KiB and a close frame, and reads only half a second later.",
    expects: "The close frame is answered.",
    roles: both,
    steps: [
      opening,
      { step: "reading", on: false },
      frame(2, many("*", 262_144)),
      closeFrame(),
      pause(500),
      { step: "reading", on: true },
      { step: "await", for: { what: "close" }, ms: 3_000, tag: "close" },
    ],
    heavy: true,
    rules: [should("6455 5.5.1", { expect: "closeFrame" }), ...silentAfterClose],
  },
];

const flood = (
  title: string,
  does: string,
  steps: readonly ExtraStep[],
  expectation: Expectation,
  practice?: string,
): Draft => ({
  title,
  does: `${does} Then plays an ordinary connection.`,
  expects: "It is taken, or the connection failed; the server goes on serving.",
  roles: server,
  steps: [{ steps: [opening, ...steps] }, liveAgain],
  // How long it may take is not said, and the wait is ours.
  rules: [should("6455 10.4", orFailed(expectation)), alive],
  heavy: true,
  ...(practice !== undefined && { practice }),
});

const floods: Draft[] = [
  flood(
    "Fifteen thousand fragments of an octet",
    "Sends a binary message of 15,000 fragments of an octet each.",
    [
      frame(2, utf8("a"), { fin: false }),
      { step: "repeat", times: 14_998, steps: [frame(0, utf8("a"), { fin: false })] },
      frame(0, utf8("a")),
      messages(1, 8_000),
      ...closing,
    ],
    echoes(binaryMessage(many("a", 15_000))),
    "Some have a limit on the number of fragments.",
  ),
  flood(
    "A hundred thousand empty fragments",
    "Sends a binary message of 100,000 empty fragments, which take memory where each is kept (CVE-2026-48779).",
    [
      frame(2, none, { fin: false }),
      { step: "repeat", times: 100_000, steps: [frame(0, none, { fin: false })] },
      frame(0, utf8("end")),
      messages(1, 8_000),
      ...closing,
    ],
    echoes(binaryMessage(utf8("end"))),
    "Some have a limit on the number of fragments.",
  ),
  flood(
    "Five thousand messages",
    "Sends 5,000 text messages in one write.",
    [{ step: "repeat", times: 5_000, steps: [textFrame("flood")] }, messages(400, 8_000), ...closing],
    { expect: "countBefore", tag: "never", what: "message", least: 400 },
  ),
  flood(
    "Five thousand empty messages",
    "Sends 5,000 empty messages in one write.",
    [{ step: "repeat", times: 5_000, steps: [frame(2, none)] }, messages(400, 8_000), ...closing],
    { expect: "countBefore", tag: "never", what: "message", least: 400 },
  ),
  {
    title: "Sixteen connections at once",
    does: "Opens sixteen connections side by side.",
    expects: "All are served.",
    roles: server,
    steps: Array.from({ length: 16 }, (_, at) =>
      at === 0 ? liveConnection : { ...liveConnection, besideAfter: at },
    ),
    rules: Array.from({ length: 16 }, (_, on) =>
      must("6455 5.6", { expect: "messages", on, are: [textMessage("alive")] }),
    ),
  },
];

const limited = (
  title: string,
  does: string,
  steps: readonly ExtraStep[],
  rules: readonly Rule[],
): Draft => ({
  title,
  does,
  expects: "The limit is kept to, as soon as it is known that a message does not fit.",
  roles: both,
  steps: [opening, ...steps],
  rules,
  limit: "maxMessage",
});
const tooBig: readonly Rule[] = [
  should("6455 10.4", { expect: "failed" }),
  must("6455 10.4", echoes()),
  should("6455 7.4.1", says(1009)),
];

const limits: Draft[] = [
  limited(
    "A frame of the limit",
    "Announces a message as long as the declared limit, sends five octets of it, and waits for 400 ms.",
    [frame(2, utf8("hello"), { lengthBits: 64, lengthBeyond: 0 }), end(400), { step: "reset" }],
    [should("6455 10.4", { expect: "survived" })],
  ),
  limited(
    "A frame beyond the limit",
    "Announces a message an octet longer than the declared limit, and sends five octets of it.",
    [frame(2, utf8("hello"), { lengthBits: 64, lengthBeyond: 1 }), end(1_500)],
    tooBig,
  ),
  limited(
    "Fragments beyond the limit",
    "Sends a fragment of two octets, and announces another one: together they are an octet longer than the declared limit.",
    [
      frame(2, octets("6869"), { fin: false }),
      frame(0, utf8("hello"), { lengthBits: 64, lengthBeyond: -1 }),
      end(1_500),
    ],
    tooBig,
  ),
  limited(
    "Fragments that overflow",
    "Sends a fragment of two octets, and announces 2^63 - 1 for the next: a sum of 64 bits is negative (CVE-2020-27813).",
    [
      frame(2, octets("6869"), { fin: false }),
      frame(0, utf8("hello"), { lengthBits: 64, length: "7fffffffffffffff" }),
      end(1_500),
    ],
    tooBig,
  ),
];

/** What an endpoint stands: slowness, deafness, floods, and messages that are too long. */
export const chapter29: Chapter = extraChapter("29", "Limits", [
  { title: "Slowness", cases: slowness },
  { title: "Peers that do not read", cases: pressure },
  { title: "Floods", cases: floods },
  { title: "Declared limits", cases: limits },
]);
