import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Chapter } from "../../../fuzzer/case.ts";
import { buildCatalogue, catalogue, compareIds, selectCases } from "../../../fuzzer/catalogue.ts";

import { asFact, comparable, cuts, factCuts, factOf, facts } from "./facts.ts";

const entries = catalogue.entries.filter((entry) => facts.has(entry.case.id));

const ids = (from: { readonly entries: readonly { readonly case: { readonly id: string } }[] }): string[] =>
  from.entries.map((entry) => entry.case.id);

const select = (cases: readonly string[], exclude: readonly string[] = []): string[] =>
  ids(selectCases(catalogue, { cases, exclude }));

describe("the uncompressed cases and the facts on Autobahn's", () => {
  it("are the same 301 cases in the same order", () => {
    expect(facts.size).toBe(301);
    expect(entries.map((entry) => entry.case.id)).toEqual([...facts.keys()]);
  });

  it.each(entries.map((entry) => [entry.case.id, entry] as const))("%s is the same case", (id, entry) => {
    const fact = factOf(id);
    expect(asFact(entry)).toStrictEqual(comparable(fact));
    expect(cuts(entry.case.script)).toEqual(factCuts(fact.script));
  });

  it("have nothing in the facts that our form leaves out", () => {
    for (const fact of facts.values()) {
      expect([fact.id, fact.expectedCloseSetAt, fact.roleDependent, fact.reportCompressionRatio]).toEqual([
        fact.id,
        "onOpen",
        false,
        false,
      ]);
    }
  });

  it("hold the payload of a round trip in the script and in the rule", () => {
    const trips = entries.filter((entry) => entry.case.onMessage.rule === "roundTrips");
    expect(trips).toHaveLength(12);
    for (const { case: each } of trips) {
      const sent = each.script.find((step) => step.step === "frame");
      expect(each.onMessage).toMatchObject({ payload: sent?.payload });
    }
  });

  it("want an echo of exactly those texts of 6.5 and later that are UTF-8", () => {
    const texts = entries.flatMap(({ case: each, group }) => {
      const [step] = each.script;
      const single = group.id.startsWith("6.") && compareIds(group.id, "6.5") >= 0;
      return single && step?.step === "message" && "hex" in step.payload
        ? [{ id: each.id, hex: step.payload.hex, echo: each.close.byFuzzer }]
        : [];
    });
    expect(texts).toHaveLength(132);
    for (const { id, hex, echo } of texts) expect([id, echo]).toEqual([id, isUtf8(hex)]);
  });
});

describe("the texts of the cases", () => {
  const known: Readonly<Record<number, readonly string[]>> = {
    6455: [
      "1.4",
      "5.1",
      "5.2",
      "5.3",
      "5.4",
      "5.5",
      "5.5.1",
      "5.5.2",
      "5.5.3",
      "5.6",
      "5.8",
      "6.1",
      "6.2",
      "7.1.1",
      "7.1.2",
      "7.1.3",
      "7.1.4",
      "7.1.5",
      "7.1.6",
      "7.1.7",
      "7.4.1",
      "7.4.2",
      "8.1",
      "9.1",
      "10.4",
    ],
    3629: ["1", "3", "4", "10"],
    7692: ["5", "6", "7.1.1.1", "7.1.1.2", "7.1.2.1", "7.1.2.2", "7.2.1", "7.2.2", "7.2.3", "8"],
  };

  it.each(catalogue.entries.map((entry) => [entry.case.id, entry.case] as const))(
    "%s has a title, sentences and real citations",
    (id, { title, description, expectation, citations }) => {
      expect(title).toMatch(/^[A-Z0-9][^\n]{5,89}[^.\s]$/);
      for (const sentences of [description, expectation]) {
        expect(sentences).toMatch(/^[A-Z][^\n]{40,}\.$/);
        expect(sentences).not.toMatch(/undefined|null\b|NaN|\[object| {2}|\.\./);
      }
      const summary = facts.get(id)?.summary.toLowerCase() ?? "none";
      expect(`${title} ${description} ${expectation}`.toLowerCase()).not.toContain(summary);
      expect(citations.length).toBeGreaterThan(0);
      for (const { rfc, section } of citations) expect(known[rfc]).toContain(section);
    },
  );

  it("differ in title and description from case to case", () => {
    const titles = catalogue.entries.map((entry) => entry.case.title);
    const descriptions = catalogue.entries.map((entry) => entry.case.description);
    const whole = catalogue.entries.map((entry) => entry.case.description + entry.case.expectation);
    expect(repeats(titles)).toEqual([]);
    expect(repeats(whole)).toEqual([]);
    expect(repeats(descriptions)).toEqual([]);
  });

  it("say the deadline that the script sets", () => {
    for (const { case: each } of catalogue.entries) {
      const [, armed] = /"(?:kill|close)After","ms":(\d+)/.exec(JSON.stringify(each.script)) ?? [];
      expect(each.description).toMatch(new RegExp(` ${Number(armed) / 1000} s (?:after|for) `));
    }
  });

  it("name the octets of the text in chapter 6 from 6.5 on", () => {
    for (const { case: each, group } of entries) {
      const [step] = each.script;
      if (compareIds(group.id, "6.5") < 0 || compareIds(group.id, "7") >= 0) continue;
      const octets = step?.step === "message" && "hex" in step.payload ? step.payload.hex : "none";
      expect(each.description.toLowerCase().replaceAll(" ", "")).toContain(octets);
    }
  });
});

describe("the catalogue", () => {
  it("is frozen to the last payload", () => {
    const loose: string[] = [];
    collectLoose(catalogue.chapters, "chapters", loose);
    collectLoose(catalogue.entries, "entries", loose);
    expect(loose).toEqual([]);
    expect(Object.isFrozen(catalogue)).toBe(true);
  });

  it("knows every case by its id, with the place it has", () => {
    expect(catalogue.byId.size).toBe(catalogue.entries.length);
    for (const entry of catalogue.entries) {
      expect(catalogue.byId.get(entry.case.id)).toBe(entry);
      expect(catalogue.entries[entry.index - 1]).toBe(entry);
      expect(entry.chapter.groups).toContain(entry.group);
      expect(entry.group.cases).toContain(entry.case);
    }
  });

  it("hashes contents, not the order in which they were written down", () => {
    expect(catalogue.hash).toMatch(/^[0-9a-f]{64}$/);
    const turned = catalogue.chapters.toReversed().map((chapter) => withKeysReversed(chapter));
    expect(JSON.stringify(turned.toReversed())).not.toBe(JSON.stringify(catalogue.chapters));
    expect(buildCatalogue(turned).hash).toBe(catalogue.hash);
    const other = catalogue.chapters.map((chapter) => ({ ...chapter, title: `${chapter.title}.` }));
    expect(buildCatalogue(other).hash).not.toBe(catalogue.hash);
  });

  it("orders ids by number", () => {
    const wanted = ["2", "2.9", "2.10", "3.1", "9.8.6", "10.1.1", "12.1.1"];
    expect(wanted.toReversed().toSorted(compareIds)).toEqual(wanted);
    expect(ids(buildCatalogue([sample("10", ["10.2"]), sample("9", ["9.10", "9.9"])]))).toEqual([
      "9.9",
      "9.10",
      "10.2",
    ]);
  });

  it.each([
    ["a doubled id", [sample("2", ["2.1", "2.1"])], "doubled: 2.1"],
    ["an id that is not numeric", [sample("2", ["2.x"])], '"2.x"'],
    ["a case of another group", [sample("2", ["3.1"])], "case 3.1"],
    ["a group of another chapter", [{ ...sample("2", []), id: "3" }], "group 2"],
    ["a chapter from 20 on that is not extra", [sample("20", ["20.1"])], "chapter 20"],
    ["an extra chapter before 20", [{ ...sample("3", ["3.1"]), extra: true as const }], "chapter 3"],
  ])("refuses %s", (_what, chapters, message) => {
    expect(() => buildCatalogue(chapters)).toThrow(message);
  });
});

describe("selecting cases", () => {
  it("takes everything for a star", () => {
    expect(select(["*"])).toEqual(ids(catalogue));
  });

  it("anchors a pattern at the start only", () => {
    expect(select(["1*"])).toEqual(ofChapters("1", "10", "12", "13"));
    expect(select(["2.1*"])).toEqual(["2.1", "2.10", "2.11"]);
    expect(select(["1.1.*"])).toEqual(ids(catalogue).filter((id) => id.startsWith("1.1.")));
    expect(select(["6.4*"])).toEqual(["6.4.1", "6.4.2", "6.4.3", "6.4.4"]);
    const withOne = select(["*.1"]);
    expect(withOne).toEqual(ids(catalogue).filter((id) => id.includes(".1")));
    expect(withOne).toEqual(expect.arrayContaining(["7.13.2", "1.1.5", "2.11"]));
  });

  it("takes a dot and an id without a star literally", () => {
    expect(select(["2.1"])).toEqual(["2.1"]);
    expect(select(["1.1"])).toEqual([]);
    expect(select(["1.1.1*", "1x1*", "[12]*", "2.1|3*"])).toEqual(["1.1.1"]);
  });

  it("gives numeric order and none twice, whatever the order of the patterns", () => {
    expect(select(["10.1.1", "2.10", "2.9", "2.1*", "2.9"])).toEqual([
      "2.1",
      "2.9",
      "2.10",
      "2.11",
      "10.1.1",
    ]);
  });

  it("takes away what is excluded", () => {
    expect(select(["2.*"], ["2.1*", "2.5"])).toEqual(["2.2", "2.3", "2.4", "2.6", "2.7", "2.8", "2.9"]);
    expect(select(["*"], ["*"])).toEqual([]);
    expect(select(["2.1"], [""])).toEqual(["2.1"]);
  });

  it("names the patterns that match nothing, once, in both lists", () => {
    const { entries: chosen, unmatched } = selectCases(catalogue, {
      cases: ["8.*", "99.1", "2.1", "8.*", ""],
      exclude: ["3.1", "11.*", "7.2.1"],
    });
    expect(chosen.map((entry) => entry.case.id)).toEqual(["2.1"]);
    // 3.1 exists: it is no fault that it would not have been selected.
    expect(unmatched).toEqual({ cases: ["8.*", "99.1", ""], exclude: ["11.*", "7.2.1"] });
  });

  it("does what the regular expression of a pattern would do", () => {
    const pattern = fc
      .array(fc.constantFrom("*", "**", ".", "1", "2", "6", "10", "1.1", ".1"), {
        minLength: 1,
        maxLength: 6,
      })
      .map((parts) => parts.join(""))
      .filter((joined) => joined.includes("*"));
    fc.assert(
      fc.property(pattern, (given) => {
        const expression = new RegExp(`^${given.replaceAll(".", "\\.").replaceAll(/\*+/g, ".*")}`);
        expect(select([given])).toEqual(ids(catalogue).filter((id) => expression.test(id)));
      }),
    );
  });
});

describe("our own chapters", () => {
  const grown = buildCatalogue([
    ...catalogue.chapters,
    extra("20", ["20.1", "20.10"]),
    extra("21", ["21.1"]),
  ]);
  const own = (cases: readonly string[], exclude: readonly string[] = []): string[] =>
    ids(selectCases(grown, { cases, exclude })).filter((id) => Number.parseInt(id, 10) >= 20);

  it("come behind Autobahn's and leave the numbering alone", () => {
    expect(ids(grown)).toEqual([...ids(catalogue), "20.1", "20.10", "21.1"]);
  });

  it.each(["*", "2*", "**", "*.1", "*20.*", "2*0.1", "*1*"])("are not reached by %s", (pattern) => {
    expect(own([pattern])).toEqual([]);
  });

  it("are reached by patterns that name them", () => {
    expect(own(["20.*"])).toEqual(["20.1", "20.10"]);
    expect(own(["20*"])).toEqual(["20.1", "20.10"]);
    expect(own(["20.1"])).toEqual(["20.1"]);
    expect(own(["*", "20.1*", "21.*"])).toEqual(["20.1", "20.10", "21.1"]);
  });

  it("are excluded by the same rule", () => {
    expect(own(["20.*", "21.*"], ["*", "2*"])).toEqual(["20.1", "20.10", "21.1"]);
    expect(own(["20.*", "21.*"], ["20.*"])).toEqual(["21.1"]);
  });
});

/** The ids of whole chapters; none of a chapter that is not there. */
function ofChapters(...chapters: readonly string[]): string[] {
  return catalogue.entries
    .filter((entry) => chapters.includes(entry.chapter.id))
    .map((entry) => entry.case.id);
}

/** A {@link sample} that is not Autobahn's. */
function extra(id: string, cases: readonly string[]): Chapter {
  return { ...sample(id, cases), extra: true };
}

/** A chapter of one group whose cases are empty but for their ids. */
function sample(id: string, cases: readonly string[]): Chapter {
  const [model] = catalogue.entries;
  if (model === undefined) throw new Error("the catalogue is empty");
  const group = { id, title: "Sample", cases: cases.map((caseId) => ({ ...model.case, id: caseId })) };
  return { id, title: "Sample", groups: [group] };
}

function repeats(values: readonly string[]): string[] {
  return values.filter((value, at) => values.indexOf(value) !== at);
}

function isUtf8(hex: string): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(hex, "hex"));
    return true;
  } catch {
    return false;
  }
}

/** The same data, written down the other way round. */
function withKeysReversed(chapter: Chapter): Chapter {
  return JSON.parse(JSON.stringify(chapter), (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toReversed())
      : inner,
  );
}

function collectLoose(value: unknown, path: string, loose: string[]): void {
  if (typeof value !== "object" || value === null) return;
  if (!Object.isFrozen(value)) loose.push(path);
  for (const [name, inner] of Object.entries(value)) collectLoose(inner, `${path}.${name}`, loose);
}
