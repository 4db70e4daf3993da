/** Chapter 6, groups 6.1 to 6.4: texts whole, in fragments and in parts with pauses between them. */

import { Opcode } from "../../wire/frame.ts";

import type { Case, Group, Payload, Step } from "../case.ts";
import {
  answeredBy,
  closeAfter,
  define,
  empty,
  firstFragment,
  group,
  hex,
  joined,
  killAfter,
  lastFragment,
  nextFragment,
  rfc6455,
  say,
  spaced,
  text,
  textEcho,
  textFrame,
  textMessage,
  wait,
  type CaseFields,
} from "./build.ts";
import { peerMustReject, rejects, utf8Rules } from "./utf8-cases.ts";

/** Five Greek letters in 11 octets; the second one, U+1F79, takes three, the others two. */
const greek = hex("ce ba e1 bd b9 cf 83 ce bc ce b5");
const surrogate = hex("ed a0 80");
const edited = text("edited");
const spoilt = joined(greek, surrogate, edited);
const latinHead = text("Hello-µ@ßöä");
const latinTail = text("üàá-UTF-8!!");
const latin = joined(latinHead, latinTail);
const middle = text("middle frame payload");

const spoiltShown = 'five Greek letters, ED A0 80 (the surrogate U+D800, which UTF-8 excludes) and "edited"';
const latinShown = '"Hello-µ@ßöäüàá-UTF-8!!", 29 octets of which 14 make up seven two-octet characters';

const emptyFragments: readonly CaseFields[] = [
  {
    id: "6.1.1",
    title: "Empty text message",
    description: "Sends one text frame without payload. An empty message is a valid text.",
    expectation: say.echo("text"),
    citations: rfc6455("5.6"),
    script: [textFrame(empty), closeAfter(1000)],
    ...answeredBy(textEcho(empty)),
  },
  {
    id: "6.1.2",
    title: "Empty text message in three fragments",
    description: "Sends one text message in three fragments, all of them empty.",
    expectation: say.echo("text"),
    citations: rfc6455("5.4", "5.6"),
    script: [firstFragment(empty), nextFragment(empty), lastFragment(empty), closeAfter(1000)],
    ...answeredBy(textEcho(empty)),
  },
  {
    id: "6.1.3",
    title: "Text with an empty first and last fragment",
    description:
      'Sends one text message in three fragments: an empty one, "middle frame payload", and another empty one.',
    expectation: say.echo("text"),
    citations: rfc6455("5.4", "5.6"),
    script: [firstFragment(empty), nextFragment(middle), lastFragment(empty), closeAfter(1000)],
    ...answeredBy(textEcho(middle)),
  },
];

const validSplits: readonly CaseFields[] = [
  {
    id: "6.2.1",
    title: "Text with two-octet characters in one frame",
    description: `Sends one text message in one frame: ${latinShown}.`,
    expectation: say.echo("text"),
    citations: [...rfc6455("5.6"), ...utf8Rules],
    script: [textMessage(latin), closeAfter(1000)],
    ...answeredBy(textEcho(latin)),
  },
  {
    id: "6.2.2",
    title: "Text cut between two characters",
    description: `Sends one text message in two fragments: ${latinShown}, cut behind the "ä", so that each fragment is valid by itself.`,
    expectation: say.echo("text"),
    citations: [...rfc6455("5.4", "5.6"), ...utf8Rules],
    script: [firstFragment(latinHead), lastFragment(latinTail), closeAfter(1000)],
    ...answeredBy(textEcho(latin)),
  },
  {
    id: "6.2.3",
    title: "Text in fragments of one octet",
    description: `Sends one text message in 29 fragments of one octet each, and an empty final continuation frame: ${latinShown}. Fragments may cut a character in two; only the whole message must be UTF-8.`,
    expectation: say.echo("text"),
    citations: [...rfc6455("5.4", "5.6", "8.1"), ...utf8Rules],
    script: [textMessage(latin, 1), closeAfter(1000)],
    ...answeredBy(textEcho(latin)),
  },
  {
    id: "6.2.4",
    title: "Greek text in fragments of one octet",
    description: `Sends one text message in 11 fragments of one octet each, and an empty final continuation frame: five Greek letters, ${spaced(greek)}. Every letter is cut.`,
    expectation: say.echo("text"),
    citations: [...rfc6455("5.4", "5.6", "8.1"), ...utf8Rules],
    script: [textMessage(greek, 1), closeAfter(1000)],
    ...answeredBy(textEcho(greek)),
  },
];

const invalidSplits: readonly CaseFields[] = [
  {
    id: "6.3.1",
    title: "Text with a surrogate in one frame",
    description: `Sends one text message of 20 octets in one frame: ${spoiltShown}.`,
    expectation: rejects,
    citations: [...rfc6455("8.1", "7.4.1"), ...utf8Rules],
    script: [textMessage(spoilt), killAfter(1000)],
    ...peerMustReject,
  },
  {
    id: "6.3.2",
    title: "Text with a surrogate in fragments of one octet",
    description: `Sends one text message in 20 fragments of one octet each, and an empty final continuation frame: ${spoiltShown}.`,
    expectation: `${rejects} The peer may fail before the message is complete.`,
    citations: [...rfc6455("5.4", "8.1", "7.4.1"), ...utf8Rules],
    script: [textMessage(spoilt, 1), killAfter(1000)],
    ...peerMustReject,
  },
];

/** A text of 21 octets in three parts with a pause of 1 s before the second and the third. */
interface Early {
  readonly id: string;
  readonly title: string;
  readonly parts: readonly [Payload, Payload, Payload];
  /** What the second part does to the text. */
  readonly why: string;
  /** The parts are pieces of one frame, not fragments of their own. */
  readonly oneFrame: boolean;
}

const beyond = {
  parts: [greek, hex("f4 90 80 80"), edited],
  why: "F4 90 80 80 would be U+110000, one more than the last code point",
} as const;
const beyondCut = {
  parts: [joined(greek, hex("f4")), hex("90"), joined(hex("80 80"), edited)],
  why: "the F4 that ends the first part could still begin a character, but F4 90 could only be a value above U+10FFFF",
} as const;

const earlyRows: readonly Early[] = [
  { id: "6.4.1", title: "Bad octets in the second of three fragments", ...beyond, oneFrame: false },
  {
    id: "6.4.2",
    title: "Character that goes wrong in the second of three fragments",
    ...beyondCut,
    oneFrame: false,
  },
  { id: "6.4.3", title: "Bad octets in the middle of an unfinished frame", ...beyond, oneFrame: true },
  {
    id: "6.4.4",
    title: "Character that goes wrong in the middle of an unfinished frame",
    ...beyondCut,
    oneFrame: true,
  },
];

/** A part of the frame whose header has gone out. */
function rawPart(payload: Payload): Step {
  return { step: "rawOctets", payload };
}

function early({ id, title, parts, why, oneFrame }: Early): Case {
  const [first, second, third] = parts;
  const [begin, middlePart, end]: readonly [readonly Step[], Step, readonly Step[]] = oneFrame
    ? [
        [{ step: "rawHeader", opcode: Opcode.text, fin: false, length: 21 }, rawPart(first)],
        rawPart(second),
        [rawPart(third), lastFragment(empty)],
      ]
    : [[firstFragment(first)], nextFragment(second), [lastFragment(third)]];
  const shown = `${spaced(first)}, then ${spaced(second)}, then ${spaced(third)}`;
  return define({
    id,
    title,
    description: oneFrame
      ? `Sends the header of a text frame (21 octets, FIN off) and its payload in three parts, with a pause of 1 s (A) before the second and of 1 s (B) before the third: ${shown}; an empty final continuation frame follows. The second part makes the text invalid: ${why}. Once the peer has closed, nothing more is sent.`
      : `Sends a text message in three fragments, with a pause of 1 s (A) before the second and of 1 s (B) before the third: ${shown}. The second one makes the text invalid: ${why}. Once the peer has closed, nothing more is sent.`,
    expectation:
      "OK is a peer that fails the connection in pause B, as soon as the text cannot be valid any more: with close code 1007, without a code, or by ending TCP. " +
      "Failing only when the third part is there is NON-STRICT. Failing earlier, echoing the text, or leaving the close to the fuzzer is FAILED. " +
      (oneFrame
        ? "Arguable: the RFC wants the connection failed but does not say when, and a peer that reads whole frames cannot know earlier."
        : "Arguable: the RFC wants the connection failed but does not say when, and a peer may well check a message when it is complete."),
    citations: [...rfc6455("5.4", "8.1", "7.4.1"), ...utf8Rules],
    script: [
      ...begin,
      wait(1000, "open", [middlePart, wait(1000, "open", [...end, killAfter(1000)], "B")], "A"),
    ],
    expected: {
      OK: [{ event: "timeout", tag: "A" }],
      "NON-STRICT": [
        { event: "timeout", tag: "A" },
        { event: "timeout", tag: "B" },
      ],
    },
    close: peerMustReject.close,
  });
}

const all = (fields: readonly CaseFields[]): Case[] => fields.map((each) => define(each));

/** The groups in which it matters how a text is cut. */
export const splitTexts: readonly Group[] = [
  group("6.1", "Texts with empty fragments", all(emptyFragments)),
  group("6.2", "Valid texts, whole and in fragments", all(validSplits)),
  group("6.3", "Invalid text, whole and in fragments", all(invalidSplits)),
  group(
    "6.4",
    "Invalid text that shows early",
    earlyRows.map((row) => early(row)),
  ),
];
