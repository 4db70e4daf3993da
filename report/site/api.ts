import { badgeJson, badgeOf, badgeSvg } from "../badges.ts";
import { historyOf } from "../facts/history.ts";
import type { PlayedCell, PlayedRun } from "../facts/played.ts";
import { sectionKey, sectionsOf, sectionTallies } from "../facts/tallies.ts";
import { VERDICT_LETTERS, verdictText } from "../facts/verdict-codes.ts";
import { classify } from "../tally.ts";
import { address, nameOf, resultAddress, runName } from "./address.ts";
import { cellCsv, talliesCsv, verdictsCsv } from "./api-csv.ts";
import type { SiteContext } from "./context.ts";
import { badgeTally, rolesOf } from "./parts/badge-panel.ts";

/** The version in the addresses below `api/`: it changes when a shape does, and never otherwise. */
export const API_VERSION = 1;

/** Addresses of the API; `docs/site.md` says what is at each. */
export const apiAddress = {
  index: "api/v1/index.json",
  run: (run: string): string => `api/v1/runs/${runName(run)}.json`,
  cell: (file: string): string => `api/v1/cells/${file}.json`,
  cellCsv: (file: string): string => `api/v1/cells/${file}.csv`,
  target: (name: string): string => `api/v1/targets/${nameOf(name)}.json`,
  suite: "api/v1/suite.json",
  changes: "api/v1/changes.json",
  tallies: "api/v1/tallies.csv",
  verdicts: "api/v1/verdicts.csv",
} as const;

/** A content that is made when it is asked for. */
export type Content = () => string | Uint8Array;

/** Files of the API and badges, by their addresses. */
export function apiFiles(context: SiteContext): Map<string, Content> {
  const { run, input, targets } = context;
  const files = new Map<string, Content>();
  const add = (path: string, value: () => unknown) => files.set(path, () => `${JSON.stringify(value())}\n`);
  add(apiAddress.index, () => indexJson(context));
  add(apiAddress.suite, () => suiteJson(context));
  add(apiAddress.changes, () => changesJson(context));
  for (const one of input.runs) add(apiAddress.run(one.id), () => runJson(context, one));
  for (const name of targets.keys()) add(apiAddress.target(name), () => targetJson(context, name));
  for (const cell of run.cells) {
    add(apiAddress.cell(cell.file), () => cellJson(context, cell));
    files.set(apiAddress.cellCsv(cell.file), () => cellCsv(cell));
  }
  files.set(apiAddress.tallies, () => talliesCsv(run));
  files.set(apiAddress.verdicts, () => verdictsCsv(context));
  for (const [path, content] of badgeFiles(context)) files.set(path, content);
  return files;
}

function indexJson({ input, run, targets }: SiteContext): object {
  return {
    api: API_VERSION,
    madeBy: `wsmatrix ${input.version}`,
    madeAt: new Date(input.madeAt).toISOString(),
    run: run.id,
    runs: input.runs.map((one) => ({ ...runHead(one), address: apiAddress.run(one.id) })),
    skipped: input.skipped,
    targets: [...targets.keys()].map((name) => ({ name, address: apiAddress.target(name) })),
    suite: apiAddress.suite,
    changes: apiAddress.changes,
    tallies: apiAddress.tallies,
    verdicts: apiAddress.verdicts,
  };
}

function runHead(run: PlayedRun): object {
  const { id, version, profile, state, engine, shard, exitCode } = run;
  const finished = run.finishedAt === null ? null : new Date(run.finishedAt).toISOString();
  return {
    id,
    version,
    profile,
    state,
    engine,
    shard,
    exitCode,
    started: new Date(run.startedAt).toISOString(),
    finished,
  };
}

/** A run with a letter for each verdict: small enough to keep for every run. */
function runJson({ catalogue }: SiteContext, run: PlayedRun): object {
  const ids = catalogue.entries.map((entry) => entry.case.id);
  return {
    api: API_VERSION,
    ...runHead(run),
    notes: run.notes,
    cases: ids,
    letters: VERDICT_LETTERS,
    cells: run.cells.map((cell) => ({ ...cellHead(cell), verdicts: verdictText(cell, ids) })),
  };
}

function cellHead(cell: PlayedCell): object {
  const { id, target, version, role, variant, status, reason, digest, duration, planned, tally, extraTally } =
    cell;
  return { id, target, version, role, variant, status, reason, digest, duration, planned, tally, extraTally };
}

function cellJson({ chaptersOf, catalogue }: SiteContext, cell: PlayedCell): object {
  return {
    api: API_VERSION,
    ...cellHead(cell),
    page: `${address.target(cell.target)}#${cell.file}`,
    chapters: Object.fromEntries(chaptersOf(cell)),
    sections: Object.fromEntries(sectionTallies(cell, sectionsOf(catalogue))),
    notRun: cell.notRun,
    cases: [...cell.cases.values()].map(({ recorded: _recorded, ...facts }) => ({
      ...facts,
      class: classify(facts),
      page: resultAddress(cell.file, facts.id),
    })),
  };
}

function targetJson(context: SiteContext, name: string): object {
  const { input, factsOf, targets } = context;
  const { baseline: _baseline, dockerfile: _dockerfile, ...facts } = factsOf(name) ?? {};
  return {
    api: API_VERSION,
    name,
    ...facts,
    page: address.target(name),
    cells: (targets.get(name) ?? []).map((cell) => ({
      ...cellHead(cell),
      address: apiAddress.cell(cell.file),
      history: historyOf(cell, input.runs).map(({ run, at, tally }) => ({
        run,
        at: new Date(at).toISOString(),
        tally,
      })),
    })),
  };
}

function suiteJson({ catalogue }: SiteContext): object {
  return {
    api: API_VERSION,
    hash: catalogue.hash,
    sections: sectionsOf(catalogue).map((section) => ({
      key: sectionKey(section),
      rfc: section.rfc,
      section: section.section,
      cases: section.entries.map((entry) => entry.case.id),
    })),
    cases: catalogue.entries.map(({ case: { id, title, citations }, chapter, group }) => ({
      id,
      title,
      chapter: chapter.id,
      group: group.id,
      extra: chapter.extra === true,
      sections: citations.map(sectionKey),
      page: address.case(id),
    })),
  };
}

function changesJson({ diff }: SiteContext): object {
  if (diff === null) return { api: API_VERSION, before: null, after: null, counts: null, cells: [] };
  return {
    api: API_VERSION,
    before: diff.before.id,
    after: diff.after.id,
    counts: diff.counts,
    added: diff.added,
    removed: diff.removed,
    cells: diff.cells.map(({ before, after, cases }) => ({
      before: before?.id ?? null,
      after: after?.id ?? null,
      cases: cases.map((one) => ({ ...one, before: pairOf(one.before), after: pairOf(one.after) })),
    })),
  };
}

function pairOf(
  verdict: { readonly behavior: string; readonly behaviorClose: string } | null,
): object | null {
  return verdict === null ? null : { behavior: verdict.behavior, behaviorClose: verdict.behaviorClose };
}

function badgeFiles(context: SiteContext): Map<string, Content> {
  const files = new Map<string, Content>();
  for (const target of context.targets.keys()) {
    for (const role of rolesOf(context, target)) {
      const badge = () => badgeOf(role, badgeTally(context, target, role));
      files.set(address.badge(target, role, "svg"), () => badgeSvg(badge()));
      files.set(address.badge(target, role, "json"), () => `${JSON.stringify(badgeJson(badge()))}\n`);
    }
  }
  return files;
}
