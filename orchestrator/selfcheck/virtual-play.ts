import type { Case } from "../../fuzzer/case.ts";
import { Player } from "../../fuzzer/player.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { CaseRecord, Role } from "../../fuzzer/record.ts";
import { readRequest } from "../../fuzzer/opening.ts";
import { HeadReader } from "../../wire/handshake.ts";

import { Pipe, type PipeEnd } from "./pipe.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Ms between two turns of the event loop, as the original's queue waits. */
const turnDelay = 0.01;

export interface VirtualPlay {
  /** Null when the connection was still open at the limit. */
  readonly record: CaseRecord | null;
  /** Ms from TCP connect to the loss of TCP. */
  readonly elapsed: number;
  /** What the fuzzer wrote after the opening handshake, with ms since the case started. */
  readonly writes: readonly { readonly at: number; readonly octets: Buffer }[];
}

/** Something at the other end of the pipe. */
export interface VirtualPeer extends PipeEnd {
  begin(): void;
}

/** Plays a case against a peer in memory, under a virtual clock. */
export function playVirtually(
  played: Case,
  makePeer: (clock: VirtualClock, pipe: Pipe) => VirtualPeer,
  setup: {
    /** The target's, that is the peer's. */
    readonly role: Role;
    /** Virtual ms after which a play counts as hanging. */
    readonly limit: number;
    readonly latency?: number;
    readonly watchdog?: number | null;
    readonly profile?: Profile;
  },
): VirtualPlay {
  const clock = new VirtualClock();
  const [ours, theirs] = Pipe.pair(clock, setup.latency ?? 1);
  const writes: { at: number; octets: Buffer }[] = [];
  let openedAt: number | null = null;
  const player = new Player(played, {
    role: setup.role,
    transport: {
      write(octets) {
        if (player.opened)
          writes.push({ at: clock.now - (openedAt ??= clock.now), octets: Buffer.from(octets) });
        ours.write(octets);
      },
      end: () => ours.end(),
      reset: () => ours.reset(),
    },
    ...(setup.watchdog !== undefined && { watchdog: setup.watchdog }),
    ...(setup.profile !== undefined && { profile: setup.profile }),
  });
  const peer = makePeer(clock, theirs);
  theirs.attach(peer);
  const heads = new HeadReader();
  let accepted = false;
  ours.attach({
    onOctets(octets) {
      if (setup.role === "server" || accepted) {
        player.receive(clock.now, octets);
        return;
      }
      const progress = heads.push(octets);
      if (progress.state !== "done") return;
      const reading = readRequest(progress.head);
      if ("refusal" in reading) throw new Error(`the peer's request was refused: ${reading.refusal.reason}`);
      accepted = true;
      player.accepted(clock.now, progress.head, reading.key);
      if (progress.rest.length > 0) player.receive(clock.now, progress.rest);
    },
    onLost: () => player.lost(clock.now),
  });
  if (setup.role === "server") player.connected(clock.now, { host: "127.0.0.1", port: 9001, resource: "/" });
  else peer.begin();
  run(clock, player, setup.limit);
  return { record: player.record, elapsed: clock.now, writes };
}

function run(clock: VirtualClock, player: Player, limit: number): void {
  let turnPlanned = false;
  while (player.record === null) {
    if (player.wantsTurn && !turnPlanned) {
      turnPlanned = true;
      clock.later(turnDelay, () => {
        turnPlanned = false;
        player.turn(clock.now);
      });
    }
    const deadline = player.deadline;
    const next = clock.next;
    if (deadline === null && next === null) return;
    const at = Math.min(deadline ?? Infinity, next ?? Infinity);
    if (at > limit) return;
    if (deadline !== null && deadline <= (next ?? Infinity)) {
      clock.now = Math.max(clock.now, deadline);
      player.tick(clock.now);
    } else {
      clock.step();
    }
  }
}
