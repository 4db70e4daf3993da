import { describe, expect, it } from "vitest";

import { type BaselineEntry, type CaseFacts, evaluateBaseline } from "../../../report/baseline.ts";
import { type BaselineChanges, planUpdate, type UpdateQuestion } from "../../../report/baseline-update.ts";
import type { CellKey } from "../../../report/cell.ts";
import type { VerdictPair } from "../../../report/tally.ts";

const today = "2026-11-21";
const catalogue = ["1.1.1", "1.1.2", "1.1.3", "2.1", "9.3.1", "9.3.2", "9.4.1", "9.4.2", "10.1.1"];
const about = { reason: "known" };

const ok: VerdictPair = { behavior: "OK", behaviorClose: "OK" };
const failed: VerdictPair = { behavior: "FAILED", behaviorClose: "FAILED" };
const unclean: VerdictPair = { behavior: "OK", behaviorClose: "UNCLEAN" };

const server: CellKey = { target: "ws", version: "8.23.0", role: "server", variant: "plain" };
const client: CellKey = { ...server, role: "client" };
const older: CellKey = { ...server, version: "8.18.0" };
const tls: CellKey = { ...server, variant: "tls" };

/** A cell in which all cases pass but those that are given. */
function cell(key: CellKey, others: Readonly<Record<string, VerdictPair>>, flaky: readonly string[] = []) {
  const cases = catalogue.map((id): [string, CaseFacts] => [
    id,
    { verdict: others[id] ?? ok, flaky: flaky.includes(id) },
  ]);
  return { cell: key, cases: new Map(cases) };
}

function update(
  cells: UpdateQuestion["cells"],
  entries: readonly BaselineEntry[] = [],
  changes: Partial<UpdateQuestion> = {},
): BaselineChanges {
  return planUpdate({ entries, cells, preset: "default", today, catalogue, about, ...changes });
}

function entry(cases: readonly string[], changes: Partial<BaselineEntry> = {}): BaselineEntry {
  return { role: "server", cases, expect: "FAILED", reason: "old", ...changes };
}

/** The entries as they are after the changes. */
function apply(entries: readonly BaselineEntry[], { remove, narrow, add }: BaselineChanges): BaselineEntry[] {
  const kept = entries.flatMap((one, index) =>
    remove.includes(index) ? [] : [{ ...one, cases: narrow.get(index) ?? one.cases }],
  );
  return [...kept, ...add];
}

describe("what a run adds to a baseline", () => {
  it("is nothing when all is as expected", () => {
    const entries = [entry(["9.4.*"])];
    const cells = [cell(server, { "9.4.1": failed, "9.4.2": failed })];
    expect(update(cells, entries)).toEqual({ remove: [], narrow: new Map(), add: [], regressed: 0 });
  });

  it("is one entry for each role and verdict, with patterns where all of them regressed", () => {
    const cells = [
      cell(server, { "9.4.1": failed, "9.4.2": failed, "9.3.2": failed, "2.1": unclean }),
      cell(client, { "9.3.1": failed, "9.3.2": failed, "9.4.1": failed, "9.4.2": failed }),
    ];
    expect(update(cells).add).toEqual([
      { role: "server", cases: ["2.1"], expect: "OK/UNCLEAN", reason: "known" },
      { role: "server", cases: ["9.3.2", "9.4.*"], expect: "FAILED", reason: "known" },
      { role: "client", cases: ["9.*"], expect: "FAILED", reason: "known" },
    ]);
  });

  it("names versions and variants only where not every cell of the role regressed", () => {
    const bad = { "9.4.1": failed };
    const add = (...cells: UpdateQuestion["cells"]) =>
      update(cells).add.map(({ versions, variants }) => ({ versions, variants }));
    expect(add(cell(server, bad), cell(older, bad))).toEqual([{}]);
    expect(add(cell(server, bad), cell(older, {}))).toEqual([{ versions: ["8.23.0"] }]);
    expect(add(cell(server, bad), cell(tls, {}))).toEqual([{ variants: ["plain"] }]);
  });

  it("names each cell where those that regressed are no square", () => {
    const bad = { "9.4.1": failed };
    const olderTls = { ...older, variant: "tls" };
    const cells = [cell(server, bad), cell(olderTls, bad), cell(older, {}), cell(tls, {})];
    expect(update(cells).add.map(({ versions, variants }) => [versions, variants])).toEqual([
      [["8.23.0"], ["plain"]],
      [["8.18.0"], ["tls"]],
    ]);
  });

  it("lets a flaky case be either", () => {
    expect(update([cell(server, { "9.4.1": failed }, ["9.4.1"])]).add).toMatchObject([
      { expect: ["OK", "FAILED"] },
    ]);
  });

  it("goes by the preset", () => {
    const cells = [cell(server, { "2.1": { behavior: "UNIMPLEMENTED", behaviorClose: "OK" } })];
    expect(update(cells).add).toEqual([]);
    expect(update(cells, [], { preset: "strict" }).add).toMatchObject([
      { cases: ["2.1"], expect: "UNIMPLEMENTED" },
    ]);
  });
});

describe("what a run takes from a baseline", () => {
  it("is each case that is fixed; a pattern leaves what still needs it", () => {
    const entries = [entry(["9.4.*", "9.3.1"]), entry(["2.1"])];
    const changes = update([cell(server, { "9.4.1": failed, "9.3.1": failed })], entries);
    expect(changes).toMatchObject({ remove: [1], add: [] });
    expect([...changes.narrow]).toEqual([[0, ["9.4.1", "9.3.1"]]]);
  });

  it("is what has expired", () => {
    const entries = [entry(["2.1"], { expires: "2020-01-01" })];
    expect(update([cell(server, { "2.1": failed })], entries)).toMatchObject({
      remove: [0],
      add: [{ cases: ["2.1"], reason: "known" }],
    });
  });

  it("is nothing of another role, nor of a case that may go either way", () => {
    const entries = [entry(["2.1"], { role: "client" }), entry(["1.1.1"], { expect: ["OK", "FAILED"] })];
    expect(update([cell(server, {})], entries)).toMatchObject({ remove: [], add: [] });
  });

  it("leaves a case that one version still needs to that version, with the entry's own reason", () => {
    const entries = [entry(["9.4.1"], { link: "https://example.org/1" })];
    expect(update([cell(server, {}), cell(older, { "9.4.1": failed })], entries)).toMatchObject({
      remove: [0],
      add: [{ cases: ["9.4.1"], reason: "old", link: "https://example.org/1", versions: ["8.18.0"] }],
    });
  });
});

it("makes a baseline that the same run fits, whatever there was before", () => {
  const verdicts = [ok, failed, unclean];
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 300; round += 1) {
    const cells = [server, client, older, tls].map((key) =>
      cell(key, Object.fromEntries(catalogue.map((id) => [id, verdicts[random(3)]!])), [
        catalogue[random(9)]!,
      ]),
    );
    const entries = Array.from({ length: random(5) }, () =>
      entry([["9.*", "1.1.*", "9.4.1", "2.1"][random(4)]!], {
        role: random(2) === 0 ? "server" : "client",
        expect: (["FAILED", "OK/UNCLEAN", ["OK", "FAILED"]] as const)[random(3)]!,
        ...(random(3) === 0 && { versions: ["8.18.0"] }),
        ...(random(4) === 0 && { expires: "2020-01-01" }),
      }),
    );
    const after = apply(entries, update(cells, entries));
    for (const { cell: key, cases } of cells) {
      const { counts, expired } = evaluateBaseline({
        cell: key,
        cases,
        preset: "default",
        entries: after,
        today,
      });
      expect({ regressed: counts.regressed, fixed: counts.fixed, expired }).toEqual({
        regressed: 0,
        fixed: 0,
        expired: [],
      });
    }
    expect(update(cells, after)).toEqual({ remove: [], narrow: new Map(), add: [], regressed: 0 });
  }
});
