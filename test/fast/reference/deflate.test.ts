import { constants, deflateRawSync } from "node:zlib";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Endpoint, type EndpointOptions } from "../../../reference-impl/endpoint.ts";
import { encodeFrame } from "../../../wire/frame.ts";
import type { AgreedDeflate } from "../../../wire/permessage-deflate.ts";

import { type Fed, feed, feedings, feedMore, fromPeerOf, sentBy } from "../../support/endpoint-feed.ts";
import { inspectDeflate } from "../../../wire/inflate-inspector.ts";
import { anyCuts, hex, pieces } from "../../support/octets.ts";

const sides = ["server", "client"] as const;
const ways = sides.flatMap((side) => feedings.map((how) => [side, how] as const));
type Side = (typeof sides)[number];

const agreed: AgreedDeflate = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: null,
  clientMaxWindowBits: null,
};

const peerOf = (side: Side): Side => (side === "server" ? "client" : "server");

/** Limits of one direction, named by who sends. */
function limiting(sender: Side, takeover: boolean, windowBits: number | null = null): AgreedDeflate {
  return sender === "server"
    ? { ...agreed, serverNoContextTakeover: !takeover, serverMaxWindowBits: windowBits }
    : { ...agreed, clientNoContextTakeover: !takeover, clientMaxWindowBits: windowBits };
}

/** "Hello" as section 7.2.3.1 of RFC 7692 compresses it, and once more with the window of the first. */
const hello = "c107 f248cdc9c90700";
const helloAgain = "c105 f200110000";

/** Octets compressed as a message of its own, as a frame that a server sends. */
function compressed(opcode: number, plain: Buffer): string {
  const payload = deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  return encodeFrame({ opcode, rsv: 4 }, payload).toString("hex");
}

/** The plain message that an endpoint wrote. */
function readBy(side: Side, written: string, deflate: AgreedDeflate = agreed): readonly string[] {
  return feed(peerOf(side), hex(written), "whole", {}, deflate).events;
}

describe.each(ways)("a %s, fed %s,", (side, how) => {
  const fedWith = (
    frames: readonly string[],
    options: Partial<EndpointOptions> = {},
    deflate: AgreedDeflate = agreed,
  ): Fed => feed(side, fromPeerOf(side, frames), how, options, deflate);
  const fed = (...frames: readonly string[]): Fed => fedWith(frames);

  describe("reads the examples of RFC 7692 section 7.2.3", () => {
    it.each<readonly [string, readonly string[]]>([
      ["one compressed block (7.2.3.1)", [hello]],
      ["the same in two frames (7.2.3.1)", ["4103 f248cd", "8004 c9c90700"]],
      ["no compression (7.2.3.3)", ["c10b 000500faff48656c6c6f00"]],
      ["a final block (7.2.3.4)", ["c108 f348cdc9c9070000"]],
      ["two blocks (7.2.3.5)", ["c10d f248050000 00ffffcac9c90700"]],
    ])("%s", (_name, frames) => {
      expect(fed(...frames).events).toEqual(["text Hello"]);
    });

    it("the same message again, by the window of the first (7.2.3.2)", () => {
      expect(fed(hello, helloAgain, helloAgain).events).toEqual(["text Hello", "text Hello", "text Hello"]);
    });

    it("the empty message (7.2.3.6)", () => {
      expect(fed("c101 00", hello, "c101 00", helloAgain).events).toEqual([
        "text ",
        "text Hello",
        "text ",
        "text Hello",
      ]);
    });
  });

  it("writes messages with RSV1, compressed as the examples are", () => {
    const { written } = fed("8105 48656c6c6f", "8105 48656c6c6f", "8100");
    expect(written).toBe(sentBy(side, [hello, helloAgain, "c101 00"]));
    expect(fed("8205 48656c6c6f").written).toBe(sentBy(side, ["c207 f248cdc9c90700"]));
  });

  it("takes compressed and plain messages in turn; the plain ones leave the window as it is", () => {
    const { events } = fed(hello, "8103 616263", helloAgain, "0201 01", "8001 02", helloAgain);
    expect(events).toEqual(["text Hello", "text abc", "text Hello", "binary 0102", "text Hello"]);
  });

  it("takes fragments of any size, with control frames between them that are never compressed", () => {
    const { events, written } = fed("4100", "0002 f248", "8901 2a", "0003 cdc9c9", "8a00", "8002 0700");
    expect(events).toEqual(["ping 2a", "pong ", "text Hello"]);
    expect(written).toBe(sentBy(side, ["8a01 2a", hello]));
  });

  it("goes on behind a final block, with the window as it was (7.2.3.4)", () => {
    const final = "c108 f348cdc9c9070000";
    expect(fed(final, helloAgain, final, hello).events).toEqual(Array(4).fill("text Hello"));
    const twice = "c10c f348cdc9c90700 f200110000";
    expect(fed(twice, "c105 f200110000").events).toEqual(["text HelloHello", "text Hello"]);
    expect(fed("c107 f348cdc9c90700", helloAgain).events).toEqual(["text Hello", "text Hello"]);
  });

  describe("RSV1 where it has no meaning", () => {
    it.each<readonly [string, readonly string[]]>([
      ["a ping", ["c900"]],
      ["a pong", ["ca00"]],
      ["a close frame", ["c800"]],
      ["a ping inside a compressed message", ["4103 f248cd", "c900"]],
      ["the second frame", ["4103 f248cd", "4002 c9c9"]],
      ["the last frame", ["4103 f248cd", "c004 c9c90700"]],
      ["a continuation of a plain message", ["0101 61", "c001 00"]],
      ["a continuation of nothing", ["c001 00"]],
    ])("fails the connection with 1002: %s", (_name, frames) => {
      const { events, endpoint } = fed(hello, ...frames);
      expect(events.slice(0, 2)).toEqual(["text Hello", expect.stringMatching(/^failed 1002/)]);
      expect(endpoint.closure.sent).toMatchObject({ code: 1002 });
    });

    it.each(["e1", "d1", "f1", "a1", "91", "b1"])("nor have other bits beside it: %s", (first) => {
      expect(fed(`${first}07 f248cdc9c90700`).events).toEqual(["failed 1002 (5.2)"]);
    });
  });

  it("does not know RSV1 when compression was not agreed on", () => {
    const { events } = feed(side, fromPeerOf(side, [hello]), how);
    expect(events).toEqual(["failed 1002 (5.2)"]);
  });

  describe("what is no DEFLATE stream", () => {
    it.each<readonly [string, readonly string[]]>([
      ["a reserved block type", ["c104 ffffffff"]],
      ["lengths that do not agree", ["c10b 000500fafe48656c6c6f00"]],
      ["a match before the beginning", [helloAgain]],
      ["no octets at all", ["c100"]],
      ["an end inside a block", ["c105 f248cdc9c9"]],
      ["an end inside a block, of fragments", ["4103 f248cd", "8000"]],
      ["a final block and what is no block", ["c10b f348cdc9c90700 ffffffff"]],
      ["plain text", ["c105 48656c6c6f"]],
    ])("fails the connection with 1007: %s", (_name, frames) => {
      const { events, endpoint, written } = fed("8102 6869", ...frames, hello, "8900");
      expect(events).toEqual(["text hi", "failed 1007 (7.2.2)"]);
      const [echo, close] = readBy(side, written);
      expect([echo, close]).toEqual(["text hi", expect.stringMatching(/^close 1007 .*RFC 7692/)]);
      expect(endpoint.closure).toMatchObject({ sent: { code: 1007 }, failure: { code: 1007 } });
    });
  });

  describe("text that is not UTF-8 when it is inflated", () => {
    it.each([
      ["at all", "c328"],
      ["cut off", "48f09f"],
      ["a surrogate", "eda080"],
    ])("fails the connection with 1007: %s", (_name, octets) => {
      expect(fed(hello, compressed(1, hex(octets))).events).toEqual(["text Hello", "failed 1007 (8.1)"]);
      expect(fed(compressed(2, hex(octets))).events).toEqual([`binary ${octets}`]);
    });
  });

  it("still takes the peer's close frame after a failure", () => {
    const { events, endpoint } = fed("c104 ffffffff", "4103 f248cd", hello, "8802 03e8");
    expect(events).toEqual(["failed 1007 (7.2.2)", "close 1000"]);
    expect(endpoint.closure).toMatchObject({ clean: true });
  });

  it.each([
    ["is corrupt", "c104 ffffffff"],
    ["is no UTF-8", compressed(1, hex("c328"))],
  ])("knows that a message that %s has ended, and gives the peer a second to close", (_name, frame) => {
    const { endpoint } = fedWith([frame], { closeTimeout: 1_000, brokenFrameTimeout: 50 });
    expect(endpoint.deadline).toBeGreaterThan(1_000);
  });

  it("compresses from the threshold on, and what it sends plain is no part of the window", () => {
    const { written } = fedWith(["8105 48656c6c6f", "8104 48656c6c", "8105 48656c6c6f"], {
      deflateThreshold: 5,
    });
    expect(written).toBe(sentBy(side, [hello, "8104 48656c6c", helloAgain]));
  });

  it("takes nothing over where that was agreed on", () => {
    const ours = fedWith(["8105 48656c6c6f", "8105 48656c6c6f"], {}, limiting(side, false));
    expect(ours.written).toBe(sentBy(side, [hello, hello]));
    const theirs = fedWith([hello, hello, helloAgain], {}, limiting(peerOf(side), false));
    expect(theirs.events).toEqual(["text Hello", "text Hello", "failed 1007 (7.2.2)"]);
  });
});

describe.each(sides)("a %s bounds", (side) => {
  const limits = { maxMessage: 100_000 };
  const bomb = compressed(2, Buffer.alloc(10_000_000));

  const fed = (frames: readonly string[], deflate = agreed) =>
    feed(side, fromPeerOf(side, frames), "whole", limits, deflate);

  it("what a message inflates to", () => {
    expect(bomb.length).toBeLessThan(40_000);
    for (const takeover of [true, false]) {
      const { events, endpoint } = fed([hello, bomb], limiting(peerOf(side), takeover));
      expect(events).toEqual(["text Hello", "failed 1009 (10.4)"]);
      expect(endpoint.closure.sent).toMatchObject({ code: 1009 });
    }
  });

  it("that by the octet", () => {
    const just = Buffer.alloc(100_000, "ab");
    expect(fed([compressed(2, just)]).events).toEqual([`binary ${"6162".repeat(10)}... 200000`]);
    const more = Buffer.concat([just, Buffer.of(0)]);
    expect(fed([compressed(2, more)]).events).toEqual(["failed 1009 (10.4)"]);
  });

  it("what is announced, before it comes", () => {
    expect(fed(["c27f 0000000000040000"]).events).toEqual(["failed 1009 (10.4)"]);
  });

  it("compressed octets that come to nothing", () => {
    const empty = "000000ffff".repeat(10_000);
    const frames = [`427ec350${empty}`, `007ec350${empty}`, `007ec350${empty}`, `007ec350${empty}`];
    expect(fed(frames).events).toEqual([]);
    expect(fed([...frames, `007ec350${empty}`]).events).toEqual(["failed 1009 (10.4)"]);
  });

  it("a message of final blocks without end", () => {
    const payload = Buffer.concat([Buffer.alloc(20_000, hex("0300")), hex("00")]);
    const { events } = fed([encodeFrame({ opcode: 2, rsv: 4 }, payload).toString("hex")]);
    expect(events).toEqual(["failed 1009 (10.4)"]);
  });
});

describe.each(sides)("what a %s sends", (side) => {
  const opened = (deflate: AgreedDeflate, options: Partial<EndpointOptions> = {}) =>
    new Endpoint(side, { newMaskKey: () => hex("37fa213d"), ...options }, deflate);
  const outputOf = (endpoint: Endpoint) => Buffer.concat(endpoint.takeOutput(0).octets).toString("hex");
  const text = (words: string) => ({ binary: false, payload: Buffer.from(words) });

  it("is not compressed when it is refused, or the connection is not open: the window stays as it was", () => {
    const endpoint = opened(agreed);
    expect(() => endpoint.send({ binary: false, payload: hex("48656c6c6fff") })).toThrow(TypeError);
    expect(endpoint.send(text("Hello"))).toBe(true);
    expect(outputOf(endpoint)).toBe(sentBy(side, [hello]));
    endpoint.close();
    expect(endpoint.send(text("Hello"))).toBe(false);
    expect(outputOf(endpoint)).toBe(sentBy(side, ["8800"]));
  });

  it.each([
    ["compressed", agreed],
    ["plain", null],
  ])("%s does not change the payload given", (_name, deflate) => {
    const endpoint = new Endpoint(side, {}, deflate);
    const payload = Buffer.alloc(200_000, "0123456789abcdef");
    const copy = Buffer.from(payload);
    endpoint.send({ binary: true, payload });
    endpoint.takeOutput(0);
    expect(payload.equals(copy)).toBe(true);
  });

  it("compressed does not depend on the payload given later", () => {
    const endpoint = opened(agreed);
    const payload = Buffer.alloc(200_000, "0123456789abcdef");
    const copy = Buffer.from(payload);
    endpoint.send({ binary: true, payload });
    const first = outputOf(endpoint);
    payload.fill(0);
    endpoint.send({ binary: true, payload: copy });
    const events = readBy(side, first + outputOf(endpoint));
    expect(events).toEqual(Array(2).fill(`binary ${copy.toString("hex", 0, 20)}... 400000`));
  });

  it("is as it was when it hardly compresses, and longer than is copied", () => {
    const long = noise(300_000);
    const endpoint = opened(agreed);
    endpoint.send({ binary: true, payload: long });
    endpoint.send({ binary: true, payload: long.subarray(0, 20_000) });
    const reader = new Endpoint(peerOf(side), {}, agreed);
    reader.receive(0, Buffer.concat(endpoint.takeOutput(0).octets));
    for (const wanted of [long, long.subarray(0, 20_000)]) {
      const event = reader.next();
      expect(event?.type === "message" && event.payload.equals(wanted)).toBe(true);
    }
  });

  it.each([8, 9, 10, 12, 15])("never leaves a window of %i bits", (bits) => {
    const endpoint = opened(limiting(side, true, bits));
    const reader = new Endpoint(peerOf(side), {}, limiting(side, true, bits));
    const size = 2 ** bits;
    const [near, far] = [noise(0.45 * size), noise(1.5 * size)];
    let [history, furthest] = [Buffer.alloc(0), 0];
    for (const payload of [near, near, far, far]) {
      endpoint.send({ binary: true, payload });
      const octets = Buffer.concat(endpoint.takeOutput(0).octets);
      const stream = Buffer.concat([payloadOf(side, octets), hex("0000ffff")]);
      const { plain, maxDistance } = inspectDeflate(stream, history);
      expect(plain.equals(payload)).toBe(true);
      furthest = Math.max(furthest, maxDistance);
      history = Buffer.concat([history, payload]);
      reader.receive(0, octets);
      const event = reader.next();
      expect(event?.type === "message" && event.payload.equals(payload)).toBe(true);
    }
    expect(furthest).toBeLessThanOrEqual(size);
    expect(furthest).toBeGreaterThan(0.4 * size);
  });
});

/** Octets that do not repeat. */
function noise(length: number): Buffer {
  let seed = 7;
  return Buffer.from(Array.from({ length }, () => (seed = (seed * 48_271) % 2_147_483_647) >>> 8));
}

/** The payload of one frame that `side` wrote, unmasked. */
function payloadOf(side: Side, frame: Buffer): Buffer {
  const header = frame[1]! % 128 === 127 ? 10 : frame[1]! % 128 === 126 ? 4 : 2;
  if (side === "server") return frame.subarray(header);
  const key = frame.subarray(header, header + 4);
  return frame.subarray(header + 4).map((octet, at) => octet ^ key[at % 4]!) as Buffer;
}

describe("two endpoints", () => {
  const anyAgreed: fc.Arbitrary<AgreedDeflate> = fc.record({
    serverNoContextTakeover: fc.boolean(),
    clientNoContextTakeover: fc.boolean(),
    serverMaxWindowBits: fc.option(fc.integer({ min: 8, max: 15 })),
    clientMaxWindowBits: fc.option(fc.integer({ min: 8, max: 15 })),
  });
  const anyMessage = fc
    .array(
      fc.oneof(
        fc.constantFrom("Hello", "tschüß ", "0".repeat(3_000), "abcdefghij".repeat(40)),
        fc.string({ unit: "binary", maxLength: 300 }),
      ),
      { maxLength: 6 },
    )
    .map((parts) => Buffer.from(parts.join("")));
  const anyMessages = fc.array(fc.tuple(fc.boolean(), anyMessage), { maxLength: 10 });

  it.each(sides)(
    "understand each other, whatever was agreed on and however octets are cut: to the %s",
    (to) => {
      const property = fc.property(
        anyAgreed,
        fc.nat(600),
        anyMessages,
        anyCuts,
        (deflate, deflateThreshold, messages, cuts) => {
          const sender = new Endpoint(peerOf(to), { deflateThreshold }, deflate);
          const reader = new Endpoint(to, {}, deflate);
          for (const [binary, payload] of messages) sender.send({ binary, payload });
          const found: (readonly [boolean, Buffer])[] = [];
          for (const piece of pieces(Buffer.concat(sender.takeOutput(0).octets), cuts)) {
            reader.receive(0, piece);
            for (let event = reader.next(); event; event = reader.next()) {
              if (event.type !== "message") throw new Error(`there was an event ${event.type}`);
              found.push([event.binary, event.payload]);
            }
          }
          expect(found.map(([binary, payload]) => [binary, payload.toString("hex")])).toEqual(
            messages.map(([binary, payload]) => [binary, payload.toString("hex")]),
          );
        },
      );
      fc.assert(property, { numRuns: 60 });
    },
  );

  it("survive any octets after the first", () => {
    const property = fc.property(
      fc.constantFrom(...sides),
      fc.uint8Array({ maxLength: 60 }),
      (side, octets) => {
        const endpoint = new Endpoint(side, {}, agreed);
        const frame = encodeFrame({ opcode: 2, rsv: 4 }, Buffer.from(octets)).toString("hex");
        const { events } = feedMore(endpoint, [fromPeerOf(side, [hello, frame])]);
        expect(events[0]).toBe("text Hello");
        expect(events[1]).toMatch(/^(binary |failed 1007)/);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});
