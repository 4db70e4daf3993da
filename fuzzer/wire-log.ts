import type { FrameHeader } from "#wire/frame.ts";

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
  readonly rxOctets: Record<string, number> = {};
  readonly txOctets: Record<string, number> = {};
  readonly rxFrames: Record<string, number> = {};
  readonly txFrames: Record<string, number> = {};
  /** The time that entries count from, in ms of the caller's clock. */
  #origin = 0;

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
    count(this.rxOctets, octets.length);
    if (this.enabled) this.note(now, { log: "received", octets: octets.length, hex: shown(octets) });
  }

  /** Octets of one write. */
  sent(now: number, octets: Buffer, sync: boolean): void {
    count(this.txOctets, octets.length);
    if (!this.enabled) return;
    this.note(now, { log: "sent", octets: octets.length, hex: shown(octets), ...(sync && { sync }) });
  }

  /** A frame that was received whole; `payload` is null when it was not digested. */
  frameReceived(now: number, header: FrameHeader, payload: Digest | null): void {
    count(this.rxFrames, header.opcode);
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
    count(this.txFrames, frame.opcode);
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

function count(statistic: Record<string, number>, size: number): void {
  const key = size in statistic || Object.keys(statistic).length < maxDistinct ? size : "other";
  statistic[key] = (statistic[key] ?? 0) + 1;
}
