import { createHash, type Hash } from "node:crypto";

import type { ExpectedEvent, Payload } from "./case.ts";
import type { Digest, RecordedEvent } from "./record.ts";

/** Octets of a payload that a record keeps. */
export const headOctets = 64;

/** Makes a {@link Digest} of octets that come in pieces, without keeping them. */
export class Digester {
  #length = 0;
  #head = Buffer.alloc(0);
  #hash: Hash | null = null;
  readonly #hashing: boolean;

  /** @param hashing false where only length and head are of interest: the digest then has no checksum */
  constructor(hashing = true) {
    this.#hashing = hashing;
  }

  /** Octets so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes the next octets. */
  push(octets: Uint8Array): void {
    const missing = headOctets - this.#head.length;
    if (this.#hashing && this.#hash === null && octets.length > missing) {
      this.#hash = createHash("sha256").update(this.#head);
    }
    this.#hash?.update(octets);
    if (missing > 0) this.#head = Buffer.concat([this.#head, octets.subarray(0, missing)]);
    this.#length += octets.length;
  }

  /** The digest of all octets; nothing may be pushed afterwards. */
  finish(): Digest {
    const head = this.#head.toString("hex");
    if (this.#hash === null) return { length: this.#length, head };
    return { length: this.#length, head, sha256: this.#hash.digest("hex") };
  }
}

/** The digest of octets at hand. */
export function digestOf(octets: Uint8Array): Digest {
  const digester = new Digester();
  digester.push(octets);
  return digester.finish();
}

/** The octets of a payload. Treat them as read-only: equal payloads share one buffer. */
export function payloadOctets(payload: Payload): Buffer {
  if ("unit" in payload) return repeated(payload.unit, payload.length);
  let octets = octetsByPayload.get(payload);
  if (octets === undefined) octetsByPayload.set(payload, (octets = Buffer.from(payload.hex, "hex")));
  return octets;
}

/** Number of octets of a payload, without making them. */
export function payloadLength(payload: Payload): number {
  return "hex" in payload ? payload.hex.length / 2 : payload.length;
}

/** The digest of a payload, made once. */
export function payloadDigest(payload: Payload): Digest {
  let digest = digestByPayload.get(payload);
  if (digest === undefined) {
    digest = digestOf(payloadOctets(payload));
    digestByPayload.set(payload, digest);
  }
  return digest;
}

const octetsByPayload = new WeakMap<Payload, Buffer>();
const digestByPayload = new WeakMap<Payload, Digest>();

/** One long run of a unit serves all its lengths, for as long as one of them is in use. */
const runByUnit = new Map<string, WeakRef<Buffer>>();

function repeated(unit: string, length: number): Buffer {
  const known = runByUnit.get(unit)?.deref();
  if (known !== undefined && known.length >= length) return known.subarray(0, length);
  const run = Buffer.alloc(length, unit, "hex");
  runByUnit.set(unit, new WeakRef(run));
  return run;
}

/** Whether two digests are of the same octets. */
export function sameOctets(a: Digest, b: Digest): boolean {
  return a.length === b.length && a.head === b.head && a.sha256 === b.sha256;
}

/** Whether what was received is exactly what a list expects: same events, order, types and octets. */
export function eventsMatch(received: readonly RecordedEvent[], expected: readonly ExpectedEvent[]): boolean {
  return (
    received.length === expected.length && expected.every((event, i) => eventMatches(received[i]!, event))
  );
}

/** Whether what was received is the beginning of what a list expects, and not all of it. */
export function eventsAreProperPrefix(
  received: readonly RecordedEvent[],
  expected: readonly ExpectedEvent[],
): boolean {
  return received.length < expected.length && received.every((event, i) => eventMatches(event, expected[i]!));
}

function eventMatches(received: RecordedEvent, expected: ExpectedEvent): boolean {
  switch (expected.event) {
    case "message":
      return (
        received.event === "message" &&
        received.binary === expected.binary &&
        sameOctets(received.payload, payloadDigest(expected.payload))
      );
    case "pong":
      return received.event === "pong" && sameOctets(received.payload, payloadDigest(expected.payload));
    case "timeout":
      return received.event === "timeout" && received.tag === expected.tag;
  }
}
