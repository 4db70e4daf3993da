import type { Socket } from "node:net";

import type { AgreedDeflate } from "../wire/permessage-deflate.ts";
import { type Driven, SocketTransport } from "../fuzzer/socket.ts";

import type { Difference } from "./difference.ts";
import type { Player } from "./play.ts";
import type { TalkTransport } from "./talk.ts";

/** Ms that octets may take to leave when a talk is over; then TCP is reset. */
const leaveWithin = 2_000;

/** What came of a stream that was played over a connection. */
export interface Played {
  readonly difference: Difference | null;
  /** How messages were compressed; null when they were not. */
  readonly agreed: AgreedDeflate | null;
}

/**
 * Plays a stream over sockets, to the end of TCP. Never rejects.
 *
 * @param link the socket below TLS, where there is one, is another
 * @param begin what the player does first
 */
export async function drive<P extends Player>(
  { socket, tcp }: { readonly socket: Socket; readonly tcp: Socket },
  playerWith: (transport: TalkTransport) => P,
  begin: (player: P, now: number) => void,
  signal?: AbortSignal,
): Promise<Played> {
  const onAbort = () => tcp.resetAndDestroy();
  signal?.addEventListener("abort", onAbort, { once: true });
  let alarm: NodeJS.Timeout | null = null;
  let wasReset = false;
  socket.on("error", (error: NodeJS.ErrnoException) => (wasReset ||= error.code === "ECONNRESET"));
  const transport = new SocketTransport(socket, tcp);
  const player = playerWith({
    write: (octets) => transport.write(octets),
    end() {
      alarm ??= setTimeout(() => tcp.resetAndDestroy(), leaveWithin);
      transport.end();
    },
  });
  await new Promise<void>((resolve) => {
    transport.drive(
      untilTcpIsGone(player, () => wasReset),
      () => resolve(),
    );
    transport.enter((now) => begin(player, now));
    if (signal?.aborted) onAbort();
  });
  if (alarm !== null) clearTimeout(alarm);
  signal?.removeEventListener("abort", onAbort);
  return { difference: player.difference(), agreed: player.agreed() };
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
