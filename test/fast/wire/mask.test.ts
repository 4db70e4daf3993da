import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { mask } from "../../../wire/mask.ts";

import { hex } from "../../support/octets.ts";

/** RFC 6455 section 5.3, octet by octet. */
function maskedSlowly(data: Uint8Array, key: Uint8Array, offset: number): Buffer {
  return Buffer.from(data.map((octet, i) => octet ^ key[(offset + i) % 4]!));
}

/** Octets that begin at any address. */
const anyView = fc
  .record({ before: fc.nat(7), data: fc.uint8Array({ maxLength: 300, size: "max" }), after: fc.nat(5) })
  .map(({ before, data, after }) => {
    const whole = Buffer.alloc(before + data.length + after, 0x55);
    whole.set(data, before);
    return { whole, view: whole.subarray(before, before + data.length), after };
  });
const anyKey = fc.uint8Array({ minLength: 4, maxLength: 4 });
const anyOffset = fc.oneof(
  fc.nat(9),
  fc.maxSafeNat().map((n) => n - (n % 1_000)),
);

describe("masking", () => {
  it("gives the octets of RFC 6455 section 5.7", () => {
    const octets = Buffer.from("Hello");
    mask(octets, hex("37fa213d"));
    expect(octets).toEqual(hex("7f9f4d5158"));
  });

  it("goes on in the middle of the key", () => {
    const octets = Buffer.from("lo");
    mask(octets, hex("37fa213d"), 3);
    expect(octets).toEqual(hex("5158"));
  });

  it("equals the definition at any alignment and offset, and touches nothing else", () => {
    const property = fc.property(anyView, anyKey, anyOffset, ({ whole, view, after }, key, offset) => {
      const wanted = Buffer.from(whole);
      wanted.set(maskedSlowly(view, key, offset), view.byteOffset - whole.byteOffset);
      mask(view, key, offset);
      expect(whole.equals(wanted)).toBe(true);
      expect(whole.subarray(whole.length - after)).toEqual(Buffer.alloc(after, 0x55));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("takes the same octets word by word at every address and phase", () => {
    const key = hex("01fe8010");
    for (let address = 0; address < 8; address++) {
      for (let length = 44; length < 60; length++) {
        for (let offset = 0; offset < 4; offset++) {
          const octets = Buffer.alloc(80, 0xa5).subarray(address, address + length);
          const wanted = maskedSlowly(octets, key, offset);
          mask(octets, key, offset);
          expect([address, length, offset, octets.toString("hex")]).toEqual([
            address,
            length,
            offset,
            wanted.toString("hex"),
          ]);
        }
      }
    }
  });

  it("done twice restores the octets", () => {
    const property = fc.property(anyView, anyKey, anyOffset, ({ view }, key, offset) => {
      const before = Buffer.from(view);
      mask(view, key, offset);
      mask(view, key, offset);
      expect(view.equals(before)).toBe(true);
    });
    fc.assert(property);
  });

  it("done in parts equals done at once", () => {
    const property = fc.property(anyView, anyKey, fc.nat(), ({ view }, key, at) => {
      const wanted = maskedSlowly(view, key, 0);
      const cut = at % (view.length + 1);
      mask(view.subarray(0, cut), key);
      mask(view.subarray(cut), key, cut % 4);
      expect(view.equals(wanted)).toBe(true);
    });
    fc.assert(property);
  });
});
