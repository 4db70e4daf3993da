import { describe, expect, it } from "vitest";

import type { ExpectedEvent } from "../../../fuzzer/case.ts";
import { catalogue } from "../../../fuzzer/catalogue.ts";
import { payloadDigest } from "../../../fuzzer/digest.ts";
import { judge } from "../../../fuzzer/judge.ts";
import type { CaseRecord, RecordedEvent } from "../../../fuzzer/record.ts";
import { rfcReading } from "../../../fuzzer/rfc-reading.ts";

import { recordWith } from "../../support/records.ts";

const caseOf = (id: string) => catalogue.byId.get(id)!.case;
const recorded = (event: ExpectedEvent): RecordedEvent =>
  event.event === "timeout" ? event : { ...event, payload: payloadDigest(event.payload) };
const expected = (id: string) => (caseOf(id).expected.OK ?? []).map(recorded);

function read(id: string, changes: Partial<CaseRecord>): [string, string | null] {
  const record = recordWith({ id, role: "server", ...changes });
  const verdict = judge(caseOf(id), record);
  const before = structuredClone(verdict);
  const opinion = rfcReading(caseOf(id), record, verdict);
  expect(verdict).toEqual(before);
  return [verdict.behavior, opinion?.behavior ?? null];
}

describe("the RFC's reading", () => {
  it("of 2.10 is content with the latest pong, and some before it in order", () => {
    const all = expected("2.10");
    expect(read("2.10", { received: all })).toEqual(["OK", null]);
    expect(read("2.10", { received: all.slice(-1) })).toEqual(["FAILED", "NON-STRICT"]);
    expect(read("2.10", { received: [all[3]!, all.at(-1)!] })).toEqual(["FAILED", "NON-STRICT"]);
    expect(read("2.10", { received: all.slice(0, -1) })).toEqual(["FAILED", null]);
    expect(read("2.10", { received: [all.at(-1)!, all[3]!] })).toEqual(["FAILED", null]);
  });

  it("of 3.2 wants no echo before the connection is failed", () => {
    expect(read("3.2", { received: [], closedByMe: false })).toEqual(["NON-STRICT", "OK"]);
    expect(read("3.2", { received: expected("3.2"), closedByMe: false })).toEqual(["OK", null]);
  });

  it("of 5.19 wants pongs and echo, in any order", () => {
    const all = expected("5.19");
    expect(read("5.19", { received: all.toReversed() })).toEqual(["FAILED", "NON-STRICT"]);
    expect(read("5.19", { received: all.slice(1) })).toEqual(["FAILED", null]);
  });

  it("of close codes that are only reserved leaves open what is done with them", () => {
    expect(read("7.9.3", { remoteCloseCode: 1004 })).toEqual(["FAILED", "INFORMATIONAL"]);
    expect(read("7.9.1", { remoteCloseCode: 0 })).toEqual(["FAILED", null]);
    expect(read("7.1.5", { remoteCloseCode: 1002 })).toEqual(["FAILED", "NON-STRICT"]);
    expect(read("7.1.5", { remoteCloseCode: 1011 })).toEqual(["FAILED", null]);
    expect(read("7.7.8", { role: "client", remoteCloseCode: 1002 })[1]).toBe("INFORMATIONAL");
    expect(read("7.7.8", { role: "server", remoteCloseCode: 1002 })[1]).toBeNull();
  });

  it("of 9.x does not know how long an echo may take", () => {
    const trips = { sent: 1, right: 0, wrong: 0, last: null, lastWrong: null };
    expect(read("9.1.6", { trips, timerFired: true })).toEqual(["FAILED", "INFORMATIONAL"]);
    expect(read("9.1.6", { trips, timerFired: false })).toEqual(["FAILED", null]);
    expect(read("9.1.6", { trips: { ...trips, wrong: 1 }, timerFired: true })).toEqual(["FAILED", null]);
  });

  it("has nothing to say of other cases, or of a target that died", () => {
    expect(read("1.1.1", { received: [] })).toEqual(["FAILED", null]);
    expect(read("2.10", { targetDied: true })).toEqual(["FAILED", null]);
  });
});
