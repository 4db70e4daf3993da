import type { ConnectionOptions } from "../connection.ts";
import type { Codec } from "../codec.ts";
import type { TrustOptions } from "../dial.ts";
import type { TcpWish } from "../endpoint.ts";
import type { Message } from "../incoming.ts";
import type { Http2Defect } from "./http2-filter.ts";

/** Which end of a connection an endpoint is. */
export type Side = "client" | "server";

/**
 * The reference endpoint with one deliberate defect, to see which cases notice. What a mutant does wrong is a
 * mistake that real implementations make or could make.
 */
export interface Mutant {
  /** What it is called, such as `accepts-rsv1`. */
  readonly name: string;
  /** What it does wrong, as a sentence about it. */
  readonly defect: string;
  /** The rule that is broken, such as `RFC 6455, 5.2`. */
  readonly rule: string;
  /** The ends that can have the defect. */
  readonly sides: readonly Side[];
  /**
   * Patterns of cases that should catch it on either side, each by one case at least: written down before it was
   * tried. Empty for a rule that no case exercises, which makes it a blind spot.
   */
  readonly caughtBy: readonly string[];
  /** Patterns of the long cases (chapters 9, 12 and 13) that are worth playing; all of the others are played anyway. */
  readonly long: readonly string[];
  /** Makes the defect, for one connection. */
  readonly defectOf: (side: Side) => Defect;
}

/** What is changed of the reference endpoint: only what is there. */
export interface Defect {
  /** In the codec that it is given. */
  readonly codec?: Partial<Codec>;
  /** In its settings. */
  readonly options?: Partial<ConnectionOptions>;
  /** In whom it trusts over TLS, as a client. */
  readonly trust?: Pick<TrustOptions, "verify" | "serverName">;
  /** What it does with frames of HTTP/2, as a server. */
  readonly http2?: Http2Defect;
  /** What it does with TCP in place of what it should; asked after each turn. */
  readonly tcp?: (wish: TcpWish, turn: { readonly echoed: boolean }) => TcpWish;
  /** The messages that it sends in place of an echo. */
  readonly echo?: (message: Message) => readonly Message[];
  /** Changes its half of the opening handshake. */
  readonly head?: (head: string) => string;
  /** What it takes the peer's half for, as latin-1; `own` is its own half, which a client has said by then. */
  readonly hears?: (head: string, own: string) => string;
}

/** What most mutants have in common need not be written each time. */
export function mutant(
  facts: Pick<Mutant, "name" | "defect" | "rule" | "caughtBy"> &
    Partial<Pick<Mutant, "sides" | "long">> & { readonly make: (side: Side) => Defect },
): Mutant {
  const { make, sides = ["server", "client"], long = [], ...rest } = facts;
  return { ...rest, sides, long, defectOf: make };
}
