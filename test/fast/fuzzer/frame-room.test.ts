import { describe, expect, it } from "vitest";

import { giveBackRoom, takeRoom } from "../../../fuzzer/frame-room.ts";

const mebi = 1 << 20;

describe("room for a frame", () => {
  it("is as large as was asked for", () => {
    for (const octets of [0, 1, 8_191, 8_192, 100_000, mebi]) expect(takeRoom(octets)).toHaveLength(octets);
  });

  it("serves again once it was given back, and not before", () => {
    const first = takeRoom(100_000);
    expect(takeRoom(100_000).buffer).not.toBe(first.buffer);
    giveBackRoom(first);
    expect(takeRoom(90_000).buffer).toBe(first.buffer);
    expect(takeRoom(90_000).buffer).not.toBe(first.buffer);
  });

  it("serves with all its octets again, though it was used for fewer", () => {
    const first = takeRoom(200_000);
    giveBackRoom(first);
    const fewer = takeRoom(150_000);
    giveBackRoom(fewer);
    const again = takeRoom(200_000);
    expect(again).toHaveLength(200_000);
    expect(again.buffer).toBe(first.buffer);
  });

  it("is not wasted on a frame of half its size", () => {
    const large = takeRoom(mebi);
    giveBackRoom(large);
    expect(takeRoom(mebi / 2 - 1).buffer).not.toBe(large.buffer);
  });

  it("that is small is not kept: others have a part of its buffer", () => {
    const small = takeRoom(100);
    giveBackRoom(small);
    expect(takeRoom(Math.max(8_192, small.buffer.byteLength)).buffer).not.toBe(small.buffer);
  });

  it("is kept up to 32 MiB in all, what was given back last first", () => {
    const rooms = Array.from({ length: 5 }, () => takeRoom(10 * mebi));
    for (const room of rooms) giveBackRoom(room);
    const again = Array.from({ length: 5 }, () => takeRoom(10 * mebi).buffer);
    expect(again.map((buffer) => rooms.findIndex((room) => room.buffer === buffer))).toEqual([
      4, 3, 2, -1, -1,
    ]);
  });
});
