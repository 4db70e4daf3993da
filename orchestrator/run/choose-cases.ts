import { bindLimits, extraCatalogue, isFor } from "../../fuzzer/extra-catalogue.ts";
import type { Case, Chapter } from "../../fuzzer/case.ts";
import { catalogue, type CatalogueEntry, selectCases } from "../../fuzzer/catalogue.ts";
import { isExtraCase } from "../../report/tally.ts";

import type { Matrix } from "../config/matrix.ts";
import { isOverHttp2, isOverTls } from "../config/matrix-schema.ts";
import type { Cell } from "../config/plan.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";

/** What a run says of cases. */
export interface CaseRequest {
  readonly cases: readonly string[];
  readonly exclude: readonly string[];
  /** The chapters that Autobahn does not have, too. */
  readonly extra?: boolean;
}

/**
 * The cases of a run: Autobahn's by their patterns, and those from 20 on where a pattern names their chapter or all of
 * them are asked for. `*` alone never reaches them.
 *
 * @param commandLine what problems call it
 * @throws {ConfigError} a pattern selects nothing, or nothing is left
 */
export function chooseCases(request: CaseRequest, matrix: Matrix, commandLine: string): readonly Case[] {
  const patterns = request.cases.length > 0 ? request.cases : matrix.suite.cases;
  const exclude = [...request.exclude, ...matrix.suite.exclude];
  const own = selectCases(catalogue, { cases: patterns, exclude });
  const named = selectCases(extraCatalogue, { cases: patterns, exclude });
  const extra = request.extra ?? matrix.suite.extra;
  const all = extra && !patterns.some((pattern) => isExtraCase(pattern));
  const ours = all ? selectCases(extraCatalogue, { cases: extraPatterns, exclude }).entries : named.entries;
  const idle = [...own.unmatched.cases, ...own.unmatched.exclude].filter((pattern) =>
    [...named.unmatched.cases, ...named.unmatched.exclude].includes(pattern),
  );
  const file = request.cases.length > 0 ? commandLine : matrix.file;
  const remedy = "`wsmatrix list --cases` shows all; a pattern is a case number with `*` for any characters";
  if (idle.length > 0) {
    throw new ConfigError(
      idle.map((pattern) => fileProblem(file, `the case pattern \`${pattern}\` selects nothing`, remedy)),
    );
  }
  const chosen = [...own.entries, ...ours].map((entry) => entry.case);
  if (chosen.length === 0) throw new ConfigError([fileProblem(file, "no case is left to play", remedy)]);
  return chosen;
}

const extraPatterns = extraCatalogue.chapters.map(({ id }) => `${id}.*`);

/** Those of a run's cases that a cell can play, made for the limits that its target declares. */
export function casesOfCell({ target, role, variant }: Cell, cases: readonly Case[]): readonly Case[] {
  // What is declared is what the programs set up, which they do not in the variant `defaults`.
  const limits = target.kind === "folder" && variant !== "defaults" ? target.definition.limits : {};
  const reach = { tls: isOverTls(variant), h2: isOverHttp2(variant) };
  return cases.filter((each) => isFor(each, role, limits, reach)).map((each) => bindLimits(each, limits));
}

/** A case of either catalogue. */
export function findCase(id: string): CatalogueEntry | undefined {
  return catalogue.byId.get(id) ?? extraCatalogue.byId.get(id);
}

/** Numbers of all cases. */
export function knownCases(): readonly string[] {
  return [...catalogue.byId.keys(), ...extraCatalogue.byId.keys()];
}

/** The chapters that a run's results must hold: our own only where a case of them was chosen. */
export function chaptersFor(cases: readonly Case[]): readonly Chapter[] {
  const ours = cases.some(({ id }) => isExtraCase(id)) ? extraCatalogue.chapters : [];
  return [...catalogue.chapters, ...ours];
}
