import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { maskKeyFault, nonceFault } from "../../../../fuzzer/extra/randomness.ts";

const keysOf = (count: number, make: (at: number) => Buffer) =>
  Array.from({ length: count }, (_, at) => make(at).toString("hex"));
const number = (value: number) => {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value >>> 0);
  return octets;
};
const faults = (keys: readonly string[]) =>
  (["nonzero", "fresh", "random"] as const).filter((what) => maskKeyFault(keys, what) !== null);

describe("masking keys", () => {
  it("of a good source pass, however often", () => {
    for (let play = 0; play < 300; play++) expect(faults(keysOf(64, () => randomBytes(4)))).toEqual([]);
  });

  it.each([
    ["zeros", keysOf(64, () => Buffer.alloc(4)), ["nonzero", "fresh", "random"]],
    ["one key for all", keysOf(64, () => Buffer.from("12345678", "hex")), ["fresh", "random"]],
    ["keys that count up", keysOf(64, (at) => number(0x7fff_0000 + at)), ["random"]],
    ["keys in great steps", keysOf(64, (at) => number(at * 0x0123_4567)), ["random"]],
    ["one octet four times", keysOf(64, (at) => Buffer.alloc(4, (at * 37) % 256)), ["random"]],
    ["an octet that stays", keysOf(64, () => Buffer.concat([randomBytes(3), Buffer.from([7])])), ["random"]],
    [
      "ASCII digits",
      keysOf(64, (at) => Buffer.from(String((at * 7_919) % 10_000).padStart(4, "0"))),
      ["random"],
    ],
  ])("of a bad source do not: %s", (_, keys, expected) => {
    expect(faults(keys)).toEqual(expected);
  });

  it("of a few frames are too few to say anything of chance", () => {
    expect(
      maskKeyFault(
        keysOf(8, (at) => number(at + 1)),
        "random",
      ),
    ).toBeNull();
    expect(maskKeyFault([], "fresh")).toBeNull();
    expect(maskKeyFault(["00000000"], "nonzero")).toBeNull();
  });
});

describe("keys of handshakes", () => {
  const fresh = () => randomBytes(16).toString("base64");

  it("are good when they are all different, and of 16 octets", () => {
    expect(nonceFault([fresh(), fresh(), fresh()])).toBeNull();
  });

  it("are not when one comes twice, is short, or is hardly random", () => {
    const one = fresh();
    expect(nonceFault([one, fresh(), one])).toContain("3 handshakes have 2 different keys");
    expect(nonceFault([randomBytes(15).toString("base64")])).toContain("is not 16 octets");
    expect(nonceFault(["AAAAAAAAAAAAAAAAAAAAAA=="])).toContain("hardly any");
  });
});
