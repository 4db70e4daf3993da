import type { Message } from "../../reference-impl/incoming.ts";

/** One connection of a pair: a message that goes round between client and server. */
export interface PairTalk {
  readonly binary: boolean;
  /** Of the message. */
  readonly octets: number;
  /** How often it comes back from the client, and so from the server. */
  readonly turns: number;
}

/** Every length of a length field (RFC 6455 section 5.2), of both types. */
export const pairTalks: readonly PairTalk[] = Object.freeze(
  [1, 125, 126, 65_536, 1 << 20].flatMap((octets) =>
    [false, true].map((binary) => ({ binary, octets, turns: 3 })),
  ),
);

/** What became of a talk. */
export interface PairTalkResult extends PairTalk {
  /** Null when all turns were right, and the end too. */
  readonly fault: string | null;
  /** Whose fault it is; null where there is none, or where it cannot be told. */
  readonly by: "client" | "server" | null;
  /** What client and server agreed on, as the response said it; null without compression. */
  readonly deflate: string | null;
  /** Code of the client's answer to the close frame, "none" for one without; null when there was none. */
  readonly clientClose: number | "none" | null;
  /** The same of the server's. */
  readonly serverClose: number | "none" | null;
}

const sentence = Buffer.from("Round and round it goes, größer und 大きく. ");

/** The message of a talk: text with characters of one to three octets, or octets that count up. */
export function messageOf({ binary, octets }: PairTalk): Message {
  const payload = Buffer.alloc(octets, "x");
  if (binary) for (let at = 0; at < octets; at++) payload[at] = (at * 31 + (at >>> 8)) & 0xff;
  else payload.fill(sentence, 0, octets - (octets % sentence.length));
  return { binary, payload };
}
