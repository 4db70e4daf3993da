import { describe, expect, it } from "vitest";

import { catalogue } from "../../../../fuzzer/catalogue.ts";
import { attentiveSpans, effortOf } from "../../../../fuzzer/effort.ts";
import { profiles } from "../../../../fuzzer/profile.ts";
import type { PlayMode } from "../../../../fuzzer/stage.ts";
import { Agenda, type Turn } from "../../../../orchestrator/play/agenda.ts";

import { caseOf } from "../../../support/player-bench.ts";

const agendaOf = (mode: PlayMode, ids: readonly string[], concurrency?: number) =>
  new Agenda(ids.map(caseOf), mode, profiles.full, { concurrency });

/** The latest turn of each case. */
const open = new Map<string, Turn>();

/** Takes and begins what may begin at a moment; ends with the ms after which to ask again. */
function begin(agenda: Agenda, now: number): readonly [ids: string[], again: number] {
  const ids: string[] = [];
  while (!agenda.isEmpty) {
    const next = agenda.next(now);
    if (typeof next === "number") return [ids, next];
    agenda.began(next, now);
    ids.push(next.case.id);
    open.set(next.case.id, next);
  }
  return [ids, Infinity];
}

const end = (agenda: Agenda, id: string, now: number, inTime = true) =>
  agenda.ended(open.get(id)!, now, inTime);

describe("a crowd", () => {
  it("begins with the cases that wait, and keeps bulk cases back while a target may have to answer", () => {
    const agenda = agendaOf("crowd", ["9.1.1", "1.1.1", "6.4.1", "2.1"]);
    expect(begin(agenda, 0)).toEqual([["6.4.1", "1.1.1", "2.1"], 300]);
    end(agenda, "1.1.1", 10);
    expect(begin(agenda, 10)[0]).toEqual([]);
    end(agenda, "2.1", 20);
    // 6.4.1 sent its first part a moment ago.
    expect(begin(agenda, 20)).toEqual([[], 280]);
    expect(begin(agenda, 300)[0]).toEqual(["9.1.1"]);
  });

  it("begins no bulk case in a gap that is too short for it", () => {
    const long = agendaOf("crowd", ["9.1.6", "6.4.1"]);
    begin(long, 0);
    expect(begin(long, 800)).toEqual([[], 500]);
    expect(begin(long, 1300)[0]).toEqual(["9.1.6"]);

    const short = agendaOf("crowd", ["9.1.1", "6.4.1"]);
    begin(short, 0);
    expect(begin(short, 840)[0]).toEqual(["9.1.1"]);
    const tooLate = agendaOf("crowd", ["9.1.1", "6.4.1"]);
    begin(tooLate, 0);
    expect(begin(tooLate, 880)[0]).toEqual([]);
  });

  it("begins none beside the last part of a case that waits, until that ends", () => {
    const agenda = agendaOf("crowd", ["9.1.1", "6.4.1"]);
    begin(agenda, 0);
    expect(begin(agenda, 2_500)).toEqual([[], Infinity]);
    end(agenda, "6.4.1", 2_600);
    expect(begin(agenda, 2_600)[0]).toEqual(["9.1.1"]);
  });

  it("learns from bulk cases that take longer than it thought", () => {
    const ids = ["9.1.1", "9.1.2", "9.1.3", "6.4.1"];
    const slow = agendaOf("crowd", ids);
    begin(slow, 0);
    expect(begin(slow, 300)[0]).toEqual(["9.1.1", "9.1.2", "9.1.3"]);

    const agenda = agendaOf("crowd", [...ids, "9.2.1"]);
    begin(agenda, 0);
    const first = agenda.next(300) as Turn;
    agenda.began(first, 300);
    agenda.ended(first, 300 + 1_000 * effortOf(first.case, profiles.full), true);
    const [then] = begin(agenda, 1_320);
    expect(then).not.toContain("9.1.2");
  });

  it("fills a gap with short bulk cases, and begins with the long ones when there is none any more", () => {
    const agenda = agendaOf("crowd", ["9.1.2", "9.1.1", "9.1.3", "6.4.1"]);
    begin(agenda, 0);
    expect(agenda.next(300)).toMatchObject({ case: { id: "9.1.1" } });
    end(agenda, "6.4.1", 310);
    expect(agenda.next(310)).toMatchObject({ case: { id: "9.1.3" } });
  });

  it("counts on less of a gap where other targets are at work too", () => {
    const cases = ["9.1.1", "6.4.1"].map(caseOf);
    let sharers = 1_000;
    const agenda = new Agenda(cases, "crowd", profiles.full, { sharers: () => sharers });
    begin(agenda, 0);
    expect(begin(agenda, 300)[0]).toEqual([]);
    sharers = 1;
    expect(begin(agenda, 300)[0]).toEqual(["9.1.1"]);
  });

  it("begins the longest bulk case first, a few at once, and never more octets than it may", () => {
    const bulk = catalogue.entries.map((entry) => entry.case.id).filter((id) => /^(9|12|13)\./.test(id));
    const agenda = agendaOf("crowd", bulk);
    const [ids] = begin(agenda, 0);
    expect(ids).toHaveLength(4);
    expect(ids[0]).toMatch(/^1[23]\./);
    const large = agendaOf("crowd", ["9.1.6", "9.2.6", "9.3.9", "9.4.9"]);
    expect(begin(large, 0)[0]).toHaveLength(2);
  });

  it("takes a bulk case that goes on and on for one that only waits, and begins others beside it", () => {
    const agenda = agendaOf("crowd", ["9.7.1", "9.7.2", "9.7.3", "9.7.4", "9.7.5", "9.7.6"]);
    const [first, again] = begin(agenda, 0);
    expect(first).toHaveLength(4);
    expect(again).toBeGreaterThanOrEqual(1_000);
    expect(begin(agenda, again)[0]).toHaveLength(1);
  });

  it("plays again what is to be proven before any bulk case, which may begin while that waits for its end", () => {
    const agenda = agendaOf("crowd", ["3.1", "9.1.1"]);
    begin(agenda, 0);
    end(agenda, "3.1", 1_000);
    agenda.again(caseOf("3.1"), 2);
    expect(begin(agenda, 1_000)).toEqual([[], 30]);
    expect(begin(agenda, 1_030)).toEqual([["3.1", "3.1"], 300]);
    expect(begin(agenda, 1_330)[0]).toEqual(["9.1.1"]);
  });

  it("does not play again beside a bulk case that is at work", () => {
    const agenda = agendaOf("crowd", ["9.1.1"]);
    begin(agenda, 0);
    agenda.again(caseOf("3.1"), 1);
    expect(begin(agenda, 10)[0]).toEqual([]);
    end(agenda, "9.1.1", 20);
    expect(begin(agenda, 50)[0]).toEqual(["3.1"]);
  });

  it("is bounded by what the target stands", () => {
    const agenda = agendaOf("crowd", ["1.1.1", "1.1.2", "9.1.1"], 1);
    expect(begin(agenda, 0)).toEqual([["1.1.1"], Infinity]);
    end(agenda, "1.1.1", 5);
    expect(begin(agenda, 5)[0]).toEqual(["1.1.2"]);
  });
});

describe("outside of a crowd", () => {
  it("keeps the order, and a bulk case has the target for itself", () => {
    const agenda = agendaOf("quiet", ["1.1.1", "9.1.1", "1.1.2"]);
    expect(begin(agenda, 0)).toEqual([["1.1.1"], Infinity]);
    end(agenda, "1.1.1", 5);
    expect(begin(agenda, 5)[0]).toEqual(["9.1.1"]);
    end(agenda, "9.1.1", 10);
    expect(begin(agenda, 10)[0]).toEqual(["1.1.2"]);
  });

  it("lets a bulk case begin beside one that seems to wait for nothing but its timers", () => {
    const agenda = agendaOf("quiet", ["9.1.1", "9.1.2", "9.1.3"]);
    expect(begin(agenda, 0)).toEqual([["9.1.1"], 1_000]);
    expect(begin(agenda, 999)[0]).toEqual([]);
    expect(begin(agenda, 1_000)).toEqual([["9.1.2"], 1_000]);
    end(agenda, "9.1.2", 1_010);
    expect(begin(agenda, 1_010)[0]).toEqual(["9.1.3"]);
  });

  it("does not wait for the beginning of one that is held up", () => {
    const agenda = agendaOf("quiet", ["9.1.1", "9.1.2"]);
    expect(agenda.next(0)).toMatchObject({ case: { id: "9.1.1" } });
    expect(agenda.next(0)).toBe(1_000);
  });

  it("is one at a time, alone", () => {
    const agenda = agendaOf("alone", ["9.1.1", "1.1.2"]);
    expect(begin(agenda, 0)).toEqual([["9.1.1"], Infinity]);
    expect(begin(agenda, 9_999)[0]).toEqual([]);
  });
});

describe("attentive spans", () => {
  it("are all the time, where a script does not wait", () => {
    for (const id of ["1.1.1", "3.1", "7.1.1", "9.7.1", "12.1.1"]) {
      expect(attentiveSpans(caseOf(id))).toEqual([{ from: 0, to: Infinity }]);
    }
  });

  it("are those around what a script does between its waits", () => {
    expect(attentiveSpans(caseOf("6.4.3"))).toEqual([
      { from: -50, to: 300 },
      { from: 950, to: 1_300 },
      { from: 1_950, to: Infinity },
    ]);
    expect(attentiveSpans(caseOf("5.19")).map(({ from }) => from)).toEqual([-50, 950]);
  });

  it("are those in which the target may have to answer, once the case is known", () => {
    expect(attentiveSpans(caseOf("3.1"), true)).toEqual([{ from: -50, to: 300 }]);
    expect(attentiveSpans(caseOf("6.4.3"), true)[2]).toEqual({ from: 1_950, to: 2_300 });
    expect(attentiveSpans(caseOf("9.7.1"), true)).toEqual([{ from: 0, to: Infinity }]);
  });
});
