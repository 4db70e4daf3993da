import { describe, expect, it } from "vitest";

import { type IndexFacts, indexFacts, indexJson } from "../../../../report/autobahn/index-json.ts";

import { compressedResult, playedResult } from "./results.ts";

function facts(id: string, changes: Partial<IndexFacts> = {}): IndexFacts {
  return {
    id,
    behavior: "OK",
    behaviorClose: "OK",
    duration: 3,
    remoteCloseCode: 1000,
    stem: `ws_case_${id.replaceAll(".", "_")}`,
    ratios: null,
    ...changes,
  };
}

const agent = (...results: readonly IndexFacts[]) => new Map(results.map((each) => [each.id, each]));

describe("index.json", () => {
  it("is what the original writes, octet by octet", () => {
    const text = indexJson(
      new Map([
        [
          "ws",
          agent(
            facts("2.1"),
            facts("10.1.1", { behavior: "FAILED", behaviorClose: "WRONG CODE", remoteCloseCode: null }),
          ),
        ],
        ["Ünknown", agent(facts("1.1.1", { stem: "n_case_1_1_1", duration: 0 }))],
      ]),
    );
    expect(text).toBe(`{
   "ws": {
      "10.1.1": {
         "behavior": "FAILED",
         "behaviorClose": "WRONG CODE",
         "duration": 3,
         "remoteCloseCode": null,
         "reportfile": "ws_case_10_1_1.json"
      },
      "2.1": {
         "behavior": "OK",
         "behaviorClose": "OK",
         "duration": 3,
         "remoteCloseCode": 1000,
         "reportfile": "ws_case_2_1.json"
      }
   },
   "\\u00dcnknown": {
      "1.1.1": {
         "behavior": "OK",
         "behaviorClose": "OK",
         "duration": 0,
         "remoteCloseCode": 1000,
         "reportfile": "n_case_1_1_1.json"
      }
   }
}`);
  });

  it("can be taken apart as text: a record a line when lines are joined, one blank behind a colon", () => {
    const ids = ["1.1.1", "1.1.2", "2.10", "13.7.18"];
    const text = indexJson(new Map([["ws", agent(...ids.map((id) => facts(id)))]]));
    const records = text
      .replaceAll("\n", "!")
      .replaceAll("},!", "\n")
      .replaceAll("!", " ")
      .replaceAll(/ +/g, " ");
    const lines = records.split("\n");
    expect(lines).toHaveLength(ids.length);
    expect(lines.filter((line) => !line.includes('"behavior": "OK"'))).toEqual([]);
  });

  it("leaves an agent without results out, and takes any name of one", () => {
    const agents = new Map([
      ["none", agent()],
      ["__proto__", agent(facts("1.1.1"))],
    ]);
    expect(Object.keys(JSON.parse(indexJson(agents)) as object)).toEqual(["__proto__"]);
    expect(indexJson(new Map())).toBe("{}");
  });

  it("keeps of a result what it needs", () => {
    expect(indexFacts(playedResult("1.1.1", { closeReply: "empty" }), "x_case_1_1_1")).toEqual({
      id: "1.1.1",
      behavior: "OK",
      behaviorClose: "OK",
      duration: 4,
      remoteCloseCode: null,
      stem: "x_case_1_1_1",
      ratios: null,
    });
  });

  it("keeps the ratios of a compressed case", () => {
    const result = compressedResult("12.1.1");
    const { outgoing } = result.record.traffic!;
    expect(indexFacts(result, "x").ratios?.outgoing).toBe(outgoing.webSocket / outgoing.app);
    expect(indexFacts(playedResult("12.1.1"), "x").ratios).toBeNull();
  });
});
