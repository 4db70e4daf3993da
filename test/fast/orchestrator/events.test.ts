import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EventFileError, EventLog, type RunEvent, readEvents } from "../../../orchestrator/results/events.ts";
import { cutTornLine } from "../../../orchestrator/results/json-lines.ts";
import { EVERY_EVENT, RUN_STARTED, caseFinished, temporaryFolder } from "./run-samples.ts";

function ticking(): () => number {
  let time = 1000;
  return () => time++;
}

/** The same events, each with the time of a clock that ticks. */
function timed(): RunEvent[] {
  const now = ticking();
  return EVERY_EVENT.map((event) => ({ ...event, at: now() }));
}

describe("the event log", () => {
  it("keeps every type of event, in order and with its time", () => {
    const file = join(temporaryFolder(), "events.jsonl");
    using log = EventLog.open(file, { now: ticking() });
    for (const event of EVERY_EVENT) log.append(event);
    expect(readEvents(file)).toEqual({ events: timed(), torn: null });
  });

  it("has an event in the file when it is told of, and tells everybody in order", () => {
    const file = join(temporaryFolder(), "events.jsonl");
    using log = EventLog.open(file);
    const seen: string[] = [];
    log.subscribe((event) => seen.push(`${event.type} ${readEvents(file).events.length}`));
    log.subscribe((event) => seen.push(event.type));
    log.append(RUN_STARTED);
    log.append(caseFinished("a", "1.1.1"));
    expect(seen).toEqual(["run-started 1", "run-started", "case-finished 2", "case-finished"]);
  });

  it("delivers what a subscriber appends after the event it answers", () => {
    using log = EventLog.inMemory();
    const seen: string[] = [];
    log.subscribe((event) => {
      if (event.type === "run-started") log.append(caseFinished("a", "1.1.1"));
    });
    log.subscribe((event) => seen.push(event.type));
    log.append(RUN_STARTED);
    expect(seen).toEqual(["run-started", "case-finished"]);
  });

  it("drops a subscriber that throws, and keeps the fault", () => {
    using log = EventLog.inMemory();
    const fault = new Error("reporter");
    const seen: string[] = [];
    let calls = 0;
    log.subscribe(() => {
      calls += 1;
      throw fault;
    });
    log.subscribe((event) => seen.push(event.type));
    log.append(RUN_STARTED);
    log.append(caseFinished("a", "1.1.1"));
    expect(seen).toEqual(["run-started", "case-finished"]);
    expect([calls, log.failures]).toEqual([1, [fault]]);
  });

  it("writes nothing more once it cannot, so that a torn line stays the last one", () => {
    const file = join(temporaryFolder(), "events.jsonl");
    using log = EventLog.open(file);
    log.append(RUN_STARTED);
    const full = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    log.fail(full);
    expect(() => log.append(RUN_STARTED)).toThrow(full);
    expect(readEvents(file).events).toHaveLength(1);
  });

  it("tells once that it cannot write where somebody wants to know, and then drops events", () => {
    const faults: unknown[] = [];
    using log = EventLog.open(join(temporaryFolder(), "events.jsonl"), {
      onFailure: (error) => faults.push(error),
    });
    const full = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    let writes = 0;
    log.subscribe(() => {
      writes += 1;
      throw full;
    });
    const seen: string[] = [];
    log.subscribe(({ type }) => seen.push(type));
    log.append(RUN_STARTED);
    log.append(RUN_STARTED);
    expect(faults).toEqual([full]);
    expect([writes, seen]).toEqual([1, ["run-started"]]);
  });

  it("stops telling who asked for that", () => {
    using log = EventLog.inMemory();
    let calls = 0;
    const stop = log.subscribe(() => (calls += 1));
    log.append(RUN_STARTED);
    stop();
    log.append(RUN_STARTED);
    expect(calls).toBe(1);
  });

  it("does not write over an earlier run", () => {
    const file = join(temporaryFolder(), "events.jsonl");
    EventLog.open(file).close();
    expect(() => EventLog.open(file)).toThrow(/EEXIST/);
  });

  it("goes on after an interrupted run, without its torn line", () => {
    const file = join(temporaryFolder(), "events.jsonl");
    const before = EventLog.open(file);
    before.append(RUN_STARTED);
    before.close();
    appendFileSync(file, '{"type":"planned","at":1,"ce');
    using log = EventLog.open(file, { resume: true });
    log.append(caseFinished("a", "1.1.1"));
    expect(readEvents(file).events.map(({ type }) => type)).toEqual(["run-started", "case-finished"]);
    expect(readEvents(file).torn).toBeNull();
  });

  it("goes on where nothing was written yet", () => {
    const file = join(temporaryFolder(), "events.jsonl");
    using log = EventLog.open(file, { resume: true });
    log.append(RUN_STARTED);
    expect(readEvents(file).events).toHaveLength(1);
  });

  it("takes nothing once it is closed", () => {
    const log = EventLog.inMemory();
    log.close();
    log.close();
    expect(() => log.append(RUN_STARTED)).toThrow("run-started comes too late");
  });
});

describe("reading events", () => {
  it("cuts a torn last line wherever it is torn, and tells", () => {
    const file = join(temporaryFolder(), "events.jsonl");
    const whole = `${JSON.stringify({ ...RUN_STARTED, at: 1 })}\n`;
    const last = Buffer.from(JSON.stringify({ ...caseFinished("ünï😀", "1.1.1"), at: 2 }));
    for (let cut = 1; cut <= last.length; cut += 1) {
      writeFileSync(file, Buffer.concat([Buffer.from(whole), last.subarray(0, cut)]));
      const { events, torn } = readEvents(file);
      expect([events.length, torn]).toEqual([1, { line: 2, octets: cut }]);
    }
  });

  it.each([
    ["no JSON", "{", ":2: not JSON"],
    ["an unknown type", '{"type":"other","at":1}', ":2: no event that this version knows (type: "],
    [
      "a missing key",
      '{"type":"run-finished","at":1,"exitCode":0}',
      ":2: no event that this version knows (duration: ",
    ],
    [
      "an unknown key",
      '{"type":"run-finished","at":1,"exitCode":0,"duration":1,"x":1}',
      ':2: no event that this version knows (Unrecognized key: "x")',
    ],
    ["an empty line", "", ":2: not JSON"],
  ])("refuses %s before the last line, with its place", (_, line, message) => {
    const file = join(temporaryFolder(), "events.jsonl");
    const whole = JSON.stringify({ ...RUN_STARTED, at: 1 });
    writeFileSync(file, `${whole}\n${line}\n${whole}\n`);
    expect(() => readEvents(file)).toThrow(EventFileError);
    expect(() => readEvents(file)).toThrow(file + message);
  });
});

describe("cutting a torn line", () => {
  it.each([
    ["nothing", "", ""],
    ["a whole line", "abc\n", "abc\n"],
    ["a torn line after whole ones", "abc\nde\nfg", "abc\nde\n"],
    ["only a torn line", "abc", ""],
    ["a torn line longer than what is read at once", `a\n${"x".repeat(200_000)}`, "a\n"],
    ["a whole line longer than that", `${"x".repeat(200_000)}\n`, `${"x".repeat(200_000)}\n`],
  ])("of %s", (_, before, after) => {
    const file = join(temporaryFolder(), "lines");
    writeFileSync(file, before);
    expect(cutTornLine(file)).toBe(before.length - after.length);
    expect(readFileSync(file, "utf8")).toBe(after);
  });
});
