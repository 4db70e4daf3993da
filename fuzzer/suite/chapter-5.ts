/** Chapter 5: messages in fragments, with control frames between them, and fragments out of order. */

import { Opcode } from "../../wire/frame.ts";

import type { Case, Chapter, Step } from "../case.ts";
import {
  answeredBy,
  chapter,
  closeAfter,
  define,
  firstFragment,
  frame,
  group,
  joined,
  killAfter,
  lastFragment,
  nextFragment,
  peerMustFail,
  peerMustFailAfter,
  ping,
  pongBack,
  rfc6455,
  say,
  text,
  textEcho,
  textFrame,
  type CaseFields,
  wait,
  type Writing,
} from "./build.ts";

const one = text("fragment1");
const two = text("fragment2");
const three = text("fragment3");
const four = text("fragment4");
const five = text("fragment5");
const oneTwo = joined(one, two);
const oneToFive = joined(one, two, three, four, five);
const asked = text("ping payload");
const asked1 = text("pongme 1!");
const asked2 = text("pongme 2!");
const stray = text("non-continuation payload");
const hello = text("Hello, world!");

/** The three ways in which the same frames are written. */
const ways: readonly { readonly title: string; readonly how: string; readonly writing: Writing }[] = [
  { title: "", how: "All frames go out in one go.", writing: {} },
  {
    title: ", one write a frame",
    how: "Each frame is written whole in a turn of its own.",
    writing: { sync: true },
  },
  { title: ", octet by octet", how: "Every octet is written in a turn of its own.", writing: { chop: 1 } },
];

type Variant = Omit<CaseFields, "id" | "script"> & { readonly script: (writing: Writing) => readonly Step[] };

/** The same case in the three ways; `description` is completed by how the frames are written. */
function inAllWays(firstNumber: number, { script, ...fields }: Variant): Case[] {
  return ways.map(({ title, how, writing }, at) =>
    define({
      ...fields,
      id: `5.${firstNumber + at}`,
      title: fields.title + title,
      description: `${fields.description} ${how}`,
      script: script(writing),
    }),
  );
}

/** A control frame in two parts, which is never allowed. */
function splitControl(id: string, name: string, opcode: number): Case {
  return define({
    id,
    title: `Fragmented ${name}`,
    description: `Sends a ${name} frame with FIN off, "fragment1", and a final continuation frame, "fragment2". Control frames must not be fragmented.`,
    expectation: say.fail,
    citations: rfc6455("5.4", "5.5", "7.1.7"),
    script: [frame(opcode, one, { fin: false }), lastFragment(two), killAfter(1000)],
    ...peerMustFail,
  });
}

const plain = inAllWays(3, {
  title: "Text in two fragments",
  description:
    'Sends a text message in two fragments, "fragment1" and "fragment2", with nothing between them.',
  expectation: `${say.echo("text")} Whether the echo is fragmented does not matter.`,
  citations: rfc6455("5.4", "5.6"),
  script: (writing) => [firstFragment(one, writing), lastFragment(two, writing), closeAfter(1000)],
  ...answeredBy(textEcho(oneTwo)),
});

const pinged = inAllWays(6, {
  title: "Ping between two fragments",
  description:
    'Sends a text message in two fragments, "fragment1" and "fragment2", with a ping, "ping payload", between them.',
  expectation:
    'The peer answers the ping first and then sends the message "fragment1fragment2" back; the other order is FAILED. The fuzzer then closes with 1000.',
  citations: rfc6455("5.4", "5.5", "5.5.2"),
  script: (writing) => [
    firstFragment(one, writing),
    ping(asked, writing),
    lastFragment(two, writing),
    closeAfter(1000),
  ],
  ...answeredBy(pongBack(asked), textEcho(oneTwo)),
});

const strayFinal = inAllWays(9, {
  title: "Final continuation frame with nothing to continue, then a text",
  description:
    'Sends a continuation frame with FIN on while no message is open, and behind it a good text frame, "Hello, world!".',
  expectation: `${say.fail} The text behind the error must not be echoed.`,
  citations: rfc6455("5.4", "7.1.7"),
  script: (writing) => [lastFragment(stray, writing), textFrame(hello, writing), killAfter(1000)],
  ...peerMustFail,
});

const strayNonFinal = inAllWays(12, {
  title: "Non-final continuation frame with nothing to continue, then a text",
  description:
    'Sends a continuation frame with FIN off while no message is open, and behind it a good text frame, "Hello, world!".',
  expectation: `${say.fail} The text behind the error must not be echoed.`,
  citations: rfc6455("5.4", "7.1.7"),
  script: (writing) => [nextFragment(stray, writing), textFrame(hello, writing), killAfter(1000)],
  ...peerMustFail,
});

const afterFirst = define({
  id: "5.15",
  title: "Good fragmented text, then a continuation frame with nothing to continue",
  description:
    'Sends a text message in two fragments, "fragment1" and "fragment2", then a continuation frame with FIN off, "fragment3", although no message is open any more, and a text frame, "fragment4".',
  expectation: say.failAfterEcho('the message "fragment1fragment2"'),
  citations: rfc6455("5.4", "7.1.7"),
  script: [firstFragment(one), lastFragment(two), nextFragment(three), textFrame(four), killAfter(1000)],
  ...peerMustFailAfter(textEcho(oneTwo)),
});

/** Twice a continuation frame with nothing to continue and a fragmented text. */
function strayTwice(id: string, fin: boolean): Case {
  const bit = fin ? "on" : "off";
  const round = [
    frame(Opcode.continuation, one, fin ? {} : { fin }),
    firstFragment(two),
    lastFragment(three),
  ];
  return define({
    id,
    title: `Continuation frame (FIN ${bit}) with nothing to continue before a fragmented text, twice`,
    description: `Sends, twice over, a continuation frame with FIN ${bit}, "fragment1", while no message is open, and a text message in two fragments, "fragment2" and "fragment3".`,
    expectation: `${say.fail} The very first frame is the error, so neither text may be echoed.`,
    citations: rfc6455("5.4", "7.1.7"),
    script: [...round, ...round, killAfter(1000)],
    ...peerMustFail,
  });
}

const textInText = define({
  id: "5.18",
  title: "New text frame inside an unfinished text message",
  description:
    'Sends the first fragment of a text message, "fragment1", and then, instead of a continuation, a text frame with FIN on, "fragment2". Messages must not be interleaved.',
  expectation: say.fail,
  citations: rfc6455("5.4", "7.1.7"),
  script: [firstFragment(one), textFrame(two), killAfter(1000)],
  ...peerMustFail,
});

/** Five fragments, two pings and a pause: all of it allowed. */
function paused(id: string, writing: Writing, title: string, how: string): Case {
  return define({
    id,
    title: `Five fragments with two pings and a pause${title}`,
    description: `Sends "fragment1" and "fragment2" of a text message and a ping, "pongme 1!", waits 1 s, and then, unless the connection is closed, sends "fragment3", "fragment4", a ping, "pongme 2!", and the final "fragment5". The frames on each side of the pause go out ${how}.`,
    expectation:
      "The peer answers both pings, in order, before it sends the message of all five fragments back; the fuzzer then closes with 1000. " +
      "Only the order counts, not when the first pong comes. Arguable: pings are to be answered as soon as is practical, so a peer that answers them behind the message breaks no rule of RFC 6455, but is FAILED here.",
    citations: rfc6455("5.4", "5.5", "5.5.2"),
    script: [
      firstFragment(one, writing),
      nextFragment(two, writing),
      ping(asked1, writing),
      wait(1000, "notClosed", [
        nextFragment(three, writing),
        nextFragment(four, writing),
        ping(asked2, writing),
        lastFragment(five, writing),
        closeAfter(1000),
      ]),
    ],
    ...answeredBy(pongBack(asked1), pongBack(asked2), textEcho(oneToFive)),
  });
}

/** Fragments. */
export const chapter5: Chapter = chapter("5", "Fragments", [
  group("5", "Fragments", [
    splitControl("5.1", "ping", Opcode.ping),
    splitControl("5.2", "pong", Opcode.pong),
    ...plain,
    ...pinged,
    ...strayFinal,
    ...strayNonFinal,
    afterFirst,
    strayTwice("5.16", false),
    strayTwice("5.17", true),
    textInText,
    paused("5.19", {}, "", "in one go"),
    paused(
      "5.20",
      { sync: true },
      ", one write a frame",
      "with each frame written whole in a turn of its own",
    ),
  ]),
]);
