import { describe, expect, it } from "vitest";

import { diffCells, diffRuns } from "../../../../report/facts/diff.ts";
import { historyOf } from "../../../../report/facts/history.ts";
import { observedText } from "../../../../report/facts/observed.ts";
import { compareVersions } from "../../../../report/facts/played.ts";
import { brokenRules } from "../../../../report/facts/rules.ts";
import { chapterTallies, sectionKey, sectionsOf, sectionTallies } from "../../../../report/facts/tallies.ts";
import { letterOf, VERDICT_LETTERS, verdictText } from "../../../../report/facts/verdict-codes.ts";
import { caseRanges } from "../../../../report/site/words.ts";
import { tallySize } from "../../../../report/tally.ts";
import { recordWith } from "../../../support/records.ts";
import {
  failed,
  fullRecord,
  playedCell,
  playedRun,
  smallCatalogue,
  targetFacts,
} from "../../../support/site-fixture.ts";

const server = { target: "ws", role: "server", variant: "plain" } as const;
const sound = playedCell({ ...server, version: "2.0.0" });

describe("tallies", () => {
  it("count each case in its chapter once", () => {
    const tallies = chapterTallies(
      playedCell({ ...server, version: "1" }, { "2.5": failed }),
      smallCatalogue,
    );
    expect(tallies.get("2")).toMatchObject({ failed: 1, pass: 10 });
    const sum = [...tallies.values()].reduce((total, tally) => total + tallySize(tally), 0);
    expect(sum).toBe(smallCatalogue.entries.length);
  });

  it("count a case in each section that it rests on", () => {
    const sections = sectionsOf(smallCatalogue);
    const names = sections.map(({ rfc, section }) => `${rfc} ${section}`);
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })));
    const cell = playedCell({ ...server, version: "1" }, { "2.5": failed }, { notRun: ["2.6"] });
    const tallies = sectionTallies(cell, sections);
    for (const { rfc, section } of smallCatalogue.byId.get("2.5")!.case.citations) {
      expect(tallies.get(sectionKey({ rfc, section }))!.failed).toBe(1);
    }
    expect([...tallies.values()].some(({ notRun }) => notRun > 0)).toBe(true);
  });
});

describe("the difference of two runs", () => {
  it("tells regressed, fixed, changed, new, gone and infrastructure apart", () => {
    const informational = { ...failed, behavior: "INFORMATIONAL", behaviorClose: "OK" } as const;
    const before = playedCell(
      { ...server, version: "1" },
      { "1.1.1": failed, "1.1.3": informational },
      { notRun: ["1.1.4"] },
    );
    const after = playedCell(
      { ...server, version: "1" },
      { "1.1.2": failed, "1.1.3": { ...informational, behaviorClose: "INFORMATIONAL" } },
      { notRun: ["1.1.5"] },
    );
    const kinds = Object.fromEntries(diffCells(before, after).cases.map((one) => [one.case, one.kind]));
    expect(kinds).toEqual({
      "1.1.1": "fixed",
      "1.1.2": "regressed",
      "1.1.3": "changed",
      "1.1.4": "infrastructure",
      "1.1.5": "infrastructure",
    });
    const less = { ...sound, cases: new Map([...sound.cases].slice(1)) };
    expect(diffCells(sound, less).cases).toMatchObject([{ kind: "gone" }]);
    expect(diffCells(less, sound).cases).toMatchObject([{ kind: "new" }]);
  });

  it("holds a new version against the newest one of before, and names what only one run has", () => {
    const old = [
      playedCell({ ...server, version: "1.9.0" }),
      playedCell({ ...server, version: "1.10.0" }, { "2.5": failed }),
    ];
    const now = [
      playedCell({ ...server, version: "2.0.0" }),
      playedCell({ target: "other", version: "1", role: "client", variant: "plain" }),
    ];
    const diff = diffRuns(playedRun("a", old), playedRun("b", now));
    expect(diff.cells.map(({ before, after }) => [before?.version, after?.version])).toEqual([
      ["1.10.0", "2.0.0"],
    ]);
    expect(diff.counts).toMatchObject({ fixed: 1, regressed: 0 });
    expect(diff.added).toEqual(["other@1/client/plain"]);
    expect(diff.removed).toEqual(["ws@1.9.0/server/plain"]);
  });
});

describe("history", () => {
  it("goes from the oldest run to the newest, and marks counts that cannot be compared", () => {
    const less = { ...sound, tally: { ...sound.tally, pass: 1 } };
    const runs = [
      playedRun("new", [sound], { startedAt: 3 }),
      playedRun("small", [less], { startedAt: 2 }),
      playedRun("old", [sound], { startedAt: 1 }),
    ];
    expect(historyOf(sound, runs).map(({ run, comparable }) => [run, comparable])).toEqual([
      ["old", true],
      ["small", false],
      ["new", true],
    ]);
  });
});

describe("broken rules", () => {
  const baseline = targetFacts("ws").baseline;
  const ask = (
    verdicts: Readonly<Record<string, typeof failed>>,
    others: readonly (readonly [string, string[]])[] = [],
  ) => {
    const cell = playedCell({ ...server, version: "2.0.0" }, verdicts);
    const cells = others.map(([version, ids]) =>
      playedCell({ ...server, version }, Object.fromEntries(ids.map((id) => [id, failed]))),
    );
    return brokenRules({
      cell,
      cells: [cell, ...cells],
      catalogue: smallCatalogue,
      baseline,
      today: "2026-11-21",
    });
  };

  it("are one for each chapter, fault and reason", () => {
    const rules = ask({ "5.3": failed, "5.4": failed, "2.5": failed });
    expect(rules.map(({ fault, cases }) => [fault, cases])).toEqual([
      ["refuses", ["5.3", "5.4"]],
      ["accepts", ["2.5"]],
    ]);
    expect(rules[1]!.known).toMatchObject({ reason: "long pings are let through" });
    expect(rules[0]!.known).toBeNull();
  });

  it("name the sections that tell most", () => {
    const [rule] = ask({ "2.10": failed });
    expect(rule!.citations[0]).toEqual({ rfc: 6455, section: "5.5.3" });
  });

  it("say since when", () => {
    expect(ask({ "2.5": failed })[0]!.since).toEqual({ in: "only" });
    expect(ask({ "2.5": failed }, [["1.0.0", ["2.5"]]])[0]!.since).toEqual({
      in: "all",
      versions: ["2.0.0", "1.0.0"],
    });
    const since = ask({ "2.5": failed }, [
      ["1.0.0", []],
      ["1.5.0", ["2.5"]],
    ])[0]!.since;
    expect(since).toEqual({ in: "since", version: "1.5.0", before: "1.0.0" });
  });
});

describe("letters of verdicts", () => {
  it("are one for each, and turn back", () => {
    expect(Object.keys(VERDICT_LETTERS)).toHaveLength(30);
    for (const [letter, verdict] of Object.entries(VERDICT_LETTERS)) expect(letterOf(verdict)).toBe(letter);
  });

  it("tell what was not run from what was not asked for", () => {
    const cell = playedCell({ ...server, version: "1" }, { "1.1.2": failed }, { notRun: ["1.1.3"] });
    expect(verdictText(cell, ["1.1.1", "1.1.2", "1.1.3", "9.1.1"])).toBe("Ad-.");
  });
});

describe("what a peer did", () => {
  it("is said in a line", () => {
    expect(observedText(fullRecord("1.1.1"))).toBe("text of 5 octets; close frame with 1000");
    expect(observedText(recordWith({ opened: false }))).toBe("the opening handshake was not completed");
    const silent = recordWith({ remoteCloseCode: null, droppedByMe: true });
    expect(observedText(silent)).toBe("nothing was sent back; no close frame, and TCP left open");
    const counted = recordWith({ trips: { sent: 5, right: 4, wrong: 1, last: "wrong", lastWrong: null } });
    expect(observedText(counted)).toContain("4 right echoes, 1 wrong");
  });
});

describe("numbers", () => {
  it("of versions are compared by value, the newest first", () => {
    expect(["1.9.0", "1.10.0", "2.0.0-rc1", "2.0.0"].toSorted(compareVersions).at(-1)).toBe("1.9.0");
  });

  it("of cases in a row become ranges", () => {
    const text = caseRanges(["6.4.10", "6.4.1", "6.4.2", "6.4.9", "7.1"]).map(
      ({ first, last }) => `${first}-${last}`,
    );
    expect(text).toEqual(["6.4.1-6.4.2", "6.4.9-6.4.10", "7.1-7.1"]);
  });
});
