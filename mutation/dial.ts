import type { AgreedDeflate } from "../wire/permessage-deflate.ts";
import { connectTcp, startTls } from "../fuzzer/connect.ts";
import type { Destination } from "../fuzzer/opening.ts";
import { type Driven, SocketTransport } from "../fuzzer/socket.ts";

import type { Difference } from "./difference.ts";
import { type Player, playerOf } from "./play.ts";
import type { Stream } from "./stream.ts";
import type { Patience } from "./talk.ts";

/** Ms that octets may take to leave when a talk is over; then TCP is reset. */
const leaveWithin = 2_000;

/** What came of a stream that was sent to a server. */
export type Sent =
  | {
      readonly connected: true;
      readonly difference: Difference | null;
      /** How messages were compressed; null when they were not. */
      readonly agreed: AgreedDeflate | null;
    }
  /** There was no connection, and why. */
  | { readonly connected: false; readonly reason: string };

/** Sends a stream to a server on a new connection. Never rejects. */
export async function send(
  stream: Stream,
  to: Destination,
  options: { readonly patience: Patience; readonly signal?: AbortSignal },
): Promise<Sent> {
  const tcp = await connectTcp(to, options.signal);
  if (typeof tcp === "string") return { connected: false, reason: tcp };
  const socket = to.tls ? await startTls(tcp, to, to.tls) : tcp;
  if (typeof socket === "string") return { connected: false, reason: socket };
  const onAbort = () => tcp.resetAndDestroy();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  let alarm: NodeJS.Timeout | null = null;
  let wasReset = false;
  socket.on("error", (error: NodeJS.ErrnoException) => (wasReset ||= error.code === "ECONNRESET"));
  const transport = new SocketTransport(socket, tcp);
  const player = playerOf(stream, {
    to,
    patience: options.patience,
    transport: {
      write: (octets) => transport.write(octets),
      end() {
        alarm ??= setTimeout(() => tcp.resetAndDestroy(), leaveWithin);
        transport.end();
      },
    },
  });
  await new Promise<void>((resolve) => {
    transport.drive(
      untilTcpIsGone(player, () => wasReset),
      () => resolve(),
    );
    transport.enter((now) => player.connected(now));
    if (options.signal?.aborted) onAbort();
  });
  if (alarm !== null) clearTimeout(alarm);
  options.signal?.removeEventListener("abort", onAbort);
  return { connected: true, difference: player.difference(), agreed: player.agreed() };
}

/** A player may be done long before its connection is. */
function untilTcpIsGone(player: Player, wasReset: () => boolean): Driven<true> {
  let record: true | null = null;
  return {
    get deadline() {
      return player.deadline;
    },
    get wantsTurn() {
      return player.wantsTurn;
    },
    get record() {
      return record;
    },
    receive: (now, octets) => player.receive(now, octets),
    turn: (now) => player.turn(now),
    tick: (now) => player.tick(now),
    lost(now) {
      player.lost(now, wasReset() ? "reset" : "fin");
      record = true;
    },
  };
}
