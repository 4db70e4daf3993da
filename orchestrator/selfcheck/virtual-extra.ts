import type { Case } from "../../fuzzer/case.ts";
import { ExtraRun } from "../../fuzzer/extra/play.ts";
import type { Talk, TalkSetup } from "../../fuzzer/extra/talk.ts";
import { readRequest } from "../../fuzzer/opening.ts";
import type { CaseRecord, Role } from "../../fuzzer/record.ts";
import { HeadReader } from "../../wire/handshake.ts";

import { Pipe } from "./pipe.ts";
import { VirtualClock } from "./virtual-clock.ts";
import type { VirtualPeer } from "./virtual-play.ts";

/** The client's destination; nobody dials it. */
const to = { host: "127.0.0.1", port: 9001, resource: "/" };

/** What a virtual play of an extra case needs. */
export interface VirtualExtraSetup {
  /** The target's, that is the peer's. */
  readonly role: Role;
  /** Virtual ms after which a play counts as hanging. */
  readonly limit: number;
  readonly latency?: number;
  /** Octets that look random. */
  readonly random?: (octets: number) => Buffer;
  /** Keys of opening handshakes before this one, of a client. */
  readonly nonces?: readonly string[];
}

type MakePeer = (clock: VirtualClock, pipe: Pipe) => VirtualPeer;

/** Plays an extra case against peers in memory, one for each connection; null when it hangs. */
export function playExtraVirtually(
  played: Case,
  makePeer: MakePeer,
  setup: VirtualExtraSetup,
): CaseRecord | null {
  return new VirtualExtra(played, makePeer, setup).run(setup.limit);
}

class VirtualExtra {
  readonly #clock = new VirtualClock();
  readonly #run: ExtraRun;
  readonly #makePeer: MakePeer;
  readonly #setup: VirtualExtraSetup;
  readonly #nonces: string[];
  /** The talks that go on, with the place of their connection. */
  readonly #talks = new Map<Talk, number>();

  constructor(played: Case, makePeer: MakePeer, setup: VirtualExtraSetup) {
    const { role, random, nonces = [] } = setup;
    this.#run = new ExtraRun(played, role, { wallClock: () => 0, ...(random && { random }) });
    this.#makePeer = makePeer;
    this.#setup = setup;
    this.#nonces = [...nonces];
  }

  run(limit: number): CaseRecord | null {
    const clock = this.#clock;
    this.#run.begin(0);
    if (this.#setup.role === "client") this.#seeAnotherKey();
    for (const [at, { besideAfter }] of this.#run.scripts.entries()) {
      if (at === 0) this.#connect(0);
      else if (besideAfter !== undefined) clock.later(besideAfter, () => this.#connect(at));
    }
    while (!this.#run.isOver) {
      const deadline = Math.min(
        Infinity,
        ...[...this.#talks.keys()].map((talk) => talk.deadline ?? Infinity),
      );
      const next = clock.next ?? Infinity;
      if (Math.min(deadline, next) > limit) return null;
      if (next <= deadline) clock.step();
      else this.#tick(deadline);
    }
    return this.#run.record(clock.now, this.#nonces);
  }

  #tick(now: number): void {
    this.#clock.now = Math.max(this.#clock.now, now);
    for (const talk of this.#talks.keys()) {
      if ((talk.deadline ?? Infinity) > this.#clock.now) continue;
      talk.tick(this.#clock.now);
      this.#lookAt(talk);
    }
  }

  /** A driver has asked for the number of cases before, with another key. */
  #seeAnotherKey(): void {
    const clock = new VirtualClock();
    const [ours, theirs] = Pipe.pair(clock, 0);
    const peer = this.#makePeer(clock, theirs);
    const reader = new HeadReader();
    ours.attach({
      onOctets: (octets) => {
        const progress = reader.push(octets);
        const reading = progress.state === "done" ? readRequest(progress.head) : null;
        if (reading !== null && "key" in reading) this.#nonces.push(reading.key);
      },
      onLost() {},
    });
    theirs.attach(peer);
    peer.begin();
    clock.step();
  }

  #connect(at: number): void {
    const [ours, theirs] = Pipe.pair(this.#clock, this.#setup.latency ?? 1);
    const peer = this.#makePeer(this.#clock, theirs);
    theirs.attach(peer);
    if (this.#setup.role === "server") {
      this.#begin(at, ours, { to });
      return;
    }
    const reader = new HeadReader();
    ours.attach({
      onOctets: (octets) => {
        const progress = reader.push(octets);
        if (progress.state !== "done") return;
        const { head, rest } = progress;
        const reading = readRequest(head);
        if ("refusal" in reading)
          throw new Error(`the peer's request was refused: ${reading.refusal.reason}`);
        this.#nonces.push(reading.key);
        this.#begin(at, ours, { request: { head, key: reading.key } }, rest);
      },
      onLost() {},
    });
    peer.begin();
  }

  #begin(
    at: number,
    pipe: Pipe,
    role: Pick<TalkSetup, "to" | "request">,
    rest: Buffer = Buffer.alloc(0),
  ): void {
    const talk = this.#run.talk(at, { transport: pipe, ...role });
    this.#talks.set(talk, at);
    const then = (action: () => void) => {
      action();
      this.#lookAt(talk);
    };
    pipe.attach({
      onOctets: (octets) => then(() => talk.receive(this.#clock.now, octets)),
      onLost: () => then(() => talk.ended(this.#clock.now, "fin")),
    });
    then(() => talk.begin(this.#clock.now));
    if (rest.length > 0) then(() => talk.receive(this.#clock.now, rest));
  }

  #lookAt(talk: Talk): void {
    const at = this.#talks.get(talk);
    if (talk.record === null || at === undefined) return;
    this.#talks.delete(talk);
    this.#run.over(at, talk);
    const next = this.#run.scripts[at + 1];
    if (next !== undefined && next.besideAfter === undefined) this.#connect(at + 1);
  }
}
