import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { Case, CorpusName } from "../../../fuzzer/case.ts";
import { buildCatalogue, type CatalogueEntry, catalogue, compareIds } from "../../../fuzzer/catalogue.ts";
import { originalCorpora } from "../../../fuzzer/corpora.ts";
import { chapter12 } from "../../../fuzzer/suite/chapter-12.ts";
import { chapter13 } from "../../../fuzzer/suite/chapter-13.ts";

const others = catalogue.chapters.filter(({ id }) => id !== "12" && id !== "13");
const whole = buildCatalogue([...others, chapter12, chapter13]);
const entries = whole.entries.filter((entry) => entry.case.compression !== undefined);

const factSchema = z.looseObject({
  id: z.string(),
  index: z.number(),
  category: z.string(),
  group: z.string(),
  summary: z.string(),
  script: z.array(z.looseObject({ step: z.string() })),
  compression: z.looseObject({}),
});

const compressed = (category: string) => category === "12" || category === "13";

const facts = z
  .object({ cases: z.array(z.looseObject({ category: z.string() })) })
  .parse(JSON.parse(readFileSync(new URL("../../facts/cases.json", import.meta.url), "utf8")))
  .cases.filter(({ category }) => compressed(category))
  .map((each) => factSchema.parse(each));

const factById = new Map(facts.map((fact) => [fact.id, fact]));

/** A fact with what is words of the original's left out. */
function comparable({ summary: _summary, ...fact }: z.infer<typeof factSchema>): unknown {
  const { categoryName: _category, groupName: _group, note: _note, vs082: _difference, ...rest } = fact;
  return rest;
}

/** A case of ours as the facts say it. */
function asFact({ index, case: each, chapter, group }: CatalogueEntry): unknown {
  const { onMessage: rule, close, compression } = each;
  if (rule.rule !== "compressedRoundTrips") throw new TypeError(`case ${each.id} is no compressed case`);
  const text = !rule.binary;
  return {
    id: each.id,
    index,
    category: chapter.id,
    group: group.id,
    events: each.expected,
    expectedClose: {
      closedByMe: close.byFuzzer,
      closeCode: close.codes,
      requireClean: close.clean,
      closedByWrongEndpointIsFatal: close.wrongSideIsFatal ?? false,
    },
    // That the close is known before the case starts is the judge's matter.
    expectedCloseSetAt: "construction",
    suppressClose: each.suppressClose ?? false,
    onMessage: {
      rule: rule.rule,
      wantBinary: rule.binary,
      wantLength: rule.length,
      lengthUnit: text ? "code points after UTF-8 decoding" : "octets",
      contentCheck: "SHA-1 of received octets equals SHA-1 of last sent octets",
      count: rule.count,
      after:
        "mismatch: FAILED + sendClose 1000; match and fewer than count sent: send next; else OK + sendClose 1000",
    },
    onLost: each.onEnd,
    timers: { closeAfter: limitOf(each) },
    reportTime: each.reportTime,
    reportCompressionRatio: compression !== undefined,
    script: asFactScript(each),
    compression: {
      messageLength: rule.length,
      lengthUnit: text ? "code points" : "octets",
      count: rule.count,
      timeoutSeconds: limitOf(each),
      autoFragmentSize: rule.fragment,
      opcode: text ? 1 : 2,
      corpus: fileOf(rule.corpus),
      clientRole: {
        offers: compression!.offers,
        acceptResponse: "any well-formed permessage-deflate response",
      },
      serverRole: {
        acceptPreference: compression!.accepts.map((preference) => ({
          offerMustHaveClientMaxWindowBits: preference.needsClientMaxWindowBits,
          addClientNoContextTakeover: preference.clientNoContextTakeover,
          addClientMaxWindowBits: preference.clientMaxWindowBits,
        })),
      },
    },
    roleDependent: "handshake only",
  };
}

/** The script with what the rule `compressedRoundTrips` adds to it. */
function asFactScript({ script, onMessage: rule }: Case): unknown {
  if (rule.rule !== "compressedRoundTrips") return null;
  const [log, timer, ...more] = script;
  expect([log, timer?.step, more]).toEqual([{ step: "log", on: false, noted: true }, "closeAfter", []]);
  return [
    { step: "wirelog", on: false, logEntry: true },
    {
      step: "ifNoDeflateNegotiated",
      // oxlint-disable-next-line unicorn/no-thenable -- data in the form of the facts; nothing awaits it
      then: [
        { step: "setBehavior", behavior: "UNIMPLEMENTED" },
        { step: "sendClose", code: 1000, reason: null },
      ],
    },
    {
      step: "else",
      // oxlint-disable-next-line unicorn/no-thenable -- data in the form of the facts; nothing awaits it
      then: [
        { step: "setBehavior", behavior: "FAILED", result: "did-not-finish text" },
        { step: "closeAfter", seconds: timer?.step === "closeAfter" ? timer.ms / 1000 : null },
        {
          step: "sendMessage",
          opcode: rule.binary ? 2 : 1,
          payload: { kind: "corpus", file: fileOf(rule.corpus), messageNumber: 0 },
          fragmentSize: rule.fragment === 0 ? null : rule.fragment,
          compress: true,
        },
      ],
    },
  ];
}

function limitOf({ script }: Case): number {
  const seconds = script.flatMap((step) => (step.step === "closeAfter" ? [step.ms / 1000] : []));
  return seconds[0] ?? Number.NaN;
}

function fileOf(corpus: CorpusName): string {
  return originalCorpora[corpus].file;
}

describe("the compressed cases and the facts on Autobahn's", () => {
  it("are the same 216 cases in the same order, and 517 with the others", () => {
    expect(facts).toHaveLength(216);
    expect(entries.map((entry) => entry.case.id)).toEqual(facts.map(({ id }) => id));
    expect(whole.entries.filter(({ chapter }) => chapter.extra !== true)).toHaveLength(517);
  });

  it.each(entries.map((entry) => [entry.case.id, entry] as const))("%s is the same case", (id, entry) => {
    expect(asFact(entry)).toStrictEqual(comparable(factById.get(id)!));
  });
});

describe("the texts of the compressed cases", () => {
  const known: Readonly<Record<number, readonly string[]>> = {
    6455: ["5.4", "9.1"],
    7692: ["5", "6", "7.1.1.1", "7.1.1.2", "7.1.2.1", "7.1.2.2", "7.2.1", "7.2.2", "7.2.3", "8"],
  };

  it.each(entries.map((entry) => [entry.case.id, entry.case] as const))("%s are in order", (id, each) => {
    const { title, description, expectation, citations } = each;
    expect(title).toMatch(/^[A-Z0-9][^\n]{5,89}[^.\s]$/);
    for (const sentences of [description, expectation]) {
      expect(sentences).toMatch(/^[A-Z][^\n]{40,}\.$/);
      expect(sentences).not.toMatch(/undefined|null\b|NaN|\[object| {2}|\.\./);
    }
    const { summary } = factById.get(id)!;
    expect(`${title} ${description} ${expectation}`.toLowerCase()).not.toContain(summary.toLowerCase());
    expect(citations).toHaveLength(new Set(citations.map(({ rfc, section }) => `${rfc} ${section}`)).size);
    for (const { rfc, section } of citations) expect(known[rfc]).toContain(section);
    expect(description).toContain(` ${limitOf(each)} s after the start`);
  });

  it("differ from case to case, and from those of the other chapters", () => {
    const titles = whole.entries.map((entry) => entry.case.title);
    const descriptions = whole.entries.map((entry) => entry.case.description);
    expect(new Set(titles).size).toBe(titles.length);
    expect(new Set(descriptions).size).toBe(descriptions.length);
  });

  it("name length and fragment", () => {
    for (const { case: each } of entries) {
      if (each.onMessage.rule !== "compressedRoundTrips") throw new TypeError(each.id);
      const { length, fragment, binary } = each.onMessage;
      const amount = `${length.toLocaleString("en-US")} ${binary ? "octets" : "characters"}`;
      expect(each.title).toContain(`messages of ${amount}`);
      expect(each.description).toContain(`the next ${amount} of`);
      const frames = fragment === 0 ? "one frame" : `longer than ${fragment.toLocaleString("en-US")} octets`;
      expect(each.description).toContain(frames);
    }
  });

  it("name every parameter that chapter 13 offers and answers", () => {
    for (const { case: each } of entries.filter(({ chapter }) => chapter.id === "13")) {
      const { offers, accepts } = each.compression!;
      const offered = offers.flatMap((offer) => offer.split("; ").slice(1));
      const answered = accepts.flatMap(({ clientMaxWindowBits, clientNoContextTakeover }) => [
        ...(clientMaxWindowBits === null ? [] : [`client_max_window_bits=${clientMaxWindowBits}`]),
        ...(clientNoContextTakeover ? ["client_no_context_takeover"] : []),
      ]);
      for (const parameter of [...offered, ...answered]) expect(each.description).toContain(parameter);
    }
  });

  it("are in the order of their numbers", () => {
    const ids = [chapter12, chapter13].flatMap(({ groups }) =>
      groups.flatMap(({ cases }) => cases.map(({ id }) => id)),
    );
    expect(ids).toEqual(ids.toSorted(compareIds));
  });
});
