import type { Chapter } from "../case.ts";
import type { ExtraStep, Rule } from "../extra/script.ts";
import {
  binaryMessage,
  both,
  client,
  closing,
  type Draft,
  echoes,
  end,
  extraChapter,
  fails,
  frame,
  liveConnection,
  many,
  messages,
  must,
  none,
  open,
  opening,
  ping,
  says,
  server,
  should,
  stillAlive,
  utf8,
} from "./extra.ts";

const shortest = [0, 1, 125, 126, 127, 65_535, 65_536];

const exact: Draft[] = [
  {
    title: "Lengths at the borders of the three forms",
    does: `Sends binary messages of ${shortest.join(", ")} octets.`,
    expects: "Each is echoed, in the shortest form of its length.",
    roles: both,
    steps: [
      opening,
      ...shortest.map((length) => frame(2, many("*", length))),
      messages(shortest.length, 4_000),
      ...closing,
    ],
    rules: [
      must("6455 5.2", echoes(...shortest.map((length) => binaryMessage(many("*", length))))),
      must("6455 5.2", { expect: "lawfulFrames" }),
    ],
  },
  {
    title: "Lengths in pieces",
    does: "Sends messages of 200 and 65,536 octets, the first octets of each one by one.",
    expects: "Each is echoed.",
    roles: both,
    steps: [
      opening,
      frame(2, many("*", 200), { chop: { octets: 1, every: 1 } }),
      frame(2, many("*", 65_536), { chop: { octets: 1_021, every: 1 } }),
      messages(2, 4_000),
      ...closing,
    ],
    rules: [must("6455 5.2", echoes(binaryMessage(many("*", 200)), binaryMessage(many("*", 65_536))))],
  },
];

const practice =
  "Who writes a length must write the shortest form; that who reads it must look is not said. Many endpoints take it.";

function longForm(title: string, does: string, bits: 16 | 64, length: number): Draft {
  const payload = many("*", length);
  return {
    title,
    does,
    expects: "The connection is failed; to take the message is tolerated.",
    roles: both,
    steps: [opening, frame(2, payload, { lengthBits: bits }), messages(1, 600), ...closing],
    rules: [
      should("6455 5.2", fails()),
      must("6455 5.2", { expect: "messagesWithin", are: [binaryMessage(payload)] }),
    ],
    practice,
  };
}

const long: Draft[] = [
  longForm("5 octets in the 16-bit form", "Sends a message of 5 octets with a length of 16 bits.", 16, 5),
  longForm(
    "125 octets in the 16-bit form",
    "Sends a message of 125 octets with a length of 16 bits.",
    16,
    125,
  ),
  longForm("5 octets in the 64-bit form", "Sends a message of 5 octets with a length of 64 bits.", 64, 5),
  longForm(
    "126 octets in the 64-bit form",
    "Sends a message of 126 octets with a length of 64 bits.",
    64,
    126,
  ),
  longForm(
    "65,535 octets in the 64-bit form",
    "Sends a message of 65,535 octets with a length of 64 bits.",
    64,
    65_535,
  ),
  {
    title: "A ping in the 16-bit form",
    does: "Sends a ping of 5 octets with a length of 16 bits, which no control frame may have.",
    expects: "The connection is failed; a pong is tolerated.",
    roles: both,
    steps: [
      opening,
      ping("hello", { lengthBits: 16 }),
      { step: "await", for: { what: "pong", count: 1 }, ms: 600 },
      ...closing,
    ],
    rules: [should("6455 5.5", { expect: "failed" })],
    practice,
  },
];

/** A frame that announces so many octets, of which five come: to a server, and to a client. */
function announces(
  title: string,
  does: string,
  length: string,
  rules: readonly Rule[],
  before: readonly ExtraStep[] = [],
  note?: string,
): { readonly toServer: Draft; readonly toClient: Draft } {
  const opcode = before.length > 0 ? 0 : 2;
  const steps = [opening, ...before, frame(opcode, utf8("hello"), { length, lengthBits: 64 }), end(800)];
  const draft = {
    title,
    does: `${does} Five octets follow.`,
    expects: "The connection is failed, or the octets are waited for without keeping room for them.",
    rules,
    ...(note !== undefined && { practice: note }),
  };
  return {
    toServer: {
      ...draft,
      does: `${draft.does} Then plays an ordinary connection.`,
      roles: server,
      steps: [{ steps }, liveConnection],
      rules: [...rules, must("6455 10.4", stillAlive)],
    },
    toClient: { ...draft, roles: client, steps },
  };
}

const topBit: readonly Rule[] = [
  should("6455 5.2", { expect: "failed" }),
  must("6455 5.2", echoes()),
  should("6455 7.4.1", says(1002, 1009)),
];
const tooMuch: readonly Rule[] = [open("6455 10.4", { expect: "failed" }), must("6455 5.2", echoes())];
const noDuty =
  "That the top bit must be 0 binds the sender; a receiver that waits for such a message waits for ever.";

const huge = [
  announces(
    "2^63 octets",
    "Announces 2^63 octets: the top bit, which must be 0, is set.",
    "8000000000000000",
    topBit,
    [],
    noDuty,
  ),
  announces(
    "2^64 - 1 octets",
    "Announces 2^64 - 1 octets: the top bit, which must be 0, is set.",
    "ffffffffffffffff",
    topBit,
    [],
    noDuty,
  ),
  announces("2^63 - 1 octets", "Announces 2^63 - 1 octets.", "7fffffffffffffff", tooMuch),
  announces("2^53 + 1 octets", "Announces more octets than a double can count.", "0020000000000001", tooMuch),
  announces("2^32 octets", "Announces 2^32 octets.", "0000000100000000", tooMuch),
  announces("2^31 octets", "Announces 2^31 octets.", "0000000080000000", tooMuch),
  announces(
    "Fragments that overflow",
    "Sends a fragment, and announces 2^63 - 1 octets for the next: together they are more (CVE-2020-27813).",
    "7fffffffffffffff",
    tooMuch,
    [frame(2, utf8("hello"), { fin: false })],
  ),
  announces(
    "2^55 octets",
    "Announces 2^55 octets, which are negative where the upper half is shifted as 32 bits (CVE-2026-1528).",
    "0080000000000000",
    tooMuch,
  ),
];

const hugePing: Draft[] = [
  {
    title: "A ping of 2^63 octets",
    does: "Announces a ping of 2^63 octets.",
    expects: "The connection is failed.",
    roles: both,
    steps: [opening, frame(9, none, { length: "8000000000000000", lengthBits: 64 }), end()],
    rules: [should("6455 5.5", { expect: "failed" }), should("6455 7.4.1", says(1002, 1009))],
  },
];

/** The three forms of a payload's length. */
export const chapter25: Chapter = extraChapter("25", "Length encoding", [
  { title: "Right lengths", cases: exact },
  { title: "Lengths that could be shorter", cases: long },
  { title: "Lengths beyond measure, to a server", cases: huge.map(({ toServer }) => toServer) },
  { title: "Lengths beyond measure, to a client", cases: huge.map(({ toClient }) => toClient) },
  { title: "Control frames beyond measure", cases: hugePing },
]);
