import { connectTcp, startTls } from "../fuzzer/connect.ts";
import type { Destination } from "../fuzzer/opening.ts";

import { drive, type Played } from "./drive.ts";
import { diallerOf } from "./play.ts";
import type { Stream } from "./stream.ts";
import type { Patience } from "./talk.ts";

/** What came of a stream that was sent to a target. */
export type Sent =
  | ({ readonly connected: true } & Played)
  /** There was no connection, and why. */
  | { readonly connected: false; readonly reason: string };

/** Sends a stream to a server on a new connection. Never rejects. */
export async function send(
  stream: Stream,
  to: Destination,
  { patience, signal }: { readonly patience: Patience; readonly signal?: AbortSignal },
): Promise<Sent> {
  const tcp = await connectTcp(to, signal);
  if (typeof tcp === "string") return { connected: false, reason: tcp };
  const socket = to.tls ? await startTls(tcp, to, to.tls) : tcp;
  if (typeof socket === "string") return { connected: false, reason: socket };
  const played = await drive(
    { socket, tcp },
    (transport) => diallerOf(stream, { to, patience, transport }),
    (player, now) => player.connected(now),
    signal,
  );
  return { connected: true, ...played };
}
