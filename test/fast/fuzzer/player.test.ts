import { describe, expect, it } from "vitest";

import type { Step } from "../../../fuzzer/case.ts";
import { defaultOptions } from "../../../fuzzer/endpoint.ts";
import { judge } from "../../../fuzzer/judge.ts";
import { longestTimer, unopenedRecord, watchdogGrace } from "../../../fuzzer/player.ts";
import type { Role } from "../../../fuzzer/record.ts";
import { wait } from "../../../fuzzer/suite/build.ts";
import { maxHeadOctets } from "../../../wire/handshake.ts";

import { ownFrame, peerFrame } from "../../support/endpoint-bench.ts";
import { hex } from "../../support/octets.ts";
import { caseOf, caseWith, openingResponseOf, PlayerBench } from "../../support/player-bench.ts";

const hello: Step = { step: "frame", opcode: 1, payload: { hex: "48656c6c6f" } };
const helloOctets = Buffer.from("Hello");

/** The fuzzer's side for a target of that role. */
const sideOf = (role: Role) => (role === "client" ? "server" : "client");
const roles: readonly Role[] = ["server", "client"];

describe("the opening handshake with a server target", () => {
  const greeting = caseWith({ script: [hello] });
  const bench = () => new PlayerBench(greeting, { role: "server" }).connect();

  it("begins with a request, and the case starts with the response", () => {
    const { player, transport } = new PlayerBench(greeting, { role: "server" });
    player.connected(0, { host: "127.0.0.1", port: 9001, resource: "/x?y" });
    expect(Buffer.from(transport.take().join(""), "hex").toString()).toMatch(
      /^GET \/x\?y HTTP\/1\.1\r\n[^]*\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n[^]*\r\n\r\n$/,
    );
    expect([player.opened, player.deadline]).toEqual([false, 5_000]);
    player.receive(3, openingResponseOf());
    expect(player.opened).toBe(true);
    expect(transport.writes).toEqual([ownFrame("client", { opcode: 1 }, helloOctets)]);
  });

  it("takes the response in pieces", () => {
    const opening = bench();
    opening.transport.take();
    for (const octet of openingResponseOf()) opening.receiveOctets(Buffer.of(octet));
    expect(opening.transport.writes).toEqual([ownFrame("client", { opcode: 1 }, helloOctets)]);
  });

  it("processes the octets behind the response after the case has started", () => {
    const opening = bench();
    opening.transport.take();
    const ping = peerFrame("client", { opcode: 9 }, Buffer.from("p"));
    opening.receiveOctets(Buffer.concat([openingResponseOf(), ping.subarray(0, 2)]));
    opening.receiveOctets(ping.subarray(2));
    expect(opening.transport.writes).toEqual([
      ownFrame("client", { opcode: 1 }, helloOctets),
      ownFrame("client", { opcode: 10 }, Buffer.from("p")),
    ]);
  });

  it("that is refused ends in a reset, without a word, and FAILED twice", () => {
    const opening = bench();
    opening.transport.take();
    opening.receiveOctets(openingResponseOf({ "": "HTTP/1.1 404 Not Found" }));
    opening.receive({ opcode: 9 });
    expect([opening.transport.drops, opening.transport.writes]).toEqual([["reset"], []]);
    const record = opening.lose();
    expect(record).toMatchObject({
      opened: false,
      droppedByMe: true,
      wasClean: false,
      wasOpenHandshakeTimeout: false,
    });
    expect(record.wasNotCleanReason).toMatch(/status 404/);
    expect(record.httpResponse).toMatch(/^HTTP\/1\.1 404 Not Found\r\n[^]*\r\n\r\n$/);
    expect(judge(greeting, record)).toMatchObject({ behavior: "FAILED", behaviorClose: "FAILED" });
    expect(opening.player.deadline).toBeNull();
  });

  it.each(["permessage-deflate", "unknown; x=y"])(
    "is refused when the server uses %s, which was not offered",
    (extension) => {
      const opening = bench();
      opening.receiveOctets(openingResponseOf({ "X-A": `Sec-WebSocket-Extensions: ${extension}` }));
      expect(opening.transport.drops).toEqual(["reset"]);
      expect(opening.lose()).toMatchObject({
        opened: false,
        wasNotCleanReason: expect.stringMatching(/not offered/) as string,
      });
    },
  );

  it("whose response is longer than 64 KiB is refused, and no more than that is kept", () => {
    const opening = bench();
    opening.receiveOctets(Buffer.concat([Buffer.from("HTTP/1.1 101 X\r\nA: "), Buffer.alloc(500_000, "a")]));
    expect(opening.transport.drops).toEqual(["reset"]);
    const record = opening.lose();
    expect(record.wasNotCleanReason).toMatch(/64 KiB/);
    expect(record.httpResponse).toHaveLength(maxHeadOctets);
  });

  it("whose response never ends is given up after 5 s, though octets keep coming", () => {
    const opening = bench();
    for (let tenths = 1; tenths < 50; tenths++) {
      opening.pass(100);
      opening.receiveOctets(Buffer.from("x"));
    }
    expect(opening.transport.drops).toEqual([]);
    opening.pass(100);
    expect(opening.transport.drops).toEqual(["reset"]);
    const record = opening.lose();
    expect(record).toMatchObject({ wasOpenHandshakeTimeout: true, timerFired: true, opened: false });
    expect(record.httpResponse).toBe("x".repeat(49));
    expect(record.wasNotCleanReason).toMatch(/in time/);
  });

  it("that the peer breaks off is noted, with what came of the response", () => {
    const opening = bench();
    opening.receiveOctets(Buffer.from("HTTP/1.1 50"));
    const record = opening.lose();
    expect(record).toMatchObject({ opened: false, droppedByMe: false, httpResponse: "HTTP/1.1 50" });
    expect(record.wasNotCleanReason).toMatch(/during the opening handshake/);
  });

  it("leaves no timer behind once it is done", () => {
    const opening = new PlayerBench(caseWith({}), { role: "server", watchdog: null }).connect();
    opening.receiveOctets(openingResponseOf());
    expect(opening.player.deadline).toBeNull();
  });

  it("takes as long as the options say, or any time at all", () => {
    const options = { openHandshakeTimeout: 200 };
    const hasty = new PlayerBench(greeting, { role: "server", options }).connect();
    hasty.pass(200);
    expect(hasty.transport.drops).toEqual(["reset"]);
    const patient = new PlayerBench(greeting, {
      role: "server",
      options: { openHandshakeTimeout: 0 },
    }).connect();
    expect(patient.player.deadline).toBeNull();
  });
});

it("a client target's request is answered with 101, and the case starts in the same turn", () => {
  const { player, transport } = new PlayerBench(caseWith({ script: [hello] }), { role: "client" }).open();
  expect(player.opened).toBe(true);
  expect(transport.writes).toEqual([ownFrame("server", { opcode: 1 }, helloOctets)]);
});

describe.each(roles)("the steps, with a %s target", (role) => {
  const written = (fields: Parameters<typeof ownFrame>[1], payload?: Buffer) =>
    ownFrame(sideOf(role), fields, payload);
  const playing = (...script: readonly Step[]) =>
    new PlayerBench(caseWith({ script }), { role, watchdog: null }).open();
  const goingAway = written({ opcode: 8 }, Buffer.concat([hex("03e9"), Buffer.from("Going Away")]));

  it("frame, message and close are written at once", () => {
    const { transport } = playing(
      { step: "frame", opcode: 2, fin: false, rsv: 3, payload: { unit: "abcd", length: 5 } },
      { step: "message", opcode: 1, payload: { hex: "616263" }, fragment: 2 },
      { step: "close", code: 999, reason: { hex: "ff" } },
      { step: "message", opcode: 1, payload: { hex: "616263" } },
      hello,
    );
    expect(transport.writes).toEqual([
      written({ opcode: 2, fin: false, rsv: 3 }, hex("abcdabcdab")),
      written({ opcode: 1, fin: false }, Buffer.from("ab")),
      written({ opcode: 0 }, Buffer.from("c")),
      written({ opcode: 8 }, hex("03e7ff")),
      written({ opcode: 1 }, helloOctets),
    ]);
  });

  it("killAfter fails an open connection with 1001", () => {
    const bench = playing({ step: "killAfter", ms: 1_000 });
    bench.pass(999);
    expect(bench.transport.writes).toEqual([]);
    bench.pass(1);
    expect([bench.transport.writes, bench.transport.drops]).toEqual([[goingAway], []]);
    bench.pass(1_000);
    expect(bench.transport.drops).toEqual(["reset"]);
    const record = bench.lose();
    expect(record).toMatchObject({
      timerFired: true,
      failedByMe: true,
      closedByMe: true,
      wasCloseHandshakeTimeout: true,
    });
    expect(record.log.filter(({ log }) => log.startsWith("kill"))).toEqual([
      { t: 0, log: "killSet", ms: 1_000 },
      { t: 1_000, log: "killFired" },
    ]);
  });

  it("killAfter drops a connection that is closing, and leaves a lost one alone", () => {
    const bench = playing({ step: "close", code: 1000 }, { step: "killAfter", ms: 300 });
    bench.pass(300);
    expect(bench.transport.drops).toEqual(["end"]);
    const gone = playing({ step: "killAfter", ms: 300 });
    const record = gone.lose();
    gone.pass(300);
    expect([gone.transport.writes, record.timerFired, record.failedByMe]).toEqual([[], false, false]);
  });

  it("closeAfter sends an empty close frame to an open connection only", () => {
    const bench = playing({ step: "closeAfter", ms: 500 });
    bench.pass(500);
    expect(bench.transport.take()).toEqual([written({ opcode: 8 })]);
    expect(bench.lose()).toMatchObject({
      timerFired: true,
      failedByMe: false,
      closedByMe: true,
      localCloseCode: null,
    });
    const closing = playing({ step: "close", code: 1000 }, { step: "closeAfter", ms: 500 });
    closing.transport.take();
    closing.pass(500);
    expect([closing.transport.writes, closing.transport.drops]).toEqual([[], []]);
  });

  it("a wait is followed by its steps, and noted when it has a tag", () => {
    const bench = playing(wait(100, "open", [hello], "A"), wait(100, "open", [hello]));
    expect(bench.transport.writes).toEqual([]);
    bench.pass(100);
    expect(bench.transport.writes).toHaveLength(2);
    const { received, log, timerFired } = bench.lose();
    expect([received, timerFired]).toEqual([[{ event: "timeout", tag: "A" }], false]);
    expect(log.filter((entry) => entry.log.startsWith("wait"))).toEqual([
      { t: 0, log: "waitSet", ms: 100, tag: "A" },
      { t: 0, log: "waitSet", ms: 100, tag: null },
      { t: 100, log: "waitOver", tag: "A" },
      { t: 100, log: "waitOver", tag: null },
    ]);
  });

  it.each([
    ["open", 0],
    ["notClosed", 1],
  ] as const)("a wait while %s is followed by %i frames in a closing connection", (state, frames) => {
    const bench = playing({ step: "close" }, wait(100, state, [hello], "A"));
    bench.transport.take();
    bench.pass(100);
    expect(bench.transport.writes).toHaveLength(frames);
    expect(bench.lose().received).toHaveLength(frames);
  });

  it("a wait is followed by nothing once TCP is dropped or lost", () => {
    const script = [wait(2_000, "notClosed", [hello], "A")];
    const dropped = playing({ step: "close" }, ...script);
    dropped.pass(1_000);
    expect(dropped.transport.drops).toEqual(["reset"]);
    dropped.transport.take();
    dropped.pass(2_000);
    expect([dropped.transport.writes, dropped.lose().received]).toEqual([[], []]);
    const lost = playing(...script);
    lost.lose();
    expect(lost.player.deadline).toBeNull();
  });

  it("rawOctets go on with the masking key of the header", () => {
    const script: Step[] = [
      { step: "rawHeader", opcode: 1, fin: false, length: 6 },
      { step: "rawOctets", payload: { hex: "616263" } },
      { step: "rawOctets", payload: { hex: "646566" } },
    ];
    const random = (octets: number) =>
      Buffer.from("0102030405060708090a0b0c0d0e0f10", "hex").subarray(0, octets);
    const bench = new PlayerBench(caseWith({ script }), { role, random });
    bench.player.accepted(0, { raw: "", startLine: "", fields: [], deviations: [] }, "");
    bench.transport.writes.shift();
    expect(bench.transport.writes).toEqual(
      role === "server" ? ["018601020304", "606060", "606464"] : ["0106", "616263", "646566"],
    );
  });

  it("log switches the logging of octets and frames, not of timers", () => {
    const bench = playing(
      { step: "log", on: false, noted: true },
      hello,
      { step: "killAfter", ms: 1 },
      { step: "log", on: true, noted: false },
      { step: "frame", opcode: 2, payload: { hex: "" } },
    );
    const behindOpening = bench.lose().log.slice(2);
    expect(behindOpening.map(({ log }) => log)).toEqual(["logging", "killSet", "frameSent", "sent"]);
  });

  it("further steps can be done in an open connection, but not when TCP is lost", () => {
    const bench = playing();
    bench.player.perform(bench.now, [hello, { step: "close" }]);
    expect(bench.transport.take()).toEqual([written({ opcode: 1 }, helloOctets), written({ opcode: 8 })]);
    bench.lose();
    bench.player.perform(bench.now, [hello]);
    expect(bench.transport.writes).toEqual([]);
  });
});

describe("the record", () => {
  it("of a server target says all there is to say", () => {
    const bench = new PlayerBench(caseOf("1.1.2"), { role: "server" }).connect();
    bench.pass(7);
    bench.receiveOctets(openingResponseOf());
    bench.pass(2.5);
    bench.receive({ opcode: 1 }, Buffer.alloc(125, "*"));
    bench.pass(1);
    bench.receive({ opcode: 8 }, Buffer.from("\u0003\u00e8bye", "latin1"));
    bench.pass(0.25);
    const record = bench.lose();
    const request = record.httpRequest!;
    const sent = `81fd00000000${"2a".repeat(125)}`;
    const stars = { length: 125, head: "2a".repeat(64) };
    expect(record).toEqual({
      id: "1.1.2",
      role: "server",
      started: 1_700_000_000_000,
      duration: 3.75,
      opened: true,
      received: [
        { event: "message", binary: false, payload: { ...stars, sha256: expect.any(String) as string } },
      ],
      receivedDropped: 0,
      trips: null,
      deflate: null,
      traffic: null,
      closedByMe: true,
      failedByMe: false,
      droppedByMe: false,
      wasClean: true,
      wasNotCleanReason: null,
      wasServerConnectionDropTimeout: false,
      wasOpenHandshakeTimeout: false,
      wasCloseHandshakeTimeout: false,
      localCloseCode: 1000,
      localCloseReason: null,
      remoteCloseCode: 1000,
      remoteCloseReason: Buffer.from("bye").toString("hex"),
      internalError: null,
      watchdog: false,
      idle: false,
      timerFired: false,
      httpRequest: expect.stringMatching(/^GET \/ HTTP\/1\.1\r\n/) as string,
      httpResponse: openingResponseOf().toString(),
      rxOctets: { [String(openingResponseOf().length)]: 1, "127": 1, "7": 1 },
      txOctets: { [String(request.length)]: 1, "131": 1, "8": 1 },
      rxFrames: { "1": 1, "8": 1 },
      txFrames: { "1": 1, "8": 1 },
      log: [
        { t: -7, log: "sent", octets: request.length, hex: Buffer.from(request).toString("hex", 0, 64) },
        {
          t: 0,
          log: "received",
          octets: openingResponseOf().length,
          hex: openingResponseOf().toString("hex", 0, 64),
        },
        {
          t: 0,
          log: "frameSent",
          opcode: 1,
          fin: true,
          rsv: 0,
          mask: "00000000",
          repeat: 125,
          payload: stars,
        },
        { t: 0, log: "sent", octets: 131, hex: sent.slice(0, 128) },
        { t: 0, log: "killSet", ms: 1_000 },
        { t: 2.5, log: "received", octets: 127, hex: `817d${"2a".repeat(62)}` },
        { t: 2.5, log: "frameReceived", opcode: 1, fin: true, rsv: 0, mask: null, payload: stars },
        {
          t: 2.5,
          log: "frameSent",
          opcode: 8,
          fin: true,
          rsv: 0,
          mask: "00000000",
          payload: { length: 2, head: "03e8" },
        },
        { t: 2.5, log: "sent", octets: 8, hex: "88820000000003e8" },
        { t: 3.5, log: "received", octets: 7, hex: "880503e8627965" },
        {
          t: 3.5,
          log: "frameReceived",
          opcode: 8,
          fin: true,
          rsv: 0,
          mask: null,
          payload: { length: 5, head: "03e8627965" },
        },
      ],
      logDropped: 0,
    });
    expect(judge(caseOf("1.1.2"), record)).toMatchObject({ behavior: "OK", behaviorClose: "OK" });
  });

  it("of a client target holds both heads, and the key of masked frames", () => {
    const bench = new PlayerBench(caseOf("1.1.1"), { role: "client" }).open();
    bench.receive({ opcode: 1 });
    const record = bench.lose();
    expect(record).toMatchObject({ role: "client", opened: true, closedByMe: true, wasClean: false });
    expect(record.httpRequest).toMatch(/^GET \/runCase/);
    expect(record.httpResponse).toMatch(/^HTTP\/1\.1 101 /);
    expect(record.log.filter(({ log }) => log === "frameReceived")).toMatchObject([{ mask: "a1b2c3d4" }]);
    expect(record.log.every(({ t }) => t === 0)).toBe(true);
  });

  it("does not change once TCP is lost", () => {
    const bench = new PlayerBench(caseOf("1.1.1"), { role: "server" }).open();
    const record = bench.lose();
    const before = structuredClone(record);
    bench.receive({ opcode: 1 });
    bench.player.turn(bench.now);
    bench.player.tick(bench.now + 100_000);
    bench.player.lost(bench.now + 100_000);
    expect(bench.player.record).toBe(record);
    expect(record).toEqual(before);
  });

  it("notes a close reason that is no UTF-8 as the error that it was to the original", () => {
    const bench = new PlayerBench(caseOf("1.1.1"), { role: "server" }).open();
    bench.receive({ opcode: 8 }, hex("03e8 ff"));
    expect(bench.transport.drops).toEqual(["reset"]);
    const record = bench.lose();
    expect(record).toMatchObject({
      internalError: expect.stringMatching(/not valid UTF-8/) as string,
      remoteCloseCode: 1000,
      remoteCloseReason: null,
      closedByMe: true,
      failedByMe: true,
      droppedByMe: false,
      wasClean: false,
      localCloseCode: 1007,
    });
    expect(judge(caseOf("1.1.1"), record)).toMatchObject({ behavior: "FAILED", behaviorClose: "UNCLEAN" });
  });

  it("of a target that TCP did not reach gives the reason", () => {
    const record = unopenedRecord(caseOf("1.1.1"), "server", "connection refused");
    expect(record).toMatchObject({
      id: "1.1.1",
      role: "server",
      opened: false,
      httpRequest: null,
      duration: 0,
    });
    expect(judge(caseOf("1.1.1"), record)).toMatchObject({
      behavior: "FAILED",
      behaviorClose: "FAILED",
      resultClose: expect.stringContaining("connection refused") as string,
    });
    expect(judge(caseOf("7.1.6"), unopenedRecord(caseOf("7.1.6"), "server", ""))).toMatchObject({
      behavior: "INFORMATIONAL",
      behaviorClose: "INFORMATIONAL",
    });
  });
});

describe("the watchdog", () => {
  const { closeHandshakeTimeout, serverConnectionDropTimeout } = defaultOptions;
  const engine = closeHandshakeTimeout + serverConnectionDropTimeout;

  it("drops a connection that nothing else ends, some time after the longest timer", () => {
    const bench = new PlayerBench(caseWith({ script: [{ step: "closeAfter", ms: 700 }] }), {
      role: "server",
    }).open();
    bench.receive({ opcode: 8 }, hex("03e8"));
    bench.pass(700 + engine + watchdogGrace - 1);
    expect(bench.transport.drops).toEqual([]);
    bench.pass(1);
    expect(bench.transport.drops).toEqual(["reset"]);
    expect(bench.lose()).toMatchObject({
      watchdog: true,
      timerFired: true,
      droppedByMe: true,
      wasClean: true,
    });
  });

  it("resets a connection whose orderly drop does not come to its end", () => {
    const bench = new PlayerBench(caseWith({}), { role: "client" }).open();
    bench.receive({ opcode: 8 }, hex("03e8"));
    expect(bench.transport.drops).toEqual(["end"]);
    bench.pass(engine + watchdogGrace);
    expect(bench.transport.drops).toEqual(["end", "reset"]);
    expect(bench.lose()).toMatchObject({ watchdog: true, droppedByMe: true });
  });

  it("has the patience it is given, or is off", () => {
    const patient = new PlayerBench(caseWith({}), { role: "server", watchdog: 60_000 }).open();
    expect(patient.player.deadline).toBe(patient.now + engine + 60_000);
    const none = new PlayerBench(caseWith({}), { role: "server", watchdog: null }).open();
    expect(none.player.deadline).toBeNull();
  });

  it("adds up waits, and takes the longest way", () => {
    const kill = (ms: number): Step => ({ step: "killAfter", ms });
    expect(longestTimer([])).toBe(0);
    expect(longestTimer([hello, kill(100), { step: "closeAfter", ms: 300 }])).toBe(300);
    const inner = [wait(1_000, "open", [kill(1_000)]), kill(1_500)];
    expect(longestTimer([wait(1_000, "open", inner), kill(2_000)])).toBe(3_000);
    expect(longestTimer(caseOf("6.4.1").script)).toBe(3_000);
  });
});
