import type { Socket } from "node:net";
import { Duplex } from "node:stream";

import type { FieldLine } from "../../wire/http2/fields.ts";
import {
  clientPreface,
  encodeHttp2Frame,
  FrameFlag,
  FrameType,
  type Http2Frame,
  Http2FrameReader,
  withoutPadding,
} from "../../wire/http2/frame.ts";
import { encodeFields, HpackDecoder } from "../../wire/http2/hpack.ts";

/** A frame as a defect sees it: HEADERS come with their fields, and without CONTINUATION. */
export interface SeenFrame extends Http2Frame {
  readonly fields?: readonly FieldLine[];
}

/** What becomes of a frame: others in its place, or null for the end of the connection. */
export type FrameChange = (frame: SeenFrame) => readonly SeenFrame[] | null;

/** What a server does with frames that it should not. */
export interface Http2Defect {
  /** With those that come in. */
  readonly hears?: FrameChange;
  /** With those that go out. */
  readonly says?: FrameChange;
}

/** TCP with a filter on it, for a session of HTTP/2 that does not make such mistakes itself. */
export function filtered(tcp: Socket, { hears, says }: Http2Defect): Duplex {
  const incoming = new FrameFilter(hears, clientPreface.length);
  const outgoing = new FrameFilter(says, 0);
  const duplex: Duplex = new Duplex({
    read: () => void tcp.resume(),
    write(octets: Buffer, _, done) {
      const changed = outgoing.change(octets);
      if (changed === null) tcp.destroy();
      else tcp.write(changed);
      done();
    },
    final(done) {
      tcp.end(done);
    },
    destroy(error, done) {
      tcp.destroy();
      done(error);
    },
  });
  tcp
    .on("data", (octets: Buffer) => {
      const changed = incoming.change(octets);
      if (changed === null) tcp.destroy();
      else if (changed.length > 0 && !duplex.push(changed)) tcp.pause();
    })
    .on("end", () => void duplex.push(null))
    .on("error", () => {})
    .on("close", () => void duplex.destroy());
  return duplex;
}

/** Changes the frames of one direction. */
class FrameFilter {
  readonly #change: FrameChange | undefined;
  readonly #reader = new Http2FrameReader(1 << 20);
  readonly #hpack = new HpackDecoder();
  #preface: number;
  #block: { readonly first: Http2Frame; readonly parts: Buffer[] } | null = null;

  constructor(change: FrameChange | undefined, preface: number) {
    this.#change = change;
    this.#preface = preface;
  }

  /** What goes on in place of octets; null for the end of all. */
  change(octets: Buffer): Buffer | null {
    if (this.#change === undefined) return octets;
    const before = octets.subarray(0, this.#preface);
    this.#preface -= before.length;
    this.#reader.push(Buffer.from(octets.subarray(before.length)));
    const out = [before];
    for (let frame = this.#reader.next(); frame !== null; frame = this.#reader.next()) {
      const seen = this.#seen(frame);
      const frames = seen === null ? [] : this.#change(seen);
      if (frames === null) return null;
      out.push(...frames.map(encodeSeen));
    }
    return Buffer.concat(out);
  }

  /** Null for a part of fields that are still to come. */
  #seen(frame: Http2Frame): SeenFrame | null {
    if (frame.type !== FrameType.headers && frame.type !== FrameType.continuation) return frame;
    this.#block ??= { first: frame, parts: [] };
    this.#block.parts.push(withoutPadding(frame) ?? frame.payload);
    if ((frame.flags & FrameFlag.endHeaders) === 0) return null;
    const { first, parts } = this.#block;
    this.#block = null;
    const flags = (first.flags & FrameFlag.endStream) | FrameFlag.endHeaders;
    return { ...first, flags, fields: this.#hpack.decode(Buffer.concat(parts)) };
  }
}

function encodeSeen({ fields, ...frame }: SeenFrame): Buffer {
  return encodeHttp2Frame(fields === undefined ? frame : { ...frame, payload: encodeFields(fields) });
}
