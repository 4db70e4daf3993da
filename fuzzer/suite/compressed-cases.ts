/** What chapters 12 and 13 have in common: round trips of compressed messages, 18 sizes of them a group. */

import type { Case, Citation, Compression, CorpusName } from "../case.ts";
import { answeredBy, closeAfter, define, grouped, octets, rfc6455 } from "./build.ts";

/** What each offer begins with; offers of chapter 13 add to it. */
export const basicOffer = "permessage-deflate; client_no_context_takeover; client_max_window_bits";

/** Messages of a case. */
export const messageCount = 1000;

/** Length of the messages and of their fragments, and the deadline in ms; no fragments for 0. */
const rows: readonly (readonly [length: number, fragment: number, limit: number])[] = [
  [16, 0, 60_000],
  [64, 0, 60_000],
  [256, 0, 120_000],
  [1024, 0, 240_000],
  [4096, 0, 480_000],
  [8192, 0, 480_000],
  [16_384, 0, 480_000],
  [32_768, 0, 480_000],
  [65_536, 0, 480_000],
  [131_072, 0, 480_000],
  [8192, 256, 480_000],
  [16_384, 256, 480_000],
  [32_768, 256, 480_000],
  [65_536, 256, 480_000],
  [131_072, 256, 480_000],
  [131_072, 1024, 480_000],
  [131_072, 4096, 480_000],
  [131_072, 32_768, 480_000],
];

/** Sections of RFC 7692, compression of messages. */
export function rfc7692(...sections: readonly string[]): Citation[] {
  return sections.map((section) => ({ rfc: 7692, section }));
}

/** What the cases of a group share. */
export interface CompressedGroup {
  readonly id: string;
  /** What the title of each case begins with. */
  readonly title: string;
  readonly corpus: CorpusName;
  /** What messages are cut from, with an article. */
  readonly source: string;
  readonly binary: boolean;
  readonly compression: Compression;
  /** How permessage-deflate is negotiated, in sentences. */
  readonly negotiation: string;
  /** Of RFC 7692, beside those on framing and compression. */
  readonly sections: readonly string[];
}

/** The 18 cases of a group. */
export function compressedCases(shared: CompressedGroup): Case[] {
  return rows.map(([length, fragment, limit], at) =>
    compressedCase(shared, `${shared.id}.${at + 1}`, length, fragment, limit),
  );
}

function compressedCase(
  shared: CompressedGroup,
  id: string,
  length: number,
  fragment: number,
  limit: number,
): Case {
  const { corpus, binary, compression } = shared;
  const type = binary ? "binary" : "text";
  const amount = binary ? octets(length) : `${grouped(length)} characters`;
  return define({
    id,
    title: `${shared.title}: messages of ${amount}${fragment === 0 ? "" : `, frames of ${grouped(fragment)}`}`,
    description: `${shared.negotiation} Sends ${grouped(messageCount)} compressed ${type} messages, each with the next ${amount} of ${shared.source}, which starts over at its end; each is sent when the one before has come back. ${framing(fragment)}`,
    expectation: expectation(type),
    citations: [
      ...rfc7692(...shared.sections, "6", "7.2.1", "7.2.2", "7.2.3", "8"),
      ...rfc6455("9.1", ...(fragment === 0 ? [] : ["5.4"])),
    ],
    script: [{ step: "log", on: false, noted: true }, closeAfter(limit)],
    expected: {},
    close: answeredBy().close,
    onMessage: { rule: "compressedRoundTrips", corpus, binary, length, count: messageCount, fragment },
    compression,
    reportTime: true,
  });
}

function framing(fragment: number): string {
  if (fragment === 0) return "A message is one frame with RSV1 set.";
  return `A message that is longer than ${octets(fragment)} when it is compressed is cut into frames of just that, RSV1 set on the first alone; where nothing is left for the last frame, an empty one ends the message.`;
}

function expectation(type: "text" | "binary"): string {
  return (
    `The peer agrees to permessage-deflate and sends every message back as a ${type} message with the same contents, all ${grouped(messageCount)} before the deadline; the fuzzer then closes with 1000. ` +
    "An echo of another type or with other contents is FAILED, even one behind the last; a peer that does not agree to permessage-deflate is UNIMPLEMENTED, and the fuzzer closes at once. " +
    "Whether an echo is compressed or fragmented, and how large a window it was compressed with, is up to the peer and not looked at. " +
    "Arguable: the deadline tests speed, which depends on the machine, and not the protocol."
  );
}
