import { describe, expect, it } from "vitest";

import { junitOfRun } from "../../../report/junit-run.ts";
import { type JunitCase, junitXml } from "../../../report/junit.ts";
import { junitFaults, parseXml } from "../../support/junit-schema.ts";
import { caseEntry, cellRecord, HOSTILE, recordedRun, regressedCase } from "../../support/recorded-runs.ts";

const options = { program: "npx wsmatrix", titleOf: (id: string) => `title of ${id}` };

/** `failures` cases that fail and `passes` that pass. */
function cases(failures: number, passes: number): JunitCase[] {
  const ok = caseEntry();
  const failed = regressedCase();
  return Array.from({ length: failures + passes }, (_, at) => {
    const fails = at >= passes;
    return { id: `1.1.${at}`, title: "a case", verdict: fails ? failed : ok, duration: 1, fails };
  });
}

describe("JUnit's XML of a run", () => {
  const run = recordedRun(
    3,
    cellRecord({
      "10.1.1": caseEntry(),
      "9.4.1": regressedCase(),
      "3.1": caseEntry({ behavior: "FAILED", behaviorClose: "FAILED", outcome: "expected" }),
      "12.1.1": caseEntry({ behavior: "UNIMPLEMENTED", result: "not negotiated" }),
    }),
    cellRecord(
      {},
      { cell: { target: "gone" }, status: "crashed", reason: "exited with code 3", notRun: ["1.1.1"] },
    ),
    cellRecord(
      {},
      { cell: { target: "rare", optional: true }, status: "skipped", reason: "no Go", notRun: ["1.1.1"] },
    ),
    cellRecord(
      { "1.1.1": caseEntry() },
      { cell: { target: "cut" }, status: "interrupted", reason: "stopped", notRun: ["1.1.2"] },
    ),
  );
  const xml = junitOfRun(run, options);
  const [first, gone, rare, cut] = parseXml(xml).children;

  it("fits the schema that viewers agree on", () => {
    expect(junitFaults(xml)).toEqual([]);
  });

  it("has a failure for what regressed alone, with the command that plays it again", () => {
    expect(first?.attributes).toMatchObject({ tests: "4", failures: "1", errors: "0", skipped: "1" });
    const failure = first?.children.flatMap(({ children }) =>
      children.filter(({ name }) => name === "failure"),
    );
    expect(failure).toHaveLength(1);
    expect(failure?.[0]?.text).toContain("repeat: npx wsmatrix case 9.4.1 --target ws@8.23.0 --role server");
  });

  it("names cases in the order of their numbers", () => {
    const names = first?.children
      .filter(({ name }) => name === "testcase")
      .map(({ attributes }) => attributes["name"]);
    expect(names?.map((name) => name?.split(" ")[0])).toEqual(["3.1", "9.4.1", "10.1.1", "12.1.1"]);
  });

  it("has one error for a cell that could not be tested, and a skip for one that may be missing", () => {
    expect(gone?.attributes).toMatchObject({ tests: "1", errors: "1", skipped: "0" });
    expect(gone?.children.at(-1)?.children[0]?.attributes["message"]).toBe("crashed: exited with code 3");
    expect(rare?.attributes).toMatchObject({ tests: "1", errors: "0", skipped: "1" });
  });

  it("has an error for each case of a cell that was begun and is not whole", () => {
    expect(cut?.attributes).toMatchObject({ tests: "3", errors: "2", failures: "0" });
  });

  it.each(HOSTILE)("stays XML of one text, whatever a target says: %j", (text) => {
    const hostile = recordedRun(
      1,
      cellRecord({ "1.1.1": regressedCase({ result: text }) }, { cell: { target: text } }),
      cellRecord({}, { status: "crashed", reason: text }),
    );
    const written = junitOfRun(hostile, { program: "x", titleOf: () => text });
    expect(junitFaults(written)).toEqual([]);
    expect(parseXml(written).children).toHaveLength(2);
  });
});

describe("the length of JUnit's XML", () => {
  it("leaves cases out that pass, says how many, and keeps every failure", () => {
    const written = junitXml([{ name: "a", cases: cases(3, 50) }], { cases: 10 });
    const [suite] = parseXml(written).children;
    expect(suite?.attributes).toMatchObject({ tests: "53", failures: "3" });
    const kept = suite?.children.filter(({ name }) => name === "testcase") ?? [];
    expect(kept).toHaveLength(10);
    expect(kept.filter(({ children }) => children.length > 0)).toHaveLength(3);
    expect(suite?.children.at(-1)?.text).toMatch(/^43 of these cases are counted and left out/);
    expect(junitFaults(written)).toEqual([]);
  });

  it("keeps the failures of the last suite before the passes of the first", () => {
    const suites = [
      { name: "a", cases: cases(0, 50) },
      { name: "b", cases: cases(2, 0) },
    ];
    const [a, b] = parseXml(junitXml(suites, { cases: 5 })).children;
    const count = (suite = a) => suite?.children.filter(({ name }) => name === "testcase").length;
    expect([count(a), count(b)]).toEqual([3, 2]);
  });

  it("is below what services take, for a field of 300 cells with 517 cases each", () => {
    const suites = Array.from({ length: 300 }, (_, at) => ({
      name: `target-${at}/server/plain`,
      cases: cases(20, 497),
    }));
    const written = junitXml(suites);
    expect(Buffer.byteLength(written)).toBeLessThan(10_000_000);
    expect(written.match(/<failure/g)).toHaveLength(6_000);
  });
});
