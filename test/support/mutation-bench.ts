import type { Difference } from "../../mutation/difference.ts";
import { type Player, playerOf } from "../../mutation/play.ts";
import type { Stream } from "../../mutation/stream.ts";
import { patienceInCrowd } from "../../mutation/talk.ts";
import { Pipe } from "../../orchestrator/selfcheck/pipe.ts";
import { ReferencePeer } from "../../orchestrator/selfcheck/reference-peer.ts";
import { VirtualClock } from "../../orchestrator/selfcheck/virtual-clock.ts";
import type { Defect } from "../../reference-impl/mutants/mutant.ts";

const to = { host: "127.0.0.1", port: 9001, resource: "/" };

/** Ms of the virtual clock after which a talk that has not ended is a defect of the player. */
const limit = 600_000;

/** Plays a stream in memory with the reference endpoint as server, or with a mutant of it. */
export function playInMemory(stream: Stream, defect: Defect = {}): Difference | null {
  const clock = new VirtualClock();
  const [ours, theirs] = Pipe.pair(clock, 1);
  const player: Player = playerOf(stream, {
    to,
    transport: { write: (octets) => ours.write(octets), end: () => ours.end() },
    patience: patienceInCrowd,
  });
  theirs.attach(new ReferencePeer(clock, theirs, "server", { defect }));
  ours.attach({
    onOctets: (octets) => player.receive(clock.now, octets),
    onLost: () => player.lost(clock.now),
  });
  player.connected(clock.now);
  while (player.record === null) {
    if (clock.now > limit) throw new Error("the talk does not end");
    const next = Math.min(clock.next ?? Infinity, player.deadline ?? Infinity);
    if (player.wantsTurn) player.turn(clock.now);
    else if (next === Infinity) throw new Error("nothing is to come, and the talk has not ended");
    else if (next === clock.next) clock.step();
    else {
      clock.now = next;
      player.tick(next);
    }
  }
  return player.difference();
}
