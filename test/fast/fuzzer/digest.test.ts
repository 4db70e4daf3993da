import { createHash } from "node:crypto";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { ExpectedEvent, Payload } from "../../../fuzzer/case.ts";
import {
  Digester,
  digestOf,
  eventsAreProperPrefix,
  eventsMatch,
  headOctets,
  payloadDigest,
  payloadLength,
  payloadOctets,
  sameOctets,
} from "../../../fuzzer/digest.ts";
import type { RecordedEvent } from "../../../fuzzer/record.ts";

import { anyCuts, anyOctets, pieces } from "../../support/octets.ts";

const sha256 = (octets: Buffer) => createHash("sha256").update(octets).digest("hex");

describe("a digest", () => {
  it.each([0, 1, 63, 64])("of %i octets is the octets", (length) => {
    const octets = Buffer.alloc(length, "abc");
    expect(digestOf(octets)).toEqual({ length, head: octets.toString("hex") });
  });

  it.each([65, 1_000])("of %i octets is the first 64 and a checksum of all", (length) => {
    const octets = Buffer.alloc(length, "abc");
    expect(digestOf(octets)).toEqual({
      length,
      head: octets.toString("hex", 0, headOctets),
      sha256: sha256(octets),
    });
  });

  it("is the same however the octets come", () => {
    const property = fc.property(anyOctets(300), anyCuts, (octets, cuts) => {
      const digester = new Digester();
      for (const piece of pieces(octets, cuts)) digester.push(piece);
      expect(digester.length).toBe(octets.length);
      expect(digester.finish()).toEqual(digestOf(octets));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("has no checksum where none is wanted", () => {
    const digester = new Digester(false);
    digester.push(Buffer.alloc(1_000));
    expect(digester.finish()).toEqual({ length: 1_000, head: "00".repeat(64) });
  });

  it("tells octets apart", () => {
    const property = fc.property(anyOctets(130), anyOctets(130), fc.nat(129), (a, b, at) => {
      expect(sameOctets(digestOf(a), digestOf(b))).toBe(a.equals(b));
      const changed = Buffer.from(a);
      if (at < a.length) changed[at]! ^= 1;
      expect(sameOctets(digestOf(a), digestOf(changed))).toBe(at >= a.length);
    });
    fc.assert(property);
  });
});

describe("a payload", () => {
  it.each<[Payload, string]>([
    [{ hex: "" }, ""],
    [{ hex: "00ff61" }, "00ff61"],
    [{ unit: "2a", length: 0 }, ""],
    [{ unit: "2a", length: 3 }, "2a2a2a"],
    [{ unit: "010203", length: 7 }, "01020301020301"],
    [{ unit: "010203", length: 2 }, "0102"],
  ])("%j has its octets, length and digest", (payload, wanted) => {
    expect(payloadOctets(payload).toString("hex")).toBe(wanted);
    expect(payloadLength(payload)).toBe(wanted.length / 2);
    expect(payloadDigest(payload)).toEqual(digestOf(Buffer.from(wanted, "hex")));
  });

  it("repeated to several lengths, in any order, is right each time", () => {
    const lengths = fc.array(fc.nat(500), { minLength: 1, maxLength: 6 });
    const property = fc.property(fc.constantFrom("a1", "b1c2d3", "e1f20314"), lengths, (unit, wanted) => {
      for (const length of wanted) {
        const octets = Buffer.from(
          Array.from({ length }, (_, i) => Buffer.from(unit, "hex")[i % (unit.length / 2)]!),
        );
        expect(payloadOctets({ unit, length })).toEqual(octets);
      }
    });
    fc.assert(property);
  });

  it("is made once", () => {
    const payload = { unit: "2a", length: 100 };
    expect(payloadOctets(payload).buffer).toBe(payloadOctets(payload).buffer);
    expect(payloadDigest(payload)).toBe(payloadDigest(payload));
  });
});

describe("lists of events", () => {
  const expected: ExpectedEvent[] = [
    { event: "message", payload: { hex: "61" }, binary: false },
    { event: "pong", payload: { hex: "62" } },
    { event: "timeout", tag: "A" },
  ];
  const received: RecordedEvent[] = [
    { event: "message", payload: digestOf(Buffer.from("a")), binary: false },
    { event: "pong", payload: digestOf(Buffer.from("b")) },
    { event: "timeout", tag: "A" },
  ];

  it("match when all is the same", () => {
    expect(eventsMatch(received, expected)).toBe(true);
    expect(eventsMatch([], [])).toBe(true);
    expect(eventsMatch(received.slice(1), expected)).toBe(false);
    expect(eventsMatch([...received, received[0]!], expected)).toBe(false);
    expect(eventsMatch([received[1]!, received[0]!, received[2]!], expected)).toBe(false);
  });

  it.each([0, 1, 2])("of %i events are the beginning of a longer one", (count) => {
    expect(eventsAreProperPrefix(received.slice(0, count), expected)).toBe(true);
  });

  it("are no proper beginning of themselves, of shorter or of other ones", () => {
    expect(eventsAreProperPrefix(received, expected)).toBe(false);
    expect(eventsAreProperPrefix(received, expected.slice(0, 2))).toBe(false);
    expect(eventsAreProperPrefix(received.slice(1, 2), expected)).toBe(false);
    expect(eventsAreProperPrefix([], [])).toBe(false);
  });
});
