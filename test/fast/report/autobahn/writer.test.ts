import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { catalogue } from "../../../../fuzzer/catalogue.ts";
import { readIndex } from "../../../../report/autobahn/read-index.ts";
import { AutobahnReport, maxAgents, ReportWriteError } from "../../../../report/autobahn/writer.ts";

import { playedResult } from "./results.ts";

let folder: string;
let outdir: string;
let reports: AutobahnReport[];

beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), "wsmatrix-report-"));
  outdir = join(folder, "reports", "servers");
  reports = [];
});

afterEach(() => {
  for (const report of reports) report.flush();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** @param onIndex called whenever the index is written */
function newReport(onIndex: () => void = () => {}): AutobahnReport {
  const report = new AutobahnReport({
    outdir,
    generator: "wsmatrix 1.2.3",
    get entries() {
      onIndex();
      return catalogue.entries;
    },
  });
  reports.push(report);
  return report;
}

const casesIn = () => [...(readIndex(join(outdir, "index.json")).get("target")?.keys() ?? [])];

describe("a report while results come", () => {
  it("has the files of a result soon, and nothing unfinished", () => {
    newReport().add(playedResult("1.1.1"));
    vi.advanceTimersByTime(20);
    expect(readdirSync(outdir).toSorted()).toEqual(["target_case_1_1_1.html", "target_case_1_1_1.json"]);
    const { id, agent } = JSON.parse(readFileSync(join(outdir, "target_case_1_1_1.json"), "utf8")) as Record<
      string,
      string
    >;
    expect([id, agent]).toEqual(["1.1.1", "target"]);
    expect(readFileSync(join(outdir, "target_case_1_1_1.html"), "utf8")).toMatch(/^<!doctype html>/);
  });

  it("has an index soon after the first result, and then at most one a second", () => {
    const onIndex = vi.fn<() => void>();
    const report = newReport(onIndex);
    report.add(playedResult("1.1.1"));
    vi.advanceTimersByTime(21);
    expect(casesIn()).toEqual(["1.1.1"]);
    for (const id of ["1.1.2", "1.1.3", "1.1.4"]) {
      report.add(playedResult(id));
      vi.advanceTimersByTime(100);
    }
    expect(onIndex).toHaveBeenCalledTimes(1);
    expect(casesIn()).toEqual(["1.1.1"]);
    vi.advanceTimersByTime(10_000);
    expect(onIndex).toHaveBeenCalledTimes(2);
    expect(casesIn()).toHaveLength(4);
  });

  it("spends little of its time with an index that takes long", () => {
    const onIndex = vi.fn<() => void>(() => void vi.advanceTimersByTime(200));
    const report = newReport(onIndex);
    report.flush();
    report.add(playedResult("1.1.1"));
    vi.advanceTimersByTime(3900);
    expect(onIndex).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(200);
    expect(onIndex).toHaveBeenCalledTimes(2);
  });

  it("writes no index when nothing has come since the last", () => {
    const report = newReport();
    report.add(playedResult("1.1.1"));
    vi.advanceTimersByTime(5000);
    rmSync(join(outdir, "index.json"));
    vi.advanceTimersByTime(60_000);
    expect(existsSync(join(outdir, "index.json"))).toBe(false);
  });

  it("has everything when it is closed, and no timer is left", () => {
    const report = newReport();
    report.add(playedResult("1.1.1"));
    report.add(playedResult("3.2", { echo: false }));
    report.close();
    expect(readdirSync(outdir).toSorted()).toEqual([
      "index.html",
      "index.json",
      "target_case_1_1_1.html",
      "target_case_1_1_1.json",
      "target_case_3_2.html",
      "target_case_3_2.json",
    ]);
    expect(readIndex(join(outdir, "index.json")).get("target")?.get("3.2")).toEqual([
      "NON-STRICT",
      "OK",
      1002,
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds no process up with its timers", () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const report = newReport();
    report.add(playedResult("1.1.1"));
    report.note("target", "why");
    expect(timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([
      false,
      false,
    ]);
  });

  it("lets only so many results wait", () => {
    const report = newReport();
    const result = playedResult("1.1.1");
    for (let at = 0; at < 502; at++) report.add({ ...result, agent: `agent ${at}` });
    expect(readdirSync(outdir).filter((name) => name.endsWith(".json"))).toEqual([
      "agent_0_case_1_1_1.json",
      "agent_1_case_1_1_1.json",
    ]);
    vi.advanceTimersByTime(20);
    expect(readdirSync(outdir).length).toBeGreaterThan(2 * 502);
  });

  it("names in the index only what has its files", () => {
    const report = newReport();
    report.add(playedResult("1.1.1"));
    report.note("target", "why");
    vi.advanceTimersByTime(1);
    expect(casesIn()).toEqual([]);
  });

  it("is there without any result", () => {
    newReport().close();
    expect(readFileSync(join(outdir, "index.json"), "utf8")).toBe("{}");
    expect(readFileSync(join(outdir, "index.html"), "utf8")).toContain("no results yet");
  });

  it("keeps the last result of an agent and a case", () => {
    const report = newReport();
    report.add(playedResult("1.1.1", { echo: false }));
    report.add(playedResult("1.1.1"));
    report.close();
    expect(readIndex(join(outdir, "index.json")).get("target")?.get("1.1.1")).toEqual(["OK", "OK", 1000]);
    const page = readFileSync(join(outdir, "target_case_1_1_1.json"), "utf8");
    expect(page).toContain('"behavior": "OK"');
    expect(readdirSync(outdir)).toHaveLength(4);
  });

  it("keeps agents with the same file name apart", () => {
    const report = newReport();
    for (const agent of ["ws", "ws!", "WS"]) report.add(playedResult("1.1.1", {}, { agent }));
    report.close();
    expect(readdirSync(outdir)).toHaveLength(2 + 3 * 2);
    const index = JSON.parse(readFileSync(join(outdir, "index.json"), "utf8")) as Record<
      string,
      Record<string, { reportfile: string }>
    >;
    for (const [agent, cases] of Object.entries(index)) {
      const file = JSON.parse(readFileSync(join(outdir, cases["1.1.1"]!.reportfile), "utf8")) as {
        agent: string;
      };
      expect(file.agent).toBe(agent);
    }
    expect(index.ws!["1.1.1"]!.reportfile).toBe("ws_case_1_1_1.json");
  });

  it("says in the index why cases are missing", () => {
    const report = newReport();
    report.note("target", "died at <1.1.2>");
    vi.advanceTimersByTime(1);
    expect(readFileSync(join(outdir, "index.html"), "utf8")).toContain("died at &lt;1.1.2&gt;");
    expect(readFileSync(join(outdir, "index.json"), "utf8")).toBe("{}");
  });

  it("writes nothing outside its folder, whatever an agent is called", () => {
    const report = newReport();
    for (const agent of ["../../escaped", "/etc/x", "..", "a\0b", "x".repeat(5000), "CON"]) {
      report.add(playedResult("1.1.1", {}, { agent }));
    }
    report.close();
    expect(readdirSync(folder)).toEqual(["reports"]);
    expect(readdirSync(join(folder, "reports"))).toEqual(["servers"]);
    expect(readdirSync(outdir)).toHaveLength(2 + 6 * 2);
  });

  it("ends at some number of agents", () => {
    const report = newReport();
    const result = playedResult("1.1.1");
    for (let at = 0; at < maxAgents + 3; at++) report.add({ ...result, agent: `agent ${at}` });
    report.add({ ...result, agent: "agent 0" });
    expect(report.leftOut).toBe(3);
    report.close();
    expect(readdirSync(outdir)).toHaveLength(2 + 2 * maxAgents);
  });
});

describe("a report that cannot be written", () => {
  it("is told of at once when there can be no folder", () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "reports"), "a file");
    expect(newReport).toThrow(ReportWriteError);
    expect(newReport).toThrow(/reports\/servers: the report could not be written .*; name a folder/);
  });

  it("does not stop the playing, and is told of at the end", () => {
    const report = newReport();
    mkdirSync(join(outdir, "target_case_1_1_1.json"));
    report.add(playedResult("1.1.1"));
    report.add(playedResult("1.1.2"));
    vi.advanceTimersByTime(5000);
    expect(report.failure).toBeInstanceOf(ReportWriteError);
    expect(() => report.close()).toThrow(ReportWriteError);
    expect(existsSync(join(outdir, "target_case_1_1_2.json"))).toBe(true);
    expect(casesIn()).toEqual(["1.1.1", "1.1.2"]);
    expect(readdirSync(outdir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
