import { describe, expect, it } from "vitest";

import { annotations, outputFile, outputsOf } from "../../../report/github/commands.ts";
import { caseEntry, cellRecord, HOSTILE, recordedRun, regressedCase } from "../../support/recorded-runs.ts";
import { harmfulCharacters } from "./harmful.ts";

const program = "npx wsmatrix";

describe("annotations of a GitHub job", () => {
  it("are errors for what regressed and what did not run, and warnings for stale entries", () => {
    const run = recordedRun(
      3,
      cellRecord({ "9.4.1": regressedCase() }, { notes: ["b.yaml:3: stale: 1.1.1 no longer needs it"] }),
      cellRecord({}, { cell: { target: "gone" }, status: "crashed", reason: "exited", notRun: ["1.1.1"] }),
    );
    expect(annotations(run, program)).toEqual([
      "::error title=gone@8.23.0/server/plain crashed::exited (1 case not run)",
      "::error title=ws@8.23.0 server plain%3A case 9.4.1 FAILED/FAILED::no echo%0Arepeat: npx wsmatrix case 9.4.1 --target ws@8.23.0 --role server",
      "::warning title=baseline::b.yaml:3: stale: 1.1.1 no longer needs it",
    ]);
  });

  it("are ten at the most, and the last one says how many more there are", () => {
    const cases = Object.fromEntries(
      Array.from({ length: 37 }, (_, at) => [`6.4.${at + 1}`, regressedCase()]),
    );
    const lines = annotations(recordedRun(1, cellRecord(cases)), program);
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe("::error title=wsmatrix::and 28 more: the summary of the job has them");
  });

  it.each(HOSTILE)("are one command each, whatever a target says: %j", (text) => {
    const cell = { target: text, variant: text };
    const run = recordedRun(
      1,
      cellRecord({ "1.1.1": regressedCase({ result: text }) }, { cell, notes: [text] }),
    );
    for (const line of annotations(run, program)) {
      expect(line).toMatch(/^::(error|warning) title=[^:,\n]*::[^\n\r]*$/);
      expect(harmfulCharacters(line)).toEqual([]);
    }
  });
});

describe("outputs of a step", () => {
  it("say the outcome in a word, and what was counted", () => {
    const run = recordedRun(
      4,
      cellRecord({ "1.1.1": caseEntry({ outcome: "fixed" }), "1.1.2": caseEntry() }),
    );
    expect(Object.fromEntries(outputsOf(run, { results: "/r" }))).toEqual({
      outcome: "stale",
      "exit-code": "4",
      cells: "1",
      cases: "2",
      regressed: "0",
      stale: "1",
      flaky: "0",
      "not-run": "0",
      cached: "0",
      results: "/r",
    });
  });

  it.each(HOSTILE)("are values of one name each: %j", (text) => {
    const written = outputFile(
      new Map([
        ["results", text],
        ["outcome", "stale"],
      ]),
      "token",
    );
    expect(written).toBe(`results<<token\n${text}\ntoken\noutcome<<token\nstale\ntoken\n`);
  });
});
