import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { EventLog, type NewEvent } from "../../../orchestrator/results/events.ts";
import { openRunDirectory, ResultsWriter, runPaths } from "../../../orchestrator/results/results.ts";
import { assembleSite, type SiteRequest } from "../../../orchestrator/site/assemble.ts";
import { RunFollower } from "../../../orchestrator/site/run-follower.ts";
import { writeSite } from "../../../orchestrator/site/write-site.ts";
import { ConfigError } from "../../../orchestrator/config/problem.ts";
import { siteFiles } from "../../../report/site/site.ts";
import {
  caseFailed,
  caseFinished,
  cellFinished,
  CLIENT,
  HEAD,
  record,
  RUN_STARTED,
  SERVER,
  temporaryFolder,
} from "./run-samples.ts";

const IDS = ["1.1.1", "1.1.2", "1.1.3"];

/** A run's folder: the server has ended, the client is cut off after its first case unless `whole` is asked for. */
function runOf(changes: {
  readonly at: number;
  readonly whole: boolean;
  readonly failing?: boolean;
  readonly head?: typeof HEAD;
}): string {
  const dir = join(temporaryFolder(), `run-${changes.at}`);
  using directory = openRunDirectory(dir);
  let at = changes.at;
  using log = EventLog.open(directory.paths.events, { now: () => at++ });
  const writer = new ResultsWriter(directory, changes.head ?? HEAD);
  log.subscribe(writer.handle);
  const play = (cell: string, id: string): NewEvent => {
    const range = directory.records(cell).append(record(id));
    const finished =
      changes.failing === true && id === "1.1.2" ? caseFailed(cell, id) : caseFinished(cell, id);
    return { ...finished, record: range } as NewEvent;
  };
  log.append({ ...RUN_STARTED, run: `r${changes.at}` });
  log.append({ type: "planned", cells: [SERVER, CLIENT] });
  log.append({ type: "cell-started", cell: SERVER.id, cases: IDS });
  for (const id of IDS) log.append(play(SERVER.id, id));
  log.append(cellFinished(SERVER.id));
  log.append({ type: "cell-started", cell: CLIENT.id, cases: IDS });
  log.append(play(CLIENT.id, IDS[0]!));
  if (changes.whole) {
    for (const id of IDS.slice(1)) log.append(play(CLIENT.id, id));
    log.append(cellFinished(CLIENT.id));
    log.append({ type: "run-finished", exitCode: 0, duration: 9 });
  }
  expect(log.failures).toEqual([]);
  return dir;
}

function request(...runs: string[]): SiteRequest {
  return { runs, history: 5, baseline: null, selfCheck: null };
}

async function overviewOf(...runs: string[]): Promise<string> {
  using assembled = await assembleSite(request(...runs));
  return String(siteFiles(assembled.input).get("index.html")!());
}

describe("assembling a site", () => {
  it("shows the newest run, whatever the order, and keeps the others as history", async () => {
    const [old, now] = [runOf({ at: 1000, whole: true }), runOf({ at: 2000, whole: true, failing: true })];
    using assembled = await assembleSite(request(old, now));
    const { runs, record: read } = assembled.input;
    expect(runs.map(({ id }) => id)).toEqual(["r2000", "r1000"]);
    expect(runs[0].cells[0]!.cases.get("1.1.2")).toMatchObject({
      behavior: "FAILED",
      result: "No echo came.",
    });
    expect(runs[1]!.cells[0]!.cases.get("1.1.2")).toMatchObject({ behavior: "OK", result: "" });
    expect(read(SERVER.id, "1.1.2")).toMatchObject({ id: "1.1.2" });
    expect(read(SERVER.id, "9.9.9")).toBeNull();
    expect(read("nobody", "1.1.1")).toBeNull();
  });

  it("gives null for a record that is not where it should be", async () => {
    const dir = runOf({ at: 1000, whole: true });
    writeFileSync(runPaths(dir).records(SERVER.id), '{"id":"1.1.1"}\n');
    using assembled = await assembleSite(request(dir));
    for (const id of IDS) expect(assembled.input.record(SERVER.id, id)).toBeNull();
  });

  it("says of a run that was cut off what is missing, and keeps what was played", async () => {
    const dir = runOf({ at: 1000, whole: false });
    appendFileSync(runPaths(dir).events, '{"type":"case-fin');
    const text = await overviewOf(dir);
    expect(text).toContain("goes on, or was killed");
    expect(text).toContain("1 cell not finished: ws@8.23.0/client/plain.");
    expect(text).toContain("2 of 6 planned cases have no verdict");
    expect(text).toContain("the last line of events.jsonl was cut off");
  });

  it("says that a run is a part of a plan", async () => {
    const head = { ...HEAD, inputs: { ...HEAD.inputs, shard: { index: 2, count: 3 } } };
    expect(await overviewOf(runOf({ at: 1000, whole: true, head }))).toContain("part 2 of 3");
  });

  it("does not publish the password of a URL", async () => {
    const argv = ["run", "--url", "wss://me:secret@example.org/echo"];
    const dir = runOf({ at: 1000, whole: true, head: { ...HEAD, inputs: { ...HEAD.inputs, argv } } });
    using assembled = await assembleSite(request(dir));
    expect(assembled.input.runs[0].argv).toEqual(["run", "--url", "wss://…@example.org/echo"]);
  });

  it("leaves out runs of another schema and damaged ones, and names them", async () => {
    const good = runOf({ at: 3000, whole: true });
    const [older, damaged, broken] = [1, 2, 3].map((at) => runOf({ at, whole: true })) as [
      string,
      string,
      string,
    ];
    writeFileSync(runPaths(older).run, JSON.stringify({ schema: 0, startedAt: 1 }));
    writeFileSync(runPaths(damaged).run, "{");
    writeFileSync(runPaths(broken).cell(SERVER.id), '{"schema":1}');
    using assembled = await assembleSite(request(good, older, damaged, broken));
    expect(assembled.input.runs.map(({ id }) => id)).toEqual(["r3000"]);
    expect(
      assembled.input.skipped.map(({ run, reason }) => [run, reason.includes("schema version 0")]),
    ).toEqual([
      [older, true],
      [damaged, false],
      [broken, false],
    ]);
  });

  it("fails with a place when no run can be read", async () => {
    const dir = runOf({ at: 1000, whole: true });
    writeFileSync(runPaths(dir).run, JSON.stringify({ schema: 7 }));
    await expect(assembleSite(request(dir))).rejects.toThrow(ConfigError);
    await expect(assembleSite(request(join(dir, "nothing")))).rejects.toThrow(ConfigError);
  });

  it("falls back to the next run when the newest is damaged beyond its head", async () => {
    const [good, bad] = [runOf({ at: 1000, whole: true }), runOf({ at: 2000, whole: true })];
    writeFileSync(runPaths(bad).cell(SERVER.id), "{");
    using assembled = await assembleSite(request(good, bad));
    expect(assembled.input.runs.map(({ id }) => id)).toEqual(["r1000"]);
    expect(assembled.input.skipped).toHaveLength(1);
  });

  it("reads what other commands put beside the run, and nothing that it does not understand", async () => {
    const dir = runOf({ at: 1000, whole: true });
    const pair = { client: "a", server: "b", notRun: null, talks: [null] };
    writeFileSync(join(dir, "pairs.json"), JSON.stringify({ schema: 1, pairs: [pair] }));
    writeFileSync(join(dir, "selfcheck.json"), '"something else"');
    mkdirSync(join(dir, "scenarios"));
    const results = [{ scenario: "x", outcome: "passed", reason: null, transcript: [], duration: 1 }];
    writeFileSync(
      join(dir, "scenarios", "a.json"),
      JSON.stringify({ schema: 1, cell: SERVER.id, scenarios: results }),
    );
    using assembled = await assembleSite(request(dir));
    expect(assembled.input.pairs).toEqual([pair]);
    expect(assembled.input.selfCheck).toBeNull();
    expect(assembled.input.scenarios.get(SERVER.id)).toMatchObject([{ scenario: "x", outcome: "passed" }]);
  });
});

describe("following a run", () => {
  it("takes in each line once, and never half a line", () => {
    const whole = runOf({ at: 1000, whole: true });
    const dir = runOf({ at: 2000, whole: false });
    const lines = readFileSync(runPaths(whole).events, "utf8").split("\n");
    const { events } = runPaths(dir);
    writeFileSync(events, `${lines.slice(0, 4).join("\n")}\n${lines[4]!.slice(0, 20)}`);
    const follower = new RunFollower(dir);
    expect(follower.poll()).toBe(true);
    expect(follower.poll()).toBe(false);
    const played = () => follower.current().cells.map(({ cases }) => Object.keys(cases).length);
    expect(played()).toEqual([1, 0]);
    writeFileSync(events, lines.join("\n"));
    expect(follower.poll()).toBe(true);
    expect(played()).toEqual([3, 3]);
  });
});

describe("writing a site", () => {
  const files = new Map([["a/b.html", () => "one"]]);

  it("replaces a site of before, and nothing else", () => {
    const dir = join(temporaryFolder(), "site");
    writeSite(dir, new Map([["old.html", () => "x"]]));
    expect(writeSite(dir, files)).toEqual({ files: 1, octets: 3 });
    expect(existsSync(join(dir, "old.html"))).toBe(false);
    const other = temporaryFolder();
    writeFileSync(join(other, "mine.txt"), "keep");
    expect(() => writeSite(other, files)).toThrow(ConfigError);
    expect(readFileSync(join(other, "mine.txt"), "utf8")).toBe("keep");
  });
});
