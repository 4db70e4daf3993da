import { describe, expect, it } from "vitest";

import { catalogue, selectCases } from "../../../../fuzzer/catalogue.ts";
import { unopenedRecord } from "../../../../fuzzer/player.ts";
import { caseJson, type ReportedResult } from "../../../../report/autobahn/case-json.ts";
import { pythonJson } from "../../../../report/autobahn/python-json.ts";

import { compressedResult, entryOf, judged, playedResult, withRecord } from "./results.ts";

/** The file as a program reads it. */
function fileOf(result: ReportedResult): Record<string, unknown> {
  return JSON.parse(pythonJson(caseJson(result))) as Record<string, unknown>;
}

const words = (value: unknown) => typeof value === "string";
const flag = (value: unknown) => typeof value === "boolean";
const whole = (value: unknown) => Number.isInteger(value);
const list = (value: unknown) => Array.isArray(value);
const object = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
const orNull = (test: (value: unknown) => boolean) => (value: unknown) => value === null || test(value);
const statistic = (value: unknown) =>
  object(value) && Object.entries(value as object).every(([key, count]) => /^\d+$/.test(key) && whole(count));

/** All keys that the original writes, in the order of its files, with their types. */
const keys: Readonly<Record<string, (value: unknown) => boolean>> = {
  agent: words,
  behavior: words,
  behaviorClose: words,
  case: whole,
  closedByMe: flag,
  createStats: flag,
  createWirelog: flag,
  description: words,
  droppedByMe: flag,
  duration: whole,
  expectation: words,
  expected: object,
  expectedClose: object,
  failedByMe: flag,
  httpRequest: words,
  httpResponse: words,
  id: words,
  isServer: flag,
  localCloseCode: orNull(whole),
  localCloseReason: orNull(words),
  received: list,
  remoteCloseCode: orNull(whole),
  remoteCloseReason: orNull(words),
  reportCompressionRatio: flag,
  reportTime: flag,
  result: words,
  resultClose: words,
  rxFrameStats: statistic,
  rxOctetStats: statistic,
  started: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value as string),
  trafficStats: orNull(object),
  txFrameStats: statistic,
  txOctetStats: statistic,
  wasClean: flag,
  wasCloseHandshakeTimeout: flag,
  wasNotCleanReason: orNull(words),
  wasOpenHandshakeTimeout: flag,
  wasServerConnectionDropTimeout: flag,
  wirelog: list,
};

function wrongKeys(result: ReportedResult): string[] {
  const file = fileOf(result);
  expect(Object.keys(file)).toEqual(Object.keys(keys));
  return Object.keys(keys).filter((key) => !keys[key]!(file[key]));
}

describe("the JSON file of a case", () => {
  it("has all keys of the original's and no others, with their types, in every case and both roles", () => {
    // Of chapters 9 and 12, one case of each rule: the others differ in size only.
    const { entries } = selectCases(catalogue, {
      cases: ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.1.1", "9.7.1", "10.*", "12.1.1"],
    });
    for (const { case: played } of entries) {
      for (const role of ["server", "client"] as const) {
        expect(wrongKeys(playedResult(played.id, {}, { role }))).toEqual([]);
        expect(wrongKeys(playedResult(played.id, { strict: false, closeReply: 4999 }, { role }))).toEqual([]);
        expect(wrongKeys(judged(played.id, unopenedRecord(played, role, "refused")))).toEqual([]);
      }
    }
  });

  it("tells of a case that was passed", () => {
    const result = playedResult("5.19");
    const file = fileOf({
      ...result,
      record: { ...result.record, started: Date.UTC(2024, 1, 29, 12, 0, 0, 7) },
    });
    const pongs = [
      ["pong", "pongme 1!"],
      ["pong", "pongme 2!"],
      ["message", "fragment1fragment2fragment3fragment4fragment5", false],
    ];
    expect(file).toMatchObject({
      agent: "target",
      behavior: "OK",
      behaviorClose: "OK",
      case: 63,
      id: "5.19",
      expected: { OK: pongs },
      received: pongs,
      expectedClose: { closedByMe: true, closeCode: [1000], requireClean: true },
      closedByMe: true,
      wasClean: true,
      wasNotCleanReason: null,
      localCloseCode: 1000,
      localCloseReason: null,
      remoteCloseCode: 1000,
      remoteCloseReason: null,
      isServer: false,
      reportTime: false,
      reportCompressionRatio: false,
      createStats: true,
      createWirelog: true,
      trafficStats: null,
      started: "2024-02-29T12:00:00.007Z",
      rxFrameStats: { "1": 1, "8": 1, "10": 2 },
      txFrameStats: { "0": 4, "1": 1, "8": 1, "9": 2 },
    });
    expect(file.httpRequest).toMatch(/^GET \/ HTTP\/1\.1\r\n[^]*\r\n\r\n$/);
    expect(file.httpResponse).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n$/);
    expect(file.description).toBe(entryOf("5.19").case.description);
    expect(file.expectation).toBe(entryOf("5.19").case.expectation);
  });

  it("sorts sizes as numbers", () => {
    const text = pythonJson(caseJson(playedResult("1.1.3")));
    const sizes = [...text.matchAll(/"txOctetStats": \{([^}]*)\}/g)][0]![1]!;
    const numbers = [...sizes.matchAll(/"(\d+)": \d+/g)].map(([, size]) => Number(size));
    expect(numbers.length).toBeGreaterThan(2);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it("tells of a connection that never opened: nothing was expected yet, and no head is a question mark", () => {
    const { case: played } = entryOf("1.1.1");
    const file = fileOf(judged("1.1.1", unopenedRecord(played, "client", "connection refused")));
    expect([file.expected, file.expectedClose, file.received]).toEqual([{}, {}, []]);
    expect(file).toMatchObject({
      behavior: "FAILED",
      behaviorClose: "FAILED",
      httpRequest: "?",
      httpResponse: "?",
      isServer: true,
      wasNotCleanReason: "connection refused",
      remoteCloseCode: null,
    });
  });

  it("has the expected close of a compressed case even then", () => {
    const { case: played } = entryOf("12.1.1");
    expect(fileOf(judged("12.1.1", unopenedRecord(played, "server", "refused")))).toMatchObject({
      expected: {},
      expectedClose: { closedByMe: true, closeCode: [1000], requireClean: true },
      reportTime: true,
      reportCompressionRatio: true,
    });
  });

  it("says of the UTF-8 cases, and of no others, that the wrong side is fatal", () => {
    const close = { closedByMe: false, closeCode: [1007], requireClean: false };
    expect(fileOf(playedResult("6.3.1")).expectedClose).toEqual({
      ...close,
      closedByWrongEndpointIsFatal: true,
    });
    expect(fileOf(playedResult("3.1")).expectedClose).toEqual({ ...close, closeCode: [1002] });
  });

  it("gives the reason of 7.5.1 in hexadecimal, or a question mark, and any other as text", () => {
    expect(fileOf(playedResult("7.5.1")).localCloseReason).toBe("cebae1bdb9cf83cebcceb5eda080656469746564");
    const { case: played } = entryOf("7.5.1");
    expect(fileOf(judged("7.5.1", unopenedRecord(played, "server", "refused"))).localCloseReason).toBe("?");
    expect(fileOf(playedResult("1.1.1", { echo: false, noCloseReply: true })).localCloseReason).toBe(
      "Going Away",
    );
    expect(fileOf(playedResult("7.3.5")).localCloseReason).toBe("*".repeat(123));
  });

  it("gives the peer's reason as text, whatever is in it", () => {
    const result = playedResult("1.1.1");
    const reason = (octets: string) =>
      fileOf(withRecord(result, { remoteCloseReason: Buffer.from(octets, "latin1").toString("hex") }))
        .remoteCloseReason;
    expect(reason("\u00e2\u0082\u00ac <b>")).toBe("€ <b>");
    expect(reason("\u00ff")).toBe("0xff");
  });

  it("numbers the case by the catalogue, or as it is told", () => {
    const result = playedResult("7.13.1");
    expect(fileOf(result).case).toBe(245);
    expect(fileOf({ ...result, number: 12 }).case).toBe(12);
  });

  it("shows events as text, as hexadecimal, and with what a wait was called", () => {
    const result = withRecord(playedResult("6.4.1"), {
      received: [
        { event: "message", payload: { length: 2, head: "ff69" }, binary: true },
        { event: "pong", payload: { length: 61, head: "61".repeat(61) } },
        { event: "timeout", tag: "A" },
      ],
    });
    expect(fileOf(result).received).toEqual([
      ["message", "0xff69", true],
      ["pong", `${"a".repeat(61)} ...`],
      ["timeout", "A"],
    ]);
    expect(fileOf(result).expected).toEqual({
      OK: [["timeout", "A"]],
      "NON-STRICT": [
        ["timeout", "A"],
        ["timeout", "B"],
      ],
    });
  });

  it.each([
    ["1.1.1", {}, true],
    // Logging is switched off without an entry, and on by the first message.
    ["9.1.1", {}, true],
    ["9.1.1", { echo: false }, false],
    ["9.7.1", {}, true],
    ["9.7.1", { echo: false }, false],
    ["12.1.1", {}, false],
  ])("says whether frames were logged in the end: %s against %o", (id, options, logged) => {
    expect(fileOf(playedResult(id, options)).createWirelog).toBe(logged);
  });

  it("rounds the duration to whole ms", () => {
    expect(fileOf(withRecord(playedResult("1.1.1"), { duration: 12.5 })).duration).toBe(13);
  });

  it("has the traffic of a compressed case that was done, with ratios as floats", () => {
    const result = compressedResult("12.1.1");
    const { trafficStats } = fileOf(result);
    expect(Object.keys(trafficStats as object)).toEqual([
      "incomingCompressionRatio",
      "incomingOctetsAppLevel",
      "incomingOctetsWebSocketLevel",
      "incomingOctetsWireLevel",
      "incomingWebSocketFrames",
      "incomingWebSocketMessages",
      "incomingWebSocketOverhead",
      "outgoingCompressionRatio",
      "outgoingOctetsAppLevel",
      "outgoingOctetsWebSocketLevel",
      "outgoingOctetsWireLevel",
      "outgoingWebSocketFrames",
      "outgoingWebSocketMessages",
      "outgoingWebSocketOverhead",
      "preopenIncomingOctetsWireLevel",
      "preopenOutgoingOctetsWireLevel",
    ]);
    expect(trafficStats).toMatchObject({
      outgoingOctetsAppLevel: 16_000,
      incomingOctetsAppLevel: 16_000,
      outgoingWebSocketMessages: 1000,
      incomingWebSocketFrames: 1000,
    });
  });

  it("works ratios out, with none where nothing was sent", () => {
    const nothing = { wire: 0, webSocket: 0, app: 0, frames: 0, messages: 0 };
    const traffic = {
      outgoing: { wire: 300, webSocket: 200, app: 200, frames: 4, messages: 2 },
      incoming: nothing,
      preopen: { outgoing: 11, incoming: 12 },
    };
    const text = pythonJson(caseJson(withRecord(compressedResult("12.1.1"), { traffic })));
    expect(text).toContain('"outgoingCompressionRatio": 1.0,');
    expect(text).toContain('"outgoingWebSocketOverhead": 0.5,');
    expect(text).toContain('"incomingCompressionRatio": null,');
    expect(text).toContain('"incomingWebSocketOverhead": null,');
    expect(text).toContain('"preopenOutgoingOctetsWireLevel": 11\n');
  });
});
