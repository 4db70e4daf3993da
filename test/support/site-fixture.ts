import { buildCatalogue, catalogue as suite } from "../../fuzzer/catalogue.ts";
import type { Chapter } from "../../fuzzer/case.ts";
import type { CaseRecord, Verdict } from "../../fuzzer/record.ts";
import type { PlayedCase, PlayedCell, PlayedRun } from "../../report/facts/played.ts";
import type { SiteInput, TargetFacts } from "../../report/site/input.ts";
import { isExtraCase, tallyOf } from "../../report/tally.ts";
import { recordWith } from "./records.ts";

/** Chapters of the fixture: few cases, all kinds of them, and one chapter of ours. */
const chapters = suite.chapters.filter(({ id }) => ["1", "2", "5", "12"].includes(id));

const ours: Chapter = {
  id: "20",
  title: "Ours",
  extra: true,
  groups: [
    {
      id: "20.1",
      title: "Ours",
      cases: [{ ...suite.byId.get("1.1.1")!.case, id: "20.1.1", title: "A case of ours" }],
    },
  ],
};

/** The fixture's suite. */
export const smallCatalogue = buildCatalogue([...chapters, ours]);

const ok: Verdict = {
  behavior: "OK",
  behaviorClose: "OK",
  result: "what was received is what the case expects (OK)",
  resultClose: "the connection ended as it should",
};

/** A verdict that fails by what was received. */
export const failed: Verdict = {
  behavior: "FAILED",
  behaviorClose: "FAILED",
  result: "what was received differs from every expectation",
  resultClose: "the peer did not fail the connection: the fuzzer had to close it",
};

/** A cell in which all but some cases pass. */
export function playedCell(
  key: Pick<PlayedCell, "target" | "version" | "role" | "variant">,
  verdicts: Readonly<Record<string, Verdict>> = {},
  changes: Partial<PlayedCell> = {},
): PlayedCell {
  const id = `${key.target}@${key.version}/${key.role}/${key.variant}`;
  const missing = new Set(changes.notRun);
  const cases = smallCatalogue.entries.flatMap(({ case: { id: number } }): PlayedCase[] => {
    if (missing.has(number)) return [];
    const facts = {
      remoteCloseCode: 1000,
      duration: 3.5,
      plays: 1,
      flaky: false,
      outcome: null,
      recorded: true,
    };
    return [{ id: number, ...(verdicts[number] ?? ok), ...facts }];
  });
  const tally = (extra: boolean) =>
    tallyOf([
      ...cases.filter((one) => isExtraCase(one.id) === extra).map((verdict) => ({ verdict })),
      ...[...missing].filter((one) => isExtraCase(one) === extra).map(() => ({ verdict: null })),
    ]);
  return {
    ...key,
    id,
    file: id.replaceAll(/[^a-z0-9.-]/g, "_"),
    optional: false,
    status: "ran",
    reason: null,
    logTail: null,
    startedAt: 1_795_256_860_379,
    duration: 21_913,
    digest: `sha256:${"ab".repeat(32)}`,
    planned: smallCatalogue.entries.length,
    tally: tally(false),
    extraTally: tally(true),
    cases: new Map(cases.map((one) => [one.id, one])),
    notRun: [],
    ...changes,
  };
}

/** A run of some cells. */
export function playedRun(
  id: string,
  cells: readonly PlayedCell[],
  changes: Partial<PlayedRun> = {},
): PlayedRun {
  return {
    id,
    version: "0.1.0",
    profile: "quick",
    startedAt: 1_795_256_860_000,
    finishedAt: 1_795_256_960_000,
    state: "complete",
    exitCode: 0,
    engine: "process",
    accept: "default",
    argv: ["run", "--engine", "process"],
    shard: null,
    platform: { os: "linux", arch: "x64", node: "24.21.0", cpus: 2, memoryBytes: 2 ** 34 },
    notes: [],
    cells,
    ...changes,
  };
}

/** What a target.yaml and a baseline would say. */
export function targetFacts(name: string, changes: Partial<TargetFacts> = {}): TargetFacts {
  return {
    name,
    language: "JavaScript",
    homepage: "https://example.org/ws",
    basedOn: null,
    roles: ["server", "client"],
    versions: ["2.0.0", "1.0.0"],
    deflate: true,
    tls: true,
    subprotocols: true,
    maxMessage: 268_435_456,
    maxFrame: null,
    settings: [{ setting: "maxPayload", value: "256 MiB", why: "one limit for every target" }],
    dockerfile: "FROM node:24-bookworm-slim\n",
    baseline: [
      {
        role: "server",
        cases: ["2.5"],
        expect: "FAILED",
        reason: "long pings are let through",
        link: "https://example.org/1",
      },
    ],
    ...changes,
  };
}

/** A record with an entry of each kind in its log. */
export function fullRecord(id: string, changes: Partial<CaseRecord> = {}): CaseRecord {
  const request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nUpgrade: websocket\r\n\r\n";
  const response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
  const hex = (text: string) => Buffer.from(text, "latin1").toString("hex").slice(0, 128);
  return recordWith({
    id,
    role: "server",
    started: 1_795_256_860_379,
    duration: 30.5,
    received: [{ event: "message", binary: false, payload: { length: 5, head: "48656c6c6f" } }],
    httpRequest: request,
    httpResponse: response,
    rxOctets: { 55: 1, 7: 1, 4: 1 },
    txOctets: { 61: 1, 11: 1, 8: 1 },
    rxFrames: { 1: 1, 8: 1 },
    txFrames: { 1: 1, 8: 1 },
    log: [
      { t: -2, log: "sent", octets: request.length, hex: hex(request) },
      { t: 0, log: "received", octets: response.length, hex: hex(response) },
      {
        t: 0,
        log: "frameSent",
        opcode: 1,
        fin: true,
        rsv: 0,
        mask: "37fa213d",
        payload: { length: 5, head: "48656c6c6f" },
      },
      { t: 0, log: "sent", octets: 11, hex: "818537fa213d7f9f4d5158", sync: true },
      { t: 0, log: "waitSet", ms: 1000, tag: "A" },
      { t: 0.5, log: "killSet", ms: 1000 },
      { t: 1, log: "closeSet", ms: 1000 },
      { t: 1.5, log: "logging", on: false },
      { t: 1.75, log: "logging", on: true },
      { t: 2, log: "received", octets: 7, hex: "810548656c6c6f" },
      {
        t: 2,
        log: "frameReceived",
        opcode: 1,
        fin: true,
        rsv: 0,
        mask: null,
        payload: { length: 5, head: "48656c6c6f" },
      },
      { t: 3, log: "violation", text: "a rule" },
      { t: 4, log: "waitOver", tag: null },
      { t: 5, log: "killFired" },
      { t: 6, log: "closeFired" },
      {
        t: 7,
        log: "frameSent",
        opcode: 8,
        fin: true,
        rsv: 0,
        mask: "a1418f01",
        payload: { length: 2, head: "03e8" },
        repeat: 2,
        chop: 3,
        sync: true,
      },
      { t: 7, log: "sent", octets: 8, hex: "8882a1418f01a2a9" },
      { t: 8, log: "received", octets: 4, hex: "880203e8" },
      {
        t: 8,
        log: "frameReceived",
        opcode: 8,
        fin: true,
        rsv: 0,
        mask: null,
        payload: { length: 2, head: "03e8" },
      },
    ],
    ...changes,
  });
}

const server = { target: "ws", role: "server", variant: "plain" } as const;

function mutants() {
  const one = {
    name: "no-pong",
    defect: "answers no pings",
    rule: "RFC 6455, 5.5.2",
    side: "server",
    missed: [],
  };
  return [
    { ...one, caughtBy: ["2.*"], caught: ["2.2", "24.1.1"] },
    { ...one, name: "mask-zero", caughtBy: [], caught: [] },
  ];
}

function pairs(): SiteInput["pairs"] {
  const talk = { binary: false, octets: 1, fault: null, by: null, deflate: null };
  const pair = { client: "ws@2.0.0", server: "ws@2.0.0", notRun: null };
  return [
    { ...pair, talks: [talk] },
    { ...pair, server: "other@1", talks: [{ ...talk, fault: "it was cut off", by: "server" }] },
    { ...pair, client: "other@1", notRun: "the client: no such file", talks: [] },
  ];
}

const scenarios = [
  { scenario: "large", title: "bears 16 MiB", outcome: "failed", reason: "no echo" },
  { scenario: "many", title: null, outcome: "passed", reason: null },
] as const;

/** Two versions in both roles, a target that could not be built, and an earlier run in which a case was fine. */
export function siteInput(changes: Partial<SiteInput> = {}): SiteInput {
  const broken = playedCell(
    { target: "broken", version: "1.0.0", role: "server", variant: "plain" },
    {},
    {
      status: "build-failed",
      reason: "npm: 404",
      logTail: "npm error 404",
      cases: new Map(),
      tally: tallyOf([]),
      extraTally: null,
    },
  );
  const now = playedRun("2026-11-21T10-26-47-0001", [
    playedCell({ ...server, version: "2.0.0" }, { "2.5": failed, "5.19": { ...ok, behavior: "NON-STRICT" } }),
    playedCell({ ...server, version: "1.0.0" }, { "2.5": failed, "5.3": failed }),
    playedCell(
      { ...server, role: "client", version: "2.0.0" },
      { "12.1.1": { ...ok, behavior: "UNIMPLEMENTED" } },
    ),
    broken,
  ]);
  const before = playedRun(
    "2026-11-20T10-26-47-0001",
    [
      playedCell({ ...server, version: "2.0.0" }, { "5.3": failed }),
      playedCell({ ...server, version: "1.0.0" }, { "2.5": failed }),
    ],
    { startedAt: now.startedAt - 86_400_000 },
  );
  return {
    version: "0.1.0",
    madeAt: 1_795_256_999_000,
    program: "npx wsmatrix",
    catalogue: smallCatalogue,
    runs: [now, before],
    skipped: [],
    targets: new Map([["ws", targetFacts("ws")]]),
    record: (_cell, id) => fullRecord(id),
    log: (cell) => (cell.startsWith("ws@2") ? "listening\n" : null),
    selfCheck: { profile: "quick", passed: true, mutants: mutants() },
    pairs: pairs(),
    scenarios: new Map([["ws@2.0.0/server/plain", scenarios]]),
    live: false,
    ...changes,
  };
}
