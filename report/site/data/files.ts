import type { Case, ExpectedEvent } from "../../../fuzzer/case.ts";
import type { Chapter } from "../../../fuzzer/case.ts";
import { payloadDigest } from "../../../fuzzer/digest.ts";
import { eventText } from "../../case-text.ts";
import { ruleLines } from "../../extra-text.ts";
import { escapeJson } from "../../escape.ts";
import { entryFor } from "../../facts/reasons.ts";
import type { PlayedCase, PlayedCell } from "../../facts/played.ts";
import { VERDICT_LETTERS, verdictText } from "../../facts/verdict-codes.ts";
import { repeatCommand } from "../../repeat.ts";
import { classify } from "../../tally.ts";
import { address } from "../address.ts";
import { fullName, type SiteContext } from "../context.ts";
import { type PackedRecord, packRecord } from "./packed.ts";

/** A classic script that hands data to the page: what works from a disk, where nothing can be fetched. */
export function dataScript(key: string, value: unknown): string {
  return `wsmatrixData(${JSON.stringify(key)}, ${escapeJson(JSON.stringify(value))});\n`;
}

/** One case of a cell, as the page of results gets it. */
export interface ResultData extends Pick<
  PlayedCase,
  "behavior" | "behaviorClose" | "result" | "resultClose" | "remoteCloseCode" | "duration" | "plays" | "flaky"
> {
  readonly class: string;
  readonly outcome: string | null;
  /** What the baseline says of it. */
  readonly known: { readonly reason: string; readonly link?: string | undefined } | null;
  readonly record: PackedRecord | null;
}

/** `data/records/<cell>/<chapter>.js`: everything that was kept of one chapter of one cell. */
export interface RecordsData {
  readonly cell: {
    readonly id: string;
    readonly name: string;
    readonly target: string;
    readonly role: string;
    readonly digest: string | null;
    readonly page: string;
    /** The command that repeats a case, whose number stands for `CASE`. */
    readonly command: string;
    /** Numbers of all its cases. */
    readonly ids: readonly string[];
    readonly hasLog: boolean;
  };
  readonly cases: Readonly<Record<string, ResultData>>;
}

/** What was kept of a chapter of a cell. */
export function recordsData(context: SiteContext, cell: PlayedCell, chapter: Chapter): RecordsData {
  const { input, factsOf, today } = context;
  const baseline = factsOf(cell.target)?.baseline ?? [];
  const played = chapter.groups.flatMap((group) => group.cases.flatMap(({ id }) => cell.cases.get(id) ?? []));
  const cases = played.map((one): [string, ResultData] => {
    const { id, recorded: _recorded, outcome, ...facts } = one;
    const record = context.recordOf(cell, id);
    const known = entryFor(baseline, cell, id, today);
    return [
      id,
      {
        ...facts,
        class: classify(one),
        outcome,
        known: known === null ? null : { reason: known.reason, link: known.link },
        record: record === null ? null : packRecord(record),
      },
    ];
  });
  return {
    cell: {
      id: cell.id,
      name: fullName(cell),
      target: cell.target,
      role: cell.role,
      digest: cell.digest,
      page: address.target(cell.target),
      command: repeatCommand(cell, "CASE", input.program),
      ids: [...cell.cases.keys()],
      hasLog: input.log(cell.id) !== null,
    },
    cases: Object.fromEntries(cases),
  };
}

/** `data/cases/<chapter>.js`: what each case expects, in words. */
export function casesData(chapter: Chapter): object {
  const cases = chapter.groups.flatMap((group) => group.cases);
  return Object.fromEntries(cases.map((one) => [one.id, caseWords(one)]));
}

/** What a case expects, in words. */
function caseWords(described: Case): object {
  const { title, description, expectation, citations, expected, close, onMessage, extra } = described;
  return {
    title,
    description,
    expectation,
    citations,
    page: address.case(described.id),
    expected: Object.fromEntries(
      Object.entries(expected).map(([verdict, events]) => [verdict, events.map(expectedText)]),
    ),
    counted: onMessage.rule !== "compare",
    rules: extra === undefined ? [] : ruleLines(extra).map((line) => line.trim()),
    close: { byFuzzer: close.byFuzzer, codes: [...new Set(close.codes)], clean: close.clean },
  };
}

/** An expected event with its digest, so that the page can say which of those observed it is. */
function expectedText(event: ExpectedEvent): object {
  if (event.event === "timeout") return { event: "timeout", tag: event.tag, text: eventText(event) };
  const { length, head } = payloadDigest(event.payload);
  const binary = event.event === "message" && event.binary;
  return { event: event.event, binary, length, head, text: eventText(event) };
}

/** `data/search.js`: what can be searched for: label, what it is, address. */
export function searchData({ catalogue, targets, factsOf }: SiteContext): readonly (readonly string[])[] {
  return [
    ...[...targets.keys()].map((name) => [name, factsOf(name)?.language ?? "target", address.target(name)]),
    ...catalogue.entries.map(({ case: { id, title, citations } }) => [
      id,
      `${title} (${citations.map(({ rfc, section }) => `RFC ${rfc} §${section}`).join(", ")})`,
      address.case(id),
    ]),
  ];
}

/** `data/verdicts/<run>.js`: every verdict of a run, a letter each; see `verdictText`. */
export function verdictsData({ catalogue }: SiteContext, cells: readonly PlayedCell[]): object {
  const ids = catalogue.entries.map((entry) => entry.case.id);
  return {
    ids,
    letters: VERDICT_LETTERS,
    cells: cells
      .filter((cell) => cell.cases.size > 0)
      .map((cell) => [cell.id, cell.file, verdictText(cell, ids)]),
  };
}
