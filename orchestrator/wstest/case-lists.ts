import { z } from "zod";
import { type Catalogue, type CatalogueEntry, selectCases } from "../../fuzzer/catalogue.ts";
import { matchesAny, matchesPattern } from "../../report/pattern.ts";
import { nearest } from "../config/nearest.ts";
import type { ValuePath } from "../config/problem.ts";
import { type Findings, type SpecMap, flagProblem, flagWarning } from "./findings.ts";

/** Whether a case is left out for one agent (`exclude-agent-cases`). */
export type AgentExclusion = (agent: string, caseId: string) => boolean;

/** Lists of the command line that replace those of the spec; null where there is none. */
export interface CaseFlags {
  readonly cases: readonly string[] | null;
  readonly exclude: readonly string[] | null;
}

/** Patterns, and how to speak of one of them. */
interface PatternList {
  readonly patterns: readonly string[];
  /** About one of them, or about all of them (null). */
  readonly error: (at: number | null, message: string, remedy?: string) => void;
  readonly warn: (at: number, message: string, remedy?: string) => void;
}

/**
 * Reads `cases` and `exclude-cases`, or takes the lists of the command line instead. An id that does not exist is
 * an error, a pattern that matches nothing a warning, and an empty text nothing at all.
 *
 * @returns in numeric order of the ids
 */
export function readCases(
  findings: Findings,
  spec: SpecMap,
  flags: CaseFlags,
  catalogue: Catalogue,
): readonly CatalogueEntry[] {
  const cases = listOf(findings, spec, "cases", "--cases", flags.cases);
  const exclude = listOf(findings, spec, "exclude-cases", "--exclude", flags.exclude);
  const { entries, unmatched } = selectCases(catalogue, {
    cases: cases.patterns,
    exclude: exclude.patterns,
  });
  tellUnmatched(cases, unmatched.cases, catalogue);
  tellUnmatched(exclude, unmatched.exclude, catalogue);
  if (entries.length === 0 && !findings.hasErrors) tellNothingLeft(cases, exclude, catalogue);
  return entries;
}

/** Reads `exclude-agent-cases`. Patterns of agents and of cases must match from the start to the end. */
export function readAgentExclusion(
  findings: Findings,
  spec: SpecMap,
  catalogue: Catalogue,
): { readonly excludes: AgentExclusion; readonly agents: readonly string[] } {
  const key = "exclude-agent-cases";
  const given = spec[key] ?? {};
  const read = findings.read([key], given, z.record(z.string(), z.unknown()))?.value ?? {};
  const rules = Object.entries(read).map(([agent, list]) => ({
    agent,
    patterns: readPatterns(findings, [key, agent], list),
  }));
  for (const { agent, patterns } of rules) {
    const unmatched = patterns.filter(
      (pattern) => !catalogue.entries.some((entry) => matchesPattern(pattern, entry.case.id)),
    );
    tellUnmatched(inSpec(findings, [key, agent], patterns), unmatched, catalogue);
  }
  return {
    excludes: (agent, caseId) =>
      rules.some((rule) => matchesPattern(rule.agent, agent) && matchesAny(rule.patterns, caseId)),
    agents: rules.map(({ agent }) => agent),
  };
}

/** Empty when it does not fit, and then the errors are noted. */
function listOf(
  findings: Findings,
  spec: SpecMap,
  key: "cases" | "exclude-cases",
  flag: string,
  override: readonly string[] | null,
): PatternList {
  const given = spec[key];
  const read = given === undefined ? [] : readPatterns(findings, [key], given);
  if (override !== null) return onCommandLine(findings, flag, override);
  if (given === undefined && key === "cases") {
    findings.error([], "missing key `cases`", 'take all with "cases": ["*"]');
  }
  return inSpec(findings, [key], read);
}

/** What is no text in a list stands as an empty text, and what is no list as an empty list, each with an error. */
function readPatterns(findings: Findings, path: ValuePath, given: unknown): readonly string[] {
  const items = findings.read(path, given, z.array(z.unknown()))?.value ?? [];
  return items.map((item, at) => findings.read([...path, at], item, z.string())?.value ?? "");
}

function inSpec(findings: Findings, path: ValuePath, patterns: readonly string[]): PatternList {
  return {
    patterns,
    error: (at, ...text) => findings.error(at === null ? path : [...path, at], ...text),
    warn: (at, ...text) => findings.warn("matches-nothing", [...path, at], ...text),
  };
}

function onCommandLine(findings: Findings, flag: string, patterns: readonly string[]): PatternList {
  return {
    patterns,
    error: (_, ...text) => findings.otherError(flagProblem(flag, ...text)),
    warn: (_, ...text) => findings.otherWarning({ ...flagWarning(flag, ...text), code: "matches-nothing" }),
  };
}

function tellUnmatched(list: PatternList, unmatched: readonly string[], catalogue: Catalogue): void {
  for (const [at, pattern] of list.patterns.entries()) {
    if (pattern === "" || !unmatched.includes(pattern)) continue;
    if (pattern.includes("*")) list.warn(at, `\`${pattern}\` matches no case`, patternRemedy(pattern));
    else list.error(at, `there is no case \`${pattern}\``, idRemedy(pattern, catalogue));
  }
}

/** A run that tests nothing is a mistake, never a success (design section 7). */
function tellNothingLeft(cases: PatternList, exclude: PatternList, catalogue: Catalogue): void {
  const { entries } = selectCases(catalogue, { cases: cases.patterns });
  if (entries.length === 0) cases.error(null, "selects no case", 'take all with "*"');
  else exclude.error(null, `excludes all ${entries.length} cases`);
}

function patternRemedy(pattern: string): string | undefined {
  if (/^[\d.*]+$/.test(pattern)) return undefined;
  return "a pattern is one text of numbers and dots, with * for any characters";
}

function idRemedy(id: string, { entries }: Catalogue): string | undefined {
  const ids = entries.map((entry) => entry.case.id);
  const group = id.trim().replace(/\.$/, "");
  if (group !== "" && ids.some((each) => each.startsWith(`${group}.`)))
    return `for all of it write \`${group}.*\``;
  const [chapter] = id.split(".", 1);
  const ofChapter = ids.filter((each) => each.startsWith(`${chapter}.`));
  const meant = nearest(id, ofChapter) ?? nearest(id, ids);
  return meant === null ? undefined : `did you mean \`${meant}\`?`;
}
