import type { CaseRecord, LogEntry } from "../../fuzzer/record.ts";
import { type CapturedPacket, pcapngFile } from "./blocks.ts";
import { filledPieces, type Filled, type PieceFrame } from "./direction.ts";
import { ipPacket, tcpFlags } from "./tcp.ts";

/** What of a record a capture is made of. */
export type CapturedPlay = Pick<
  CaseRecord,
  "role" | "started" | "duration" | "droppedByMe" | "httpRequest" | "httpResponse" | "log"
>;

/**
 * A play as a capture that Wireshark opens: a TCP connection with the opening handshake, and every read and
 * write of the wire log. What the log did not keep is named in comments: octets behind the first 64 of a
 * payload are zeros, and what went by while logging was off is not there.
 *
 * A page of the site runs this too, so nothing of Node is used.
 */
export function playCapture(play: CapturedPlay, title: string): Uint8Array {
  const fuzzerIsClient = play.role === "server";
  const sent = filledWay(play, "sent", fuzzerIsClient ? play.httpRequest : play.httpResponse);
  const received = filledWay(play, "received", fuzzerIsClient ? play.httpResponse : play.httpRequest);
  const pieces = [
    ...sent.map((piece) => ({ ...piece, fromClient: fuzzerIsClient })),
    ...received.map((piece) => ({ ...piece, fromClient: !fuzzerIsClient })),
  ].toSorted((a, b) => a.index - b.index || Number(b.fromClient) - Number(a.fromClient));
  const first = Math.min(0, ...pieces.map((piece) => piece.t));
  const capture = new Capture(play.started - first);
  capture.open(first);
  for (const piece of pieces) capture.carry(piece, silenceBefore(play.log, piece.index));
  capture.close(play.duration, play.droppedByMe === fuzzerIsClient);
  return pcapngFile(capture.packets, title);
}

/** Whether a capture can be made: the log of several connections does not say which is which. */
export function isOneConnection({ extra }: Pick<CaseRecord, "extra">): boolean {
  return extra === undefined || extra.connections.length === 1;
}

/** Reads or writes, filled from the head and the frames that went the same way. */
export function filledWay(play: CapturedPlay, way: "sent" | "received", head: string | null): Filled[] {
  const frameWay = way === "sent" ? "frameSent" : "frameReceived";
  const pieces = play.log.flatMap((entry, index) => (entry.log === way ? [{ ...entry, index }] : []));
  const frames = play.log.flatMap((entry): PieceFrame[] => {
    if (entry.log !== frameWay) return [];
    return [{ ...entry, length: entry.payload.length, head: entry.payload.head }];
  });
  const latin1 = Uint8Array.from(head ?? "", (character) => character.charCodeAt(0) & 0xff);
  return filledPieces(latin1, pieces, frames);
}

/** Whether logging was off until right before an entry. */
export function silenceBefore(log: readonly LogEntry[], index: number): boolean {
  const earlier = log.slice(0, Math.max(0, index)).toReversed();
  const last = earlier.find(({ log: kind }) => kind === "logging" || kind === "sent" || kind === "received");
  return last?.log === "logging" && last.on;
}

/** A TCP connection on its way into a capture. */
export class Capture {
  readonly packets: CapturedPacket[] = [];
  readonly #origin: number;
  /** The next sequence number of the client and of the server. */
  #client = 1000;
  #server = 5000;

  constructor(origin: number) {
    this.#origin = origin;
  }

  /** The handshake of TCP. */
  open(t: number): void {
    const { syn, ack } = tcpFlags();
    this.#add(t, true, syn);
    this.#client += 1;
    this.#add(t, false, syn | ack);
    this.#server += 1;
    this.#add(t, true, ack);
  }

  /** Octets, in as many packets as it takes. */
  carry(
    { t, octets, unknown, fromClient }: Filled & { readonly fromClient: boolean },
    afterSilence: boolean,
  ): void {
    const { push, ack } = tcpFlags();
    const most = 65_000;
    for (let at = 0; at < octets.length; at += most) {
      const payload = octets.slice(at, at + most);
      const notes = [
        ...(at === 0 && afterSilence
          ? ["frames before this one were not logged: the case is about many"]
          : []),
        ...(at === 0 && unknown > 0 ? [`${unknown} octets of this write were not kept, and are zeros`] : []),
      ];
      this.#add(t, fromClient, push | ack, payload, notes.join("; ") || undefined);
      if (fromClient) this.#client += payload.length;
      else this.#server += payload.length;
    }
  }

  /** The end of TCP. */
  close(t: number, byClient: boolean): void {
    const { fin, ack } = tcpFlags();
    this.#add(t, byClient, fin | ack);
    if (byClient) this.#client += 1;
    else this.#server += 1;
    this.#add(t, !byClient, ack);
  }

  #add(
    t: number,
    fromClient: boolean,
    flags: number,
    payload: Uint8Array = new Uint8Array(0),
    comment?: string,
  ): void {
    const [seq, next] = fromClient ? [this.#client, this.#server] : [this.#server, this.#client];
    const ack = (flags & tcpFlags().ack) === 0 ? 0 : next;
    const octets = ipPacket({ fromClient, seq, ack, flags, payload });
    this.packets.push({ at: this.#origin + t, octets, comment });
  }
}
