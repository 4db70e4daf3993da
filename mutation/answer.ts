import type { AskedConnection } from "../fuzzer/server.ts";

import { drive, type Played } from "./drive.ts";
import { answererOf } from "./play.ts";
import type { Stream } from "./stream.ts";
import type { Patience } from "./talk.ts";

/** Plays a stream to a client that has asked for a connection, to the end of TCP. Never rejects. */
export function answer(
  stream: Stream,
  asked: AskedConnection,
  { patience, signal }: { readonly patience: Patience; readonly signal?: AbortSignal },
): Promise<Played> {
  return drive(
    asked,
    (transport) => answererOf(stream, { patience, transport }),
    (player, now) => {
      player.accepted(now, asked.head);
      if (asked.rest.length > 0) player.receive(now, asked.rest);
    },
    signal,
  );
}
