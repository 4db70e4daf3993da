import { type CloseContent, parseClosePayload } from "../wire/close.ts";
import { Inflater } from "../wire/deflate.ts";
import { type AgreedDeflate, deflateSettings } from "../wire/permessage-deflate.ts";
import { isValidUtf8 } from "../wire/utf8.ts";
import { strictCodec } from "../reference-impl/codec.ts";
import { Incoming } from "../reference-impl/incoming.ts";

/** Octets of a message of the peer's, and of all that it says, that are looked at. */
const maxMessage = 16 << 20;
const maxEvents = 10_000;

/** What the peer sent, in order. */
export type Seen =
  | { readonly type: "echo"; readonly binary: boolean; readonly payload: Buffer }
  | { readonly type: "ping"; readonly payload: Buffer }
  | { readonly type: "pong"; readonly payload: Buffer }
  | ({ readonly type: "close" } & CloseContent)
  /** It broke a rule of framing itself. */
  | ({ readonly type: "violation" } & Fault);

/** A rule that the peer itself breaks. */
export interface Fault {
  /** See `Difference.level`. */
  readonly level: "must" | "open";
  readonly text: string;
  readonly section: string;
}

/** What became of the opening handshake. */
export type SeenOpening =
  | { readonly state: "open"; readonly agreed: AgreedDeflate | null }
  /** A response that opens nothing, or should not. */
  | { readonly state: "refused"; readonly status: number | null; readonly text: string }
  /** TCP was gone, or time was over, before there was a response. */
  | { readonly state: "none" };

/** How long the peer was waited for in vain, and for what; null when it was not. */
export type WaitedFor = "opening" | "answers" | "end" | null;

/** What could be seen of a target while a stream was sent to it. */
export interface Observation {
  readonly opening: SeenOpening;
  readonly events: readonly Seen[];
  /** We sent our close frame. */
  readonly closed: boolean;
  /** The code in it; null for none. */
  readonly sentCode: number | null;
  /** How the peer ended TCP; null when it was we who did. */
  readonly ended: "fin" | "reset" | null;
  readonly waitedFor: WaitedFor;
}

/** Reads what a peer says behind its opening handshake, strictly, and beyond its close frame. */
export class PeerReader {
  readonly events: Seen[] = [];
  readonly #incoming: Incoming;
  #closed = false;

  constructor(agreed: AgreedDeflate | null, peer: "client" | "server" = "server") {
    this.#incoming = new Incoming({
      mustBeMasked: peer === "client",
      maxMessage,
      codec: strictCodec,
      inflater:
        agreed && new Inflater({ ...deflateSettings(agreed, peer), maxOctets: maxMessage, strict: true }),
    });
  }

  /** Takes the next octets; they are given away. */
  push(octets: Buffer): void {
    this.#incoming.push(octets);
    for (let found = this.#incoming.next(); found !== null; found = this.#incoming.next()) {
      if (this.events.length >= maxEvents) continue;
      switch (found.type) {
        case "message":
          this.#data({ type: "echo", binary: found.binary, payload: found.payload });
          break;
        case "close":
          this.#close(found.payload);
          break;
        case "violation":
          this.events.push({ type: "violation", level: "must", ...placeOf(found.failure) });
          break;
        case "ping":
        case "pong":
          this.events.push(found);
          break;
      }
    }
  }

  #data(seen: Seen): void {
    if (this.#closed) this.events.push(behindClose);
    this.events.push(seen);
  }

  #close(payload: Buffer): void {
    this.#closed = true;
    const content = parseClosePayload(payload);
    const fault = closeFault(content);
    this.events.push({ type: "close", ...content });
    if (fault !== null) this.events.push({ type: "violation", ...fault });
  }
}

const behindClose: Seen = {
  type: "violation",
  level: "must",
  text: "a message stands behind the close frame",
  section: "5.5.1",
};

const placeOf = ({ text, section }: { readonly text: string; readonly section: string }) => ({
  text,
  section,
});

/**
 * What is wrong with a close frame. Codes that are not assigned are no fault, since a close frame may repeat the peer's;
 * and of a reason it is not said in so many words that it must be UTF-8.
 */
function closeFault({ code, reason }: CloseContent): Fault | null {
  if (code !== null && neverSent.has(code))
    return { level: "must", text: `close code ${code} stands in a close frame`, section: "7.4.1" };
  if (reason === null || isValidUtf8(reason)) return null;
  return { level: "open", text: "the reason of a close frame is not valid UTF-8", section: "5.5.1" };
}

/** They stand for what was not said in a close frame (RFC 6455 section 7.4.1). */
const neverSent: ReadonlySet<number> = new Set([1005, 1006, 1015]);
