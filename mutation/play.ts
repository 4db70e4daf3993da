import type { AgreedDeflate } from "../wire/permessage-deflate.ts";
import type { Destination } from "../fuzzer/opening.ts";
import type { Driven } from "../fuzzer/socket.ts";

import { compare } from "./compare.ts";
import type { Difference } from "./difference.ts";
import { compareOpening, OpeningTalk } from "./opening-talk.ts";
import type { Stream } from "./stream.ts";
import { type Patience, Talk, type TalkTransport } from "./talk.ts";

/** A stream that is being sent to a server, whatever its kind. */
export interface Player extends Driven<unknown> {
  connected(now: number): void;
  lost(now: number, how?: "fin" | "reset"): void;
  /** How what was seen differs from what had to be; null before the end, and where it does not. */
  difference(): Difference | null;
  /** What the opening handshake agreed on, if it is known. */
  agreed(): AgreedDeflate | null;
}

/** Makes what plays a stream. */
export function playerOf(
  stream: Stream,
  setup: { readonly to: Destination; readonly transport: TalkTransport; readonly patience: Patience },
): Player {
  if (stream.kind === "opening") {
    const talk = new OpeningTalk(stream, setup);
    return Object.assign(talk, {
      difference: () => talk.record && compareOpening(talk.record),
      agreed: () => null,
    });
  }
  const talk = new Talk(stream, setup);
  return Object.assign(talk, {
    difference: () => talk.record && compare(talk.record.opinions, talk.record.observation, stream.sentinel),
    agreed() {
      const opening = talk.record?.observation.opening;
      return opening?.state === "open" ? opening.agreed : null;
    },
  });
}
