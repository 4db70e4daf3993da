import { describe, expect, it } from "vitest";

import { judge } from "../../../fuzzer/judge.ts";
import { type Profile, profiles } from "../../../fuzzer/profile.ts";
import type { CaseRecord, Role } from "../../../fuzzer/record.ts";

import { ownFrame } from "../../support/endpoint-bench.ts";
import { hex } from "../../support/octets.ts";
import { caseOf, caseWith, PlayerBench } from "../../support/player-bench.ts";

const roles: readonly Role[] = ["server", "client"];
const playing = (id: string, role: Role, profile: Profile = profiles.full) =>
  new PlayerBench(caseOf(id), { role, profile }).open();
const closeFrame = (role: Role, payload = "03e8") =>
  ownFrame(role === "client" ? "server" : "client", { opcode: 8 }, hex(payload));

/** Both verdicts on a record. */
function verdicts(record: CaseRecord): string {
  const { behavior, behaviorClose } = judge(caseOf(record.id), record);
  return `${behavior} / ${behaviorClose}`;
}

/** The peer answers the close and, being a server, drops TCP. */
function finish(bench: PlayerBench): CaseRecord {
  bench.receive({ opcode: 8 }, hex("03e8"));
  return bench.lose();
}

describe.each(roles)("9.1 to 9.6 (one echo of the right length) with a %s target", (role) => {
  const right = Buffer.alloc(65_536, "x");

  it("closes with 1000 at a right echo, contents not being compared", () => {
    const bench = playing("9.1.1", role);
    bench.transport.take();
    bench.receive({ opcode: 1 }, right);
    expect(bench.transport.writes).toEqual([closeFrame(role)]);
    const record = finish(bench);
    expect(record.trips).toEqual({ sent: 0, right: 1, wrong: 0, last: "complete", lastWrong: null });
    expect([record.received, verdicts(record)]).toEqual([[], "OK / OK"]);
  });

  it.each([
    ["of another length", 1, right.subarray(1)],
    ["of the other type", 2, right],
  ])("closes with 1000 at a message %s too, which is FAILED", (_name, opcode, payload) => {
    const bench = playing("9.1.1", role);
    bench.transport.take();
    bench.receive({ opcode }, payload);
    expect(bench.transport.writes).toEqual([closeFrame(role)]);
    const record = finish(bench);
    expect(record.trips).toMatchObject({
      wrong: 1,
      lastWrong: { binary: opcode === 2, length: payload.length },
    });
    expect(verdicts(record)).toBe("FAILED / OK");
  });

  it("is OK when the right echo comes after a wrong one, or before", () => {
    for (const order of [
      [right.subarray(1), right],
      [right, right.subarray(1)],
    ]) {
      const bench = playing("9.1.1", role);
      for (const payload of order) bench.receive({ opcode: 1 }, payload);
      expect(verdicts(finish(bench))).toBe("OK / OK");
    }
  });

  it("is closed by any pong, and OK if the echo still comes", () => {
    const bench = playing("9.1.1", role);
    bench.transport.take();
    bench.receive({ opcode: 10 });
    expect(bench.transport.writes).toEqual([closeFrame(role)]);
    bench.receive({ opcode: 1 }, right);
    expect(verdicts(finish(bench))).toBe("OK / OK");
    const early = playing("9.1.1", role);
    early.receive({ opcode: 10 });
    expect(verdicts(finish(early))).toBe("FAILED / OK");
  });

  it("switches the log off, and on again with the first message, without an entry", () => {
    const bench = playing("9.1.1", role);
    bench.receive({ opcode: 1 }, right);
    const { log } = finish(bench);
    const behindOpening = log.slice(2).map((entry) => entry.log);
    expect(behindOpening).toEqual(["closeSet", "frameSent", "sent", "received", "frameReceived"]);
  });

  it("ends with its timer when nothing comes", () => {
    const bench = playing("9.1.1", role);
    bench.transport.take();
    bench.pass(10_000);
    expect(bench.transport.writes).toEqual([closeFrame(role, "")]);
    const record = finish(bench);
    expect([record.timerFired, verdicts(record)]).toEqual([true, "FAILED / OK"]);
  });
});

describe.each(roles)("9.7 and 9.8 (round trips) with a %s target", (role) => {
  const echo = hex("fe".repeat(16));

  it.each([
    ["full", 1_000],
    ["quick", 100],
  ] as const)("in the %s profile are %i, and then closed with 1000", (name, count) => {
    const bench = playing("9.8.2", role, profiles[name]);
    for (let trip = 1; trip <= count; trip++) {
      expect([trip, bench.transport.take().length]).toEqual([trip, 1]);
      bench.receive({ opcode: 2 }, echo);
    }
    expect(bench.transport.writes).toEqual([closeFrame(role)]);
    const record = finish(bench);
    expect(record.trips).toEqual({ sent: count, right: count, wrong: 0, last: "complete", lastWrong: null });
    expect(verdicts(record)).toBe("OK / OK");
  });

  it.each([
    ["length", 2, echo.subarray(1)],
    ["type", 1, Buffer.alloc(16, "a")],
  ])("are FAILED by one echo of the wrong %s", (_name, opcode, payload) => {
    const bench = playing("9.8.2", role);
    for (let trip = 0; trip < 5; trip++) bench.receive({ opcode: 2 }, echo);
    bench.transport.take();
    bench.receive({ opcode }, payload);
    expect(bench.transport.writes).toEqual([closeFrame(role)]);
    const record = finish(bench);
    expect(record.trips).toMatchObject({ sent: 6, right: 5, wrong: 1, last: "wrong" });
    expect(verdicts(record)).toBe("FAILED / OK");
  });

  function completed(): PlayerBench {
    const bench = playing("9.8.2", role, profiles.quick);
    for (let trip = 0; trip < 100; trip++) bench.receive({ opcode: 2 }, echo);
    return bench;
  }

  it("that were complete are FAILED by a surplus wrong message", () => {
    const bench = completed();
    bench.receive({ opcode: 2 }, echo.subarray(1));
    expect(verdicts(finish(bench))).toBe("FAILED / OK");
  });

  it("that were complete stay so after a surplus right one, which is not answered", () => {
    const bench = completed();
    bench.transport.take();
    bench.receive({ opcode: 2 }, echo);
    expect(bench.transport.writes).toEqual([]);
    expect(verdicts(finish(bench))).toBe("OK / OK");
  });

  it("are FAILED when the peer closes before they are complete", () => {
    const bench = playing("9.8.2", role);
    for (let trip = 0; trip < 999; trip++) bench.receive({ opcode: 2 }, echo);
    const record = finish(bench);
    expect(record.trips).toMatchObject({ sent: 1_000, right: 999, last: null });
    expect(verdicts(record)).toBe("FAILED / FAILED");
  });

  it("are FAILED by an unasked pong", () => {
    const bench = playing("9.8.2", role);
    bench.receive({ opcode: 2 }, echo);
    bench.receive({ opcode: 10 });
    expect(verdicts(finish(bench))).toBe("FAILED / OK");
  });

  it("are not logged, but for the switching, and logged again at the end", () => {
    const bench = completed();
    const { log, rxFrames, txFrames } = finish(bench);
    expect(log.slice(2).map((entry) => entry.log)).toEqual([
      "logging",
      "closeSet",
      "logging",
      "frameSent",
      "sent",
      "received",
      "frameReceived",
    ]);
    expect([rxFrames["2"], txFrames["2"]]).toEqual([100, 100]);
  });
});

describe("the idle limit of the quick profile", () => {
  const limit = 10_000;

  it("ends a bulk case some time after the last octet, as its timer would", () => {
    const bench = playing("9.7.1", "server", profiles.quick);
    bench.pass(9_000);
    bench.receive({ opcode: 1 });
    bench.transport.take();
    bench.pass(limit - 1);
    expect(bench.transport.writes).toEqual([]);
    bench.pass(1);
    expect(bench.transport.writes).toEqual([closeFrame("server", "")]);
    const record = bench.lose();
    expect(record).toMatchObject({ idle: true, timerFired: true });
    expect(record.log.filter(({ log }) => log === "closeFired")).toEqual([{ t: 19_000, log: "closeFired" }]);
  });

  it("counts octets that leave as activity", () => {
    const bench = playing("9.1.3", "server", profiles.quick);
    for (let round = 1; round < 5; round++) {
      bench.transport.waiting = 1_000_000 - round;
      bench.pass(limit - 1);
    }
    expect(bench.transport.writes).toHaveLength(1);
    bench.pass(3 * limit);
    expect(bench.lose()).toMatchObject({ idle: true });
  });

  it("counts turns of a chopped frame as activity", () => {
    const bench = playing("9.5.1", "server", profiles.quick);
    for (let round = 0; round < 4; round++) {
      bench.pass(limit - 1);
      bench.player.turn(bench.now);
    }
    expect(bench.lose()).toMatchObject({ idle: false, closedByMe: false });
  });

  it("does not hold in the full profile, nor for other cases", () => {
    const full = playing("9.7.1", "server");
    full.pass(59_999);
    expect(full.lose()).toMatchObject({ idle: false, closedByMe: false });
    const script = [{ step: "closeAfter", ms: 30_000 }] as const;
    const other = new PlayerBench(caseWith({ script }), { role: "server", profile: profiles.quick }).open();
    other.pass(29_999);
    expect(other.lose()).toMatchObject({ idle: false, closedByMe: false });
  });

  it("is over once the connection is closing", () => {
    const bench = playing("9.1.1", "server", profiles.quick);
    bench.receive({ opcode: 8 }, hex("03e8"));
    bench.pass(limit);
    expect(bench.lose()).toMatchObject({ idle: false });
  });
});

describe.each(roles)("the finish rule with a %s target", (role) => {
  const expected = { OK: [{ event: "pong", payload: { hex: "61" } }] } as const;

  it.each([
    ["the list is there, whole", { expected }, 1],
    ["nothing is expected", { expected: {} }, 1],
    ["a list is still unfinished", { expected: { ...expected, "NON-STRICT": [] } }, 0],
    ["the peer is to close", { expected, close: { byFuzzer: false, codes: [1000], clean: false } }, 0],
    ["closing is suppressed", { expected, suppressClose: true }, 0],
  ] as const)("when %s, a pong is followed by so many close frames", (_name, changes, closes) => {
    const bench = new PlayerBench(caseWith(changes), { role }).open();
    bench.receive({ opcode: 10 }, Buffer.from("a"));
    expect(bench.transport.writes).toEqual(Array.from({ length: closes }, () => closeFrame(role)));
  });

  it("waits for the timer when what came is something else", () => {
    const bench = new PlayerBench(caseWith({ expected }), { role }).open();
    bench.receive({ opcode: 10 }, Buffer.from("b"));
    bench.receive({ opcode: 10 }, Buffer.from("a"));
    expect(bench.transport.writes).toEqual([]);
  });

  it("sends the first of the codes", () => {
    const close = { byFuzzer: true, codes: [3000, 1000], clean: true };
    const bench = new PlayerBench(caseWith({ expected, close }), { role }).open();
    bench.receive({ opcode: 10 }, Buffer.from("a"));
    expect(bench.transport.writes).toEqual([closeFrame(role, "0bb8")]);
  });
});

describe.each(roles)("12.x and 13.x without compression, with a %s target that speaks unasked", (role) => {
  const sixteen = Buffer.alloc(16, "x");

  it.each([
    ["12.1.1", "nothing", null, "UNIMPLEMENTED / OK"],
    ["12.1.1", "a text of another length", [1, Buffer.from("welcome")], "FAILED / OK"],
    [
      "12.1.1",
      "a text of the right length, which nothing was sent to compare with",
      [1, sixteen],
      "UNIMPLEMENTED / OK",
    ],
    ["12.1.1", "a binary message that is text", [2, Buffer.from("welcome")], "FAILED / OK"],
    ["12.1.1", "a binary message that is no text", [2, hex("ff00fe")], "UNIMPLEMENTED / OK"],
    ["12.2.1", "a text, where binary would be sent", [1, Buffer.from("welcome")], "FAILED / OK"],
    ["12.2.1", "a binary message of another length", [2, hex("ff00fe")], "FAILED / OK"],
  ] as const)("%s with $1 is $3", (id, _name, message, verdict) => {
    const bench = playing(id, role);
    if (message !== null) bench.receive({ opcode: message[0] }, message[1]);
    expect(verdicts(finish(bench))).toBe(verdict);
  });
});
