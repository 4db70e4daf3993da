import { strictCodec } from "../../reference-impl/codec.ts";
import { Incoming, type IncomingEvent } from "../../reference-impl/incoming.ts";
import { Inflater } from "../../wire/deflate.ts";
import { type AgreedDeflate, deflateSettings } from "../../wire/permessage-deflate.ts";

/** Octets of a message that are followed: well above those of any talk. */
const maxMessage = 16 << 20;

/** Reads what one side says to the other, and keeps to the rules in its place. */
export class Watcher {
  readonly #incoming: Incoming;

  /** @param deflate what both sides agreed on; null for nothing */
  constructor(side: "client" | "server", deflate: AgreedDeflate | null) {
    this.#incoming = new Incoming({
      mustBeMasked: side === "client",
      maxMessage,
      codec: strictCodec,
      inflater:
        deflate && new Inflater({ ...deflateSettings(deflate, side), maxOctets: maxMessage, strict: true }),
    });
  }

  /** What there is to see in further octets, which stay as they are. */
  *see(octets: Buffer): Generator<IncomingEvent> {
    this.#incoming.push(Buffer.from(octets));
    for (let event = this.#incoming.next(); event !== null; event = this.#incoming.next()) yield event;
  }
}
