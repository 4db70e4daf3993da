import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { compareRuns } from "../../../../orchestrator/commands/compare.ts";
import { EventLog, type NewEvent } from "../../../../orchestrator/results/events.ts";
import { openRunDirectory, ResultsWriter } from "../../../../orchestrator/results/results.ts";

import {
  caseFailed,
  caseFinished,
  cellFinished,
  CLIENT,
  HEAD,
  RUN_STARTED,
  SERVER,
  temporaryFolder,
} from "../run-samples.ts";
import { linesOf } from "../samples.ts";

/** A run's folder with these cells, each with cases that passed and cases that failed. */
function runOf(cells: readonly { planned: typeof SERVER; passed: string[]; failed?: string[] }[]): string {
  const dir = join(temporaryFolder(), "run");
  using directory = openRunDirectory(dir);
  using log = EventLog.open(directory.paths.events, { resume: false });
  log.subscribe(new ResultsWriter(directory, HEAD).handle);
  const events: NewEvent[] = [
    RUN_STARTED,
    { type: "planned", cells: cells.map(({ planned }) => planned) },
    ...cells.flatMap(({ planned: { id }, passed, failed = [] }): NewEvent[] => [
      { type: "cell-started", cell: id, cases: [...passed, ...failed] },
      ...passed.map((each) => caseFinished(id, each)),
      ...failed.map((each) => caseFailed(id, each)),
      cellFinished(id),
    ]),
    { type: "run-finished", exitCode: 0, duration: 1 },
  ];
  for (const event of events) log.append(event);
  expect(log.failures).toEqual([]);
  return dir;
}

/** The folder of an index as Autobahn writes it. */
function indexOf(agents: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const dir = join(temporaryFolder(), "reports");
  mkdirSync(dir);
  const verdict = (behavior: string) => ({
    behavior,
    behaviorClose: "OK",
    duration: 2,
    remoteCloseCode: 1000,
    reportfile: "x.json",
  });
  const index = Object.fromEntries(
    Object.entries(agents).map(([agent, cases]) => [
      agent,
      Object.fromEntries(Object.entries(cases).map(([id, behavior]) => [id, verdict(behavior)])),
    ]),
  );
  writeFileSync(join(dir, "index.json"), JSON.stringify(index));
  return dir;
}

function compare(before: string, after: string) {
  const seen = { out: "", err: "" };
  const output = {
    out: (text: string) => void (seen.out += text),
    err: (text: string) => void (seen.err += text),
    width: 80,
    colour: false,
    isTTY: false,
  };
  return { code: compareRuns(before, after, output), ...seen };
}

const good = { planned: SERVER, passed: ["1.1.1", "1.1.2", "1.1.10"] };

describe("wsmatrix compare", () => {
  it("exits with 0 when all verdicts of two runs are equal", () => {
    expect(compare(runOf([good]), runOf([good]))).toEqual({
      code: 0,
      out: "ws@8.23.0 server: 3 of 3 cases equal\n",
      err: "",
    });
  });

  it("exits with 1 and names each case that differs, in the order of the suite", () => {
    const worse = { planned: SERVER, passed: ["1.1.2"], failed: ["1.1.10", "1.1.1"] };
    expect(compare(runOf([good]), runOf([worse]))).toEqual({
      code: 1,
      out:
        "ws@8.23.0 server: 1 of 3 cases equal\n" +
        "  1.1.1     worse  OK/OK -> FAILED/OK\n" +
        "  1.1.10    worse  OK/OK -> FAILED/OK\n" +
        "in all: 2 regressed\n",
      err: "",
    });
  });

  it("calls what only one side has played new or gone", () => {
    const less = runOf([{ ...good, passed: ["1.1.1"] }]);
    expect(compare(runOf([good]), less).out).toContain("  1.1.2     gone   OK/OK -> not played\n");
    const { code, out } = compare(less, runOf([good]));
    expect(code).toBe(1);
    expect(out).toContain("  1.1.2     new    not played -> OK/OK\n");
  });

  it("compares each target with that of the same name and role", () => {
    const both = (failed: string[]) =>
      runOf([
        { planned: SERVER, passed: ["1.1.1"] },
        { planned: CLIENT, passed: [], failed },
      ]);
    const { code, out } = compare(both(["1.1.1"]), both(["1.1.1"]));
    expect(code).toBe(0);
    expect(out).toBe("ws@8.23.0 server: 1 of 1 cases equal\nws@8.23.0 client: 1 of 1 cases equal\n");
  });

  it("says which targets only one side has", () => {
    const both = runOf([good, { planned: CLIENT, passed: ["1.1.1"] }]);
    const { err } = compare(both, runOf([good, { planned: { ...CLIENT, target: "x" }, passed: ["1.1.1"] }]));
    expect(err).toMatch(
      /^not compared: ws@8\.23\.0 client is only in .*\nnot compared: x@8\.23\.0 client is/,
    );
  });

  it.each([
    ["its folder", ""],
    ["its file", "index.json"],
  ])("compares a run with an index of Autobahn's, named by %s", (_, file) => {
    const index = join(indexOf({ someone: { "1.1.1": "OK", "1.1.2": "FAILED", "1.1.10": "OK" } }), file);
    expect(compare(index, runOf([good]))).toEqual({
      code: 1,
      out: "someone -> ws@8.23.0 server: 2 of 3 cases equal\n  1.1.2     better FAILED/OK -> OK/OK\n",
      err: "",
    });
  });

  it("exits with 3 when nothing can be held against anything, and says what there is", () => {
    const index = indexOf({ a: { "1.1.1": "OK" }, "b\u001b[31m": { "1.1.1": "OK" } });
    const { code, out, err } = compare(index, runOf([good]));
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toMatch(/nothing to compare: .* has a, b\\x1b\[31m; .* has ws@8\.23\.0 server\n/);
  });

  it("lets no agent name move the cursor", () => {
    const index = indexOf({ "a\u001b[2J\n": { "1.1.1": "OK" } });
    expect(compare(index, index).out).toBe(String.raw`a\x1b[2J\n: 1 of 1 cases equal` + "\n");
  });

  it("refuses an index that is none, with its place told once", () => {
    const dir = indexOf({});
    const file = join(dir, "index.json");
    writeFileSync(file, "[1]");
    const lines = linesOf(() => compare(dir, dir));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.split(file)).toHaveLength(2);
    expect(lines[0]).toContain("an object is wanted here");
  });
});
