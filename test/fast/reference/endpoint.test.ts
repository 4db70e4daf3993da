import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Endpoint } from "../../../reference-impl/endpoint.ts";

import { asClient, feed, feedings, feedMore, fromPeerOf, sentBy } from "../../support/endpoint-feed.ts";
import { anyCuts, anyOctets, hex, pieces } from "../../support/octets.ts";

const sides = ["server", "client"] as const;
const ways = sides.flatMap((side) => feedings.map((how) => [side, how] as const));

/** A text message "Hello" and its payload. */
const hello = "8105 48656c6c6f";

/** 256 octets, and 64 KiB. */
const octets256 = "a5".repeat(256);
const octets64K = "5a".repeat(65_536);

/** A close frame with a code, and the beginning of the reason if any. */
function closeFrame(code: number, reason = ""): string {
  const payload = Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason)]);
  return Buffer.concat([Buffer.of(0x88, payload.length), payload]).toString("hex");
}

/** What the endpoint's close frame says: whatever it wrote behind `before`, unmasked by another endpoint. */
function closeBehind(side: (typeof sides)[number], written: string, before: readonly string[]): string {
  const start = sentBy(side, before);
  expect(written.slice(0, start.length)).toBe(start);
  const { events } = feed(side === "server" ? "client" : "server", hex(written.slice(start.length)));
  expect(events).toHaveLength(1);
  return events[0]!;
}

describe("the examples of RFC 6455 section 5.7", () => {
  it.each(feedings)("are read, %s", (how) => {
    expect(feed("client", hex("810548656c6c6f"), how).events).toEqual(["text Hello"]);
    expect(feed("server", hex("818537fa213d7f9f4d5158"), how).events).toEqual(["text Hello"]);
    expect(feed("client", hex("010348656c 80026c6f"), how).events).toEqual(["text Hello"]);
    expect(feed("client", hex("890548656c6c6f"), how).events).toEqual(["ping 48656c6c6f"]);
    expect(feed("server", hex("8a8537fa213d7f9f4d5158"), how).events).toEqual(["pong 48656c6c6f"]);
    expect(feed("client", hex(`827e0100${octets256}`), how).events).toEqual([
      `binary ${octets256.slice(0, 40)}... 512`,
    ]);
    const large = feed("client", hex(`827f0000000000010000${octets64K}`), how);
    expect(large.events).toEqual([`binary ${octets64K.slice(0, 40)}... 131072`]);
  });

  it("are written", () => {
    expect(feed("server", hex(asClient(hello))).written).toBe("810548656c6c6f");
    expect(feed("client", hex(hello)).written).toBe("818537fa213d7f9f4d5158");
    expect(feed("client", hex("890548656c6c6f")).written).toBe("8a8537fa213d7f9f4d5158");
    expect(feed("server", hex(asClient("890548656c6c6f"))).written).toBe("8a0548656c6c6f");
    expect(feed("server", hex(asClient(`827e0100${octets256}`))).written).toBe(`827e0100${octets256}`);
    const large = `827f0000000000010000${octets64K}`;
    expect(feed("server", hex(asClient(large))).written).toBe(large);
    expect(feed("client", hex(large)).written).toBe(sentBy("client", [large]));
  });
});

describe.each(ways)("a %s, fed %s", (side, how) => {
  const fed = (...frames: readonly string[]) => feed(side, fromPeerOf(side, frames), how);

  it("echoes messages with their types, empty ones too", () => {
    const frames = [hello, "8200", "8100", "8203 00ff80", "8104 f09f9880"];
    const { events, written, tcp } = fed(...frames);
    expect(events).toEqual(["text Hello", "binary ", "text ", "binary 00ff80", "text 😀"]);
    expect(written).toBe(sentBy(side, frames));
    expect(tcp).toBe("keep");
  });

  it("puts fragments together, empty ones and code points cut in two included", () => {
    const { events, written } = fed("0102 48c3", "0000", "0001 a4", "8000", "0200", "0003 010203", "8001 04");
    expect(events).toEqual(["text Hä", "binary 01020304"]);
    expect(written).toBe(sentBy(side, ["8103 48c3a4", "8204 01020304"]));
  });

  it("answers pings in their place among the messages, also inside one, and no pongs", () => {
    const { events, written } = fed(hello, "8901 01", "0101 61", "8900", "8a01 07", "8001 62", "8901 02");
    expect(events).toEqual(["text Hello", "ping 01", "ping ", "pong 07", "text ab", "ping 02"]);
    expect(written).toBe(sentBy(side, [hello, "8a01 01", "8a00", "8102 6162", "8a01 02"]));
  });

  it("takes control frames of 125 octets", () => {
    const payload = "ab".repeat(125);
    const { written } = fed(`897d${payload}`);
    expect(written).toBe(sentBy(side, [`8a7d${payload}`]));
  });

  it.each<readonly [string, string, string]>([
    ["without a code", "8800", "close null"],
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map(
      (code) => [`with code ${code}`, closeFrame(code), `close ${code}`] as const,
    ),
    ["with a reason", closeFrame(1000, "tschüß"), "close 1000 tschüß"],
    ["with the longest reason", closeFrame(4000, "x".repeat(123)), `close 4000 ${"x".repeat(123)}`],
  ])("answers a close frame %s by the same, and reads no further", (_name, frame, event) => {
    const { endpoint, events, written, tcp } = fed(hello, frame, hello, "8900");
    expect(events).toEqual(["text Hello", event]);
    expect(written).toBe(sentBy(side, [hello, frame]));
    expect(tcp).toBe(side === "server" ? "end" : "keep");
    expect(endpoint.state).toBe(side === "server" ? "gone" : "leaving");
    expect(endpoint.closure).toMatchObject({ clean: true, failure: null });
  });

  describe.each<readonly [string, string, string]>([
    ["RSV1", "c100", "5.2"],
    ["RSV2", "a100", "5.2"],
    ["RSV3", "9100", "5.2"],
    ["RSV1 on a ping", "c900", "5.2"],
    ["RSV2 on a close frame", "a800", "5.2"],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
      (op) => [`opcode ${op}`, `8${op.toString(16)}00`, "5.2"] as const,
    ),
    ["a ping in fragments", "0900", "5.5"],
    ["a pong in fragments", "0a00", "5.5"],
    ["a close frame in fragments", "0800", "5.5"],
    ["a ping of 126 octets", `897e007e${"00".repeat(126)}`, "5.5"],
    ["a pong of 64 KiB, announced", "8a7f0000000000010000", "5.5"],
    ["a close frame of 126 octets", `887e007e${"00".repeat(126)}`, "5.5"],
    ["a continuation of nothing, final", "8000", "5.4"],
    ["a continuation of nothing, not final", "0000", "5.4"],
    ["16 bits of length where 7 do", `827e007d${"00".repeat(125)}`, "5.2"],
    ["64 bits of length where 7 do", "827f000000000000000100", "5.2"],
    ["64 bits of length where 16 do", "827f000000000000ffff", "5.2"],
    ["64 bits of length, the first one set", "827f8000000000000000", "5.2"],
    ["a close frame of one octet", "880103", "5.5.1"],
  ])("%s", (_name, frame, section) => {
    it("fails the connection with 1002, after what came before was answered", () => {
      const { endpoint, events, written } = fed(hello, "8901 2a", frame, hello, "8900");
      expect(events.slice(0, 3)).toEqual(["text Hello", "ping 2a", `failed 1002 (${section})`]);
      expect(events.filter((event) => !/^(text|ping|failed|close)/.test(event))).toEqual([]);
      expect(events.filter((event) => /^(text|ping|failed)/.test(event))).toHaveLength(3);
      expect(closeBehind(side, written, [hello, "8a01 2a"])).toMatch(/^close 1002 ./);
      expect(endpoint.closure.failure).toMatchObject({ code: 1002, section });
    });
  });

  it.each([
    ["text", hello],
    ["binary", "8200"],
    ["text that is not final either", "0100"],
  ])("fails the connection with 1002 when %s begins inside a message", (_name, frame) => {
    const { events, written } = fed("0101 61", frame);
    expect(events).toEqual(["failed 1002 (5.4)"]);
    expect(closeBehind(side, written, [])).toMatch(/^close 1002 /);
  });

  it.each([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
    "fails the connection with 1002 for close code %i",
    (code) => {
      const { endpoint, events, written, tcp } = fed(hello, closeFrame(code, "x"));
      expect(events).toEqual(["text Hello", "failed 1002 (7.4)"]);
      expect(closeBehind(side, written, [hello])).toMatch(/^close 1002 /);
      expect(tcp).toBe(side === "server" ? "end" : "keep");
      expect(endpoint.closure).toMatchObject({ clean: true, received: { code }, failure: { code: 1002 } });
    },
  );

  it.each([
    ["no UTF-8 at all", "8804 03e8 c328"],
    ["a code point cut in two", "8804 03e8 f09f"],
  ])("fails the connection with 1007 for a close reason that is %s", (_name, frame) => {
    const { events, written, tcp } = fed(frame);
    expect(events).toEqual(["failed 1007 (5.5.1)"]);
    expect(closeBehind(side, written, [])).toMatch(/^close 1007 /);
    expect(tcp).toBe(side === "server" ? "end" : "keep");
  });

  it.each([
    ["in a frame", ["8106 48 c080 656667"]],
    ["in a later fragment", ["0102 48c3", "0001 28", "8000"]],
    ["cut off by the end of the message", ["8103 48f09f"]],
    ["cut off by the end of the last fragment", ["0101 f0", "8001 9f"]],
    ["a surrogate", ["8103 eda080"]],
    ["above U+10FFFF", ["8104 f4908080"]],
  ])("fails the connection with 1007 for text that is not UTF-8: %s", (_name, frames) => {
    const { events, written } = fed(hello, ...frames, hello);
    expect(events).toEqual(["text Hello", "failed 1007 (8.1)"]);
    expect(closeBehind(side, written, [hello])).toMatch(/^close 1007 ./);
  });

  it("takes any octets as binary, in fragments too", () => {
    expect(fed("0202 c328", "8001 ff").events).toEqual(["binary c328ff"]);
  });

  it("notices bad UTF-8 with its first octet, within a frame that is not finished", () => {
    const endpoint = new Endpoint(side);
    const begin = fromPeerOf(side, ["8164 48656c6c6f f4"]);
    expect(feedMore(endpoint, [begin])).toMatchObject({ events: [], written: "" });
    const { events, written } = feedMore(endpoint, [hex("90")]);
    expect(events).toEqual(["failed 1007 (8.1)"]);
    expect(written).not.toBe("");
  });

  it.each([
    ["one frame", ["827e07d1"]],
    ["the largest length there is", ["827f7fffffffffffffff"]],
    ["fragments", [`027e07d0${"00".repeat(2000)}`, "8001"]],
    ["text", ["817e07d1"]],
  ])("fails the connection with 1009 when more than the limit is announced: %s", (_name, frames) => {
    const { events, written } = feed(side, fromPeerOf(side, [hello, ...frames]), how, { maxMessage: 2000 });
    expect(events).toEqual(["text Hello", "failed 1009 (10.4)"]);
    expect(closeBehind(side, written, [hello])).toMatch(/^close 1009 ./);
  });

  it("takes a message of just the limit", () => {
    const frames = [`027e07cf${"00".repeat(1999)}`, "8001 01"];
    const { events } = feed(side, fromPeerOf(side, frames), how, { maxMessage: 2000 });
    expect(events).toEqual([`binary ${"0".repeat(40)}... 4000`]);
  });

  it("after a failure takes only the end of the peer's close frame, valid or not", () => {
    const { endpoint, events, tcp } = fed("8300", hello, "8900", "8a00", "c100", closeFrame(1005), hello);
    expect(events).toEqual(["failed 1002 (5.2)", "close 1005"]);
    expect(tcp).toBe(side === "server" ? "end" : "keep");
    expect(endpoint.closure).toMatchObject({ clean: true, sent: { code: 1002 }, received: { code: 1005 } });
  });

  it("keeps little of a close frame that is too long", () => {
    const { endpoint } = fed(`887e03e8 03e8 ${"61".repeat(998)}`);
    expect(endpoint.closure).toMatchObject({ clean: true, received: { code: 1000 } });
    expect(endpoint.closure.received!.reason).toHaveLength(123);
  });
});

it("a server does not take frames that are not masked, nor a client masked ones", () => {
  expect(feed("server", hex(hello)).events).toEqual(["failed 1002 (5.1)"]);
  expect(feed("client", hex(asClient(hello))).events).toEqual(["failed 1002 (5.1)"]);
  expect(feed("server", hex("8800")).events).toEqual(["failed 1002 (5.1)", "close null"]);
});

it("a client masks each frame with a new key, a server none", () => {
  const client = new Endpoint("client");
  const server = new Endpoint("server");
  for (const endpoint of [client, server]) {
    for (let i = 0; i < 50; i++) endpoint.send({ binary: true, payload: Buffer.alloc(20) });
    endpoint.ping();
    endpoint.close(1000, "bye");
  }
  const frames = client.takeOutput(0).octets;
  expect(frames).toHaveLength(52);
  expect(frames.every((frame) => (frame[1]! & 0x80) !== 0)).toBe(true);
  expect(new Set(frames.map((frame) => frame.toString("hex", 2, 6))).size).toBe(52);
  expect(server.takeOutput(0).octets.every((frame) => (frame[1]! & 0x80) === 0)).toBe(true);
});

describe.each(sides)("what a %s sends", (side) => {
  const opened = () => new Endpoint(side, { newMaskKey: () => hex("37fa213d") });
  const outputOf = (endpoint: Endpoint) => Buffer.concat(endpoint.takeOutput(0).octets).toString("hex");

  it("is refused when it is illegal, and leaves the connection open", () => {
    const endpoint = opened();
    expect(() => endpoint.send({ binary: false, payload: hex("c328") })).toThrow(TypeError);
    expect(() => endpoint.ping(Buffer.alloc(126))).toThrow(RangeError);
    expect(() => endpoint.close(1005)).toThrow(RangeError);
    expect(() => endpoint.close(null, "why")).toThrow(RangeError);
    expect(() => endpoint.close(1000, "ä".repeat(62))).toThrow(RangeError);
    expect([endpoint.state, outputOf(endpoint)]).toEqual(["open", ""]);
  });

  it("ends with its close frame", () => {
    const endpoint = opened();
    expect(endpoint.ping(hex("01"))).toBe(true);
    expect(endpoint.close(1001, "bye")).toBe(true);
    const more = [endpoint.close(1000), endpoint.ping(), endpoint.send({ binary: true, payload: hex("00") })];
    expect(more).toEqual([false, false, false]);
    expect(outputOf(endpoint)).toBe(sentBy(side, ["8901 01", closeFrame(1001, "bye")]));
  });

  it("may be a close frame without a code", () => {
    const endpoint = opened();
    endpoint.close();
    expect(outputOf(endpoint)).toBe(sentBy(side, ["8800"]));
    expect(endpoint.closure.sent).toEqual({ code: null, reason: null });
  });
});

describe.each(ways)("a %s that has sent its close frame, fed %s", (side, how) => {
  function closing(...frames: readonly string[]) {
    const endpoint = new Endpoint(side);
    endpoint.close(1000);
    endpoint.takeOutput(0);
    endpoint.flushed(0);
    const octets = fromPeerOf(side, frames);
    return feedMore(endpoint, how === "whole" ? [octets] : Array.from(octets, (octet) => Buffer.of(octet)));
  }

  it("still takes messages, answers nothing, and ends with the peer's close frame", () => {
    const { endpoint, events, written, tcp } = closing(hello, "8900", closeFrame(1000), hello);
    expect(events).toEqual(["text Hello", "ping ", "close 1000"]);
    expect(written).toBe("");
    expect([endpoint.state, tcp]).toEqual(side === "server" ? ["gone", "end"] : ["leaving", "keep"]);
    expect(endpoint.closure).toMatchObject({ clean: true, sent: { code: 1000 }, received: { code: 1000 } });
  });

  it.each([
    ["a broken frame", "8300"],
    ["a close frame with a bad code", closeFrame(1005)],
  ])("leaves TCP at once after %s", (_name, frame) => {
    const { endpoint, events, written, tcp } = closing(frame);
    expect(events).toEqual([expect.stringMatching(/^failed 1002/)]);
    expect([written, endpoint.state, tcp]).toEqual(["", "gone", "end"]);
  });
});

it("gives the same events and octets however the octets are cut", () => {
  const legal = fc.constantFrom(
    hello,
    "0102 48c3",
    "8001 a4",
    "0000",
    "8901 2a",
    "8a00",
    "8203 c328ff",
    "0201 07",
  );
  const others = fc.constantFrom(
    "c100",
    "8300",
    "0900",
    "8000",
    "880103",
    closeFrame(1000),
    closeFrame(1005),
    "8102 c328",
  );
  const frames = fc.array(fc.oneof({ weight: 6, arbitrary: legal }, { weight: 1, arbitrary: others }), {
    maxLength: 30,
  });
  const noise = fc.oneof({ weight: 3, arbitrary: fc.constant(Buffer.alloc(0)) }, anyOctets(30));
  const property = fc.property(
    fc.constantFrom(...sides),
    frames,
    noise,
    anyCuts,
    (side, sent, tail, cuts) => {
      const octets = Buffer.concat([fromPeerOf(side, sent), tail]);
      const whole = feed(side, Buffer.from(octets));
      const cut = feed(side, pieces(octets, cuts));
      expect({ ...cut, endpoint: cut.endpoint.closure }).toEqual({
        ...whole,
        endpoint: whole.endpoint.closure,
      });
      expect(cut.endpoint.state).toBe(whole.endpoint.state);
    },
  );
  fc.assert(property, { numRuns: 500 });
});
