import { parseClosePayload } from "../../wire/close.ts";
import { FrameDecoder, type FrameHeader, isControl, Opcode } from "../../wire/frame.ts";
import { inspectDeflate } from "../../wire/inflate-inspector.ts";
import type { AgreedDeflate } from "../../wire/permessage-deflate.ts";
import { lengthViolations, startViolations, type Violation } from "../../wire/rules.ts";
import { isValidUtf8, Utf8Validator } from "../../wire/utf8.ts";

import { Digester, digestOf } from "../digest.ts";
import type { Digest } from "../record.ts";
import type { DeflateFacts, FrameFact, TalkEvent } from "./events.ts";

/** Frames of which the header is kept. */
const maxFrames = 400;

/** Octets of a compressed message, and of what it inflates to. */
const maxCompressed = 4 << 20;
const maxInflated = 16 << 20;

/** Octets that a match can reach back at the most. */
const windowOctets = 32_768;

/** Close codes that stand for what no close frame said, and must not be in one (RFC 6455 section 7.4.1). */
const neverSent: ReadonlySet<number> = new Set([1005, 1006, 1015]);

/** RFC 7692 section 7.2.2: what is put behind a message before it is inflated. */
const tail = Buffer.from("0000ffff", "hex");

/** What a connection is told of the peer's frames. */
export interface PeerFramesHandler {
  /** Without its time. */
  onEvent(event: DistributiveOmit<TalkEvent, "t">): void;
  onFrame(header: FrameHeader, payload: Digest | null): void;
  onPing(payload: Buffer): void;
  onClose(payload: Buffer): void;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** An event that is given its time by whoever notes it. */
export type UntimedEvent = DistributiveOmit<TalkEvent, "t">;

interface OpenMessage {
  readonly binary: boolean;
  readonly compressed: Buffer[] | null;
  compressedLength: number;
  readonly text: Utf8Validator | null;
  readonly digester: Digester;
}

/**
 * Reads the peer's frames, goes on after a broken rule, and tells what there was. Memory: a control frame, and of a
 * message a digest or what is compressed of it.
 */
export class PeerFrames {
  readonly frames: FrameFact[] = [];
  readonly #fromClient: boolean;
  readonly #deflate: AgreedDeflate | null;
  readonly #handler: PeerFramesHandler;
  readonly #decoder = new FrameDecoder();
  #message: OpenMessage | null = null;
  #control: Buffer[] = [];
  #controlLength = 0;
  /** Plain text of the messages before, where the peer may refer to it. */
  #history: Buffer = Buffer.alloc(0);
  #closed = false;

  /** @param fromClient the peer is the client, and must mask */
  constructor(fromClient: boolean, deflate: AgreedDeflate | null, handler: PeerFramesHandler) {
    this.#fromClient = fromClient;
    this.#deflate = deflate;
    this.#handler = handler;
  }

  /** Takes octets, which are given away. */
  push(octets: Buffer): void {
    this.#decoder.push(octets);
    for (let event = this.#decoder.next(); event !== null; event = this.#decoder.next()) {
      if (event.type === "start") this.#violations(startViolations(event.start, this.#context));
      else if (event.type === "header") this.#onHeader(event.header);
      else if (event.type === "payload") this.#onPayload(event.data);
      else this.#onEnd(this.#decoder.header!);
    }
  }

  get #context(): { mustBeMasked: boolean; deflate: boolean; messageOpen: boolean } {
    return {
      mustBeMasked: this.#fromClient,
      deflate: this.#deflate !== null,
      messageOpen: this.#message !== null,
    };
  }

  #violations(found: readonly Violation[]): void {
    for (const { text, section } of found) this.#violation(`${text} (section ${section})`);
  }

  #violation(text: string): void {
    this.#handler.onEvent({ event: "violation", text });
  }

  #onHeader(header: FrameHeader): void {
    const { opcode, fin, rsv, maskKey, length } = header;
    if (this.#closed && !isControl(opcode))
      this.#violation("a data frame stands behind the close frame (section 5.5.1)");
    this.#violations(lengthViolations(header));
    if (this.frames.length < maxFrames) {
      this.frames.push({ opcode, fin, rsv, mask: maskKey?.toString("hex") ?? null, length });
    }
    if (isControl(opcode)) {
      this.#control = [];
      this.#controlLength = 0;
    } else if (this.#message === null) this.#message = this.#open(header);
  }

  #open({ opcode, rsv }: FrameHeader): OpenMessage {
    const binary = opcode === Opcode.binary;
    const compressed = this.#deflate !== null && (rsv & 4) !== 0 ? [] : null;
    const text = binary || compressed !== null ? null : new Utf8Validator();
    return { binary, compressed, compressedLength: 0, text, digester: new Digester() };
  }

  #onPayload(data: Buffer): void {
    if (isControl(this.#decoder.header!.opcode)) {
      this.#controlLength += data.length;
      if (this.#controlLength <= 1_024) this.#control.push(Buffer.from(data));
      return;
    }
    const message = this.#message!;
    if (message.compressed === null) {
      message.digester.push(data);
      message.text?.push(data);
      return;
    }
    message.compressedLength += data.length;
    if (message.compressedLength <= maxCompressed) message.compressed.push(Buffer.from(data));
  }

  #onEnd(header: FrameHeader): void {
    if (isControl(header.opcode)) {
      this.#endControl(header, Buffer.concat(this.#control));
      return;
    }
    this.#handler.onFrame(header, null);
    if (!header.fin) return;
    const message = this.#message!;
    this.#message = null;
    if (message.compressed === null) this.#endPlain(message);
    else this.#endCompressed(message, Buffer.concat(message.compressed));
  }

  #endControl(header: FrameHeader, payload: Buffer): void {
    const digest = digestOf(payload);
    this.#handler.onFrame(header, digest);
    if (header.opcode === Opcode.ping) {
      this.#handler.onEvent({ event: "ping", payload: digest });
      this.#handler.onPing(payload);
    } else if (header.opcode === Opcode.pong) {
      this.#handler.onEvent({ event: "pong", payload: digest });
    } else if (header.opcode === Opcode.close) {
      this.#closed = true;
      const { code, reason } = parseClosePayload(payload);
      if (code !== null && neverSent.has(code))
        this.#violation(`close code ${code} was sent (section 7.4.1)`);
      if (reason !== null && !isValidUtf8(reason))
        this.#violation("a close reason is no UTF-8 (section 5.5.1)");
      this.#handler.onEvent({ event: "close", code, reason: reason?.toString("hex") ?? "" });
      this.#handler.onClose(payload);
    }
  }

  #endPlain({ binary, text, digester }: OpenMessage): void {
    if (text !== null && !text.complete) this.#violation("a text is not UTF-8 (section 8.1)");
    this.#handler.onEvent({ event: "message", binary, payload: digester.finish(), deflate: null });
  }

  #endCompressed({ binary, compressedLength }: OpenMessage, octets: Buffer): void {
    if (compressedLength > maxCompressed) {
      this.#violation(`a compressed message has ${compressedLength} octets, which is more than is looked at`);
      return;
    }
    const takesOver = this.#fromClient
      ? this.#deflate!.clientNoContextTakeover
      : this.#deflate!.serverNoContextTakeover;
    try {
      const found = inspectDeflate(Buffer.concat([octets, tail]), this.#history, { maxOctets: maxInflated });
      const deflate: DeflateFacts = {
        distance: found.maxDistance,
        usesContext: found.usesHistory,
        blocks: found.blocks
          .map(({ type, final }) => (final ? type[0]!.toUpperCase() : type[0]!))
          .join("")
          .slice(0, 64),
      };
      // The history is kept even where the peer may not refer to it, so that one can see if it does.
      this.#history = Buffer.concat([this.#history, found.plain]).subarray(-windowOctets);
      if (takesOver && found.usesHistory)
        this.#violation(
          "a message refers to the ones before, which was ruled out (RFC 7692) (section 7.1.1)",
        );
      if (!binary && !isValidUtf8(found.plain)) this.#violation("a text is not UTF-8 (section 8.1)");
      this.#handler.onEvent({ event: "message", binary, payload: digestOf(found.plain), deflate });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#violation(`a message does not inflate: ${error.message} (RFC 7692) (section 7.2.2)`);
    }
  }
}
