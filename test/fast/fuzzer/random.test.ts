import { expect, it } from "vitest";

import { randomOctets } from "../../../fuzzer/random.ts";

it("random octets have the length asked for, and are given out once", () => {
  const keys = Array.from({ length: 20_000 }, () => randomOctets(16));
  expect(keys.every((key) => key.length === 16)).toBe(true);
  expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(keys.length);
});

it("random octets stay as they are when more are asked for", () => {
  const key = randomOctets(8);
  const before = key.toString("hex");
  for (let draw = 0; draw < 5_000; draw++) randomOctets(8);
  expect(key.toString("hex")).toBe(before);
});

it("random octets come in no larger lots than the pool", () => {
  expect(randomOctets(16_384)).toHaveLength(16_384);
  expect(() => randomOctets(16_385)).toThrow(RangeError);
});
