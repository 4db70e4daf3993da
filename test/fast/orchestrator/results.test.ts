import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { writeAtomically } from "../../../orchestrator/results/atomic-file.ts";
import { EventLog, type NewEvent, readEvents } from "../../../orchestrator/results/events.ts";
import { publishedSchemas } from "../../../orchestrator/results/result-schemas.ts";
import {
  RecordError,
  ResultsWriter,
  type RunDirectory,
  RunFileError,
  loadRun,
  openRunDirectory,
  readRecord,
} from "../../../orchestrator/results/results.ts";
import { EMPTY_TALLY } from "../../../report/tally.ts";
import {
  CLIENT,
  EVERY_EVENT,
  HEAD,
  RUN_STARTED,
  SERVER,
  caseFailed,
  caseFinished,
  cellFinished,
  record,
  temporaryFolder,
} from "./run-samples.ts";

interface Session extends Disposable {
  readonly directory: RunDirectory;
  readonly log: EventLog;
}

/** A run that writes its files, in steps of one ms. */
function session(dir: string, resume = false): Session {
  const directory = openRunDirectory(dir);
  const writer = new ResultsWriter(directory, HEAD);
  let time = resume ? 5000 : 1000;
  const log = EventLog.open(directory.paths.events, { resume, now: () => time++ });
  if (resume) writer.replay(readEvents(directory.paths.events).events);
  log.subscribe(writer.handle);
  return {
    directory,
    log,
    [Symbol.dispose]() {
      expect(log.failures).toEqual([]);
      log.close();
      directory[Symbol.dispose]();
    },
  };
}

function play(dir: string, events: readonly NewEvent[], resume = false): void {
  using run = session(dir, resume);
  for (const event of events) run.log.append(event);
}

const CASES = ["1.1.1", "1.1.2", "1.1.3"];

/** A run of two cells up to the middle of the second. */
const HALF: readonly NewEvent[] = [
  RUN_STARTED,
  { type: "planned", cells: [SERVER, CLIENT] },
  { type: "prepared", target: "ws", version: "8.23.0", digest: "sha256:1", cached: true, duration: 1 },
  { type: "cell-started", cell: SERVER.id, cases: CASES },
  ...CASES.map((id) => caseFinished(SERVER.id, id)),
  cellFinished(SERVER.id, { outcomes: { "1.1.2": "fixed" } }),
  { type: "cell-started", cell: CLIENT.id, cases: CASES },
  caseFinished(CLIENT.id, "1.1.1", { flaky: true }),
  caseFailed(CLIENT.id, "1.1.2"),
];

const REST: readonly NewEvent[] = [
  { ...RUN_STARTED, resumed: true },
  { type: "planned", cells: [SERVER, CLIENT] },
  { type: "cell-started", cell: CLIENT.id, cases: CASES },
  caseFinished(CLIENT.id, "1.1.3"),
  cellFinished(CLIENT.id, { tally: { ...EMPTY_TALLY, pass: 2, failed: 1, flaky: 1 } }),
  { type: "run-finished", exitCode: 1, duration: 60 },
];

/** What comes after HALF when a run is interrupted. */
const ENDS: readonly (readonly [string, readonly NewEvent[]])[] = [
  ["was killed", []],
  ["ended by itself", [{ type: "run-finished", exitCode: 130, duration: 50 }]],
  [
    "ended its cells first",
    [
      cellFinished(CLIENT.id, { status: "interrupted", reason: "SIGINT", tally: EMPTY_TALLY }),
      { type: "run-finished", exitCode: 130, duration: 50 },
    ],
  ],
];

describe("the files of a run", () => {
  it("say what was asked, with what, and what came of it", () => {
    const dir = temporaryFolder();
    play(dir, [...HALF, ...REST.slice(3)]);
    const { run, cells, notes } = loadRun(dir);
    expect(notes).toEqual([]);
    expect(run).toMatchObject({
      schema: 1,
      run: "r1",
      version: "0.1.0",
      inputs: HEAD.inputs,
      startedAt: 1000,
      state: "complete",
      exitCode: 1,
      completeness: { cells: 2, cellsRan: 2, cases: 6, casesNotRun: 0 },
    });
    expect(run.cells[0]).toEqual({
      ...SERVER,
      file: "ws_8.23.0_server_plain",
      digest: "sha256:1",
      status: "ran",
      reason: null,
      tally: { ...EMPTY_TALLY, pass: 3 },
      duration: 5000,
    });
    expect(cells.map(({ cell, status, notRun }) => [cell, status, notRun])).toEqual([
      [SERVER, "ran", []],
      [CLIENT, "ran", []],
    ]);
    expect(cells[0]?.cases["1.1.2"]).toEqual({
      behavior: "OK",
      behaviorClose: "OK",
      remoteCloseCode: 1000,
      result: "Right.",
      resultClose: "Clean.",
      duration: 12.5,
      plays: 1,
      flaky: false,
      outcome: "fixed",
      record: null,
    });
    expect(cells[0]?.startedAt).toBe(1003);
  });

  it("are where design section 8 says, and nothing else is", () => {
    const dir = temporaryFolder();
    using run = session(dir);
    run.directory.writeSuite({ chapters: [] });
    run.directory.records(SERVER.id).append(record("1.1.1"));
    for (const event of [...HALF, ...REST.slice(3)]) run.log.append(event);
    const found = readdirSync(dir, { recursive: true, encoding: "utf8" });
    expect(new Set(found)).toEqual(
      new Set([
        "cells",
        "cells/ws_8.23.0_client_plain.json",
        "cells/ws_8.23.0_server_plain.json",
        "cells/ws_8.23.0_server_plain.records.jsonl",
        "events.jsonl",
        "logs",
        "run.json",
        "suite.json",
      ]),
    );
    expect(basename(run.directory.paths.log(SERVER.id))).toBe("ws_8.23.0_server_plain.log");
  });

  it("name the suite by the hash of its file", async () => {
    const dir = temporaryFolder();
    using directory = openRunDirectory(dir);
    const { sha256 } = directory.writeSuite({ chapters: ["1"] });
    const { createHash } = await import("node:crypto");
    expect(createHash("sha256").update(readFileSync(directory.paths.suite)).digest("hex")).toBe(sha256);
  });

  it("say of a cell that failed why it did, and count its cases as not run", () => {
    const dir = temporaryFolder();
    play(dir, [
      RUN_STARTED,
      { type: "planned", cells: [SERVER] },
      cellFinished(SERVER.id, {
        status: "build-failed",
        reason: "npm exited with code 1",
        logTail: "ERR",
        tally: { ...EMPTY_TALLY, notRun: 3 },
        extraTally: { ...EMPTY_TALLY, notRun: 2 },
      }),
      { type: "run-finished", exitCode: 3, duration: 1 },
    ]);
    const { run, cells } = loadRun(dir);
    expect(run.completeness).toEqual({ cells: 1, cellsRan: 0, cases: 3, casesNotRun: 5 });
    expect(run.state).toBe("complete");
    expect(cells[0]).toMatchObject({ status: "build-failed", logTail: "ERR", startedAt: null, cases: {} });
  });
});

describe("an interrupted run", () => {
  it("that was killed is read as far as it came", () => {
    const dir = temporaryFolder();
    play(dir, HALF);
    appendFileSync(join(dir, "events.jsonl"), '{"type":');
    const { run, cells, events, notes } = loadRun(dir);
    expect([run.state, run.finishedAt, run.exitCode]).toEqual(["running", null, null]);
    expect(run.cells.map(({ status }) => status)).toEqual(["ran", null]);
    expect(run.completeness).toEqual({ cells: 2, cellsRan: 1, cases: 6, casesNotRun: 3 });
    expect(cells[1]).toMatchObject({
      cell: CLIENT,
      status: "interrupted",
      startedAt: 1008,
      duration: 2,
      tally: { ...EMPTY_TALLY, pass: 1, failed: 1, notRun: 1, flaky: 1 },
      notRun: ["1.1.3"],
    });
    expect(Object.keys(cells[1]?.cases ?? {})).toEqual(["1.1.1", "1.1.2"]);
    expect(events?.torn).toEqual({ line: 12, octets: 8 });
    expect(notes).toEqual([
      "the last line of events.jsonl was cut off (8 octets)",
      "the run did not come to its end",
      "ws@8.23.0/client/plain did not come to its end",
    ]);
  });

  it("that ended by itself leaves a file for each cell", () => {
    const dir = temporaryFolder();
    play(dir, [...HALF, { type: "run-finished", exitCode: 130, duration: 50 }]);
    rmSync(join(dir, "events.jsonl"));
    const { run, cells, events } = loadRun(dir);
    expect(events).toBeNull();
    expect([run.state, run.exitCode]).toEqual(["interrupted", 130]);
    expect(run.cells[1]).toMatchObject({ status: "interrupted", digest: "sha256:1" });
    expect(cells[1]).toMatchObject({ status: "interrupted", notRun: ["1.1.3"] });
  });

  it.each(ENDS)("that %s is gone on with: what was played stays", (_, end) => {
    const dir = temporaryFolder();
    play(dir, [...HALF, ...end]);
    play(dir, REST, true);
    const { run, cells, notes } = loadRun(dir);
    expect(notes).toEqual([]);
    expect([run.state, run.startedAt, run.completeness.casesNotRun]).toEqual(["complete", 1000, 0]);
    expect(run.cells.map(({ status, digest }) => [status, digest])).toEqual([
      ["ran", "sha256:1"],
      ["ran", "sha256:1"],
    ]);
    expect(cells.map((cell) => Object.keys(cell.cases))).toEqual([CASES, CASES]);
    expect(cells[1]?.cases["1.1.2"]?.behavior).toBe("FAILED");
  });

  it("that had ended its cells is open again when they are started again", () => {
    const dir = temporaryFolder();
    play(dir, [...HALF, ...ENDS[2]![1]]);
    play(dir, REST.slice(0, 4), true);
    const { run, cells } = loadRun(dir);
    expect(run.cells.map(({ status }) => status)).toEqual(["ran", null]);
    expect(cells[1]).toMatchObject({ status: "interrupted", notRun: [], tally: { pass: 2, failed: 1 } });
  });

  it("is told by its cells, whatever its exit code", () => {
    const dir = temporaryFolder();
    play(dir, [...HALF, { type: "run-finished", exitCode: 0, duration: 1 }]);
    expect(loadRun(dir).run.state).toBe("interrupted");
  });

  it("that is killed again is read from the stream, not from the file of the first time", () => {
    const dir = temporaryFolder();
    play(dir, [...HALF, { type: "run-finished", exitCode: 130, duration: 50 }]);
    play(dir, REST.slice(0, 4), true);
    const { run, cells } = loadRun(dir);
    expect(run.cells.map(({ status }) => status)).toEqual(["ran", null]);
    expect(Object.keys(cells[1]?.cases ?? {})).toEqual(CASES);
    expect(cells[0]?.status).toBe("ran");
  });

  it("that was killed between an event and its file loses nothing", () => {
    const dir = temporaryFolder();
    play(dir, HALF);
    rmSync(join(dir, "cells"), { recursive: true });
    const { cells } = loadRun(dir);
    expect(cells[0]).toMatchObject({
      status: "ran",
      tally: { pass: 3 },
      cases: { "1.1.2": { outcome: "fixed" } },
    });
  });

  it("of which only the plan is left has its cells all the same", () => {
    const dir = temporaryFolder();
    play(dir, HALF.slice(0, 2));
    rmSync(join(dir, "events.jsonl"));
    const { cells } = loadRun(dir);
    expect(cells.map(({ status, tally }) => [status, tally.notRun])).toEqual([
      ["interrupted", 3],
      ["interrupted", 3],
    ]);
  });

  it("keeps the two suites apart", () => {
    const dir = temporaryFolder();
    play(dir, [
      RUN_STARTED,
      { type: "planned", cells: [{ ...SERVER, cases: 4 }] },
      { type: "cell-started", cell: SERVER.id, cases: ["1.1.1", "2.1", "20.1", "20.2"] },
      caseFinished(SERVER.id, "1.1.1"),
      caseFinished(SERVER.id, "20.1"),
    ]);
    expect(loadRun(dir).cells[0]).toMatchObject({
      tally: { ...EMPTY_TALLY, pass: 1, notRun: 1 },
      extraTally: { ...EMPTY_TALLY, pass: 1, notRun: 1 },
    });
  });
});

/** The folder of a run with one file changed. */
function written(name: string, change: (file: Record<string, unknown>) => unknown): string {
  const dir = temporaryFolder();
  play(dir, [...HALF, ...REST.slice(3)]);
  const file = join(dir, name);
  const value: unknown = change(
    z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, "utf8"))),
  );
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return dir;
}

describe("a folder that is no run", () => {
  it("is told from one", () => {
    expect(() => loadRun(temporaryFolder())).toThrow(
      /run\.json: there is no such file; is .* the folder of a run\?/,
    );
  });

  it.each<[string, string, (file: Record<string, unknown>) => unknown, RegExp]>([
    [
      "another schema version",
      "run.json",
      (f) => ({ ...f, schema: 2 }),
      /run\.json: has schema version 2, and this wsmatrix reads version 1/,
    ],
    [
      "no schema version",
      "run.json",
      (f) => ({ ...f, schema: undefined }),
      /run\.json: has no schema version/,
    ],
    ["something else", "run.json", () => [], /run\.json: has no schema version/],
    ["no JSON", "run.json", () => "{", /run\.json: not JSON/],
    ["a wrong value", "run.json", (f) => ({ ...f, state: "good" }), /run\.json: state: /],
    [
      "a wrong cell file",
      "cells/ws_8.23.0_server_plain.json",
      (f) => ({ ...f, status: "fine" }),
      /plain\.json: status: /,
    ],
    [
      "a cell file of another version",
      "cells/ws_8.23.0_server_plain.json",
      (f) => ({ ...f, schema: 9 }),
      /schema version 9/,
    ],
  ])("or holds %s, is refused with the place", (_, name, change, message) => {
    const dir = written(name, change);
    expect(() => loadRun(dir)).toThrow(RunFileError);
    expect(() => loadRun(dir)).toThrow(message);
  });
});

describe("records", () => {
  it("can be read by their range as soon as they are written", () => {
    using directory = openRunDirectory(temporaryFolder());
    const file = directory.paths.records(SERVER.id);
    const first = record("1.1.1", { wasNotCleanReason: "größer 😀\n" });
    const ranges = [first, record("1.1.2")].map((one) => directory.records(SERVER.id).append(one));
    expect(ranges[0]?.offset).toBe(0);
    expect(readRecord(file, "1.1.1", ranges[0]!)).toEqual(first);
    expect(readRecord(file, "1.1.2", ranges[1]!)).toEqual(record("1.1.2"));
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines.map((line) => Buffer.byteLength(line))).toEqual([ranges[0]!.length, ranges[1]!.length, 0]);
  });

  it("go on after those of an interrupted run, without its torn line", () => {
    const dir = temporaryFolder();
    const first = openRunDirectory(dir);
    first.records(SERVER.id).append(record("1.1.1"));
    first[Symbol.dispose]();
    appendFileSync(first.paths.records(SERVER.id), '{"id":"1.1');
    using second = openRunDirectory(dir);
    const range = second.records(SERVER.id).append(record("1.1.2"));
    const file = second.paths.records(SERVER.id);
    expect(readRecord(file, "1.1.2", range)).toEqual(record("1.1.2"));
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([record("1.1.1"), record("1.1.2")]);
  });

  it("are closed when the stream ends their cell", () => {
    using run = session(temporaryFolder());
    const records = run.directory.records(SERVER.id);
    for (const event of HALF.slice(0, 8)) run.log.append(event);
    expect(() => records.append(record("1.1.1"))).toThrow(/EBADF/);
  });

  it("are closed with their cell, and can be opened again", () => {
    using directory = openRunDirectory(temporaryFolder());
    const records = directory.records(SERVER.id);
    expect(directory.records(SERVER.id)).toBe(records);
    directory.closeRecords(SERVER.id);
    directory.closeRecords(SERVER.id);
    expect(() => records.append(record("1.1.1"))).toThrow(/EBADF/);
    expect(directory.records(SERVER.id).append(record("1.1.1")).offset).toBe(0);
  });

  it("are not read from a range that holds something else", () => {
    using directory = openRunDirectory(temporaryFolder());
    const file = directory.paths.records(SERVER.id);
    const range = directory.records(SERVER.id).append(record("1.1.1"));
    expect(() => readRecord(file, "1.1.2", range)).toThrow("not a record of case 1.1.2");
    expect(() => readRecord(file, "1.1.1", { ...range, offset: 5 })).toThrow(RecordError);
    expect(() => readRecord(file, "1.1.1", { offset: 0, length: 5 })).toThrow("not JSON");
    expect(() => readRecord(file, "1.1.1", { offset: 0, length: 100_000 })).toThrow("the file ends before");
    expect(() => readRecord(file, "1.1.1", { offset: 0, length: 2 ** 40 })).toThrow("too long for a record");
  });
});

describe("an atomic write", () => {
  it("replaces the file and leaves nothing else", () => {
    const dir = temporaryFolder();
    writeAtomically(join(dir, "a"), "1");
    writeAtomically(join(dir, "a"), "2");
    expect([readdirSync(dir), readFileSync(join(dir, "a"), "utf8")]).toEqual([["a"], "2"]);
  });

  it("removes what it began when it fails", () => {
    const dir = temporaryFolder();
    writeAtomically(join(dir, "folder-in-the-way"), "");
    rmSync(join(dir, "folder-in-the-way"));
    openRunDirectory(join(dir, "folder-in-the-way"))[Symbol.dispose]();
    expect(() => writeAtomically(join(dir, "folder-in-the-way"), "1")).toThrow(/EISDIR|EEXIST|EPERM/);
    expect(readdirSync(dir)).toEqual(["folder-in-the-way"]);
  });
});

describe("the published schemas", () => {
  const folder = new URL("../../../schemas/", import.meta.url);

  it.each([...publishedSchemas()])("%s is up to date (node orchestrator/result-schemas.ts)", (name, text) => {
    expect(readFileSync(new URL(name, folder), "utf8")).toBe(text);
  });

  /** A validator made of the published text, not of what it was made from. */
  function published(name: string): z.ZodType {
    const text = readFileSync(new URL(name, folder), "utf8");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON Schema text of our own
    return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
  }

  it("hold for the files that are written", () => {
    const dir = temporaryFolder();
    play(dir, EVERY_EVENT);
    const json = (name: string): unknown => JSON.parse(readFileSync(join(dir, name), "utf8"));
    published("run.schema.json").parse(json("run.json"));
    for (const name of readdirSync(join(dir, "cells")))
      published("cell.schema.json").parse(json(`cells/${name}`));
    const events = published("events.schema.json");
    const lines = readFileSync(join(dir, "events.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(EVERY_EVENT.length);
    for (const line of lines) events.parse(JSON.parse(line));
    expect(existsSync(join(dir, "cells/mine_server_plain.json"))).toBe(true);
  });

  it("refuse what is none", () => {
    const event = { ...RUN_STARTED, at: 1 };
    const schema = published("events.schema.json");
    expect(schema.safeParse(event).success).toBe(true);
    expect(schema.safeParse({ ...event, more: 1 }).success).toBe(false);
    expect(schema.safeParse({ ...event, profile: "slow" }).success).toBe(false);
  });
});
