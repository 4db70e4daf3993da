import { array, assert, constantFrom, property, record } from "fast-check";
import { describe, expect, it } from "vitest";

import { catalogue } from "../../../../fuzzer/catalogue.ts";
import type { CatalogueEntry } from "../../../../fuzzer/catalogue.ts";
import { type IndexContent, indexHtml } from "../../../../report/autobahn/index-html.ts";
import type { IndexFacts } from "../../../../report/autobahn/index-json.ts";
import { FileNames } from "../../../../report/autobahn/file-names.ts";
import { BEHAVIOR_CLOSES, BEHAVIORS } from "../../../../report/tally.ts";

import { wellFormed } from "./well-formed.ts";

function facts(id: string, changes: Partial<IndexFacts> = {}): IndexFacts {
  const stem = new FileNames().of("ws", id);
  return {
    id,
    behavior: "OK",
    behaviorClose: "OK",
    duration: 7,
    remoteCloseCode: 1000,
    stem,
    ratios: null,
    ...changes,
  };
}

function content(agents: Readonly<Record<string, readonly IndexFacts[]>>): IndexContent {
  return {
    head: { generator: "wsmatrix 1.2.3", remarks: ["profile full"] },
    generated: Date.UTC(2024, 0, 2, 3, 4, 5, 6),
    entries: catalogue.entries,
    agents: new Map(
      Object.entries(agents).map(([name, results]) => [
        name,
        new Map(results.map((each) => [each.id, each])),
      ]),
    ),
    notes: new Map(),
  };
}

const failures = (page: string) => page.split("case_failed").length - 1;

describe("index.html", () => {
  it("holds the word that scripts count twice when nothing failed", () => {
    const good = catalogue.entries.map(({ case: { id } }) => facts(id));
    const page = indexHtml(content({ ws: good }));
    expect(failures(page)).toBe(2);
    expect(page.match(/^\s*\.case_failed \{/gm)).toHaveLength(1);
    expect(page.match(/<td class="case_failed">Fail<\/td>/g)).toHaveLength(1);
    expect(failures(indexHtml(content({})))).toBe(2);
  });

  it("and once more for each cell that is red, whatever agents are called", () => {
    const ids = catalogue.entries.slice(0, 40).map(({ case: { id } }) => id);
    const verdict = record({
      behavior: constantFrom(...BEHAVIORS),
      behaviorClose: constantFrom(...BEHAVIOR_CLOSES),
      remoteCloseCode: constantFrom(null, 1000, 1002),
    });
    assert(
      property(array(verdict, { maxLength: ids.length }), (verdicts) => {
        const name = "a case_failed agent";
        const results = verdicts.map((each, at) =>
          facts(ids[at]!, { ...each, stem: `a_case_failed_case_${at}` }),
        );
        const cells = results.flatMap(({ behavior, behaviorClose }) => {
          const close = behavior !== "UNIMPLEMENTED" && ["FAILED", "UNCLEAN"].includes(behaviorClose);
          return [behavior === "FAILED", close].filter(Boolean);
        });
        const page = indexHtml({ ...content({ [name]: results }), notes: new Map([[name, "case_failed"]]) });
        expect(failures(page)).toBe(2 + cells.length);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [
      {},
      '<td class="case_ok"><a href="ws_case_1_1_1.html">Pass</a></td>',
      '<td class="close case_ok">1000</td>',
    ],
    [
      { behavior: "NON-STRICT" },
      '"case_non_strict"><a href="ws_case_1_1_1.html">Non-Strict<',
      '"close case_ok"',
    ],
    [
      { behavior: "FAILED", behaviorClose: "WRONG CODE" },
      ">Fail</a>",
      '"close case_non_strict">1000 <small>wrong code<',
    ],
    [
      { behavior: "INFORMATIONAL", behaviorClose: "INFORMATIONAL" },
      '"case_info"><a',
      '"close case_info">1000<',
    ],
    [
      { behaviorClose: "FAILED BY CLIENT" },
      ">Pass</a>",
      '"close case_almost">1000 <small>TCP ended by client<',
    ],
    [{ behaviorClose: "UNCLEAN" }, ">Pass</a>", '"close case_failed">Unclean<'],
    [{ behaviorClose: "FAILED" }, ">Pass</a>", '"close case_failed">Fail<'],
    [{ remoteCloseCode: null }, ">Pass</a>", '"close case_ok">None<'],
    [
      { behavior: "UNIMPLEMENTED" },
      '"case_unimplemented" colspan="2"><a href="ws_case_1_1_1.html">Unimplemented<',
      "",
    ],
  ] as const)("shows %j", (changes, behavior, close) => {
    const page = indexHtml(content({ ws: [facts("1.1.1", changes)] }));
    expect(page).toContain(behavior);
    expect(page).toContain(close);
    expect(page.match(/>Missing<\/td>/g)).toHaveLength(517);
  });

  it("shows the time and the compression of cases whose results they are", () => {
    const ratios = { incoming: 0.29312, outgoing: 0.9851875 };
    const page = indexHtml(
      content({
        ws: [facts("1.1.1"), facts("9.1.1", { duration: 1234 }), facts("12.1.1", { duration: 55, ratios })],
      }),
    );
    expect(page).toContain("<small>1234 ms</small>");
    expect(page).toContain("<small>55 ms</small>");
    expect(page.replaceAll(/\s+/g, " ")).toContain("[0.293/0.985]");
    expect(page).not.toContain("7 ms</small>");
  });

  it("lists every case with chapters and groups, what it does and what it expects", () => {
    const page = indexHtml(content({ ws: [] }));
    for (const { case: each } of catalogue.entries) {
      const anchor = `case-${each.id.replaceAll(".", "-")}`;
      expect(page.match(new RegExp(`href="#${anchor}"`, "g"))).toHaveLength(1);
      expect(page.match(new RegExp(`id="${anchor}"`, "g"))).toHaveLength(1);
    }
    expect(page).toContain("6.22 ");
    expect(page).toContain("1 Framing");
    expect(page).toContain("wsmatrix 1.2.3 on 2024-01-02T03:04:05.006Z");
    expect(page).toContain("profile full");
  });

  it("has a tally for each agent, what is missing and why", () => {
    const some = content({ ws: [facts("1.1.1"), facts("1.1.2", { behavior: "FAILED" })], other: [] });
    const page = indexHtml({
      ...some,
      notes: new Map([
        ["gone", "the connection was refused"],
        ["ws", "died at 1.1.3"],
      ]),
    });
    expect(page).toContain("1 pass, 1 failed, 515 not-run of 517<br />died at 1.1.3");
    expect(page).toContain("517 not-run of 517<br />the connection was refused");
    const names = [...page.matchAll(/<th scope="row"><bdi>(.*?)<\/bdi>/g)].map(([, name]) => name);
    expect(names).toEqual(["gone", "other", "ws"]);
  });

  it("keeps our own chapters apart, and out where none of them was played", () => {
    const extra = extraEntry();
    const entries = [...catalogue.entries, extra];
    const without = indexHtml({ ...content({ ws: [facts("1.1.1")] }), entries });
    expect(without).not.toContain("Extras");
    const played = indexHtml({ ...content({ ws: [facts("1.1.1"), facts(extra.case.id)] }), entries });
    expect(played).toContain("Extras");
    expect(played).toContain("1 pass, 516 not-run of 517; extra: 1 pass of 1");
  });

  it("escapes what agents are called, and names one without a name", () => {
    const name = `<img src=x onerror="alert(1)">\u202e`;
    const page = indexHtml(content({ [name]: [facts("1.1.1")], "": [facts("1.1.1")] }));
    expect(page).not.toContain("<img");
    expect(page).toContain(String.raw`&lt;img src=x onerror=&quot;alert(1)&quot;&gt;\u202e`);
    expect(page).toContain("<bdi>(no name)</bdi>");
  });

  it("is well-formed", () => {
    const id = catalogue.entries.map(({ case: each }) => each.id);
    const results = id.map((each, at) =>
      facts(each, {
        behavior: BEHAVIORS[at % BEHAVIORS.length]!,
        behaviorClose: BEHAVIOR_CLOSES[at % BEHAVIOR_CLOSES.length]!,
      }),
    );
    expect(wellFormed(indexHtml(content({ a: results, b: results.slice(0, 100), "<c>": [] })))).toEqual([]);
  });
});

/** A case of a chapter of ours. */
function extraEntry(): CatalogueEntry {
  const [first] = catalogue.entries;
  const own = { ...first!.case, id: "20.1.1" };
  const group = { id: "20.1", title: "Extra group", cases: [own] };
  return {
    index: 518,
    case: own,
    group,
    chapter: { id: "20", title: "Extras", extra: true, groups: [group, group] },
  };
}
