import type { Chapter } from "../case.ts";
import type { ExtraStep, Rule } from "../extra/script.ts";
import {
  both,
  brief,
  closed,
  closing,
  type Draft,
  echoes,
  end,
  extraChapter,
  fails,
  frame,
  messages,
  must,
  octets,
  open,
  opening,
  binaryMessage,
  says,
  should,
  textMessage,
  utf8,
} from "./extra.ts";
import { plainDeflate, storedMessage } from "./deflate-extra.ts";

/** One, two, three and four octets a character, and all of it in one text. */
const sample = "a\u{e9}\u{20ac}\u{1f600}z";
const sampleHex = Buffer.from(sample).toString("hex");

/** A text in two fragments, cut at each octet in turn. */
const everySplit = (hex: string, rsv = 0): ExtraStep[] =>
  Array.from({ length: hex.length / 2 - 1 }, (_, at) => [
    frame(1, octets(hex.slice(0, 2 * at + 2)), { fin: false, rsv }),
    frame(0, octets(hex.slice(2 * at + 2))),
  ]).flat();

const octetByOctet = (hex: string, rsv = 0): ExtraStep[] =>
  (hex.match(/../g) ?? []).map((each, at, whole) =>
    frame(at === 0 ? 1 : 0, octets(each), { fin: at === whole.length - 1, rsv: at === 0 ? rsv : 0 }),
  );

const compressed = storedMessage(sampleHex);
const splits = sampleHex.length / 2 - 1;
const compressedSplits = compressed.length / 2 - 1;
const times = (count: number) => Array.from({ length: count }, () => textMessage(sample));

const good: Draft[] = [
  {
    title: "Split at every octet",
    does: "Sends a text with characters of one to four octets in two fragments, cut at each octet in turn.",
    expects: "Each is echoed.",
    roles: both,
    steps: [opening, ...everySplit(sampleHex), messages(splits, 3_000), ...closing],
    rules: [must("6455 8.1", echoes(...times(splits)))],
  },
  {
    title: "Octet by octet, compressed",
    does: "Sends the same text compressed, in fragments of an octet.",
    expects: "It is inflated before it is looked at, and echoed.",
    roles: both,
    steps: [opening, ...octetByOctet(compressed, 4), messages(1), ...closing],
    rules: [must("6455 8.1", echoes(textMessage(sample)))],
    ...plainDeflate,
  },
  {
    title: "Compressed, and split at every octet",
    does: "Sends the same text compressed, in two fragments, cut at each octet in turn.",
    expects: "Each is echoed.",
    roles: both,
    steps: [opening, ...everySplit(compressed, 4), messages(compressedSplits, 3_000), ...closing],
    rules: [must("6455 8.1", echoes(...times(compressedSplits)))],
    ...plainDeflate,
  },
  {
    title: "What looks like no text",
    does: "Sends a text of a NUL, the last code point and one that stands for no character.",
    expects: "All of it is echoed: it is UTF-8.",
    roles: both,
    steps: [opening, frame(1, utf8("\0\u{10ffff}\u{fffe}")), messages(1), ...closing],
    rules: [must("6455 8.1", echoes(textMessage("\0\u{10ffff}\u{fffe}")))],
  },
  {
    title: "A byte order mark",
    does: "Sends a text that begins with U+FEFF.",
    expects: "It is echoed with its first character.",
    roles: both,
    steps: [opening, frame(1, utf8("\u{feff}hello")), messages(1), ...closing],
    rules: [should("3629 6", echoes(textMessage("\u{feff}hello")))],
    practice: "Decoders that take it for a signature leave it out, which is not ruled out.",
  },
  {
    title: "No UTF-8 in a binary message",
    does: "Sends a binary message that is no UTF-8.",
    expects: "It is echoed.",
    roles: both,
    steps: [opening, frame(2, octets("c328eda080ff")), messages(1), ...closing],
    rules: [must("6455 5.6", echoes(binaryMessage(octets("c328eda080ff"))))],
  },
];

const why: readonly Rule[] = [must("6455 8.1", fails()), should("6455 7.4.1", says(1007))];

const bad: Draft[] = [
  {
    title: "No UTF-8, compressed",
    does: "Sends a compressed text that inflates to no UTF-8.",
    expects: "The connection is failed, with 1007 if a close frame says why.",
    roles: both,
    steps: [opening, frame(1, octets(storedMessage("68c3286c6f")), { rsv: 4 }), end()],
    rules: why,
    ...plainDeflate,
  },
  {
    title: "A surrogate, compressed and in fragments",
    does: "Sends a compressed text, in two fragments, that inflates to half of a surrogate pair.",
    expects: "The connection is failed, with 1007 if a close frame says why.",
    roles: both,
    steps: [
      opening,
      frame(1, octets(storedMessage("61eda08062").slice(0, 14)), { rsv: 4, fin: false }),
      frame(0, octets(storedMessage("61eda08062").slice(14))),
      end(),
    ],
    rules: why,
    ...plainDeflate,
  },
  {
    title: "Cut short in the last fragment",
    does: "Sends a text of three fragments that ends inside a character.",
    expects: "The connection is failed, with 1007 if a close frame says why.",
    roles: both,
    steps: [
      opening,
      frame(1, octets("61f0"), { fin: false }),
      frame(0, octets("9f"), { fin: false }),
      frame(0, octets("98")),
      end(),
    ],
    rules: why,
  },
  {
    title: "Broken in the first fragment",
    does: "Sends a first fragment that no text can begin with, and nothing more.",
    expects: "The connection may be failed at once, without waiting for the rest.",
    roles: both,
    steps: [opening, frame(1, octets("61c328"), { fin: false }), brief, ...closing],
    rules: [open("6455 8.1", { expect: "failed" })],
    practice: "When it is to be failed is not said.",
  },
];

/** A close frame whose reason is no UTF-8. */
const reason = (title: string, does: string, hex: string): Draft => ({
  title,
  does,
  expects:
    "The connection is failed, with 1007 (or 1002) if a close frame says why, and the reason is not repeated.",
  roles: both,
  steps: [opening, frame(8, octets(`03e8${hex}`)), closed(), end(300)],
  rules: [should("6455 8.1", says(1007, 1002)), must("6455 5.5.1", { expect: "lawfulFrames" })],
  practice:
    "The reason must be UTF-8; that the one who gets it must look is said of text as such (section 8.1).",
});

const reasons: Draft[] = [
  reason(
    "A reason that is no UTF-8",
    "Sends a close frame with octets that are no UTF-8 for its reason.",
    "68c3286c6f",
  ),
  reason(
    "A reason that is cut short",
    "Sends a close frame whose reason ends inside a character.",
    "6162e282",
  ),
  reason(
    "A reason with a surrogate",
    "Sends a close frame with half of a surrogate pair in its reason.",
    "61eda080",
  ),
];

/** UTF-8, beyond chapter 6. */
export const chapter32: Chapter = extraChapter("32", "UTF-8, further", [
  { title: "Texts that are good", cases: good },
  { title: "Texts that are not", cases: bad },
  { title: "Close reasons", cases: reasons },
]);
