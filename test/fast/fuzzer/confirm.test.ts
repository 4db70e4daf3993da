import { describe, expect, it } from "vitest";

import type { Case } from "../../../fuzzer/case.ts";
import { mayBeLoad } from "../../../fuzzer/confirm.ts";
import { digestOf } from "../../../fuzzer/digest.ts";
import { judge } from "../../../fuzzer/judge.ts";
import type { Behavior, BehaviorClose, CaseRecord, RecordedEvent } from "../../../fuzzer/record.ts";

import { caseOf, caseWith } from "../../support/player-bench.ts";
import { recordWith } from "../../support/records.ts";

const pong = (hex: string): RecordedEvent => ({ event: "pong", payload: digestOf(Buffer.from(hex, "hex")) });
const pongs = caseWith({
  expected: {
    OK: [
      { event: "pong", payload: { hex: "61" } },
      { event: "pong", payload: { hex: "62" } },
    ],
  },
});
const all = [pong("61"), pong("62")];

describe("what a busy machine can have caused", () => {
  it.each<[string, Case, Partial<CaseRecord>, boolean]>([
    ["OK twice", pongs, { received: all }, false],
    [
      "OK twice, after a timer that may have fired before a slow echo",
      pongs,
      { received: all, timerFired: true },
      true,
    ],
    ["an unclean end", pongs, { received: all, wasClean: false }, true],
    ["a wrong close code", pongs, { received: all, remoteCloseCode: 1002 }, false],
    [
      "a wrong close code after a deadline",
      pongs,
      { received: all, remoteCloseCode: 1001, timerFired: true },
      true,
    ],
    ["the wrong octets", pongs, { received: [pong("ff"), pong("62")] }, false],
    ["the wrong octets at a deadline", pongs, { received: [pong("ff")], timerFired: true }, true],
    ["right so far", pongs, { received: all.slice(0, 1), closedByMe: false }, true],
    ["nothing so far", pongs, { closedByMe: false }, true],
    ["all, and more", pongs, { received: [...all, ...all] }, false],
    ["all, and the peer closes", pongs, { received: all, closedByMe: false }, false],
    [
      "right so far, and the peer calls it a violation",
      pongs,
      { closedByMe: false, remoteCloseCode: 1002 },
      false,
    ],
    ["right so far, and the peer goes away", pongs, { closedByMe: false, remoteCloseCode: 1001 }, true],
    [
      "right so far, and the peer answers the fuzzer's close with 1002",
      pongs,
      { remoteCloseCode: 1002 },
      true,
    ],
    [
      "unclean, after the peer called it a violation",
      pongs,
      { wasClean: false, remoteCloseCode: 1002 },
      true,
    ],
    ["an opening that failed", pongs, { opened: false }, true],
    ["a death", pongs, { targetDied: true, timerFired: true }, false],
    [
      "an informational case",
      caseWith({ onEnd: "informational" }),
      { wasClean: false, timerFired: true },
      false,
    ],
    ["round trips that stopped", caseOf("9.7.1"), { trips: trips(3, 0), closedByMe: false }, true],
    ["round trips that went wrong", caseOf("9.7.1"), { trips: trips(3, 1) }, false],
  ])("%s", (_name, played, changes, wanted) => {
    const record = recordWith(changes);
    expect(mayBeLoad(played, record, judge(played, record))).toBe(wanted);
  });

  it.each<[Behavior, BehaviorClose, boolean]>([
    ["NON-STRICT", "OK", true],
    ["NON-STRICT", "FAILED", true],
    ["UNIMPLEMENTED", "UNCLEAN", false],
    ["OK", "FAILED BY CLIENT", false],
    ["FAILED", "OK", false],
  ])("by verdict: %s / %s", (behavior, behaviorClose, wanted) => {
    const verdict = { behavior, behaviorClose, result: "", resultClose: "" };
    expect(mayBeLoad(pongs, recordWith({ received: [pong("ff")] }), verdict)).toBe(wanted);
  });
});

function trips(right: number, wrong: number): CaseRecord["trips"] {
  return {
    sent: right,
    right,
    wrong,
    last: wrong > 0 ? "wrong" : null,
    lastWrong: wrong > 0 ? { binary: true, length: 0 } : null,
  };
}
