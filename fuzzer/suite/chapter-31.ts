import type { Chapter } from "../case.ts";
import type { Expectation, ExtraStep } from "../extra/script.ts";
import {
  binaryMessage,
  both,
  brief,
  client,
  closing,
  type Draft,
  echoes,
  end,
  extraChapter,
  fails,
  frame,
  liveAgain,
  many,
  messages,
  must,
  octets,
  open,
  opening,
  ping,
  says,
  server,
  should,
  stillAlive,
  textFrame,
  textMessage,
} from "./extra.ts";
import {
  bomb,
  bombOctets,
  bombUnit,
  deflateWith,
  finalZeros,
  finalZerosOctets,
  plainDeflate,
  storedBlock,
  storedMessage,
  tooFar,
} from "./deflate-extra.ts";

const hello = Buffer.from("Hello").toString("hex");
/** "Hello" in a block of fixed codes, and again as a match with the message before (RFC 7692 section 7.2.3). */
const fixedHello = "f248cdc9c90700";
const againHello = "f200110000";

const text = (hex: string, options: { fin?: boolean; rsv?: number } = {}): ExtraStep =>
  frame(1, octets(hex), { rsv: 4, ...options });

/** Compressed messages that must inflate. */
function inflates(
  title: string,
  does: string,
  steps: readonly ExtraStep[],
  are: readonly (string | ReturnType<typeof binaryMessage>)[],
  place = "7692 7.2.2",
  needs: NonNullable<Draft["needs"]> = ["deflate"],
): Draft {
  return {
    title,
    does,
    expects: "It inflates, and is echoed.",
    roles: both,
    steps: [opening, ...steps, messages(are.length), ...closing],
    rules: [
      must(place, echoes(...are.map((each) => (typeof each === "string" ? textMessage(each) : each)))),
      must("7692 7.2.1", { expect: "lawfulFrames" }),
    ],
    ...plainDeflate,
    needs,
  };
}

const dynamicText =
  "the quick brown fox jumps over the lazy dog; the lazy dog sleeps on; the quick brown fox jumps again and again over all the sleeping dogs";
const dynamicBlock =
  "6ccccb0d80300c03d055bc07d3041ada4249a01f7ed3230a17246e7164bfec184bf1dd8836ea26e875c750a63941578ec88e11e83c60d4369f841498ef9a3cff7f842c79018979af8a52087552052ff6e6d205";

const blocks: Draft[] = [
  inflates(
    "A block of fixed codes",
    "Sends a text of a block of fixed codes.",
    [text(fixedHello)],
    ["Hello"],
    "7692 7.2.3.1",
  ),
  inflates(
    "A stored block",
    "Sends a text that is not compressed at all, but stored.",
    [text(storedMessage(hello))],
    ["Hello"],
    "7692 7.2.3.3",
  ),
  inflates(
    "A block of dynamic codes",
    "Sends a text of a block that brings its own codes.",
    [text(dynamicBlock)],
    [dynamicText],
  ),
  inflates(
    "A final block",
    "Sends a text whose block says that it is the last one.",
    [text("f348cdc9c9070000")],
    ["Hello"],
    "7692 7.2.3.4",
  ),
  inflates(
    "A final block, and another message",
    "Sends a text whose block says that it is the last one, and another text.",
    [text("f348cdc9c9070000"), text(fixedHello)],
    ["Hello", "Hello"],
    "7692 7.2.3.4",
  ),
  inflates(
    "Two blocks",
    "Sends a text of two blocks of fixed codes with an empty one between them.",
    [text("f248050000 00ffffcac9c90700")],
    ["Hello"],
    "7692 7.2.3.5",
  ),
  inflates(
    "A hundred stored blocks",
    "Sends a text of a hundred blocks of one octet each.",
    [text(`${storedBlock("61").repeat(100)}00`)],
    ["a".repeat(100)],
  ),
  inflates(
    "Empty blocks",
    "Sends a text with empty stored blocks before and behind another.",
    [text(`${storedBlock("").repeat(3)}${storedBlock(hello)}${storedBlock("").repeat(3)}00`)],
    ["Hello"],
  ),
  inflates(
    "An empty message",
    "Sends an empty text and an empty binary message, each of one octet.",
    [text("00"), frame(2, octets("00"), { rsv: 4 })],
    ["", binaryMessage({ hex: "" })],
    "7692 7.2.3.6",
  ),
  inflates(
    "A long final block, and another message",
    `Sends ${finalZerosOctets} zeros in a block that says it is the last one, and then a text.`,
    [frame(2, octets(finalZeros), { rsv: 4 }), text(fixedHello)],
    [binaryMessage(many("\0", finalZerosOctets)), "Hello"],
    "7692 7.2.3.4",
  ),
];

const contexts: Draft[] = [
  inflates(
    "A message that refers to the one before",
    "Sends a text twice, the second time as a match with the first.",
    [text(fixedHello), text(againHello)],
    ["Hello", "Hello"],
    "7692 7.2.3.2",
    ["deflate", "context"],
  ),
  inflates(
    "What is not compressed is no context",
    "Sends a compressed text, one that is not, and one that is a match with the first.",
    [text(fixedHello), textFrame("World"), text(againHello)],
    ["Hello", "World", "Hello"],
    "7692 7.2.2",
    ["deflate", "context"],
  ),
  inflates(
    "What is not compressed may be sent",
    "Sends texts without compression on a connection that has it.",
    [textFrame("one"), textFrame("two", { fin: false }), frame(0, octets("33"))],
    ["one", "two3"],
    "7692 6",
  ),
  inflates(
    "An empty message between",
    "Sends a text, an empty one, and one that is a match with the first.",
    [text(fixedHello), text("00"), text(againHello)],
    ["Hello", "", "Hello"],
    "7692 7.2.3.6",
    ["deflate", "context"],
  ),
  inflates(
    "Fragments of an octet and of none",
    "Sends a compressed text in fragments of an octet, with empty ones among them.",
    [
      text("f2", { fin: false }),
      frame(0, octets(""), { fin: false }),
      ...["48", "cd", "c9", "c9", "07", "00"].map((hex) => frame(0, octets(hex), { fin: false })),
      frame(0, octets("")),
    ],
    ["Hello"],
    "7692 6.1",
  ),
  inflates(
    "A pong before a compressed message",
    "Sends a pong, and then a compressed text.",
    [frame(10, octets("")), text(fixedHello)],
    ["Hello"],
    "6455 5.4",
  ),
  inflates(
    "A ping between compressed fragments",
    "Sends a compressed text in two fragments with a ping between them.",
    [text("f248cd", { fin: false }), ping("between"), frame(0, octets("c9c90700"))],
    ["Hello"],
    "6455 5.4",
  ),
];

/** What is no compressed message. */
function corrupt(
  title: string,
  does: string,
  steps: readonly ExtraStep[],
  place = "7692 7.2.2",
  level = must,
): Draft {
  return {
    title,
    does,
    expects: "The connection is failed, with 1007 or 1002 if a close frame says why, and nothing is echoed.",
    roles: both,
    steps: [opening, ...steps, level === open ? brief : end(), ...(level === open ? closing : [])],
    rules: [level(place, fails()), should("6455 7.4.1", says(1002, 1007, 1003, 1008, 1010, 1011))],
    ...plainDeflate,
  };
}

const broken: Draft[] = [
  corrupt("A block of type 3", "Sends a text of a block whose type does not exist.", [text("0600")]),
  corrupt(
    "A stored block whose lengths disagree",
    "Sends a stored block whose second length is not the complement of the first.",
    [text("0005000500 48656c6c6f 00")],
  ),
  corrupt("A match before the begin", "Sends a match that goes back further than there is text.", [
    text(tooFar),
  ]),
  corrupt("Codes that are none", "Sends a block with dynamic codes that no text can have.", [
    text("ecffffffffffffffffff00"),
  ]),
  corrupt(
    "RSV1 on a continuation",
    "Sends a compressed text in two fragments, both with RSV1 set.",
    [text("f248cd", { fin: false }), frame(0, octets("c9c90700"), { rsv: 4 })],
    "7692 6.1",
  ),
  corrupt(
    "RSV1 on a ping",
    "Sends a ping with RSV1 set on a connection with compression.",
    [frame(9, octets("00"), { rsv: 4 })],
    "7692 6.1",
  ),
  corrupt(
    "RSV2 beside RSV1",
    "Sends a compressed text with RSV2 set too.",
    [text(fixedHello, { rsv: 6 })],
    "6455 5.2",
  ),
  corrupt(
    "RSV1 alone on the second fragment",
    "Sends a text that is not compressed, in two fragments, with RSV1 on the second.",
    [textFrame("he", { fin: false }), frame(0, octets("6c6c6f"), { rsv: 4 })],
    "7692 6.1",
  ),
  {
    title: "RSV1 without an agreement",
    does: "Sends a compressed text where nothing was agreed on.",
    expects: "The connection is failed, with 1002 if a close frame says why.",
    roles: both,
    steps: [opening, text(fixedHello), end()],
    rules: [must("6455 5.2", fails()), should("6455 7.4.1", says(1002))],
  },
  corrupt(
    "A message that ends inside a block",
    "Sends a text whose block goes on behind its end.",
    [text("f248cd")],
    "7692 7.2.2",
    open,
  ),
  corrupt(
    "Octets behind the final block",
    "Sends a text with octets behind a block that says it is the last one.",
    [text(`${storedBlock(hello, true)}ffffffff`)],
    "7692 7.2.2",
    open,
  ),
];

const repeated = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** Without a match within 512 octets, and all matches 1,200 octets back. */
const spread = Array.from(
  { length: 1_200 },
  (_, at) => repeated[(at * at * 7 + at * 13 + (at >> 3) * 29) % 62],
).join("");

const keeps = (
  title: string,
  does: string,
  params: string,
  roles: Draft["roles"],
  expectation: Expectation,
): Draft => ({
  title,
  does: `Agrees on \`${params}\`, and sends messages that compress well if the peer does not keep to that. ${does}`,
  expects: "The peer compresses as was agreed on.",
  roles,
  steps: [
    opening,
    textFrame(spread + spread),
    textFrame(spread),
    textFrame(spread),
    messages(3, 3_000),
    ...closing,
  ],
  rules: [
    must("7692 7.1", expectation),
    must("7692 7.2.1", echoes(textMessage(spread + spread), textMessage(spread), textMessage(spread))),
    must("7692 7.2.1", { expect: "lawfulFrames" }),
  ],
  ...deflateWith(params),
});

const agreements: Draft[] = [
  keeps(
    "server_no_context_takeover is kept to",
    "No message of the server's may refer to another.",
    "server_no_context_takeover",
    server,
    { expect: "noContext" },
  ),
  keeps(
    "client_no_context_takeover is kept to",
    "No message of the client's may refer to another.",
    "client_no_context_takeover",
    client,
    { expect: "noContext" },
  ),
  keeps(
    "A server's window of 9 bits",
    "No match of the server's may go back more than 512 octets.",
    "server_max_window_bits=9",
    server,
    { expect: "distance", most: 512 },
  ),
  keeps(
    "A server's window of 10 bits",
    "No match of the server's may go back more than 1,024 octets.",
    "server_max_window_bits=10",
    server,
    { expect: "distance", most: 1_024 },
  ),
  keeps(
    "A client's window of 9 bits",
    "No match of the client's may go back more than 512 octets.",
    "client_max_window_bits=9",
    client,
    { expect: "distance", most: 512 },
  ),
  keeps(
    "A client's window of 10 bits",
    "No match of the client's may go back more than 1,024 octets.",
    "client_max_window_bits=10",
    client,
    { expect: "distance", most: 1_024 },
  ),
];

const explosive = (zeros: number, limited: boolean): readonly ExtraStep[] => [
  frame(2, octets(bomb.begin), { rsv: 4, fin: false }),
  frame(
    0,
    {
      unit: bomb.unit,
      length: bombUnit * Math.ceil(zeros / bombOctets),
      ...(limited && { beyond: zeros, scale: [bombUnit, bombOctets] as const }),
    },
    { fin: false },
  ),
  frame(0, octets(bomb.end)),
];

const bombs: Draft[] = [
  {
    title: "A message that compresses well",
    does: "Sends 1 MiB of zeros, compressed to less than 7,000 octets.",
    expects: "It inflates, and is echoed.",
    roles: both,
    steps: [opening, ...explosive(1 << 20, false), messages(1, 5_000), ...closing],
    rules: [
      must(
        "7692 7.2.2",
        echoes(binaryMessage(many("\0", 258 * (8 * Math.ceil((1 << 20) / bombOctets) + 1) + 1))),
      ),
    ],
    ...plainDeflate,
  },
  {
    title: "A message that inflates beyond the limit",
    does: "Sends zeros that are longer than the target's declared limit when they are inflated. Then plays an ordinary connection.",
    expects: "The connection is failed, with 1009 if a close frame says why; the server goes on serving.",
    roles: server,
    steps: [{ steps: [opening, ...explosive(4_096, true), end(10_000)] }, liveAgain],
    rules: [should("6455 10.4", fails()), should("6455 7.4.1", says(1009)), must("6455 5.6", stillAlive)],
    limit: "maxMessage",
    heavy: true,
    practice:
      "The section speaks of frames and of messages put together; some count what comes in, and not what it inflates to.",
    ...plainDeflate,
  },
];

/** Compressed messages (RFC 7692 sections 6 and 7.2). */
export const chapter31: Chapter = extraChapter("31", "Payloads of permessage-deflate", [
  { title: "Blocks", cases: blocks },
  { title: "Contexts and fragments", cases: contexts },
  { title: "What does not inflate", cases: broken },
  { title: "What was agreed on", cases: agreements },
  { title: "Bombs", cases: bombs },
]);
