import { fieldValue, HeadReader } from "../wire/handshake.ts";
import type { AgreedDeflate } from "../wire/permessage-deflate.ts";

import { readAnswer } from "./negotiation.ts";
import { type Destination, type OpeningExtras, openingRequest, refuseResponse } from "./opening.ts";

/** The header that negotiates extensions (RFC 6455 section 11.3.2). */
export const extensionsField = "Sec-WebSocket-Extensions";

const noExtras: OpeningExtras = { headerLines: [], protocols: [] };

/** What the octets of a response have come to. */
export type OpeningProgress =
  | { readonly state: "more" }
  /** The handshake failed, and why. */
  | { readonly state: "refused"; readonly cause: string }
  /** The connection is open; `rest` are octets behind the response. */
  | { readonly state: "open"; readonly rest: Buffer; readonly deflate: AgreedDeflate | null };

/** The opening handshake as a fuzzing client does it: a request, and the reading of the response. */
export class ClientOpening {
  readonly request: Buffer;
  readonly #key: string;
  readonly #offers: readonly string[];
  readonly #protocols: readonly string[];
  readonly #reader = new HeadReader();

  /** @param offers elements of Sec-WebSocket-Extensions, in order of preference */
  constructor(to: Destination, key: string, offers: readonly string[], extras: OpeningExtras = noExtras) {
    this.#key = key;
    this.#offers = offers;
    this.#protocols = extras.protocols;
    const extensions = offers.length > 0 ? [`${extensionsField}: ${offers.join(", ")}`] : [];
    this.request = openingRequest(to, key, [...extras.headerLines, ...extensions]);
  }

  /** What has come of the response, as latin-1; null for nothing. */
  get response(): string | null {
    return this.#head ?? (this.#reader.raw || null);
  }

  #head: string | null = null;

  /** Takes octets of the response. */
  push(octets: Buffer): OpeningProgress {
    const progress = this.#reader.push(octets);
    if (progress.state === "more") return progress;
    if (progress.state === "tooLarge") {
      return { state: "refused", cause: "the head of the response is longer than 64 KiB" };
    }
    const { head, rest } = progress;
    this.#head = head.raw;
    const cause = refuseResponse(head, this.#key, this.#protocols);
    if (cause !== null) return { state: "refused", cause };
    const answer = readAnswer(this.#offers, fieldValue(head, extensionsField));
    return "error" in answer
      ? { state: "refused", cause: answer.error }
      : { state: "open", rest, deflate: answer.params };
  }
}
