import { type PlayedCell, hasVerdicts } from "../facts/played.ts";
import { address } from "./address.ts";
import { apiFiles, type Content } from "./api.ts";
import { type SiteContext, siteContext } from "./context.ts";
import { casesData, dataScript, recordsData, searchData, verdictsData } from "./data/files.ts";
import type { SiteInput } from "./input.ts";
import { aboutPage } from "./pages/about.ts";
import { casePage } from "./pages/case.ts";
import { comparePage, compareScript } from "./pages/compare.ts";
import { overviewPage } from "./pages/overview.ts";
import { pairsPage } from "./pages/pairs.ts";
import { resultPage, resultScript } from "./pages/result.ts";
import { runsPage } from "./pages/runs.ts";
import { suitePage } from "./pages/suite.ts";
import { targetPage } from "./pages/target.ts";
import { compareScriptText, resultScriptText, siteScriptText } from "./scripts.ts";
import { baseStyle } from "./style/base.ts";
import { pagesStyle } from "./style/pages.ts";
import { partsStyle } from "./style/parts.ts";

/**
 * The whole site: what is at each address, below its root. Contents are made when they are asked for, so that
 * a writer holds one at a time, and a server makes only what is looked at. Pure but for what
 * {@link SiteInput.record} and `log` read.
 */
export function siteFiles(input: SiteInput): ReadonlyMap<string, Content> {
  const context = siteContext(input);
  return new Map<string, Content>([
    ...assets(),
    // Before the pages, so that each record is read once.
    ...context.run.cells.flatMap((cell) => recordFiles(context, cell)),
    ...pages(context),
    ...data(context),
    ...apiFiles(context),
    [".nojekyll", () => ""],
  ]);
}

type Entry = [path: string, content: Content];

function assets(): readonly Entry[] {
  return [
    [address.style, () => minified(baseStyle + partsStyle + pagesStyle)],
    [address.script, siteScriptText],
    [resultScript, resultScriptText],
    [compareScript, compareScriptText],
  ];
}

function pages(context: SiteContext): readonly Entry[] {
  const { catalogue, targets } = context;
  return [
    [address.overview, () => overviewPage(context)],
    [address.result, () => resultPage(context)],
    [address.compare, () => comparePage(context)],
    [address.pairs, () => pairsPage(context)],
    [address.suite, () => suitePage(context)],
    [address.runs, () => runsPage(context)],
    [address.about, () => aboutPage(context)],
    ...[...targets.keys()].map((name): Entry => [address.target(name), () => targetPage(context, name)]),
    ...catalogue.entries.map((entry): Entry => [address.case(entry.case.id), () => casePage(context, entry)]),
  ];
}

function data(context: SiteContext): readonly Entry[] {
  const { catalogue, input } = context;
  return [
    [address.searchIndex, () => dataScript(address.searchIndex, searchData(context))],
    ...input.runs.map((run): Entry => [
      address.verdicts(run.id),
      () => dataScript(address.verdicts(run.id), verdictsData(context, run.cells)),
    ]),
    ...catalogue.chapters.map((chapter): Entry => [
      address.cases(chapter.id),
      () => dataScript(address.cases(chapter.id), casesData(chapter)),
    ]),
  ];
}

/** A file for each chapter of a cell, loaded when one of its results is looked at; and the end of its log. */
function recordFiles(context: SiteContext, cell: PlayedCell): readonly Entry[] {
  if (!hasVerdicts(cell)) return [];
  const played = new Set([...cell.cases.keys()].map((id) => context.catalogue.byId.get(id)?.chapter));
  const log = (): Entry[] => {
    const path = address.logTail(cell.file);
    const text = context.input.log(cell.id);
    return text === null ? [] : [[path, () => dataScript(path, text)]];
  };
  return [
    ...[...played].flatMap((chapter): Entry[] => {
      if (chapter === undefined) return [];
      const path = address.records(cell.file, chapter.id);
      return [[path, () => dataScript(path, recordsData(context, cell, chapter))]];
    }),
    ...log(),
  ];
}

/** Without indentation and empty lines. */
function minified(style: string): string {
  return style.replaceAll(/\n\s*/g, "\n").trim() + "\n";
}
