import type { Chapter } from "../case.ts";
import type { Expectation, ExtraStep, Rule } from "../extra/script.ts";
import {
  binaryMessage,
  both,
  closeFrame,
  closing,
  type Draft,
  echoes,
  end,
  extraChapter,
  fails,
  frame,
  messages,
  must,
  none,
  octets,
  opening,
  ping,
  pong,
  says,
  should,
  textFrame,
  textMessage,
  utf8,
} from "./extra.ts";

type Message = { binary: boolean; payload: ReturnType<typeof utf8> };

function taken(
  title: string,
  does: string,
  steps: readonly ExtraStep[],
  are: readonly Message[],
  more: readonly Rule[] = [],
): Draft {
  return {
    title,
    does,
    expects: "The message is put together and echoed.",
    roles: both,
    steps: [opening, ...steps, messages(are.length, 3_000), ...closing],
    rules: [must("6455 5.4", echoes(...are)), ...more],
  };
}

const pieces = (opcode: number, ...parts: string[]): ExtraStep[] =>
  parts.map((part, at) => frame(at === 0 ? opcode : 0, utf8(part), { fin: at === parts.length - 1 }));

const pongsFor = (...texts: string[]): Expectation => ({
  expect: "pongs",
  are: texts.map(utf8),
  how: "last",
});

const legal: Draft[] = [
  taken("An empty first fragment", "Sends a text whose first fragment is empty.", pieces(1, "", "hello"), [
    textMessage("hello"),
  ]),
  taken("An empty last fragment", "Sends a text whose last fragment is empty.", pieces(1, "hello", ""), [
    textMessage("hello"),
  ]),
  taken(
    "Empty fragments between",
    "Sends a text with empty fragments between others.",
    pieces(1, "he", "", "", "llo"),
    [textMessage("hello")],
  ),
  taken("Nothing but empty fragments", "Sends a text of four empty fragments.", pieces(1, "", "", "", ""), [
    textMessage(""),
  ]),
  taken(
    "A hundred fragments of an octet",
    "Sends a text octet by octet.",
    pieces(1, ...Array.from("0123456789".repeat(10))),
    [textMessage("0123456789".repeat(10))],
  ),
  taken(
    "The type of the first fragment counts",
    "Sends a binary message in two fragments, and a text in two.",
    [...pieces(2, "he", "llo"), ...pieces(1, "wor", "ld")],
    [binaryMessage(utf8("hello")), textMessage("world")],
  ),
  taken(
    "Empty messages",
    "Sends an empty text, and an empty binary message.",
    [textFrame(""), frame(2, none)],
    [textMessage(""), binaryMessage(none)],
  ),
  taken(
    "Pongs between fragments",
    "Sends pongs that nobody asked for between the fragments of a text.",
    [textFrame("he", { fin: false }), pong("x"), pong(""), frame(0, utf8("llo"))],
    [textMessage("hello")],
  ),
  taken(
    "Twenty pings between fragments",
    "Sends twenty pings between the fragments of a text.",
    [
      textFrame("he", { fin: false }),
      { step: "repeat", times: 19, steps: [ping("a")] },
      ping("b"),
      frame(0, utf8("llo")),
    ],
    [textMessage("hello")],
    [must("6455 5.5.2", { expect: "countBefore", tag: "never", what: "pong", least: 1 })],
  ),
  taken(
    "A character over fragments",
    "Splits a character of four octets over three fragments.",
    [
      frame(1, octets("f0"), { fin: false }),
      frame(0, octets("9f98"), { fin: false }),
      frame(0, octets("80")),
    ],
    [textMessage("\u{1f600}")],
  ),
];

function broken(
  title: string,
  does: string,
  steps: readonly ExtraStep[],
  place: string,
  are: readonly Message[] = [],
): Draft {
  return {
    title,
    does,
    expects: "The connection is failed, with 1002 if a close frame says why.",
    roles: both,
    steps: [opening, ...steps, end()],
    rules: [
      must(place, fails(are)),
      should("6455 7.4.1", says(1002)),
      should("6455 7.1.7", { expect: "ended", before: "end" }),
    ],
  };
}

const illegal: Draft[] = [
  broken(
    "A continuation after the last fragment",
    "Sends a whole message in two fragments, and a further fragment.",
    [...pieces(1, "he", "llo"), frame(0, utf8("!"))],
    "6455 5.4",
    [textMessage("hello")],
  ),
  broken(
    "A continuation of nothing, not the last",
    "Sends a continuation frame with FIN off where nothing is to be continued.",
    [frame(0, utf8("hello"), { fin: false })],
    "6455 5.4",
  ),
  broken(
    "A binary message inside a text",
    "Begins a binary message before a text has ended.",
    [textFrame("he", { fin: false }), frame(2, utf8("x"))],
    "6455 5.4",
  ),
  broken(
    "A text inside a text behind a ping",
    "Sends a fragment, a ping, and the begin of another text.",
    [textFrame("he", { fin: false }), ping(""), textFrame("x")],
    "6455 5.4",
  ),
  broken(
    "RSV1 on a continuation",
    "Sends a fragment, and the next with RSV1 set, where no extension gives it a meaning.",
    [textFrame("he", { fin: false }), frame(0, utf8("llo"), { rsv: 4 })],
    "6455 5.2",
  ),
  broken("RSV2 on a ping", "Sends a ping with RSV2 set.", [ping("hello", { rsv: 2 })], "6455 5.2"),
  broken("RSV3 on a pong", "Sends a pong with RSV3 set.", [pong("hello", { rsv: 1 })], "6455 5.2"),
  broken("RSV1 on a ping", "Sends a ping with RSV1 set.", [ping("hello", { rsv: 4 })], "6455 5.2"),
  broken(
    "A reserved opcode between fragments",
    "Sends a fragment, and then a frame of opcode 3.",
    [textFrame("he", { fin: false }), frame(3, utf8("x"))],
    "6455 5.2",
  ),
  broken(
    "A reserved control opcode between fragments",
    "Sends a fragment, and then a frame of opcode 11.",
    [textFrame("he", { fin: false }), frame(11, utf8("x"))],
    "6455 5.2",
  ),
  broken(
    "A ping in fragments between fragments",
    "Sends a fragment, and then a ping with FIN off.",
    [textFrame("he", { fin: false }), ping("x", { fin: false })],
    "6455 5.5",
  ),
  broken(
    "A ping of 126 octets between fragments",
    "Sends a fragment, and then a ping of 126 octets.",
    [textFrame("he", { fin: false }), ping("x".repeat(126))],
    "6455 5.5",
  ),
  broken(
    "A close frame in fragments",
    "Sends a close frame with FIN off.",
    [frame(8, octets("03e8"), { fin: false })],
    "6455 5.5",
  ),
];

const others: Draft[] = [
  {
    title: "A close frame between fragments",
    does: "Sends a fragment, and then a close frame.",
    expects: "The close frame is answered, and nothing echoed.",
    roles: both,
    steps: [
      opening,
      textFrame("he", { fin: false }),
      closeFrame(),
      { step: "await", for: { what: "close" }, ms: 1_500, tag: "close" },
    ],
    rules: [must("6455 5.5.1", { expect: "closeFrame" }), must("6455 5.4", echoes())],
  },
  {
    title: "A broken rule is answered with a close frame",
    does: "Sends a frame with RSV2 set.",
    expects: "A close frame says that a rule was broken, before TCP is ended.",
    roles: both,
    steps: [opening, textFrame("hello", { rsv: 2 }), end()],
    rules: [
      must("6455 5.2", fails()),
      should("6455 7.1.7", { expect: "allOf", of: [{ expect: "closeFrame" }, says(1002)] }),
    ],
    practice: "Dropping TCP without a word is allowed, and common.",
  },
  {
    title: "A ping is answered between the fragments",
    does: "Sends a fragment and a ping, and the last fragment when the pong has come.",
    expects: "The pong does not wait for the end of the message.",
    roles: both,
    steps: [
      opening,
      textFrame("he", { fin: false }),
      ping("now"),
      { step: "await", for: { what: "pong", count: 1 }, ms: 1_500, tag: "pong" },
      frame(0, utf8("llo")),
      messages(1),
      ...closing,
    ],
    rules: [
      must("6455 5.4", echoes(textMessage("hello"))),
      should("6455 5.5.2", { expect: "inTime", tag: "pong" }),
      must("6455 5.5.2", pongsFor("now")),
    ],
  },
];

/** Fragments and control frames, beyond chapters 2 and 5. */
export const chapter26: Chapter = extraChapter("26", "Fragments and control frames", [
  { title: "What is lawful", cases: legal },
  { title: "What is not", cases: illegal },
  { title: "Between the fragments", cases: others },
]);
