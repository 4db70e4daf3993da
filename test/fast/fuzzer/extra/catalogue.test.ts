import { describe, expect, it } from "vitest";

import { catalogue, selectCases } from "../../../../fuzzer/catalogue.ts";
import type { ExtraStep } from "../../../../fuzzer/extra/script.ts";
import { bindLimits, extraCatalogue, isFor } from "../../../../fuzzer/extra-catalogue.ts";

/** Sections that were looked up; another one is to be looked up first. */
const known: Readonly<Record<number, readonly string[]>> = {
  3629: ["6"],
  6455: [
    "1.4",
    "3",
    "4.1",
    "4.2.1",
    "4.2.2",
    "4.4",
    "5.1",
    "5.2",
    "5.3",
    "5.4",
    "5.5",
    "5.5.1",
    "5.5.2",
    "5.5.3",
    "5.6",
    "7.1.1",
    "7.1.4",
    "7.1.7",
    "7.2.1",
    "7.4",
    "7.4.1",
    "8.1",
    "9.1",
    "10.3",
    "10.4",
    "11.3.1",
    "11.3.2",
    "11.3.3",
    "11.3.4",
    "11.3.5",
    "11.7",
  ],
  5280: ["4.2.1.12", "6.1.3", "6.1.4"],
  6066: ["3"],
  6585: ["5"],
  7301: ["3.2"],
  9325: ["3.1.1"],
  7692: [
    "6",
    "6.1",
    "7.1",
    "7.1.2.1",
    "7.2.1",
    "7.2.2",
    "7.2.3.1",
    "7.2.3.2",
    "7.2.3.3",
    "7.2.3.4",
    "7.2.3.5",
    "7.2.3.6",
  ],
  8441: ["3", "4", "5"],
  9110: ["4.3.4", "5.1", "5.3", "5.4", "5.5", "5.6.1", "7.8", "8.6", "9.3.6", "15.2", "15.5.6", "15.5.22"],
  9112: ["2.1", "2.2", "3.2", "3.2.2", "4", "5", "5.1", "5.2", "6.1", "6.3", "9.3"],
  9113: [
    "2",
    "3.4",
    "5.4.2",
    "5.5",
    "6.1",
    "6.2",
    "6.7",
    "6.8",
    "6.9.1",
    "6.10",
    "8.1",
    "8.1.1",
    "8.2.1",
    "8.2.2",
    "8.3",
    "8.3.1",
    "8.3.2",
    "8.5",
  ],
};

const entries = extraCatalogue.entries.map(({ case: each }) => [each.id, each] as const);

describe("the cases from 20 on", () => {
  it("are at least three hundred, in chapters of their own", () => {
    expect(entries.length).toBeGreaterThanOrEqual(300);
    expect(extraCatalogue.chapters.every(({ id, extra }) => Number(id) >= 20 && extra === true)).toBe(true);
    expect(catalogue.entries).toHaveLength(517);
  });

  it.each(entries)("%s says what it does, what it expects, and where that is said", (_, each) => {
    expect(each.title).toMatch(/^\S[^\n]{2,69}[^.\s]$/);
    for (const sentences of [each.description, each.expectation]) {
      expect(sentences).toMatch(/^[A-Z][^\n]{10,}\.$/);
      expect(sentences).not.toMatch(/undefined|NaN|\[object| {2}|\.\./);
    }
    expect(each.extra!.practice ?? "Nothing is said of practice.").toMatch(/^[A-Z][^\n]{20,}[.]$/);
    expect(each.extra!.rules.length).toBeGreaterThan(0);
    for (const { rfc, section } of each.extra!.rules) expect(known[rfc], `RFC ${rfc}`).toContain(section);
    expect(each.citations.length).toBeGreaterThan(0);
  });

  it("have titles and descriptions of their own", () => {
    const texts = extraCatalogue.entries.map(
      ({ case: each, group }) => `${group.title} ${each.title} ${each.description}`,
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  it.each(entries)("%s names only waits and connections that it has", (_, { extra }) => {
    const { connections, rules } = extra!;
    const tags = new Set(connections.flatMap(({ steps }) => steps.flatMap(tagsOf)));
    const text = JSON.stringify(rules);
    const named = [...text.matchAll(/"(?:before|tag)":"([^"]*)"/g)].map(([, tag = ""]) => tag);
    expect(named.filter((tag) => tag !== "never" && !tags.has(tag))).toEqual([]);
    for (const [, on] of text.matchAll(/"on":(\d+)/g)) expect(Number(on)).toBeLessThan(connections.length);
    expect(connections.length === 1 || extra!.roles.join() === "server").toBe(true);
  });
});

function tagsOf(step: ExtraStep): string[] {
  if (step.step === "repeat") return step.steps.flatMap(tagsOf);
  if (step.step === "request") return ["response"];
  return "tag" in step && step.tag !== undefined ? [step.tag] : [];
}

describe("their selection", () => {
  const chosen = (...cases: string[]) => selectCases(extraCatalogue, { cases }).entries.length;

  it("needs a pattern that names the chapter", () => {
    expect(chosen("*")).toBe(0);
    expect(chosen("2*")).toBe(0);
    expect(chosen("*.1")).toBe(0);
    expect(chosen("20.1.1")).toBe(1);
    expect(chosen("20.*")).toBe(extraCatalogue.entries.filter(({ chapter }) => chapter.id === "20").length);
  });

  it("leaves out what is for the other role, and limits that nobody declared", () => {
    const [request] = selectCases(extraCatalogue, { cases: ["20.1.1"] }).entries;
    expect([isFor(request!.case, "server"), isFor(request!.case, "client")]).toEqual([true, false]);
    const limit = extraCatalogue.entries.find(({ case: each }) => each.extra!.limit === "maxMessage")!.case;
    expect(isFor(limit, "server")).toBe(false);
    expect(isFor(limit, "server", { maxMessage: 1 })).toBe(true);
  });

  it("keeps what is about one version of HTTP from targets that are reached over another", () => {
    const fits = (id: string, reach: Parameters<typeof isFor>[3]) =>
      isFor(extraCatalogue.byId.get(id)!.case, "server", {}, reach);
    expect([fits("20.1.1", {}), fits("20.1.1", { h2: true })]).toEqual([true, false]);
    expect([fits("24.1.1", {}), fits("24.1.1", { h2: true })]).toEqual([true, true]);
    expect([fits("33.1.1", { tls: true }), fits("33.1.1", { tls: true, h2: true })]).toEqual([true, false]);
    expect([fits("34.1.1", { tls: true }), fits("34.1.1", { tls: true, h2: true })]).toEqual([false, true]);
  });

  it("names what a target declares, and escapes it where it is a pattern", () => {
    const find = (id: string) => extraCatalogue.byId.get(id)!.case;
    const limits = { subprotocols: ["v2.echo", "v1"], paths: ["/echo"] };
    const two = JSON.stringify(bindLimits(find("22.4.3"), limits).extra);
    expect(two).toContain("Sec-WebSocket-Protocol: v1, v2.echo\\r");
    expect(two).toContain(String.raw`^(v2\\.echo|v1)$`);
    expect(JSON.stringify(bindLimits(find("20.9.3"), limits).extra)).toContain("GET /echo?a=1&b=/x HTTP/1.1");
    expect(two).toContain("{host}");
    expect([isFor(find("22.4.3"), "server"), isFor(find("22.4.3"), "server", limits)]).toEqual([false, true]);
  });

  it("makes payloads for the limit", () => {
    const find = (id: string) => extraCatalogue.byId.get(id)!.case;
    expect(bindLimits(find("20.1.1"), { maxMessage: 9 })).toBe(find("20.1.1"));
    const beyond = JSON.stringify(bindLimits(find("29.4.2"), { maxMessage: 4_096 }).extra);
    expect(beyond).toContain('"length":"0000000000001001"');
    const bomb = JSON.stringify(bindLimits(find("31.5.2"), { maxMessage: 1 << 20 }).extra);
    const units = Math.ceil(((1 << 20) + 4_096) / (8 * 258));
    expect(bomb).toContain(`"length":${13 * units},"beyond"`);
  });
});
