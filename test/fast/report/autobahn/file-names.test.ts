import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";

import { cleanAgent, FileNames } from "../../../../report/autobahn/file-names.ts";

describe("names of report files", () => {
  it.each([
    ["AutobahnPython/0.10.9", "1.1.1", "autobahnpython_0_10_9_case_1_1_1"],
    ["websock secure server", "12.1.10", "websock_secure_server_case_12_1_10"],
    ["collie@1", "2.10", "collie_1_case_2_10"],
    ["  ws!! ", "2.1", "ws_case_2_1"],
    ["a - b", "2.1", "a___b_case_2_1"],
    ["../../etc/passwd\0", "2.1", "etc_passwd_case_2_1"],
    ["日本語", "2.1", "_case_2_1"],
    ["", "2.1", "_case_2_1"],
  ])("for %o and %s is %s", (agent, id, name) => {
    expect(new FileNames().of(agent, id)).toBe(name);
  });

  it("stays the same for an agent", () => {
    const names = new FileNames();
    names.of("other", "1.1.1");
    expect([names.of("ws", "1.1.1"), names.of("ws", "1.1.1"), names.of("ws", "9.1.1")]).toEqual([
      "ws_case_1_1_1",
      "ws_case_1_1_1",
      "ws_case_9_1_1",
    ]);
  });

  it("of a second agent that cleans to the same gets a hash, the same one in every run", () => {
    const one = new FileNames();
    expect(one.of("ws", "1.1.1")).toBe("ws_case_1_1_1");
    const second = one.of("ws!", "1.1.1");
    expect(second).toMatch(/^ws_[0-9a-f]{8}_case_1_1_1$/);
    expect(one.of("WS", "1.1.1")).not.toBe(second);
    const other = new FileNames();
    other.of("ws", "3.1");
    expect(other.of("ws!", "1.1.1")).toBe(second);
  });

  it("evades an agent that has taken the name with the hash", () => {
    const first = new FileNames();
    first.of("ws", "1.1.1");
    const hashed = first.of("ws!", "1.1.1").replace("_case_1_1_1", "");
    const second = new FileNames();
    const all = ["ws", hashed, "ws!"].map((agent) => second.of(agent, "1.1.1"));
    expect(new Set(all).size).toBe(3);
  });

  it("is short and harmless, and no two agents share one", () => {
    const names = new FileNames();
    const agents = new Map<string, string>();
    assert(
      property(string({ unit: "binary", maxLength: 400, size: "max" }), (agent) => {
        const name = names.of(agent, "13.7.18");
        expect(name).toMatch(/^[a-z0-9_]*_case_13_7_18$/);
        expect(`${name}.json`.length).toBeLessThanOrEqual(200);
        expect(agents.get(name) ?? agent).toBe(agent);
        agents.set(name, agent);
      }),
    );
    const long = ["x".repeat(100_000), `${"x".repeat(100_000)}y`].map((agent) => names.of(agent, "1.1.1"));
    expect(long[0]).not.toBe(long[1]);
    for (const name of long) expect(name.length).toBeLessThan(195);
  });

  it("of an agent is spelled by Autobahn's rule", () => {
    expect(cleanAgent("Ünï 1.0")).toBe("n__1_0");
  });
});
