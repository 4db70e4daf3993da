import { describe, expect, it } from "vitest";

import { badgeOf } from "../../../../report/badges.ts";
import { csvText } from "../../../../report/csv.ts";
import { packRecord, unpackLog } from "../../../../report/site/data/packed.ts";
import { siteFiles } from "../../../../report/site/site.ts";
import { EMPTY_TALLY } from "../../../../report/tally.ts";
import { fullRecord, siteInput } from "../../../support/site-fixture.ts";

const files = siteFiles(siteInput());

function json(path: string): Record<string, unknown> {
  return JSON.parse(String(files.get(path)!())) as Record<string, unknown>;
}

/** The names of everything in a value, each with its type: what programs hold on to. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (typeof value !== "object" || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}

const tally = Object.fromEntries(Object.keys(EMPTY_TALLY).map((key) => [key, "number"]));
const head = {
  id: "string",
  target: "string",
  version: "string",
  role: "string",
  variant: "string",
  status: "string",
  reason: null,
  digest: "string",
  duration: "number",
  planned: "number",
  tally,
  extraTally: tally,
};
const run = {
  id: "string",
  version: "string",
  profile: "string",
  state: "string",
  engine: "string",
  shard: null,
  exitCode: "number",
  started: "string",
  finished: "string",
};

describe("the API, version 1", () => {
  it("has its addresses and shapes", () => {
    expect(shape(json("api/v1/index.json"))).toEqual({
      api: "number",
      madeBy: "string",
      madeAt: "string",
      run: "string",
      runs: [{ ...run, address: "string" }],
      skipped: [],
      targets: [{ name: "string", address: "string" }],
      suite: "string",
      changes: "string",
      tallies: "string",
      verdicts: "string",
    });
    expect(runAddress()).toBe("api/v1/runs/2026-11-21T10-26-47-0001.json");
    const { letters, ...rest } = json(runAddress());
    expect(Object.keys(letters as object)).toHaveLength(30);
    expect(shape(rest)).toEqual({
      api: "number",
      ...run,
      notes: [],
      cases: ["string"],
      cells: [{ ...head, verdicts: "string" }],
    });
    const cell = json("api/v1/cells/ws_2.0.0_server_plain.json");
    expect(shape({ ...cell, chapters: null, sections: null })).toEqual({
      api: "number",
      ...head,
      page: "string",
      chapters: null,
      sections: null,
      notRun: [],
      cases: [
        {
          id: "string",
          behavior: "string",
          behaviorClose: "string",
          result: "string",
          resultClose: "string",
          remoteCloseCode: "number",
          duration: "number",
          plays: "number",
          flaky: "boolean",
          outcome: null,
          class: "string",
          page: "string",
        },
      ],
    });
    expect(shape(json("api/v1/targets/ws.json"))).toMatchObject({
      name: "string",
      language: "string",
      versions: ["string"],
      page: "string",
      cells: [{ ...head, address: "string", history: [{ run: "string", at: "string", tally }] }],
    });
    expect(shape(json("api/v1/suite.json"))).toEqual({
      api: "number",
      hash: "string",
      sections: [{ key: "string", rfc: "number", section: "string", cases: ["string"] }],
      cases: [
        {
          id: "string",
          title: "string",
          chapter: "string",
          group: "string",
          extra: "boolean",
          sections: ["string"],
          page: "string",
        },
      ],
    });
    expect(shape(json("api/v1/changes.json"))).toMatchObject({
      before: "string",
      after: "string",
      counts: {
        regressed: "number",
        fixed: "number",
        changed: "number",
        new: "number",
        gone: "number",
        infrastructure: "number",
      },
      cells: [
        {
          before: "string",
          after: "string",
          cases: [{ kind: "string", case: "string", before: {}, after: {} }],
        },
      ],
    });
  });

  it("names only addresses that are there", () => {
    const index = json("api/v1/index.json") as {
      runs: { address: string }[];
      targets: { address: string }[];
      tallies: string;
    };
    for (const { address } of [...index.runs, ...index.targets])
      expect(files.has(address), address).toBe(true);
    expect(files.has(index.tallies)).toBe(true);
  });

  it("keeps a letter for each verdict of every run", () => {
    const { cases, cells } = json(runAddress()) as { cases: string[]; cells: { verdicts: string }[] };
    expect(cells[0]!.verdicts).toHaveLength(cases.length);
    expect(cells[0]!.verdicts[cases.indexOf("2.5")]).toBe("d");
    expect(cells[0]!.verdicts[cases.indexOf("1.1.1")]).toBe("A");
  });
});

function runAddress(): string {
  const { runs } = json("api/v1/index.json") as { runs: { address: string }[] };
  return runs[0]!.address;
}

describe("CSV", () => {
  it("quotes what must be quoted, and lets no field become a formula", () => {
    const text = csvText([
      ["a,b", 'say "x"', "two\r\nlines", null, 1, true],
      ["=1+1", "@x", "-1", "\u001b[31m\u202e"],
    ]);
    expect(text).toBe(`"a,b","say ""x""","two\r\nlines",,1,true\r\n'=1+1,'@x,'-1,[31m\r\n`);
  });

  it("has a row for each cell and suite, and one for each case", () => {
    const tallies = String(files.get("api/v1/tallies.csv")!()).trim().split("\r\n");
    expect(tallies[0]).toBe(
      "target,version,role,variant,suite,status,notRun,failed,unimplemented,informational,unclean,nonStrict,pass,flaky",
    );
    expect(tallies[1]).toMatch(/^ws,2\.0\.0,server,plain,autobahn,ran,0,1,/);
    expect(tallies[2]).toMatch(/^ws,2\.0\.0,server,plain,extra,ran,0,0,0,0,0,0,1,0$/);
    const verdicts = String(files.get("api/v1/verdicts.csv")!());
    expect(verdicts).toContain("case 2.5,FAILED/FAILED,FAILED/FAILED,OK/OK\r\n");
  });
});

describe("a badge", () => {
  const tallyOf = (changes: object) => ({ ...EMPTY_TALLY, pass: 500, ...changes });

  it("says how many failed of how many, and never a percentage", () => {
    expect(badgeOf("server", tallyOf({ failed: 4 }))).toEqual({
      label: "WebSocket server",
      message: "4 failed of 504",
      colour: "bad",
    });
    expect(badgeOf("client", tallyOf({}))).toMatchObject({ message: "0 failed of 500", colour: "good" });
    expect(badgeOf("client", tallyOf({ notRun: 5 }))).toMatchObject({
      message: "0 failed of 505, 5 not run",
      colour: "none",
    });
    expect(badgeOf("client", null)).toMatchObject({ message: "not played", colour: "none" });
  });

  it("is an image, and JSON as shields.io wants it", () => {
    expect(String(files.get("badges/ws/server.svg")!())).toMatch(/^<svg .*1 failed of \d+/);
    expect(json("badges/ws/server.json")).toMatchObject({
      schemaVersion: 1,
      label: "WebSocket server",
      color: "critical",
    });
    expect(json("badges/broken/server.json")).toMatchObject({ message: "not played", color: "inactive" });
  });
});

describe("a packed record", () => {
  it("unpacks to the same log, of every kind of entry", () => {
    const record = fullRecord("1.1.1");
    const packed = JSON.parse(JSON.stringify(packRecord(record))) as ReturnType<typeof packRecord>;
    expect(unpackLog(packed.log)).toEqual(record.log);
    expect(packed).not.toHaveProperty("watchdog");
    expect(packed.httpRequest).toBe(record.httpRequest);
  });
});
