import { describe, expect, it } from "vitest";

import { digestOf } from "../../../fuzzer/digest.ts";

import { EndpointBench, ownFrame, peerFrame, type Side } from "../../support/endpoint-bench.ts";
import { hex, oneByOne, pieces } from "../../support/octets.ts";

const sides: readonly Side[] = ["client", "server"];
const hello = Buffer.from("Hello");

/** An octet that no UTF-8 text contains, between others. */
const badText = hex("61 ff 62");

describe.each(sides)("the fuzzer as %s: writing frames", (side) => {
  const written = (fields: Parameters<typeof ownFrame>[1], payload?: Buffer) =>
    ownFrame(side, fields, payload);

  it("writes what it is told, legal or not", () => {
    const { endpoint, transport } = new EndpointBench(side);
    endpoint.sendFrame({ opcode: 1 }, hello);
    endpoint.sendFrame({ opcode: 15, fin: false, rsv: 7 }, hello);
    endpoint.sendFrame({ opcode: 9 }, Buffer.alloc(126));
    expect(transport.writes).toEqual([
      written({ opcode: 1 }, hello),
      written({ opcode: 15, fin: false, rsv: 7 }, hello),
      written({ opcode: 9 }, Buffer.alloc(126)),
    ]);
  });

  it("writes after its close frame too, but not after TCP was dropped", () => {
    const { endpoint, transport } = new EndpointBench(side);
    endpoint.sendClose(1000);
    endpoint.sendFrame({ opcode: 9 }, hello);
    expect(transport.take()).toEqual([written({ opcode: 8 }, hex("03e8")), written({ opcode: 9 }, hello)]);
    endpoint.dropConnection("end");
    endpoint.sendFrame({ opcode: 9 }, hello);
    endpoint.sendFrame({ opcode: 9, chop: 1 }, hello);
    expect(transport.writes).toEqual([]);
  });

  it.each([
    ["shorter than a fragment", 4, [[1, true, 4]]],
    ["as long as a fragment", 5, [[1, true, 5]]],
    [
      "a little longer",
      6,
      [
        [1, false, 5],
        [0, true, 1],
      ],
    ],
    [
      "twice as long, with an empty last frame",
      10,
      [
        [1, false, 5],
        [0, false, 5],
        [0, true, 0],
      ],
    ],
  ] as const)("splits a message %s", (_name, length, frames) => {
    const { endpoint, transport } = new EndpointBench(side);
    const message = Buffer.from("abcdefghij").subarray(0, length);
    expect(endpoint.sendMessage(1, message, 5)).toBe(frames.length);
    let at = 0;
    const wanted = frames.map(([opcode, fin, part]) => {
      at += part;
      return written({ opcode, fin }, message.subarray(at - part, at));
    });
    expect(transport.writes).toEqual(wanted);
  });

  it("sends messages in one frame without a fragment size, and only while open", () => {
    const { endpoint, transport } = new EndpointBench(side);
    expect(endpoint.sendMessage(2, hello)).toBe(1);
    expect(transport.take()).toEqual([written({ opcode: 2 }, hello)]);
    endpoint.sendClose();
    transport.take();
    expect(endpoint.sendMessage(2, hello)).toBe(0);
    expect(transport.writes).toEqual([]);
  });

  it("writes a chopped frame in pieces, header included, each in a turn of its own", () => {
    const { endpoint, transport } = new EndpointBench(side);
    const frame = written({ opcode: 1 }, hello);
    endpoint.sendFrame({ opcode: 1, chop: 3 }, hello);
    const first = transport.take();
    expect(first).toEqual([frame.slice(0, 6)]);
    const others: string[][] = [];
    while (endpoint.wantsTurn) {
      endpoint.turn();
      others.push(transport.take());
    }
    expect(others.every((writes) => writes.length <= 1)).toBe(true);
    expect([...first, ...others.flat()].join("")).toBe(frame);
    expect([...first, ...others.flat()].map((piece) => piece.length / 2)).toEqual(
      side === "client" ? [3, 3, 3, 2] : [3, 3, 1],
    );
  });

  it("writes everything else behind what is queued", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.sendFrame({ opcode: 1, chop: 4 }, hello);
    bench.receive({ opcode: 9 }, Buffer.from("p"));
    bench.endpoint.sendFrame({ opcode: 2 }, hello);
    bench.endpoint.sendClose(1000);
    expect(bench.transport.writes).toHaveLength(1);
    bench.turns();
    expect(bench.transport.writes.join("")).toBe(
      [
        written({ opcode: 1 }, hello),
        written({ opcode: 10 }, Buffer.from("p")),
        written({ opcode: 2 }, hello),
        written({ opcode: 8 }, hex("03e8")),
      ].join(""),
    );
    bench.endpoint.sendFrame({ opcode: 9 }, hello);
    expect(bench.transport.writes.at(-1)).toBe(written({ opcode: 9 }, hello));
  });

  it("writes a sync frame as one piece in a turn of its own", () => {
    const { endpoint, transport } = new EndpointBench(side);
    endpoint.sendFrame({ opcode: 1, sync: true }, hello);
    endpoint.sendFrame({ opcode: 2, sync: true }, hello);
    expect(transport.take()).toEqual([written({ opcode: 1 }, hello)]);
    endpoint.turn();
    expect(transport.take()).toEqual([written({ opcode: 2 }, hello)]);
    endpoint.turn();
    expect([transport.writes, endpoint.wantsTurn]).toEqual([[], false]);
  });

  it.each(["dropped", "lost"])("throws away what is queued when TCP is %s", (how) => {
    const bench = new EndpointBench(side);
    bench.endpoint.sendFrame({ opcode: 1, chop: 1 }, hello);
    if (how === "dropped") bench.endpoint.dropConnection("end");
    else bench.endpoint.lost();
    bench.transport.take();
    bench.endpoint.turn();
    expect([bench.transport.writes, bench.endpoint.wantsTurn]).toEqual([[], false]);
  });

  it("writes a header whose payload comes later", () => {
    const { endpoint, transport } = new EndpointBench(side);
    const key = endpoint.sendHeader(1, false, 21);
    expect(key).toEqual(side === "client" ? Buffer.alloc(4) : null);
    expect(transport.writes).toEqual([side === "client" ? "019500000000" : "0115"]);
  });
});

it("frames of a client are masked with a fresh key each, those of a server are not", () => {
  const client = new EndpointBench("client");
  client.endpoint.sendFrame({ opcode: 1 }, hello);
  expect(client.transport.writes).toEqual(["81850000000048656c6c6f"]);
  const server = new EndpointBench("server");
  server.endpoint.sendFrame({ opcode: 1 }, hello);
  expect(server.transport.writes).toEqual(["810548656c6c6f"]);
});

describe.each(sides)("the fuzzer as %s: closing and failing", (side) => {
  const closeFrame = (payload: string) => ownFrame(side, { opcode: 8 }, hex(payload));

  it.each([
    ["nothing", null, null, "", null],
    ["a code", 1000, null, "03e8", null],
    ["a code that is not allowed, and a reason that is no text", 999, "ff", "03e7ff", "ff"],
    ["a reason only", null, "6162", "6162", "6162"],
  ] as const)("sends a close frame with %s", (_name, code, reason, payload, kept) => {
    const bench = new EndpointBench(side);
    bench.endpoint.sendClose(code, reason === null ? null : hex(reason));
    expect(bench.transport.writes).toEqual([closeFrame(payload)]);
    expect(bench.flags).toEqual(["closedByMe"]);
    expect(bench.endpoint.localCloseCode).toBe(code);
    expect(bench.endpoint.localCloseReason?.toString("hex") ?? null).toBe(kept);
    expect(bench.endpoint.state).toBe("closing");
  });

  it("sends one close frame only", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.sendClose(1000);
    bench.endpoint.sendClose(1001);
    expect(bench.transport.writes).toEqual([closeFrame("03e8")]);
    expect(bench.endpoint.localCloseCode).toBe(1000);
  });

  it("resets TCP when its close is not answered in time", () => {
    const bench = new EndpointBench(side);
    bench.pass(500);
    bench.endpoint.sendClose(1000);
    bench.pass(999);
    expect(bench.transport.drops).toEqual([]);
    bench.pass(1);
    expect(bench.transport.drops).toEqual(["reset"]);
    expect(bench.flags).toEqual(["closedByMe", "droppedByMe", "wasCloseHandshakeTimeout"]);
    expect(bench.endpoint.wasNotCleanReason).toMatch(/did not answer/);
  });

  it("waits for ever when that timer is off", () => {
    const bench = new EndpointBench(side, { closeHandshakeTimeout: 0 });
    bench.endpoint.sendClose(1000);
    expect(bench.timers.next).toBeNull();
  });

  it("fails an open connection with a close frame, and a closing one by an orderly drop", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.failConnection(1001, "Going Away");
    expect(bench.transport.writes).toEqual([closeFrame("03e9 476f696e672041776179")]);
    expect([bench.flags, bench.transport.drops]).toEqual([["closedByMe", "failedByMe"], []]);
    bench.endpoint.failConnection(1001, "Going Away");
    expect([bench.flags, bench.transport.drops]).toEqual([
      ["closedByMe", "failedByMe", "droppedByMe"],
      ["end"],
    ]);
    bench.endpoint.failConnection(1001, "Going Away");
    expect([bench.transport.writes.length, bench.transport.drops]).toEqual([1, ["end"]]);
  });

  it("cuts a long reason, so that the close frame stays legal", () => {
    const { endpoint, transport } = new EndpointBench(side);
    endpoint.failConnection(1002, "x".repeat(200));
    expect(transport.writes).toEqual([
      ownFrame(side, { opcode: 8 }, Buffer.concat([hex("03ea"), Buffer.alloc(123, "x")])),
    ]);
  });

  it("changes no flag by what happens after it dropped TCP", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.dropConnection("reset");
    bench.receiveClose(hex("03e8"));
    bench.endpoint.failConnection(1001, "");
    bench.endpoint.sendClose(1000);
    bench.endpoint.dropConnection("end");
    expect([bench.flags, bench.transport.drops, bench.transport.writes]).toEqual([
      ["droppedByMe"],
      ["reset"],
      [],
    ]);
    expect(bench.endpoint.remoteCloseCode).toBeNull();
  });

  it("notes that the peer dropped TCP without a closing handshake, unless it did so itself", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.lost();
    expect([bench.endpoint.state, bench.endpoint.wasNotCleanReason]).toEqual([
      "closed",
      expect.stringMatching(/peer dropped TCP/),
    ]);
    const dropped = new EndpointBench(side);
    dropped.endpoint.dropConnection("end");
    dropped.endpoint.lost();
    expect(dropped.endpoint.wasNotCleanReason).toBeNull();
    const clean = new EndpointBench(side);
    clean.receiveClose(hex("03e8"));
    clean.endpoint.lost();
    expect(clean.endpoint.wasNotCleanReason).toBeNull();
  });
});

describe.each(sides)("the fuzzer as %s: receiving", (side) => {
  const close1002 = expect.stringMatching(side === "client" ? /^88..0000000003ea/ : /^88..03ea/) as string;
  const close1007 = expect.stringMatching(side === "client" ? /^88..0000000003ef/ : /^88..03ef/) as string;

  it("delivers messages, fragmented or not, however the octets come", () => {
    const frames = Buffer.concat([
      peerFrame(side, { opcode: 1, fin: false }, Buffer.from("He")),
      peerFrame(side, { opcode: 9 }),
      peerFrame(side, { opcode: 0 }, Buffer.from("llo")),
      peerFrame(side, { opcode: 2 }, Buffer.alloc(200, 1)),
      peerFrame(side, { opcode: 1 }),
    ]);
    for (const chunks of [[Buffer.from(frames)], oneByOne(frames)]) {
      const bench = new EndpointBench(side);
      for (const chunk of chunks) bench.endpoint.receive(chunk);
      expect(bench.messages).toEqual([
        { binary: false, payload: digestOf(hello) },
        { binary: true, payload: digestOf(Buffer.alloc(200, 1)) },
        { binary: false, payload: digestOf(Buffer.alloc(0)) },
      ]);
      expect([bench.transport.writes, bench.flags]).toEqual([[ownFrame(side, { opcode: 10 })], []]);
    }
  });

  it("answers pings only while open, and never delivers them", () => {
    const bench = new EndpointBench(side);
    bench.receive({ opcode: 9 }, hello);
    expect(bench.transport.take()).toEqual([ownFrame(side, { opcode: 10 }, hello)]);
    bench.endpoint.sendClose();
    bench.transport.take();
    bench.receive({ opcode: 9 }, hello);
    expect([bench.transport.writes, bench.pongs]).toEqual([[], []]);
  });

  it("delivers messages and pongs after its own close frame", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.sendClose(1000);
    bench.receive({ opcode: 1 }, hello);
    bench.receive({ opcode: 10 }, hello);
    expect([bench.messages.length, bench.pongs]).toEqual([1, ["48656c6c6f"]]);
  });

  it("delivers pongs but no messages once it has failed the connection", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.failConnection(1001, "");
    bench.receive({ opcode: 1 }, hello);
    bench.receive({ opcode: 10 }, hello);
    expect([bench.messages, bench.pongs]).toEqual([[], ["48656c6c6f"]]);
  });

  it("fails with 1002 at a violation, goes on parsing, and drops TCP at the second", () => {
    const bench = new EndpointBench(side);
    bench.receive({ opcode: 1, rsv: 2 }, hello);
    expect([bench.transport.writes, bench.flags]).toEqual([[close1002], ["closedByMe", "failedByMe"]]);
    bench.receive({ opcode: 10 }, hello);
    expect(bench.pongs).toHaveLength(1);
    bench.receive({ opcode: 3 });
    expect([bench.transport.drops, bench.flags]).toEqual([
      ["end"],
      ["closedByMe", "failedByMe", "droppedByMe"],
    ]);
    bench.receive({ opcode: 10 }, hello);
    expect(bench.pongs).toHaveLength(1);
    expect(bench.log.entries.filter(({ log }) => log === "violation")).toHaveLength(2);
  });

  it("fails as soon as the first two octets are there", () => {
    const bench = new EndpointBench(side);
    for (const octet of oneByOne(peerFrame(side, { opcode: 5 }).subarray(0, 2)))
      bench.endpoint.receive(octet);
    expect(bench.transport.writes).toEqual([close1002]);
  });

  it.each([
    ["two violations in one header", { opcode: 9, fin: false, rsv: 1 }, false],
    ["a frame with the wrong masking and a reserved opcode", { opcode: 11 }, true],
  ])("sends its close frame and drops TCP at %s", (_name, fields, wrongMasking) => {
    const bench = new EndpointBench(side);
    const maskKey = side === "server" ? null : Buffer.alloc(4, 1);
    bench.receive({ ...fields, ...(wrongMasking && { maskKey }) });
    expect([bench.transport.writes, bench.transport.drops]).toEqual([[close1002], ["end"]]);
  });

  it("minds the masking of the peer", () => {
    const bench = new EndpointBench(side);
    bench.receive({ opcode: 1, maskKey: side === "server" ? null : Buffer.alloc(4, 1) }, hello);
    expect([bench.transport.writes, bench.messages]).toEqual([[close1002], []]);
  });

  it("drops TCP at a violation after its own close frame", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.sendClose(1000);
    bench.receive({ opcode: 7 });
    expect([bench.transport.drops, bench.flags]).toEqual([
      ["end"],
      ["closedByMe", "failedByMe", "droppedByMe"],
    ]);
  });

  it("does not look at the payload of a frame whose header made it drop TCP", () => {
    const bench = new EndpointBench(side);
    bench.endpoint.sendClose(1000);
    bench.receive({ opcode: 8, rsv: 1 }, hex("03e8"));
    expect([bench.endpoint.remoteCloseCode, bench.transport.drops]).toEqual([null, ["end"]]);
  });

  it("fails with 1007 at the first bad octet of a text, and drops TCP at its end", () => {
    const bench = new EndpointBench(side);
    const frame = peerFrame(side, { opcode: 1 }, badText);
    const untilBad = frame.length - 1;
    bench.endpoint.receive(Buffer.from(frame.subarray(0, untilBad)));
    expect([bench.transport.writes, bench.transport.drops]).toEqual([[close1007], []]);
    bench.endpoint.receive(Buffer.from(frame.subarray(untilBad)));
    expect([bench.transport.writes, bench.transport.drops, bench.messages]).toEqual([
      [close1007],
      ["end"],
      [],
    ]);
    expect(bench.flags).toEqual(["closedByMe", "failedByMe", "droppedByMe"]);
  });

  it("fails with 1007 when a text ends inside a code point, but not when a frame does", () => {
    const bench = new EndpointBench(side);
    bench.receive({ opcode: 1, fin: false }, hex("e2"));
    bench.receive({ opcode: 0, fin: false }, hex("82"));
    bench.receive({ opcode: 0 }, hex("ac"));
    expect([bench.messages.length, bench.transport.writes]).toEqual([1, []]);
    bench.receive({ opcode: 1, fin: false }, hex("e2"));
    bench.receive({ opcode: 0 }, hex("82"));
    expect([bench.messages.length, bench.transport.writes]).toEqual([1, [close1007]]);
  });

  it("lets binary messages hold anything", () => {
    const bench = new EndpointBench(side);
    bench.receive({ opcode: 2 }, badText);
    expect([bench.messages.length, bench.flags]).toEqual([1, []]);
  });
});

/** Close codes that count as invalid, Autobahn's way. */
const invalidCodes = [0, 999, 1004, 1005, 1006, 1012, 1013, 1014, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
const validCodes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];

function code16(code: number, reason: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, reason]);
}

describe.each(sides)("the fuzzer as %s: the peer closes first", (side) => {
  const reply = (payload: string) => ownFrame(side, { opcode: 8 }, hex(payload));
  const dropped = side === "server" ? ["droppedByMe"] : [];

  it.each(["", ...validCodes.map((code) => code16(code).toString("hex")), "03e8 6279 65"])(
    "%j is answered with 1000",
    (payload) => {
      const bench = new EndpointBench(side);
      bench.receiveClose(hex(payload));
      expect(bench.transport.writes).toEqual([reply("03e8")]);
      expect(bench.flags).toEqual([...dropped, "wasClean"]);
      expect(bench.transport.drops).toEqual(side === "server" ? ["end"] : []);
      expect(bench.timers.next).toBeNull();
      expect(bench.endpoint.localCloseCode).toBe(1000);
      expect(bench.endpoint.remoteCloseCode).toBe(payload === "" ? null : hex(payload).readUInt16BE(0));
      expect(bench.endpoint.remoteCloseReason?.toString() ?? null).toBe(payload.includes(" ") ? "bye" : null);
    },
  );

  it("is answered with its own code and reason where the options say so", () => {
    const bench = new EndpointBench(side, { echoCloseCodeReason: true });
    bench.receiveClose(hex("0bb8 6279 65"));
    expect(bench.transport.writes).toEqual([reply("0bb8627965")]);
    expect(bench.endpoint.localCloseCode).toBe(3000);
  });

  it.each(invalidCodes)("code %i makes the fuzzer the one that closes, with 1002", (code) => {
    const bench = new EndpointBench(side);
    bench.receiveClose(code16(code));
    expect(bench.endpoint.localCloseCode).toBe(1002);
    expect(bench.endpoint.remoteCloseCode).toBe(code);
    expect(bench.flags).toEqual(["closedByMe", "failedByMe", ...dropped, "wasClean"]);
    expect(bench.transport.drops).toEqual(side === "server" ? ["reset"] : []);
  });

  it("a payload of one octet is a violation, then taken for empty", () => {
    const bench = new EndpointBench(side);
    bench.receiveClose(hex("61"));
    expect([bench.endpoint.localCloseCode, bench.endpoint.remoteCloseCode]).toEqual([1002, null]);
    expect(bench.flags).toEqual(["closedByMe", "failedByMe", ...dropped, "wasClean"]);
  });

  it.each([
    ["a bad octet", "ff"],
    ["a code point cut short", "e282"],
    ["a surrogate and worse", "eda080ff"],
  ])("a reason with %s ends processing: TCP is reset, the flags stay", (_name, reason) => {
    const bench = new EndpointBench(side);
    bench.receiveClose(code16(1000, hex(reason)));
    expect(bench.transport.drops).toEqual(["reset"]);
    expect(bench.endpoint.state).toBe("closed");
    expect(bench.endpoint.internalError).toMatch(/not valid UTF-8/);
    expect([bench.endpoint.remoteCloseCode, bench.endpoint.remoteCloseReason]).toEqual([1000, null]);
    expect(bench.flags).toEqual(reason === "e282" ? [] : ["closedByMe", "failedByMe"]);
  });

  it("a reason with nothing worse than a surrogate fails with 1007, and processing goes on", () => {
    const bench = new EndpointBench(side);
    bench.receiveClose(code16(1000, hex("eda080")));
    expect([bench.endpoint.internalError, bench.endpoint.localCloseCode]).toEqual([null, 1007]);
    expect(bench.endpoint.remoteCloseReason).toEqual(hex("eda080"));
    expect(bench.flags).toEqual(["closedByMe", "failedByMe", ...dropped, "wasClean"]);
  });
});

/** The fuzzer has sent its close frame half a second ago. */
function closingBench(side: Side): EndpointBench {
  const bench = new EndpointBench(side);
  bench.endpoint.sendClose(1000);
  bench.pass(500);
  bench.transport.take();
  return bench;
}

it("as server, the answer to its close makes it reset TCP at once", () => {
  const bench = closingBench("server");
  bench.receiveClose(hex("03e8"));
  expect([bench.transport.writes, bench.transport.drops]).toEqual([[], ["reset"]]);
  expect(bench.flags).toEqual(["closedByMe", "droppedByMe", "wasClean"]);
});

it("as client, it gives the server that answered its close 1 s to drop TCP", () => {
  const bench = closingBench("client");
  bench.receiveClose(hex("03e8"));
  bench.pass(999);
  expect([bench.transport.drops, bench.flags]).toEqual([[], ["closedByMe", "wasClean"]]);
  bench.pass(1);
  expect([bench.transport.writes, bench.transport.drops]).toEqual([[], ["reset"]]);
  expect(bench.flags).toEqual(["closedByMe", "droppedByMe", "wasServerConnectionDropTimeout"]);
  expect(bench.endpoint.wasNotCleanReason).toMatch(/did not drop TCP/);
});

describe.each(sides)("the fuzzer as %s: the peer answers its close", (side) => {
  it("is clean when TCP is lost then", () => {
    const bench = closingBench(side);
    bench.receiveClose(hex("03e8"));
    bench.endpoint.lost();
    bench.pass(5_000);
    expect([bench.flags, bench.endpoint.wasNotCleanReason]).toEqual([
      ["closedByMe", ...(side === "server" ? ["droppedByMe"] : []), "wasClean"],
      null,
    ]);
  });

  it.each(invalidCodes)("with code %i: TCP is dropped, which is not clean", (code) => {
    const bench = closingBench(side);
    bench.receiveClose(code16(code));
    expect([bench.transport.drops, bench.flags]).toEqual([
      ["end"],
      ["closedByMe", "failedByMe", "droppedByMe"],
    ]);
    expect(bench.endpoint.remoteCloseCode).toBe(code);
  });

  it("with a bad reason: TCP is dropped, and the flags are those of that moment", () => {
    const bench = closingBench(side);
    bench.receiveClose(code16(1000, hex("ff")));
    expect([bench.transport.drops, bench.flags]).toEqual([
      ["end"],
      ["closedByMe", "failedByMe", "droppedByMe"],
    ]);
    expect(bench.endpoint.internalError).not.toBeNull();
  });
});

it("as client, a second close frame of a server that keeps TCP starts the drop timer", () => {
  const bench = new EndpointBench("client");
  bench.receiveClose(hex("03e8"));
  expect(bench.timers.next).toBeNull();
  bench.receiveClose(hex("03e9"));
  expect([bench.endpoint.remoteCloseCode, bench.timers.next]).toEqual([1001, 1_000]);
  bench.pass(1_000);
  expect(bench.flags).toEqual(["droppedByMe", "wasServerConnectionDropTimeout"]);
});

it("as client, the drop timer can be switched off", () => {
  const bench = new EndpointBench("client", { serverConnectionDropTimeout: 0 });
  bench.endpoint.sendClose(1000);
  bench.receiveClose(hex("03e8"));
  expect(bench.timers.next).toBeNull();
});

it("what a control frame holds beyond 64 KiB is not kept", () => {
  const bench = new EndpointBench("client");
  for (const piece of pieces(
    peerFrame("client", { opcode: 10 }, Buffer.alloc(200_000, 7)),
    [50_000, 80_000, 90_000],
  )) {
    bench.endpoint.receive(piece);
  }
  expect(bench.pongs).toEqual([Buffer.alloc(65_536, 7).toString("hex")]);
});
