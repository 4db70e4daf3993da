import type { Catalogue, CatalogueEntry } from "../../fuzzer/catalogue.ts";
import type { Citation } from "../../fuzzer/case.ts";
import { EMPTY_TALLY, type Tally, tallyOf, type TallyFacts } from "../tally.ts";
import type { PlayedCell } from "./played.ts";

/** What became of each of some cases in a cell: its verdict, or null where it has none and was selected. */
function factsOf(cell: PlayedCell, ids: Iterable<string>): TallyFacts[] {
  const missing = new Set(cell.notRun);
  const facts: TallyFacts[] = [];
  for (const id of ids) {
    const played = cell.cases.get(id);
    if (played !== undefined) facts.push({ verdict: played, flaky: played.flaky });
    else if (missing.has(id)) facts.push({ verdict: null });
  }
  return facts;
}

/** A cell's tally of each chapter, by its number; empty for a chapter of which nothing was selected. */
export function chapterTallies(cell: PlayedCell, { chapters }: Catalogue): ReadonlyMap<string, Tally> {
  return new Map(
    chapters.map(({ id, groups }) => {
      const ids = groups.flatMap((group) => group.cases.map((each) => each.id));
      return [id, tallyOf(factsOf(cell, ids))];
    }),
  );
}

/** Milliseconds that the cases of each chapter took, added up, by its number. */
export function chapterTimes(cell: PlayedCell, { byId }: Catalogue): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { id, duration } of cell.cases.values()) {
    const chapter = byId.get(id)?.chapter.id;
    if (chapter !== undefined) times.set(chapter, (times.get(chapter) ?? 0) + duration);
  }
  return times;
}

/** A section of an RFC, and the cases that rest on it. */
export interface SectionCases extends Citation {
  readonly entries: readonly CatalogueEntry[];
}

/** Every section that the catalogue cites, in the order of RFC and section. */
export function sectionsOf({ entries }: Catalogue): readonly SectionCases[] {
  const found = new Map<string, { citation: Citation; entries: CatalogueEntry[] }>();
  for (const entry of entries) {
    for (const citation of entry.case.citations) {
      const key = sectionKey(citation);
      const known = found.get(key) ?? { citation, entries: [] };
      known.entries.push(entry);
      found.set(key, known);
    }
  }
  return [...found.values()]
    .map(({ citation, entries: cases }) => ({ ...citation, entries: cases }))
    .toSorted((a, b) => a.rfc - b.rfc || a.section.localeCompare(b.section, "en", { numeric: true }));
}

/** How a section is written in data: `6455-5.5.2`. */
export function sectionKey({ rfc, section }: Citation): string {
  return `${rfc}-${section}`;
}

/** A cell's tally of the cases that rest on each section; a case counts in each section that it cites. */
export function sectionTallies(
  cell: PlayedCell,
  sections: readonly SectionCases[],
): ReadonlyMap<string, Tally> {
  return new Map(
    sections.map((section) => [
      sectionKey(section),
      tallyOf(
        factsOf(
          cell,
          section.entries.map((entry) => entry.case.id),
        ),
      ),
    ]),
  );
}

/** The tally of a chapter that may not be there. */
export function tallyIn(tallies: ReadonlyMap<string, Tally>, key: string): Tally {
  return tallies.get(key) ?? EMPTY_TALLY;
}
