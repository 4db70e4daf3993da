import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { closeCodeNames, closePayload, isSendableCloseCode, parseClosePayload } from "../../../wire/close.ts";

import { anyOctets, hex } from "../../support/octets.ts";

describe("the payload of a close frame", () => {
  it.each([
    ["", null, null],
    ["03", null, null],
    ["03e8", 1000, null],
    ["03e8 6279 65", 1000, "627965"],
    ["0000", 0, null],
    ["ffff ff", 65_535, "ff"],
  ])("%s is taken apart", (payload, code, reason) => {
    const content = parseClosePayload(hex(payload));
    expect([content.code, content.reason?.toString("hex") ?? null]).toEqual([code, reason]);
  });

  it.each([
    [null, null, ""],
    [1000, null, "03e8"],
    [1000, "", "03e8"],
    [999, "ff", "03e7ff"],
    [null, "6162", "6162"],
  ])("of code %s and reason %s is %s", (code, reason, wanted) => {
    expect(closePayload(code, reason === null ? null : hex(reason))).toEqual(hex(wanted));
  });

  it("is undone by parsing", () => {
    const property = fc.property(fc.nat(65_535), anyOctets(130), (code, reason) => {
      const content = parseClosePayload(closePayload(code, reason));
      expect(content.code).toBe(code);
      expect(content.reason ?? Buffer.alloc(0)).toEqual(reason);
    });
    fc.assert(property);
  });
});

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe("codes", () => {
  it("that may stand in a close frame are the registered ones and the free ranges", () => {
    const sendable = Array.from({ length: 65_536 }, (_, code) => code).filter(isSendableCloseCode);
    expect(sendable).toEqual([...range(1000, 1003), ...range(1007, 1014), ...range(3000, 4999)]);
  });

  it("have names where they are registered", () => {
    expect(closeCodeNames[1000]).toBe("Normal Closure");
    expect(Object.keys(closeCodeNames).map(Number)).toEqual(range(1000, 1015));
  });
});
