import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { send, type Sent } from "../../fuzzer/mutation/dial.ts";
import { type Difference, difference } from "../../fuzzer/mutation/difference.ts";
import type { FrameStream, Stream } from "../../fuzzer/mutation/stream.ts";
import { type Patience, patienceAlone } from "../../fuzzer/mutation/talk.ts";

import type { Exit } from "../engines/engine.ts";
import type { Keeper, LiveServer } from "../play/server-keeper.ts";

/** Ms between the loss of a connection and the news that the target is gone. */
const deathGrace = 50;

/** Starts of a target that one campaign stands. */
const maxStarts = 200;

/** A target that had to be started again too often. */
export class TooManyStarts extends Error {
  override readonly name = "TooManyStarts";
}

/** What a stream has shown, when it was sent. */
export interface Shown {
  readonly difference: Difference | null;
  readonly agreed: (Sent & { readonly connected: true })["agreed"];
}

/** A server target that streams are sent to: it may die, and is started again then. */
export class Subject {
  readonly #keeper: Keeper;
  readonly #signal: AbortSignal;
  #server: LiveServer | null = null;
  #exit: Exit | null = null;
  /** Aborted when the target is gone, or the run is to end: nothing is waited for any more then. */
  #gone: AbortSignal | null = null;
  #starts = 0;

  constructor(keeper: Keeper, signal: AbortSignal) {
    this.#keeper = keeper;
    this.#signal = signal;
  }

  /** How the target ended; null while it lives. */
  get exit(): Exit | null {
    return this.#exit;
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  /**
   * Starts the target when it is not up.
   *
   * @throws {TooManyStarts} and what starting throws
   */
  async ensure(): Promise<void> {
    this.#signal.throwIfAborted();
    const server = await this.#keeper.ensure();
    if (server === this.#server) return;
    if (++this.#starts > maxStarts) throw new TooManyStarts(`it was started ${maxStarts} times`);
    const gone = new AbortController();
    this.#server = server;
    this.#exit = null;
    this.#gone = AbortSignal.any([this.#signal, gone.signal]);
    setMaxListeners(0, this.#gone);
    void server.exited.then((exit) => {
      if (this.#server === server) this.#exit = exit;
      gone.abort();
    });
  }

  /** Takes the target for dead: the next {@link ensure} starts it again. */
  discard(): void {
    this.#keeper.discard();
  }

  /** Sends a stream to the target as it is. */
  send(stream: Stream, patience: Patience): Promise<Sent> {
    return send(stream, this.#server!.destination, { patience, signal: this.#gone ?? this.#signal });
  }

  /**
   * Sends a stream to a target that is up and has nothing else to do.
   *
   * @param aftermath also sees whether the target dies of it, or answers nobody any more
   */
  async observe(stream: Stream, patience: Patience, aftermath = false): Promise<Shown> {
    await this.ensure();
    const sent = await this.send(stream, patience);
    const agreed = sent.connected ? sent.agreed : null;
    if (aftermath || !sent.connected || sent.difference !== null)
      await Promise.race([sleep(deathGrace), this.#server!.exited]);
    if (this.#exit !== null) return { difference: deathOf(this.#exit), agreed };
    if (sent.connected && !(aftermath && sent.difference === null))
      return { difference: sent.difference, agreed };
    if (await this.isWell()) return { difference: sent.connected ? sent.difference : null, agreed };
    const { exit } = this;
    this.discard();
    return { difference: exit === null ? silence : deathOf(exit), agreed };
  }

  /** Whether it still does the simplest thing. */
  async isWell(): Promise<boolean> {
    const sent = await this.send(plainStream, patienceAlone);
    return sent.connected && sent.difference === null;
  }
}

/** A text, its echo, a ping, and a close. */
const plainStream: FrameStream = {
  kind: "frames",
  offer: null,
  elements: [{ kind: "message", binary: false, payload: { hex: "48656c6c6f" } }],
  writes: { by: "whole" },
  sentinel: Buffer.from("sentinel").toString("hex"),
  closing: { code: 1000, reason: "" },
  keys: 1,
};

/** No rule of an RFC: nothing that a stranger sends may do so. */
const rule = "RFC 6455, 10.7";

const expected = "the target serves others, whatever one peer sends";

/** The target is gone. */
export function deathOf({ reason }: Exit): Difference {
  return difference("dies", reason, { rule, expected, seen: `its process ${reason}` });
}

/** The target is there, and nobody gets an answer. */
export const silence: Difference = difference("hangs", "nobody gets an answer any more", {
  rule,
  expected,
  seen: "no new connection gets an echo",
});
