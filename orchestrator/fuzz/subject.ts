import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { send, type Sent } from "../../mutation/dial.ts";
import { type Difference, difference } from "../../mutation/difference.ts";
import type { FrameStream, Stream } from "../../mutation/stream.ts";
import { type Patience, patienceAlone } from "../../mutation/talk.ts";

import type { Exit } from "../engines/engine.ts";
import type { Keeper, LiveServer } from "../play/server-keeper.ts";

/** Ms between the loss of a connection and the news that the target is gone. */
const deathGrace = 50;

/** How often a stream is sent that may kill the target: what depends on a race need not show at once. */
const rounds = 4;

/** Starts of a target that one campaign stands. */
const maxStarts = 200;

/** A target that was there, and is not to be had again. */
export class GoneForGood extends Error {
  override readonly name = "GoneForGood";
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
  readonly #logTail: () => string;
  /** The end of the output of the target that is gone. */
  #lastWords = "";

  /** @param logTail the end of the target's output */
  constructor(keeper: Keeper, signal: AbortSignal, logTail = () => "") {
    this.#keeper = keeper;
    this.#signal = signal;
    this.#logTail = logTail;
  }

  /** How the target ended; null while it lives. */
  get exit(): Exit | null {
    return this.#exit;
  }

  /** That it ended, as a difference; null while it lives. */
  get death(): Difference | null {
    return this.#exit && deathOf(this.#exit, this.#lastWords);
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  /**
   * Starts the target when it is not up.
   *
   * @throws {GoneForGood} it had been up
   * @throws what starting throws, the first time
   */
  async ensure(): Promise<void> {
    this.#signal.throwIfAborted();
    const server = await this.#keeper.ensure().catch((cause: unknown) => {
      if (this.#starts === 0 || this.#signal.aborted) throw cause;
      throw new GoneForGood(cause instanceof Error ? cause.message : String(cause), { cause });
    });
    if (server === this.#server) return;
    if (++this.#starts > maxStarts) throw new GoneForGood(`it was started ${maxStarts} times`);
    const gone = new AbortController();
    this.#server = server;
    this.#exit = null;
    this.#gone = AbortSignal.any([this.#signal, gone.signal]);
    setMaxListeners(0, this.#gone);
    void server.exited.then((exit) => {
      if (this.#server === server) {
        this.#exit = exit;
        this.#lastWords = this.#logTail();
      }
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
   * @param copies so many are sent at once, for what shows only under load; the first is looked at
   */
  async observe(stream: Stream, patience: Patience, aftermath = false, copies = 1): Promise<Shown> {
    await this.ensure();
    const sent = await this.#sendRounds(stream, patience, copies, aftermath ? rounds : 1);
    const agreed = sent.connected ? sent.agreed : null;
    if (aftermath || !sent.connected || sent.difference !== null)
      await Promise.race([sleep(deathGrace), this.#server!.exited]);
    if (this.death !== null) return { difference: this.death, agreed };
    if (sent.connected && !(aftermath && sent.difference === null))
      return { difference: sent.difference, agreed };
    if (await this.isWell()) return { difference: sent.connected ? sent.difference : null, agreed };
    const { death } = this;
    this.discard();
    return { difference: death ?? silence, agreed };
  }

  async #sendRounds(stream: Stream, patience: Patience, copies: number, times: number): Promise<Sent> {
    for (let round = 1; ; round++) {
      const all = await Promise.all(Array.from({ length: copies }, () => this.send(stream, patience)));
      const [sent] = all as [Sent];
      if (round === times || this.#exit !== null || !sent.connected || sent.difference !== null) return sent;
      await Promise.race([sleep(deathGrace), this.#server!.exited]);
    }
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

/** Characters of a target's last words that are told. */
const maxWords = 400;

function deathOf({ reason }: Exit, lastWords: string): Difference {
  // What went wrong stands before the stack that tells where.
  const fault = lastWords.search(/^.*(error|panic|exception|assert|fault)/im);
  const from = fault >= 0 ? fault : Math.max(0, lastWords.length - maxWords);
  const words = lastWords.slice(from, from + maxWords).trim();
  const told = words === "" ? "" : `; its last words: ${words.replaceAll(/\s*\n\s*/g, " | ")}`;
  return difference("dies", reason, { rule, expected, seen: `its process ${reason}${told}` });
}

/** The target is there, and nobody gets an answer. */
export const silence: Difference = difference("hangs", "nobody gets an answer any more", {
  rule,
  expected,
  seen: "no new connection gets an echo",
});
