import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import type { Case } from "../../../fuzzer/case.ts";
import { catalogue } from "../../../fuzzer/catalogue.ts";
import { digestOf } from "../../../fuzzer/digest.ts";
import { judge } from "../../../fuzzer/judge.ts";
import type { CaseRecord, RecordedEvent, Role } from "../../../fuzzer/record.ts";

import { caseOf, caseWith } from "../../support/player-bench.ts";
import { recordWith } from "../../support/records.ts";
import { ScriptedPeer } from "../../support/scripted-peer.ts";
import type { VectorFile } from "../../support/vectors.ts";
import { playVirtually } from "../../../orchestrator/selfcheck/virtual-play.ts";

function verdicts(played: Case, record: Partial<CaseRecord>): string {
  const { behavior, behaviorClose } = judge(played, recordWith(record));
  return `${behavior} / ${behaviorClose}`;
}

const text = (plain: string, binary = false): RecordedEvent => ({
  event: "message",
  payload: digestOf(Buffer.from(plain)),
  binary,
});
const pong = (plain: string): RecordedEvent => ({ event: "pong", payload: digestOf(Buffer.from(plain)) });

describe("the behavior", () => {
  const message = { event: "message", payload: { hex: "6162" }, binary: false } as const;
  const played = caseWith({
    expected: {
      OK: [message, { event: "pong", payload: { hex: "63" } }],
      "NON-STRICT": [message, { event: "timeout", tag: "A" }],
    },
  });

  it.each<[string, RecordedEvent[], string]>([
    ["the OK list", [text("ab"), pong("c")], "OK"],
    ["the NON-STRICT list", [text("ab"), { event: "timeout", tag: "A" }], "NON-STRICT"],
    ["nothing", [], "FAILED"],
    ["the beginning of a list", [text("ab")], "FAILED"],
    ["more than a list", [text("ab"), pong("c"), pong("c")], "FAILED"],
    ["another order", [pong("c"), text("ab")], "FAILED"],
    ["other octets", [text("aB"), pong("c")], "FAILED"],
    ["another length", [text("abc"), pong("c")], "FAILED"],
    ["the other type", [text("ab", true), pong("c")], "FAILED"],
    ["another tag", [text("ab"), { event: "timeout", tag: "B" }], "FAILED"],
    ["a message for a pong", [text("ab"), text("c")], "FAILED"],
  ])("of %s", (_name, received, behavior) => {
    expect(verdicts(played, { received })).toBe(`${behavior} / OK`);
  });

  it("compares long payloads whole, though a record keeps 64 octets", () => {
    const long = caseWith({
      expected: { OK: [{ event: "message", payload: { unit: "61", length: 1_000 }, binary: false }] },
    });
    const same = "a".repeat(1_000);
    expect(verdicts(long, { received: [text(same)] })).toBe("OK / OK");
    expect(verdicts(long, { received: [text(`${same.slice(1)}b`)] })).toBe("FAILED / OK");
  });

  it("is OK for silence where silence is expected", () => {
    expect(verdicts(caseWith({ expected: { OK: [] } }), {})).toBe("OK / OK");
    expect(verdicts(caseWith({ expected: { OK: [] } }), { received: [pong("")] })).toBe("FAILED / OK");
  });

  it("is FAILED when there were more events than are kept", () => {
    const silence = caseWith({ expected: { OK: [] } });
    expect(verdicts(silence, { receivedDropped: 1 })).toBe("FAILED / OK");
  });
});

describe("the close behavior: the first rule that matches decides", () => {
  const byFuzzer = caseWith({ close: { byFuzzer: true, codes: [1000, 1001], clean: true } });
  const byPeer = caseWith({ close: { byFuzzer: false, codes: [1002], clean: false } });

  it.each<[string, Case, Partial<CaseRecord>, string]>([
    ["the fuzzer closes, cleanly", byFuzzer, {}, "OK"],
    ["another of the codes", byFuzzer, { remoteCloseCode: 1001 }, "OK"],
    ["an answer without a code", byFuzzer, { remoteCloseCode: null }, "OK"],
    ["the peer closes instead", byFuzzer, { closedByMe: false }, "FAILED"],
    [
      "the peer closes instead, and all else is wrong",
      byFuzzer,
      { closedByMe: false, wasClean: false, remoteCloseCode: 1002, droppedByMe: true },
      "FAILED",
    ],
    ["no clean end", byFuzzer, { wasClean: false }, "UNCLEAN"],
    [
      "no clean end, and a wrong code",
      byFuzzer,
      { wasClean: false, remoteCloseCode: 1002, droppedByMe: true },
      "UNCLEAN",
    ],
    ["a wrong code", byFuzzer, { remoteCloseCode: 1002 }, "WRONG CODE"],
    [
      "a wrong code, and TCP kept",
      byFuzzer,
      { remoteCloseCode: 1002, droppedByMe: true, role: "server" },
      "WRONG CODE",
    ],
    ["a server that keeps TCP", byFuzzer, { droppedByMe: true, role: "server" }, "FAILED BY CLIENT"],
    ["a client whose TCP the fuzzer drops", byFuzzer, { droppedByMe: true, role: "client" }, "OK"],
    ["the peer fails the connection", byPeer, { closedByMe: false, remoteCloseCode: 1002 }, "OK"],
    [
      "the peer drops TCP without a word",
      byPeer,
      { closedByMe: false, wasClean: false, remoteCloseCode: null },
      "OK",
    ],
    ["the peer fails with another code", byPeer, { closedByMe: false, remoteCloseCode: 1007 }, "WRONG CODE"],
    ["the peer does not fail it", byPeer, { closedByMe: true, wasClean: false }, "FAILED"],
    [
      "the opening handshake was not done",
      byFuzzer,
      { opened: false, closedByMe: false, wasClean: false },
      "FAILED",
    ],
    [
      "it was not done, and the peer was to close",
      byPeer,
      { opened: false, closedByMe: false, wasClean: false },
      "FAILED",
    ],
  ])("%s", (_name, played, record, wanted) => {
    const verdict = judge({ ...played, expected: { OK: [] } }, recordWith(record));
    expect(verdict.behaviorClose).toBe(wanted);
    expect(verdict.behavior).toBe(record.opened === false ? "FAILED" : "OK");
    expect(verdict.resultClose).not.toBe("");
  });

  it("the wrong side is fatal to the behavior in the UTF-8 cases", () => {
    for (const byFuzzerExpected of [true, false]) {
      const close = { byFuzzer: byFuzzerExpected, codes: [1000], clean: false };
      const expected = { OK: [] };
      const wrongSide = { closedByMe: !byFuzzerExpected };
      expect(verdicts(caseWith({ expected, close }), wrongSide)).toBe("OK / FAILED");
      const fatal = caseWith({ expected, close: { ...close, wrongSideIsFatal: true } });
      expect(verdicts(fatal, wrongSide)).toBe("FAILED / FAILED");
      expect(verdicts(fatal, { closedByMe: byFuzzerExpected })).toBe("OK / OK");
    }
  });
});

describe("the rules of single cases", () => {
  const silence = { expected: { OK: [] } };

  it("wrongCodeFails: a wrong code is FAILED, an unclean or failed close is not", () => {
    const played = caseWith({ ...silence, onEnd: "wrongCodeFails" });
    const wrong = judge(played, recordWith({ remoteCloseCode: 1002 }));
    expect(wrong).toMatchObject({
      behavior: "FAILED",
      behaviorClose: "WRONG CODE",
      result: wrong.resultClose,
    });
    expect(verdicts(played, {})).toBe("OK / OK");
    expect(verdicts(played, { wasClean: false })).toBe("OK / UNCLEAN");
    expect(verdicts(played, { closedByMe: false })).toBe("OK / FAILED");
  });

  it("informational: always, also when the connection was never opened", () => {
    const played = caseWith({ ...silence, onEnd: "informational" });
    for (const record of [{}, { wasClean: false }, { closedByMe: false }, { opened: false }]) {
      expect(verdicts(played, record)).toBe("INFORMATIONAL / INFORMATIONAL");
    }
    expect(judge(played, recordWith({ wasClean: false })).result).toContain("OK / UNCLEAN");
  });

  it("frameCount: the data frames must be split as announced", () => {
    const played = caseOf("10.1.1");
    const received = [text("*".repeat(65_536))];
    expect(verdicts(played, { received, txFrames: { "0": 50, "1": 1, "8": 1 } })).toBe("OK / OK");
    for (const txFrames of [{ "0": 49, "1": 1 }, { "0": 50, "1": 2 }, { "1": 1 }, {}]) {
      expect(verdicts(played, { received, txFrames })).toBe("FAILED / OK");
    }
    expect(verdicts(played, { opened: false })).toBe("FAILED / FAILED");
  });

  it("lengthOnly and roundTrips: counters decide, and an unopened connection is FAILED", () => {
    const trips = { sent: 1, right: 0, wrong: 0, last: null, lastWrong: null } as const;
    const [single, looping] = [caseOf("9.1.1"), caseOf("9.7.1")];
    const wrong = {
      ...trips,
      right: 1,
      wrong: 1,
      last: "wrong",
      lastWrong: { binary: true, length: 3 },
    } as const;
    expect(verdicts(single, { trips })).toBe("FAILED / OK");
    expect(verdicts(single, { trips: wrong })).toBe("OK / OK");
    expect(verdicts(looping, { trips: wrong })).toBe("FAILED / OK");
    expect(verdicts(looping, { trips: { ...trips, right: 999 } })).toBe("FAILED / OK");
    expect(verdicts(looping, { trips: { ...trips, right: 1_000, last: "complete" } })).toBe("OK / OK");
    expect(verdicts(single, { opened: false, trips: null })).toBe("FAILED / FAILED");
    expect(judge(looping, recordWith({ trips: wrong })).result).toContain("binary message of 3 octets");
  });

  it("a case that kills the target is FAILED twice, whatever else is recorded", () => {
    for (const onEnd of ["base", "informational"] as const) {
      const verdict = judge(caseWith({ ...silence, onEnd }), recordWith({ targetDied: true }));
      expect(verdict).toMatchObject({ behavior: "FAILED", behaviorClose: "FAILED" });
      expect(verdict.result).toContain("targetDied");
    }
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe("a stored record", () => {
  const { peers } = JSON.parse(
    readFileSync(new URL("../../facts/vectors.json", import.meta.url), "utf8"),
  ) as VectorFile;
  const some = ["strict", "mute", "lax-echo", "close-999-at-open", "drop-at-open", "swap-text-binary"];
  const entries = catalogue.entries.filter((entry) => entry.chapter.id !== "9" || entry.case.id === "9.7.1");

  it.each(["server", "client"] as const)(
    "of a %s target gives the same verdict for ever, and is left alone",
    (role: Role) => {
      let judged = 0;
      for (const { options } of peers.filter(({ name }) => some.includes(name))) {
        for (const { case: played } of entries) {
          const peer = (...[clock, pipe]: Parameters<Parameters<typeof playVirtually>[1]>) =>
            new ScriptedPeer(clock, pipe, role === "server", options);
          const { record } = playVirtually(played, peer, { role, limit: Infinity });
          const verdict = judge(played, deepFreeze(record!));
          const stored = JSON.parse(JSON.stringify(record)) as CaseRecord;
          expect(judge(played, stored)).toEqual(verdict);
          expect(stored).toEqual(record);
          judged++;
        }
      }
      expect(judged).toBe(some.length * entries.length);
    },
  );
});
