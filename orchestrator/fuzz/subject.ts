import type { Sent } from "../../mutation/dial.ts";
import type { Difference } from "../../mutation/difference.ts";
import { type FrameStream, type Stream } from "../../mutation/stream.ts";
import type { Patience } from "../../mutation/talk.ts";

import type { Exit } from "../engines/engine.ts";

/** How often a stream is sent that may kill the target: what depends on a race need not show at once. */
export const rounds = 4;

/** Deaths of a target that one campaign stands. */
export const maxDeaths = 200;

/** Ms between the loss of a connection and the news that the target is gone. */
export const deathGrace = 50;

/** A target that was there, and is not to be had again. */
export class GoneForGood extends Error {
  override readonly name = "GoneForGood";
}

/** What a stream has shown, when it was sent. */
export interface Shown {
  readonly difference: Difference | null;
  readonly agreed: (Sent & { readonly connected: true })["agreed"];
}

/** A target that streams are sent to: it may die, and is started again then. */
export interface Subject {
  /** How the target ended, where it is one process that all streams go to; else null. */
  readonly exit: Exit | null;
  /** That it ended, as a difference; null while it lives. */
  readonly death: Difference | null;
  /** How often it was started. */
  readonly starts: number;
  /**
   * Starts the target when it is not up.
   *
   * @throws {GoneForGood} it had been up
   * @throws what starting throws, the first time
   */
  ensure(): Promise<void>;
  /** Takes the target for dead: the next {@link ensure} starts it again. */
  discard(): void;
  /** Sends a stream to the target as it is. */
  send(stream: Stream, patience: Patience): Promise<Sent>;
  /**
   * Sends a stream to a target that is up and has nothing else to do.
   *
   * @param aftermath also sees whether the target dies of it, or is of no use any more
   * @param copies so many are sent at once, for what shows only under load; the first is looked at
   */
  observe(stream: Stream, patience: Patience, aftermath?: boolean, copies?: number): Promise<Shown>;
  /** Whether it still does the simplest thing. */
  isWell(): Promise<boolean>;
}

/** A text, its echo, a ping, and a close. */
export const plainStream: FrameStream = {
  kind: "frames",
  offer: null,
  elements: [{ kind: "message", binary: false, payload: { hex: "48656c6c6f" } }],
  writes: { by: "whole" },
  sentinel: Buffer.from("sentinel").toString("hex"),
  closing: { code: 1000, reason: "" },
  keys: 1,
};
