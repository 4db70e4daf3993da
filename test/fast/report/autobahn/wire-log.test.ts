import { describe, expect, it } from "vitest";

import type { LogEntry } from "../../../../fuzzer/record.ts";
import { caseJson } from "../../../../report/autobahn/case-json.ts";
import { wireLines } from "../../../../report/autobahn/wire-lines.ts";
import { wireEntries } from "../../../../report/autobahn/wire-log.ts";

import { entryOf, playedResult } from "./results.ts";

const payload = { length: 2, head: "03e8" };

describe("the wire log in Autobahn's form", () => {
  it.each<readonly [LogEntry, readonly unknown[]]>([
    [{ t: 0, log: "received", octets: 2, hex: "8a00" }, ["RO", [2, "8a00"]]],
    [{ t: 0, log: "received", octets: 61, hex: "00".repeat(61) }, ["RO", [61, `${"00".repeat(61)} ...`]]],
    [{ t: 0, log: "sent", octets: 2, hex: "8900" }, ["TO", [2, "8900"], false]],
    [{ t: 0, log: "sent", octets: 2, hex: "8900", sync: true }, ["TO", [2, "8900"], true]],
    [
      { t: 0, log: "frameReceived", opcode: 8, fin: true, rsv: 0, mask: null, payload },
      ["RF", [2, "0x03e8"], 8, true, 0, false, null],
    ],
    [
      {
        t: 0,
        log: "frameReceived",
        opcode: 1,
        fin: false,
        rsv: 4,
        mask: "01020304",
        payload: { length: 1, head: "61" },
      },
      ["RF", [1, "a"], 1, false, 4, true, "01020304"],
    ],
    [
      { t: 0, log: "frameSent", opcode: 8, fin: true, rsv: 0, mask: "01020304", payload },
      ["TF", [2, "0x03e8"], 8, true, 0, "01020304", null, null, false],
    ],
    [
      { t: 0, log: "frameSent", opcode: 9, fin: true, rsv: 0, mask: null, payload, chop: 1, sync: true },
      ["TF", [2, "0x03e8"], 9, true, 0, null, null, 1, true],
    ],
    [{ t: 0, log: "waitSet", ms: 1000, tag: "A" }, ["CT", 1, "A"]],
    [{ t: 0, log: "waitSet", ms: 1000, tag: null }, ["CT", 1, null]],
    [{ t: 0, log: "waitOver", tag: "A" }, ["CTE", "A"]],
    [{ t: 0, log: "killSet", ms: 500 }, ["KL", 0.5]],
    [{ t: 0, log: "killFired" }, ["KLE"]],
    [{ t: 0, log: "closeSet", ms: 100_000 }, ["TI", 100]],
    [{ t: 0, log: "closeFired" }, ["TIE"]],
    [{ t: 0, log: "logging", on: false }, ["WLM", false]],
  ])("writes %j as %j", (entry, written) => {
    expect(wireEntries([entry], [])).toEqual([written]);
  });

  it("leaves out what Autobahn has no entry for", () => {
    expect(wireEntries([{ t: 0, log: "violation", text: "RSV" }], [])).toEqual([]);
  });

  it("shows a repeated unit of several octets once, and a repeated octet as a payload", () => {
    const sent = (id: string): unknown[] => [
      ...caseJson(playedResult(id)).wirelog.find(([kind]) => kind === "TF")!,
    ];
    expect(sent("7.1.6").with(5, "")).toEqual([
      "TF",
      [10, "BAsd7&jh23"],
      1,
      true,
      0,
      "",
      262_144,
      null,
      false,
    ]);
    expect(sent("1.1.3").with(5, "")).toEqual([
      "TF",
      [126, `${"*".repeat(64)} ...`],
      1,
      true,
      0,
      "",
      null,
      null,
      false,
    ]);
  });

  it("of a case begins with the heads and has every frame and timer, in their order", () => {
    const kinds = caseJson(playedResult("6.4.1", { utf8: "end" })).wirelog.map(([kind]) => kind);
    expect(kinds.join(" ")).toBe("TO RO TF TO CT CTE TF TO CT CTE TF TO KL RO RF TF TO");
    expect(entryOf("6.4.1").case.script).toHaveLength(2);
  });
});

describe("the wire log for people", () => {
  it("has a line for each entry", () => {
    const { log } = playedResult("6.4.1", { utf8: "end" }).record;
    const lines = wireLines(log);
    expect(lines).toHaveLength(log.length);
    expect(lines.map(({ kind }) => kind)).toContain("timer");
    expect(lines.every(({ text }) => text.length > 5 && !text.includes("undefined"))).toBe(true);
  });

  it("tells what is unusual about a frame, and what rule was broken", () => {
    const [frame, violation] = wireLines([
      {
        t: 1,
        log: "frameSent",
        opcode: 3,
        fin: false,
        rsv: 2,
        mask: null,
        payload,
        repeat: 9,
        chop: 7,
        sync: true,
      },
      { t: 2, log: "violation", text: "reserved opcode" },
    ]);
    expect(frame).toEqual({
      kind: "sent",
      t: 1,
      text: "sent frame: opcode 3 (reserved), FIN off, RSV 2, not masked, payload repeats a unit, written in pieces of 7 octets, written in a turn of its own; payload of 2 octets: 0x03e8",
    });
    expect(violation).toEqual({ kind: "violation", t: 2, text: "violation: reserved opcode" });
  });
});
