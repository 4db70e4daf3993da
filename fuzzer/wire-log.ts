import type { FrameHeader } from "../wire/frame.ts";

import { Digester } from "./digest.ts";
import type { Digest, LogEntry } from "./record.ts";

/** Entries kept of one play; what comes after is only counted. */
export const maxLogEntries = 2_000;

/** Distinct sizes kept in a statistic; others are counted under `other`. */
const maxDistinct = 500;

/** Octets shown of what is read and written, as Autobahn shows them. */
const shownOctets = 64;

type Logged<E> = E extends { readonly t: number } ? Omit<E, "t"> : never;

/** The wire log and the statistics of one connection. */
export class WireLog {
  readonly entries: LogEntry[] = [];
  /** Entries past {@link maxLogEntries}. */
  dropped = 0;
  /** Octets and frames are logged; control entries always are. */
  enabled = true;
  readonly #rxOctets = new Statistic();
  readonly #txOctets = new Statistic();
  readonly #rxFrames = new Statistic();
  readonly #txFrames = new Statistic();
  /** The time that entries count from, in ms of the caller's clock. */
  #origin = 0;

  /** Size of a read in octets -> how many. */
  get rxOctets(): Readonly<Record<string, number>> {
    return this.#rxOctets.counts;
  }

  /** Size of a write in octets -> how many. */
  get txOctets(): Readonly<Record<string, number>> {
    return this.#txOctets.counts;
  }

  /** Opcode -> how many frames were received whole. */
  get rxFrames(): Readonly<Record<string, number>> {
    return this.#rxFrames.counts;
  }

  /** Opcode -> how many frames were handed to the write queue. */
  get txFrames(): Readonly<Record<string, number>> {
    return this.#txFrames.counts;
  }

  /** From now on entries count their time from `now` ms of the caller's clock; those so far are set right. */
  countFrom(now: number): void {
    const passed = now - this.#origin;
    this.#origin = now;
    for (const [at, entry] of this.entries.entries())
      this.entries[at] = { ...entry, t: rounded(entry.t - passed) };
  }

  /** Adds an entry at `now` ms of the caller's clock. */
  note(now: number, entry: Logged<LogEntry>): void {
    if (this.entries.length >= maxLogEntries) this.dropped++;
    else this.entries.push({ t: rounded(now - this.#origin), ...entry });
  }

  /** Octets that one read gave. */
  received(now: number, octets: Buffer): void {
    this.#rxOctets.add(octets.length);
    if (this.enabled) this.note(now, { log: "received", octets: octets.length, hex: shown(octets) });
  }

  /** Octets of one write. */
  sent(now: number, octets: Buffer, sync: boolean): void {
    this.#txOctets.add(octets.length);
    if (!this.enabled) return;
    this.note(now, { log: "sent", octets: octets.length, hex: shown(octets), ...(sync && { sync }) });
  }

  /** A frame that was received whole; `payload` is null when it was not digested. */
  frameReceived(now: number, header: FrameHeader, payload: Digest | null): void {
    this.#rxFrames.add(header.opcode);
    if (!this.enabled || payload === null) return;
    const { opcode, fin, rsv, maskKey } = header;
    this.note(now, {
      log: "frameReceived",
      opcode,
      fin,
      rsv,
      mask: maskKey?.toString("hex") ?? null,
      payload,
    });
  }

  /** A frame that is handed to the write queue. */
  frameSent(now: number, frame: SentFrame): void {
    this.#txFrames.add(frame.opcode);
    if (!this.enabled) return;
    const { payload, maskKey, ...facts } = frame;
    const mask = maskKey?.toString("hex") ?? null;
    this.note(now, { log: "frameSent", ...facts, mask, payload: shownDigest(payload) });
  }
}

/** What a log entry says of a frame that is sent. */
export interface SentFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly maskKey: Buffer | null;
  readonly payload: Buffer;
  readonly repeat?: number;
  readonly chop?: number;
  readonly sync?: boolean;
}

/** A digest without a checksum: what a log line shows of a payload. */
function shownDigest(octets: Uint8Array): Digest {
  const digester = new Digester(false);
  digester.push(octets);
  return digester.finish();
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000 + 0;
}

function shown(octets: Buffer): string {
  return octets.toString("hex", 0, shownOctets);
}

/** How many there were of each size. Counting is cheap, however many sizes a peer comes up with. */
class Statistic {
  readonly counts: Record<string, number> = {};
  #distinct = 0;

  add(size: number): void {
    const known = this.counts[size];
    if (known !== undefined) {
      this.counts[size] = known + 1;
    } else if (this.#distinct < maxDistinct) {
      this.#distinct++;
      this.counts[size] = 1;
    } else {
      this.counts["other"] = (this.counts["other"] ?? 0) + 1;
    }
  }
}
