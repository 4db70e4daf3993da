import type { DeflateOffer } from "../negotiation.ts";
import type { Pieces } from "../pieces.ts";
import type { Talk } from "./talk.ts";

/** What a target must be able to do; it says so itself. */
export type Capability = "deflate" | "subprotocols";

/** How the connections of a scenario are opened on this side. */
export interface ScenarioOpening {
  /** As a client: what is offered of permessage-deflate. As a server, whatever is offered is agreed to. */
  readonly deflate?: Partial<DeflateOffer>;
  readonly subprotocols?: readonly string[];
  readonly pieces?: Pieces;
}

/** Something that applications do, which any endpoint that echoes must bear. */
export interface Scenario {
  readonly name: string;
  /** As a sentence about the target. */
  readonly title: string;
  /** What the target may be. */
  readonly roles: readonly ("server" | "client")[];
  readonly needs: readonly Capability[];
  /** Octets of the longest message: a target with a lower limit is not asked. */
  readonly longest: number;
  /** Connections that are opened, one after the other where the target is a client. */
  readonly connections: number;
  readonly opening: ScenarioOpening;
  /**
   * Does it.
   *
   * @param open gives the next connection
   * @throws {ScenarioFailure} the target did not do as it should have
   */
  run(open: () => Promise<Talk>): Promise<void>;
}

/** What became of a scenario. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly outcome: "passed" | "failed" | "not-applicable";
  /** Why it failed, or is not applicable; null when it passed. */
  readonly reason: string | null;
  /** Of a failed one, what happened. */
  readonly transcript: readonly string[];
  /** Ms. */
  readonly duration: number;
}
