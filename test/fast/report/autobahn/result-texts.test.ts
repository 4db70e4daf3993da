import { describe, expect, it } from "vitest";

import { unopenedRecord } from "../../../../fuzzer/player.ts";
import { resultTexts } from "../../../../report/autobahn/result-texts.ts";
import type { ReportedResult } from "../../../../report/autobahn/case-json.ts";

import { entryOf, judged, playedResult } from "./results.ts";

const textsOf = ({ entry, record, verdict }: ReportedResult) => resultTexts(entry.case, record, verdict);

const matched = "Actual events match at least one expected.";

describe("sentences that users' programs compare", () => {
  it.each([
    ["OK", "1.1.1", {}, matched],
    ["NON-STRICT", "3.2", { echo: false }, matched],
    ["NON-STRICT with a wrong code", "3.4", { echo: false, failCode: { "1002": 1000 } }, matched],
    ["OK, of silence", "2.7", {}, matched],
    ["OK that the wrong side made FAILED", "6.3.1", { strict: false, echo: false }, matched],
    ["split frames", "10.1.1", {}, matched],
    [
      "a wrong code that fails",
      "7.9.5",
      { strict: false, closeReply: 1000 },
      "The close code should have been 1002 or empty",
    ],
    [
      "one of several codes",
      "7.5.1",
      { strict: false, closeReply: 1000 },
      "The close code should have been 1002,1007 or empty",
    ],
    ["no echo in time", "9.1.4", { echo: false }, "Did not receive message within 100 seconds."],
    ["no echo in time", "9.2.4", { echo: false }, "Did not receive message within 10 seconds."],
  ])("%s: %s", (_, id, options, sentence) => {
    expect(textsOf(playedResult(id, options)).result).toBe(sentence);
  });

  it("name the codes of a close that has a wrong one, whether it fails or not", () => {
    const sentence = "The close code should have been 1002 or empty";
    const result = playedResult("3.4", { failCode: { "1002": 1000 } });
    expect(result.verdict.behaviorClose).toBe("WRONG CODE");
    expect(textsOf(result).resultClose).toBe(sentence);
    expect(textsOf(playedResult("7.9.5", { strict: false, closeReply: 1000 })).resultClose).toBe(sentence);
  });

  it.each<readonly [string, ReportedResult]>([
    ["what differs", playedResult("1.1.2", { echo: false, closeReply: "empty" })],
    ["an echo of the wrong type", playedResult("9.1.1", { swap: true })],
    ["round trips", playedResult("9.7.1")],
    ["what is for information", playedResult("7.13.1")],
    ["no deflate", playedResult("12.1.1")],
    [
      "a connection that never opened",
      judged("2.7", unopenedRecord(entryOf("2.7").case, "server", "refused")),
    ],
    ["a target that died", judged("2.7", { ...playedResult("2.7").record, targetDied: true })],
    ["more events than are kept", judged("2.7", { ...playedResult("2.7").record, receivedDropped: 1 })],
  ])("are the verdict's own for %s", (_, result) => {
    const { result: why, resultClose } = result.verdict;
    expect(textsOf(result)).toEqual({ result: why, resultClose });
  });
});
