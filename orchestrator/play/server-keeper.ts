import type { Destination } from "../../fuzzer/opening.ts";

import type { Exit, Running } from "../engines/engine.ts";

/** A server target that is up and has passed its probe. */
export interface LiveServer {
  readonly destination: Destination;
  /** Where the server itself is, when that is elsewhere: what knows HTTP/2 itself goes there. */
  readonly direct?: Destination;
  readonly exited: Promise<Exit>;
  /** @throws {FuzzerLost} the way to it is gone: what connections told since says nothing of it */
  check?(): void;
}

/** A server target that was started, and how it is reached. */
export interface Reachable {
  readonly running: Running;
  readonly destination: Destination;
  readonly direct?: Destination;
  check?(): void;
}

/** Says where a server target is, and is told when it does not answer any more. */
export interface Keeper {
  /** The target, started when it is not up and can be started. @throws when it cannot be had */
  ensure(): Promise<LiveServer>;
  /** Takes a target for dead that lives but does not answer. */
  discard(): void;
}

/** Starts a server target and keeps it up: one that is gone is started again when it is needed. */
export class ServerKeeper implements Keeper {
  readonly #start: () => Promise<Reachable>;
  #live: { readonly running: Running; readonly server: LiveServer; gone: boolean } | null = null;

  /** @param start starts the target and resolves once it has passed its probe */
  constructor(start: () => Promise<Reachable>) {
    this.#start = start;
  }

  /** The target, started when it is not up. @throws what starting throws */
  async ensure(): Promise<LiveServer> {
    if (this.#live !== null && !this.#live.gone) return this.#live.server;
    await this.stop();
    const { running, ...way } = await this.#start();
    const live = { running, server: { ...way, exited: running.exited }, gone: false };
    void running.exited.then(() => (live.gone = true));
    this.#live = live;
    return live.server;
  }

  /** Takes a target for dead that lives but does not answer, so that it is started anew. */
  discard(): void {
    if (this.#live !== null) this.#live.gone = true;
  }

  /** The end of the target's output. */
  logTail(): string {
    return this.#live?.running.logTail() ?? "";
  }

  /** Ends the target. */
  async stop(): Promise<void> {
    await this.#live?.running.stop();
    this.#live = null;
  }
}
