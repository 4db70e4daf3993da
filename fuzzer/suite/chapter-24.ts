import type { Chapter } from "../case.ts";
import type { Role } from "../record.ts";
import type { ExtraStep, Rule } from "../extra/script.ts";
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
  fails,
  frame,
  messages,
  must,
  none,
  octets,
  opening,
  ping,
  says,
  server,
  should,
  textFrame,
  textMessage,
  utf8,
} from "./extra.ts";

const mayBe1002 = says(1002);
const closesOnUnmasked = (are: readonly ReturnType<typeof textMessage>[] = []): readonly Rule[] => [
  must("6455 5.1", fails(are)),
  should("6455 5.1", mayBe1002),
];

/** Frames that a peer of that role must close the connection on, but for the messages before them. */
const offends =
  (role: Role) =>
  (
    title: string,
    does: string,
    steps: readonly ExtraStep[],
    are: ReturnType<typeof textMessage>[] = [],
  ): Draft => ({
    title,
    does,
    expects: `The ${role} closes the connection, with 1002 if it says why, and does not take the frame.`,
    roles: [role],
    steps: [opening, ...steps, end()],
    rules: [...closesOnUnmasked(are), must("6455 5.1", { expect: "pongs", are: [], how: "all" })],
  });
const unmasked = offends("server");
const masked = offends("client");

const toServers: Draft[] = [
  unmasked("A text that is not masked", "Sends a text message without a mask.", [
    textFrame("hello", { masked: false }),
  ]),
  unmasked("An empty frame that is not masked", "Sends an empty binary message without a mask.", [
    frame(2, none, { masked: false }),
  ]),
  unmasked("A ping that is not masked", "Sends a ping without a mask.", [ping("hello", { masked: false })]),
  unmasked(
    "Not masked behind masked",
    "Sends a masked message, waits for its echo, and sends one without a mask.",
    [textFrame("one"), messages(1), textFrame("two", { masked: false })],
    [textMessage("one")],
  ),
  unmasked("A continuation that is not masked", "Sends the second fragment of a message without a mask.", [
    textFrame("one", { fin: false }),
    frame(0, utf8("two"), { masked: false }),
  ]),
];

const toClients: Draft[] = [
  masked("A text that is masked", "Sends a text message with a mask.", [
    textFrame("hello", { masked: true }),
  ]),
  masked("A ping that is masked", "Sends a ping with a mask.", [ping("hello", { masked: true })]),
  masked(
    "Masked behind not masked",
    "Sends a message without a mask, waits for its echo, and sends one with a mask.",
    [textFrame("one"), messages(1), textFrame("two", { masked: true })],
    [textMessage("one")],
  ),
];

const lengths = Array.from({ length: 17 }, (_, at) =>
  octets("0123456789abcdef1032547698badcfe55".slice(0, 2 * at)),
);

const masks: Draft[] = [
  {
    title: "A masking key of zeros",
    does: "Sends a message whose masking key is zero, which is as good as any for the one who unmasks.",
    expects: "The message is echoed.",
    roles: server,
    steps: [opening, textFrame("hello", { key: "00000000" }), messages(1), ...closing],
    rules: [must("6455 5.3", echoes(textMessage("hello")))],
  },
  {
    title: "The mask at every offset",
    does: "Sends messages of 0 to 16 octets, one frame behind the other.",
    expects: "Each is unmasked from its own first octet, and echoed.",
    roles: both,
    steps: [opening, ...lengths.map((payload) => frame(2, payload)), messages(17), ...closing],
    rules: [must("6455 5.3", echoes(...lengths.map(binaryMessage)))],
  },
  {
    title: "The mask in pieces",
    does: "Sends a message in pieces of three octets, so that the key is used from each of its octets on.",
    expects: "The message is echoed.",
    roles: both,
    steps: [
      opening,
      textFrame("The quick brown fox jumps over the lazy dog", { chop: { octets: 3, every: 2 } }),
      messages(1),
      ...closing,
    ],
    rules: [must("6455 5.3", echoes(textMessage("The quick brown fox jumps over the lazy dog")))],
  },
];

const sixtyFour = Array.from({ length: 64 }, () => textFrame("mask me"));
const manyEchoes = (title: string, does: string, rules: readonly Rule[]): Draft => ({
  title,
  does: `Sends 64 messages, and looks at the frames that come back. ${does}`,
  expects: "Masking keys are as the section says.",
  roles: client,
  steps: [opening, ...sixtyFour, messages(64, 4_000), ...closing],
  rules,
});

const keys: Draft[] = [
  manyEchoes("Every frame of a client is masked", "Each must be masked.", [
    must("6455 5.1", { expect: "lawfulFrames" }),
    must("6455 5.3", { expect: "maskKeys", what: "nonzero" }),
  ]),
  manyEchoes("A new key for each frame", "No two should have the same key.", [
    must("6455 5.3", { expect: "maskKeys", what: "fresh" }),
  ]),
  manyEchoes(
    "Unpredictable keys",
    "Counts bits, and looks for keys that count up. A test of randomness can only find what is not random.",
    [should("6455 10.3", { expect: "maskKeys", what: "random" })],
  ),
  {
    title: "No frame of a server is masked",
    does: "Sends a message, a ping and a close frame, and looks at the frames that come back.",
    expects: "None is masked.",
    roles: server,
    steps: [opening, textFrame("hello"), ping("hello"), messages(1), closeFrame(), end()],
    rules: [must("6455 5.1", { expect: "lawfulFrames" })],
  },
];

/** Masking, of what comes and of what goes. */
export const chapter24: Chapter = extraChapter("24", "Masking", [
  { title: "Frames to a server that are not masked", cases: toServers },
  { title: "Frames to a client that are masked", cases: toClients },
  { title: "Unmasking", cases: masks },
  { title: "Masks of the peer", cases: keys },
]);
