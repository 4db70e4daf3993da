import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { MessageBuffer } from "../../../reference-impl/message-buffer.ts";

import { anyCuts, pieces } from "../../support/octets.ts";

/** Octets that differ from place to place. */
function counting(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251));
}

describe("a payload in parts", () => {
  it("comes out whole, however it was cut, and again", () => {
    const buffer = new MessageBuffer();
    const property = fc.property(fc.nat({ max: 300_000 }), anyCuts, (length, cuts) => {
      const octets = counting(length);
      let fed = 0;
      for (const piece of pieces(octets, cuts)) {
        buffer.push(piece);
        fed += piece.length;
        expect(buffer.length).toBe(fed);
      }
      expect(buffer.take().equals(octets)).toBe(true);
      expect(buffer.length).toBe(0);
    });
    fc.assert(property);
  });

  it("is not copied when it comes in one part", () => {
    const buffer = new MessageBuffer();
    const part = counting(10);
    buffer.push(part);
    expect(buffer.take()).toBe(part);
  });

  it.each([
    ["one octet", 1, 1],
    ["fragments of 1,000 octets in reads of 64 KiB", 1_000, 65_536],
    ["large parts in buffers of their own", 65_536, 65_536],
  ])("is copied twice at the most: %s", (_name, size, backing) => {
    const copied = vi.spyOn(Uint8Array.prototype, "set");
    try {
      const total = 200_000;
      const buffer = new MessageBuffer();
      let kept = 0;
      for (let at = 0; at < total; at += size) {
        buffer.push(Buffer.from(new ArrayBuffer(backing), 0, size));
        kept += size;
      }
      const gathered = copied.mock.calls.reduce((sum, [octets]) => sum + octets.length, 0);
      expect(gathered).toBeLessThanOrEqual(kept);
      expect(buffer.take()).toHaveLength(kept);
    } finally {
      copied.mockRestore();
    }
  });

  it("does not keep large buffers alive for small parts of them", () => {
    const buffer = new MessageBuffer();
    for (let i = 0; i < 100; i++) buffer.push(Buffer.from(new ArrayBuffer(65_536), 0, 5_000));
    const whole = vi.spyOn(Buffer, "concat");
    try {
      buffer.take();
      const backings = whole.mock.calls[0]![0].map((part) => part.buffer.byteLength);
      expect(backings.reduce((sum, octets) => sum + octets, 0)).toBeLessThan(2.2 * 500_000);
    } finally {
      whole.mockRestore();
    }
  });
});
