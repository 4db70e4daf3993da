/** Chapter 6: text messages that are UTF-8 and text messages that are not. */

import type { Chapter } from "../case.ts";
import { chapter, hex, rfc3629, spaced } from "./build.ts";
import { splitTexts } from "./chapter-6-splits.ts";
import {
  codePoint,
  invalid,
  octetRange,
  octetsOf,
  overlongRules,
  rowGroup,
  surrogateOctets,
  utf8Rules,
  valid,
  type Row,
} from "./utf8-cases.ts";

const samples: readonly Row[] = [
  valid("68 65 6c 6c 6f 24 77 6f 72 6c 64", 'ASCII text "hello$world"', "ASCII only, one octet a character"),
  valid(
    "68 65 6c 6c 6f c2 a2 77 6f 72 6c 64",
    "Text with a two-octet character, U+00A2",
    "C2 A2 is U+00A2, the cent sign, between ASCII letters",
  ),
  valid(
    "68 65 6c 6c 6f e2 82 ac 77 6f 72 6c 64",
    "Text with a three-octet character, U+20AC",
    "E2 82 AC is U+20AC, the euro sign, between ASCII letters",
  ),
  valid(
    "68 65 6c 6c 6f f0 a4 ad a2 77 6f 72 6c 64",
    "Text with a four-octet character, U+24B62",
    "F0 A4 AD A2 is U+24B62, a Han character, between ASCII letters",
  ),
  valid(
    "ce ba e1 bd b9 cf 83 ce bc ce b5",
    "Five Greek letters",
    "U+03BA U+1F79 U+03C3 U+03BC U+03B5, in two, three, two, two and two octets",
  ),
];

/** The Greek letters cut behind each octet; the letters end behind octets 2, 5, 7, 9 and 11. */
const truncations: readonly Row[] = [
  invalid("ce", "Greek letters, first octet only", "CE announces two octets and the message ends behind it"),
  valid("ce ba", "Greek letters, first letter", "the message ends behind U+03BA"),
  invalid(
    "ce ba e1",
    "Greek letters, cut in the second letter",
    "E1 announces three octets and the message ends behind it",
  ),
  invalid(
    "ce ba e1 bd",
    "Greek letters, cut before the end of the second letter",
    "E1 announces three octets and the message ends behind the second, BD",
  ),
  valid("ce ba e1 bd b9", "Greek letters, first two letters", "the message ends behind U+1F79"),
  invalid(
    "ce ba e1 bd b9 cf",
    "Greek letters, cut in the third letter",
    "CF announces two octets and the message ends behind it",
  ),
  valid("ce ba e1 bd b9 cf 83", "Greek letters, first three letters", "the message ends behind U+03C3"),
  invalid(
    "ce ba e1 bd b9 cf 83 ce",
    "Greek letters, cut in the fourth letter",
    "the last CE announces two octets and the message ends behind it",
  ),
  valid("ce ba e1 bd b9 cf 83 ce bc", "Greek letters, first four letters", "the message ends behind U+03BC"),
  invalid(
    "ce ba e1 bd b9 cf 83 ce bc ce",
    "Greek letters, cut in the fifth letter",
    "the last CE announces two octets and the message ends behind it",
  ),
  valid("ce ba e1 bd b9 cf 83 ce bc ce b5", "Greek letters, all five", "the message ends behind U+03B5"),
];

const lowest: readonly Row[] = [
  valid(
    "00",
    "Lowest code point of one octet, U+0000",
    "00 is U+0000, a character like any other and no end of the text",
  ),
  valid(
    "c2 80",
    "Lowest code point of two octets, U+0080",
    "C2 80 is U+0080, the first that needs two octets",
  ),
  valid(
    "e0 a0 80",
    "Lowest code point of three octets, U+0800",
    "E0 A0 80 is U+0800, the first that needs three octets",
  ),
  valid(
    "f0 90 80 80",
    "Lowest code point of four octets, U+10000",
    "F0 90 80 80 is U+10000, the first that needs four octets",
  ),
];

const lowestTooLong: readonly Row[] = [
  invalid(
    "f8 88 80 80 80",
    "Lowest value of five octets, 0x200000",
    "five-octet forms were dropped from UTF-8, so F8 never begins a character; the value would be above U+10FFFF too",
  ),
  invalid(
    "fc 84 80 80 80 80",
    "Lowest value of six octets, 0x4000000",
    "six-octet forms were dropped from UTF-8, so FC never begins a character; the value would be above U+10FFFF too",
  ),
];

const highest: readonly Row[] = [
  valid("7f", "Highest code point of one octet, U+007F", "7F is U+007F, the last of ASCII"),
  valid(
    "df bf",
    "Highest code point of two octets, U+07FF",
    "DF BF is U+07FF, the last for which two octets suffice",
  ),
  valid(
    "ef bf bf",
    "Highest code point of three octets, U+FFFF",
    "EF BF BF is U+FFFF, the last for which three octets suffice; it is a noncharacter, which UTF-8 does not exclude",
  ),
  valid(
    "f4 8f bf bf",
    "Highest code point of four octets, U+10FFFF",
    "F4 8F BF BF is U+10FFFF, the last code point there is; it is a noncharacter, which UTF-8 does not exclude",
  ),
];

const highestTooLong: readonly Row[] = [
  invalid(
    "f7 bf bf bf",
    "Highest value of the four-octet pattern, 0x1FFFFF",
    "the value would be above U+10FFFF, so F7 never begins a character",
  ),
  invalid(
    "fb bf bf bf bf",
    "Highest value of the five-octet pattern, 0x3FFFFFF",
    "five-octet forms were dropped from UTF-8, so FB never begins a character",
  ),
  invalid(
    "fd bf bf bf bf bf",
    "Highest value of the six-octet pattern, 0x7FFFFFFF",
    "six-octet forms were dropped from UTF-8, so FD never begins a character",
  ),
];

const borders: readonly Row[] = [
  valid(
    "ed 9f bf",
    "Last code point before the surrogates, U+D7FF",
    "ED 9F BF is U+D7FF; the surrogates begin with the next value",
  ),
  valid(
    "ee 80 80",
    "First code point behind the surrogates, U+E000",
    "EE 80 80 is U+E000, the first of the private use area",
  ),
  valid(
    "ef bf bd",
    "Replacement character, U+FFFD",
    "EF BF BD is U+FFFD, which decoders put in place of errors but which is a character itself",
  ),
  valid(
    "f4 8f bf bf",
    "Last code point of all, U+10FFFF",
    "F4 8F BF BF is U+10FFFF, and nothing lies above it",
  ),
  invalid(
    "f4 90 80 80",
    "First value behind the last code point, 0x110000",
    "the value would be one above U+10FFFF, so 90 must not follow F4",
  ),
];

/** 80 BF 80 BF ..., so many octets. */
function strayContinuations(name: string, count: number): Row {
  const payload = "80bf".repeat(3).slice(0, count * 2);
  return invalid(
    payload,
    `${name} continuation octets alone`,
    "all octets are continuation octets with nothing to continue",
  );
}

const continuations: readonly Row[] = [
  invalid("80", "First continuation octet alone, 80", "80 continues a character and none was begun"),
  invalid("bf", "Last continuation octet alone, BF", "BF continues a character and none was begun"),
  ...["Two", "Three", "Four", "Five", "Six"].map((name, at) => strayContinuations(name, at + 2)),
  invalid(
    octetRange(0x80, 0xbe),
    "Continuation octets 80 to BE in a row",
    "all 63 octets, from 80 to BE, are continuation octets with nothing to continue",
  ),
];

const lonely =
  "first octets, which announce more, is followed by a space (20) instead of a continuation octet";

const loneFirsts: readonly Row[] = [
  invalid(
    octetRange(0xc0, 0xde, "20"),
    "First octets C0 to DE, each before a space",
    `each of the 31 ${lonely}`,
  ),
  invalid(
    octetRange(0xe0, 0xee, "20"),
    "First octets E0 to EE, each before a space",
    `each of the 15 ${lonely}`,
  ),
  invalid(
    octetRange(0xf0, 0xf6, "20"),
    "First octets F0 to F6, each before a space",
    `each of the 7 ${lonely}`,
  ),
  invalid(
    octetRange(0xf8, 0xfa, "20"),
    "First octets F8 to FA, each before a space",
    `each of the 3 ${lonely}; F8 to FA never occur in UTF-8`,
  ),
  invalid(
    "fc 20",
    "First octet FC before a space",
    "FC announced six octets before such forms were dropped, and a space (20) follows it",
  ),
];

/** Sequences that lack their last octet: those of value 0, overlong, and the highest of each length. */
const unfinished: readonly (readonly [octets: string, title: string, why: string])[] = [
  [
    "c0",
    "Overlong U+0000 of two octets without its last one",
    "C0 announces two octets, and never occurs in UTF-8",
  ],
  [
    "e0 80",
    "Overlong U+0000 of three octets without its last one",
    "E0 announces three octets and there are two; 80 must not follow E0 either",
  ],
  [
    "f0 80 80",
    "Overlong U+0000 of four octets without its last one",
    "F0 announces four octets and there are three; 80 must not follow F0 either",
  ],
  [
    "f8 80 80 80",
    "Overlong U+0000 of five octets without its last one",
    "F8 announced five octets, there are four, and F8 never occurs in UTF-8",
  ],
  [
    "fc 80 80 80 80",
    "Overlong U+0000 of six octets without its last one",
    "FC announced six octets, there are five, and FC never occurs in UTF-8",
  ],
  ["df", "U+07FF without its last octet", "DF announces two octets and the message ends behind it"],
  [
    "ef bf",
    "U+FFFF without its last octet",
    "EF announces three octets and the message ends behind the second",
  ],
  [
    "f7 bf bf",
    "0x1FFFFF of four octets without its last one",
    "F7 announced four octets, there are three, and F7 never occurs in UTF-8",
  ],
  [
    "fb bf bf bf",
    "0x3FFFFFF of five octets without its last one",
    "FB announced five octets, there are four, and FB never occurs in UTF-8",
  ],
  [
    "fd bf bf bf bf",
    "0x7FFFFFFF of six octets without its last one",
    "FD announced six octets, there are five, and FD never occurs in UTF-8",
  ],
];

const never: readonly Row[] = [
  invalid("fe", "Octet FE", "FE never occurs in UTF-8, nor did it in its older, longer forms"),
  invalid("ff", "Octet FF", "FF never occurs in UTF-8, nor did it in its older, longer forms"),
  invalid("fe fe ff ff", "Octets FE FE FF FF", "neither FE nor FF ever occurs in UTF-8"),
];

const counts = ["two", "three", "four", "five", "six"] as const;

/** The overlong forms of a code point of ASCII, in two octets and more. */
function overlong(name: string, value: number, forms: readonly string[]): Row[] {
  return forms.map((octetsInHex, at) => {
    const extra = at < 3 ? "" : "; forms of that length were dropped from UTF-8 altogether";
    return invalid(
      octetsInHex,
      `Overlong ${name} in ${counts[at]} octets`,
      `the octets stand for ${codePoint(value)}, which must be written in one octet, ${spaced(hex(octetsOf(value)))}${extra}`,
    );
  });
}

/** The highest value that would fit into one octet fewer, for each length. */
const largestOverlong: readonly Row[] = [
  invalid(
    "c1 bf",
    "Highest overlong form of two octets, U+007F",
    "the octets stand for U+007F, which must be written in one; C1 never occurs in UTF-8",
  ),
  invalid(
    "e0 9f bf",
    "Highest overlong form of three octets, U+07FF",
    "the octets stand for U+07FF, which must be written in two",
  ),
  invalid(
    "f0 8f bf bf",
    "Highest overlong form of four octets, U+FFFF",
    "the octets stand for U+FFFF, which must be written in three",
  ),
  invalid(
    "f8 87 bf bf bf",
    "Highest overlong form of five octets, 0x1FFFFF",
    "the value would fit into four octets and is above U+10FFFF; forms of five octets were dropped from UTF-8",
  ),
  invalid(
    "fc 83 bf bf bf bf",
    "Highest overlong form of six octets, 0x3FFFFFF",
    "the value would fit into five octets and is above U+10FFFF; forms of six octets were dropped from UTF-8",
  ),
];

const surrogates: readonly (readonly [value: number, note: string])[] = [
  [0xd800, "the first high surrogate"],
  [0xdb7f, "the last high surrogate that is not for private use"],
  [0xdb80, "the first high surrogate for private use"],
  [0xdbff, "the last high surrogate"],
  [0xdc00, "the first low surrogate"],
  [0xdf80, "a low surrogate in the last part of their range"],
  [0xdfff, "the last low surrogate"],
];

function loneSurrogate([value, note]: readonly [number, string]): Row {
  return invalid(
    surrogateOctets(value),
    `Surrogate ${codePoint(value)} alone`,
    `the octets would be ${codePoint(value)}, ${note}; UTF-8 excludes the surrogates, U+D800 to U+DFFF`,
  );
}

/** A pair as UTF-16 uses it, each half in three octets. */
function surrogatePair(high: number, low: number): Row {
  const meant = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  return invalid(
    surrogateOctets(high) + surrogateOctets(low),
    `Surrogate pair ${codePoint(high)} ${codePoint(low)}`,
    `in UTF-16 the pair means ${codePoint(meant)}, but UTF-8 writes that code point in four octets and excludes the surrogates even in pairs`,
  );
}

const pairs: readonly Row[] = [0xd800, 0xdb7f, 0xdb80, 0xdbff].flatMap((high) =>
  [0xdc00, 0xdfff].map((low) => surrogatePair(high, low)),
);

/** The last two code points of a plane. */
function noncharacters(plane: number): Row[] {
  return [0xfffe, 0xffff].map((low) => {
    const value = plane * 0x10000 + low;
    return valid(
      octetsOf(value),
      `Noncharacter ${codePoint(value)}`,
      `it is ${codePoint(value)}, the ${low === 0xffff ? "last" : "last but one"} code point of plane ${plane}, which will never be a character but which UTF-8 does not exclude`,
    );
  });
}

const specials: readonly (readonly [value: number, name: string])[] = [
  [0xfff9, "interlinear annotation anchor"],
  [0xfffa, "interlinear annotation separator"],
  [0xfffb, "interlinear annotation terminator"],
  [0xfffc, "object replacement character"],
  [0xfffd, "replacement character"],
  [0xfffe, "noncharacter, a byte order mark turned round"],
  [0xffff, "noncharacter, the last one of plane 0"],
];

/** UTF-8. */
export const chapter6: Chapter = chapter("6", "Text and UTF-8", [
  ...splitTexts,
  rowGroup("6.5", "Samples of each length", utf8Rules, samples),
  rowGroup("6.6", "A text cut behind each octet", utf8Rules, truncations),
  rowGroup("6.7", "Lowest code point of each length", utf8Rules, lowest),
  rowGroup("6.8", "Lowest values of five and six octets", utf8Rules, lowestTooLong),
  rowGroup("6.9", "Highest code point of each length", utf8Rules, highest),
  rowGroup("6.10", "Highest values of patterns too long", utf8Rules, highestTooLong),
  rowGroup("6.11", "Borders of what is allowed", utf8Rules, borders),
  rowGroup("6.12", "Continuation octets alone", utf8Rules, continuations),
  rowGroup("6.13", "First octets alone", utf8Rules, loneFirsts),
  rowGroup(
    "6.14",
    "Sequences without their last octet",
    utf8Rules,
    unfinished.map(([octetsInHex, title, why]) => invalid(octetsInHex, title, why)),
  ),
  rowGroup("6.15", "Unfinished sequences in a row", utf8Rules, [
    invalid(
      unfinished.map(([octetsInHex]) => octetsInHex).join(""),
      "All ten unfinished sequences in a row",
      "these are the octets of 6.14.1 to 6.14.10 one behind the other, each sequence lacking its last octet",
    ),
  ]),
  rowGroup("6.16", "Octets that never occur", rfc3629("1", "4"), never),
  rowGroup(
    "6.17",
    "Overlong slash",
    overlongRules,
    overlong("slash", 0x2f, ["c0 af", "e0 80 af", "f0 80 80 af", "f8 80 80 80 af", "fc 80 80 80 80 af"]),
  ),
  rowGroup("6.18", "Highest overlong form of each length", overlongRules, largestOverlong),
  rowGroup(
    "6.19",
    "Overlong null character",
    overlongRules,
    overlong("null character", 0, [
      "c0 80",
      "e0 80 80",
      "f0 80 80 80",
      "f8 80 80 80 80",
      "fc 80 80 80 80 80",
    ]),
  ),
  rowGroup(
    "6.20",
    "Single surrogates",
    utf8Rules,
    surrogates.map((each) => loneSurrogate(each)),
  ),
  rowGroup("6.21", "Surrogates in pairs", utf8Rules, pairs),
  rowGroup(
    "6.22",
    "Noncharacters",
    utf8Rules,
    Array.from({ length: 17 }, (_, plane) => noncharacters(plane)).flat(),
  ),
  rowGroup(
    "6.23",
    "Specials at the end of plane 0",
    utf8Rules,
    specials.map(([value, name]) =>
      valid(
        octetsOf(value),
        `${codePoint(value)}, ${name}`,
        `${codePoint(value)} (${name}) is a code point like any other to UTF-8`,
      ),
    ),
  ),
]);
