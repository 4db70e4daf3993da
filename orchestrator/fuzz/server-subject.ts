import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { send, type Sent } from "../../mutation/dial.ts";
import type { Difference } from "../../mutation/difference.ts";
import type { Stream } from "../../mutation/stream.ts";
import { type Patience, patienceAlone } from "../../mutation/talk.ts";

import type { Exit } from "../engines/engine.ts";
import type { Keeper, LiveServer } from "../play/server-keeper.ts";
import { deathOf, silence } from "./death.ts";
import {
  deathGrace,
  GoneForGood,
  maxDeaths,
  plainStream,
  rounds,
  type Shown,
  type Subject,
} from "./subject.ts";

/** A server target that streams are sent to: it may die, and is started again then. */
export class ServerSubject implements Subject {
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

  get exit(): Exit | null {
    return this.#exit;
  }

  get death(): Difference | null {
    return this.#exit && deathOf(this.#exit, this.#lastWords, "server");
  }

  get starts(): number {
    return this.#starts;
  }

  async ensure(): Promise<void> {
    this.#signal.throwIfAborted();
    const server = await this.#keeper.ensure().catch((cause: unknown) => {
      if (this.#starts === 0 || this.#signal.aborted) throw cause;
      throw new GoneForGood(cause instanceof Error ? cause.message : String(cause), { cause });
    });
    if (server === this.#server) return;
    if (++this.#starts > maxDeaths) throw new GoneForGood(`it was started ${maxDeaths} times`);
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

  discard(): void {
    this.#keeper.discard();
  }

  send(stream: Stream, patience: Patience): Promise<Sent> {
    return send(stream, this.#server!.destination, { patience, signal: this.#gone ?? this.#signal });
  }

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

  async isWell(): Promise<boolean> {
    const sent = await this.send(plainStream, patienceAlone);
    return sent.connected && sent.difference === null;
  }
}
