import type { Head } from "../wire/handshake.ts";
import type { AgreedDeflate } from "../wire/permessage-deflate.ts";
import type { Destination } from "../fuzzer/opening.ts";
import type { Driven } from "../fuzzer/socket.ts";

import { compare } from "./compare.ts";
import type { Difference } from "./difference.ts";
import { compareOpening, OpeningTalk } from "./opening-talk.ts";
import { compareResponse, ResponseTalk } from "./response-talk.ts";
import { type FrameStream, readerOf, type ResponseStream, type Stream } from "./stream.ts";
import { type Patience, Talk, type TalkTransport } from "./talk.ts";

/** A stream that is being sent, whatever its kind. */
export interface Player extends Driven<unknown> {
  lost(now: number, how?: "fin" | "reset"): void;
  /** How what was seen differs from what had to be; null before the end, and where it does not. */
  difference(): Difference | null;
  /** What the opening handshake agreed on, if it is known. */
  agreed(): AgreedDeflate | null;
}

/** What plays a stream to a server. */
export interface Dialler extends Player {
  /** TCP is connected. */
  connected(now: number): void;
}

/** What plays a stream to a client. */
export interface Answerer extends Player {
  /** A client has asked for a connection. */
  accepted(now: number, request: Head): void;
}

interface PlayerSetup {
  readonly transport: TalkTransport;
  readonly patience: Patience;
}

/** Makes what plays a stream to a server. @throws {TypeError} it is one for clients */
export function diallerOf(stream: Stream, setup: PlayerSetup & { readonly to: Destination }): Dialler {
  if (stream.kind === "response" || readerOf(stream) === "client")
    throw new TypeError("this stream is for clients");
  return stream.kind === "opening"
    ? openingPlayer(new OpeningTalk(stream, setup))
    : talkPlayer(stream, setup);
}

/** Makes what plays a stream to a client. @throws {TypeError} it is one for servers */
export function answererOf(stream: Stream, setup: PlayerSetup): Answerer {
  if (stream.kind === "opening" || readerOf(stream) === "server")
    throw new TypeError("this stream is for servers");
  return stream.kind === "response" ? responsePlayer(stream, setup) : talkPlayer(stream, setup);
}

function openingPlayer(talk: OpeningTalk): Dialler {
  return Object.assign(talk, {
    difference: () => talk.record && compareOpening(talk.record),
    agreed: () => null,
  });
}

function responsePlayer(stream: ResponseStream, setup: PlayerSetup): Answerer {
  const talk = new ResponseTalk(stream, setup);
  return Object.assign(talk, {
    difference: () => talk.record && compareResponse(talk.record),
    agreed: () => talk.record?.opinion.agreed ?? null,
  });
}

function talkPlayer(
  stream: FrameStream,
  setup: PlayerSetup & { readonly to?: Destination },
): Dialler & Answerer {
  const talk = new Talk(stream, setup);
  return Object.assign(talk, {
    difference: () => talk.record && compare(talk.record.opinions, talk.record.observation, stream.sentinel),
    agreed() {
      const opening = talk.record?.observation.opening;
      return opening?.state === "open" ? opening.agreed : null;
    },
  });
}
