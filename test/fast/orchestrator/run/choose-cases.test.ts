import { describe, expect, it } from "vitest";

import { matrixFrom } from "../../../../orchestrator/config/matrix.ts";
import type { Cell } from "../../../../orchestrator/config/plan.ts";
import { ConfigError } from "../../../../orchestrator/config/problem.ts";
import {
  casesOfCell,
  chaptersFor,
  chooseCases,
  findCase,
  knownCases,
} from "../../../../orchestrator/run/choose-cases.ts";
import { isExtraCase } from "../../../../report/tally.ts";

const matrix = (suite: object) =>
  matrixFrom("m.yaml", { suite, targets: [{ name: "x", url: "ws://127.0.0.1:1", roles: ["server"] }] }, ".");
const chosen = (request: object, suite: object = {}) => {
  const cases = chooseCases({ cases: [], exclude: [], ...request }, matrix(suite), "command line");
  const extra = cases.filter(({ id }) => isExtraCase(id)).length;
  return [cases.length - extra, extra];
};
const all = knownCases().filter(isExtraCase).length;

describe("the cases of a run", () => {
  it("are Autobahn's, and ours only where they are asked for", () => {
    expect(chosen({})).toEqual([517, 0]);
    expect(chosen({ cases: ["2*"] })).toEqual([11, 0]);
    expect(chosen({ extra: true })).toEqual([517, all]);
    expect(chosen({}, { extra: true })).toEqual([517, all]);
    expect(chosen({ cases: ["20.1.*"] })[0]).toBe(0);
    expect(chosen({ cases: ["1.1.1", "20.1.1"], extra: true })).toEqual([1, 1]);
    expect(chosen({ exclude: ["20.*"], extra: true })[1]).toBeLessThan(all);
  });

  it("must be some, and each pattern must select one", () => {
    expect(() => chosen({ cases: ["19.*"] })).toThrow(ConfigError);
    expect(() => chosen({ cases: ["20.99.1"] })).toThrow(/selects nothing/);
    expect(() => chosen({ cases: ["20.1.1"], exclude: ["20.1.1"] })).toThrow(/no case is left/);
  });

  it("of a cell are those of its role, made for its limits", () => {
    const cases = chooseCases(
      { cases: ["20.1.1", "21.1.1", "24.3.2", "29.4.2"], exclude: [] },
      matrix({}),
      "",
    );
    const ids = (role: "server" | "client", maxMessage?: number) => {
      const target = { kind: "folder", definition: { limits: { maxMessage } } };
      return casesOfCell({ target, role } as unknown as Cell, cases).map(({ id }) => id);
    };
    expect(ids("server")).toEqual(["20.1.1", "24.3.2"]);
    expect(ids("client")).toEqual(["21.1.1", "24.3.2"]);
    expect(ids("server", 4_096)).toEqual(["20.1.1", "24.3.2", "29.4.2"]);
    const overTls = chooseCases({ cases: ["33.1.1"], exclude: [] }, matrix({}), "");
    const of = (variant: string) => {
      const target = { kind: "folder", definition: { limits: {} } };
      return casesOfCell({ target, role: "server", variant } as unknown as Cell, overTls).length;
    };
    expect([of("plain"), of("tls")]).toEqual([0, 1]);
  });

  it("are described in the results, ours only where one was played", () => {
    const own = chooseCases({ cases: ["1.1.1"], exclude: [] }, matrix({}), "");
    const both = chooseCases({ cases: ["1.1.1", "20.1.1"], exclude: [] }, matrix({}), "");
    expect(chaptersFor(own).some(({ extra }) => extra)).toBe(false);
    expect(chaptersFor(both).some(({ extra }) => extra)).toBe(true);
    expect([findCase("1.1.1")?.case.id, findCase("20.1.1")?.case.id, findCase("20.0")]).toEqual([
      "1.1.1",
      "20.1.1",
      undefined,
    ]);
  });
});
