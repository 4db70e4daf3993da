import type { Chapter } from "../case.ts";
import type { ExtraStep, Rule } from "../extra/script.ts";
import {
  both,
  client,
  closeFrame,
  closed,
  closing,
  type Draft,
  echoes,
  extraChapter,
  frame,
  liveConnection,
  messages,
  must,
  octets,
  opening,
  pause,
  ping,
  pong,
  pongs,
  responseHead,
  server,
  should,
  silentAfterClose,
  stillAlive,
  textFrame,
  textMessage,
  utf8,
} from "./extra.ts";

const draft = (
  title: string,
  does: string,
  expects: string,
  steps: readonly ExtraStep[],
  rules: readonly Rule[],
  practice?: string,
): Draft => ({
  title,
  does,
  expects,
  roles: both,
  steps: [opening, ...steps],
  rules,
  ...(practice !== undefined && { practice }),
});

const all = (...payloads: ReturnType<typeof utf8>[]): Rule =>
  must("6455 5.5.3", { expect: "pongs", are: payloads, how: "all" });
const last = (...payloads: ReturnType<typeof utf8>[]): Rule =>
  must("6455 5.5.3", { expect: "pongs", are: payloads, how: "last" });

const binary = octets("00ff80c0fe7f");
const longest = utf8("p".repeat(125));

const pings: Draft[] = [
  draft(
    "Pongs hold what the pings held",
    "Sends pings of 0, 6 and 125 octets, each when the one before was answered; one holds no UTF-8.",
    "Each is answered with the same octets.",
    [ping(""), pongs(1), frame(9, binary), pongs(2), frame(9, longest), pongs(3), ...closing],
    [all(utf8(""), binary, longest)],
  ),
  draft(
    "Ten pings at once",
    "Sends ten different pings in one write.",
    "All are answered in order, or some of them, the last one among them.",
    [...Array.from({ length: 10 }, (_, at) => ping(`ping ${at}`)), pongs(10, 800), ...closing],
    [last(...Array.from({ length: 10 }, (_, at) => utf8(`ping ${at}`)))],
    "Only the latest ping has to be answered; Autobahn's 2.10 wants all.",
  ),
  {
    title: "A thousand pings",
    does: "Sends a thousand pings in one write, and then a message. Then plays an ordinary connection.",
    expects:
      "The message is echoed, or the connection failed: a server may have a limit. It goes on serving.",
    roles: server,
    steps: [
      {
        steps: [
          opening,
          { step: "repeat", times: 1_000, steps: [ping("flood")] },
          textFrame("hello"),
          messages(1, 4_000),
          ...closing,
        ],
      },
      liveConnection,
    ],
    rules: [
      must("6455 10.4", { expect: "anyOf", of: [echoes(textMessage("hello")), { expect: "failed" }] }),
      must("6455 5.6", stillAlive),
    ],
    practice: "Some end a connection on which too many pongs wait to be sent.",
  },
  draft(
    "A ping behind a message",
    "Sends a message and a ping in one write.",
    "Both are answered.",
    [textFrame("hello"), ping("now"), messages(1), pongs(1), ...closing],
    [must("6455 5.6", echoes(textMessage("hello"))), all(utf8("now"))],
  ),
  draft(
    "A ping in pieces",
    "Sends a ping an octet at a time.",
    "It is answered when it is whole.",
    [ping("in pieces", { chop: { octets: 1, every: 2 } }), pongs(1), ...closing],
    [all(utf8("in pieces"))],
  ),
  {
    title: "A ping behind the response",
    does: "Sends a ping in one write with the response of the opening handshake.",
    expects: "It is answered.",
    roles: client,
    steps: [{ step: "response", head: `${responseHead()}\x89\x05hello` }, pongs(1), ...closing],
    rules: [all(utf8("hello"))],
  },
  draft(
    "A ping is answered soon",
    "Sends a ping, and waits a second for its pong.",
    "The pong comes as soon as is practical.",
    [ping("now"), pongs(1, 1_000, "pong"), ...closing],
    [should("6455 5.5.2", { expect: "inTime", tag: "pong" })],
  ),
];

const unasked: Draft[] = [
  draft(
    "A pong that nobody asked for",
    "Sends a pong, and then a message.",
    "The pong is not answered, the message is.",
    [pong("unasked"), textFrame("hello"), messages(1), ...closing],
    [
      must("6455 5.5.3", { expect: "pongs", are: [], how: "all" }),
      must("6455 5.5.3", echoes(textMessage("hello"))),
    ],
  ),
  draft(
    "A thousand pongs",
    "Sends a thousand pongs in one write, and then a message.",
    "The message is echoed.",
    [
      { step: "repeat", times: 1_000, steps: [pong("unasked")] },
      textFrame("hello"),
      messages(1, 4_000),
      ...closing,
    ],
    [must("6455 5.5.3", echoes(textMessage("hello")))],
  ),
  draft(
    "A ping behind the close frame",
    "Does the closing handshake with a ping behind the close frame.",
    "Nothing comes behind the peer's close frame.",
    [closeFrame(), ping("late"), closed(), pause(150)],
    silentAfterClose,
  ),
];

/** Pings and pongs. */
export const chapter28: Chapter = extraChapter("28", "Pings and pongs", [
  { title: "Pings", cases: pings },
  { title: "What nobody asked for", cases: unasked },
]);
