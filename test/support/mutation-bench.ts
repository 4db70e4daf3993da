import type { Difference } from "../../mutation/difference.ts";
import { answererOf, diallerOf, type Player } from "../../mutation/play.ts";
import { readerOf, type Stream } from "../../mutation/stream.ts";
import { patienceInCrowd } from "../../mutation/talk.ts";
import { Pipe } from "../../orchestrator/selfcheck/pipe.ts";
import { ReferencePeer } from "../../orchestrator/selfcheck/reference-peer.ts";
import { VirtualClock } from "../../orchestrator/selfcheck/virtual-clock.ts";
import type { Defect } from "../../reference-impl/mutants/mutant.ts";
import { HeadReader } from "../../wire/handshake.ts";

const to = { host: "127.0.0.1", port: 9001, resource: "/" };

/** Ms of the virtual clock after which a talk that has not ended is a defect of the player. */
const limit = 600_000;

/** Plays a stream in memory with the reference endpoint at the other end, or with a mutant of it. */
export function playInMemory(stream: Stream, defect: Defect = {}): Difference | null {
  const clock = new VirtualClock();
  const [ours, theirs] = Pipe.pair(clock, 1);
  const transport = { write: (octets: Buffer) => ours.write(octets), end: () => ours.end() };
  const setup = { transport, patience: patienceInCrowd };
  const player =
    readerOf(stream) === "server"
      ? dial(stream, setup, { clock, ours, theirs }, defect)
      : answer(stream, setup, { clock, ours, theirs }, defect);
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

type Setup = Parameters<typeof answererOf>[1];

interface Wire {
  readonly clock: VirtualClock;
  readonly ours: Pipe;
  readonly theirs: Pipe;
}

function dial(stream: Stream, setup: Setup, { clock, ours, theirs }: Wire, defect: Defect): Player {
  const player = diallerOf(stream, { ...setup, to });
  theirs.attach(new ReferencePeer(clock, theirs, "server", { defect }));
  ours.attach({
    onOctets: (octets) => player.receive(clock.now, octets),
    onLost: () => player.lost(clock.now),
  });
  player.connected(clock.now);
  return player;
}

/** The client asks for what the fuzzing server plays. */
function answer(stream: Stream, setup: Setup, { clock, ours, theirs }: Wire, defect: Defect): Player {
  const player = answererOf(stream, setup);
  const reader = new HeadReader();
  let asked = false;
  const client = new ReferencePeer(clock, theirs, "client", { defect });
  theirs.attach(client);
  ours.attach({
    onOctets(octets) {
      if (asked) {
        player.receive(clock.now, octets);
        return;
      }
      const progress = reader.push(octets);
      if (progress.state !== "done") return;
      asked = true;
      player.accepted(clock.now, progress.head);
      if (progress.rest.length > 0) player.receive(clock.now, progress.rest);
    },
    onLost: () => player.lost(clock.now),
  });
  client.begin();
  return player;
}
