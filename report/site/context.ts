import type { Catalogue } from "../../fuzzer/catalogue.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import { diffRuns, type RunDiff } from "../facts/diff.ts";
import { compareVersions, lineOf, type PlayedCell, type PlayedRun } from "../facts/played.ts";
import { observedText } from "../facts/observed.ts";
import { chapterTallies } from "../facts/tallies.ts";
import { targetLabel } from "../cell.ts";
import { isExtraCase, type Tally } from "../tally.ts";
import type { SiteInput, TargetFacts } from "./input.ts";
import { dayText } from "./words.ts";

/** What pages ask again and again, found once. */
export interface SiteContext {
  readonly input: SiteInput;
  readonly catalogue: Catalogue;
  /** The run that is shown. */
  readonly run: PlayedRun;
  /** Day of the run, as `YYYY-MM-DD`. */
  readonly today: string;
  /**
   * Against the newest earlier run that played at least half of the same targets, or else any of them; null
   * where there is none.
   */
  readonly diff: RunDiff | null;
  readonly cellById: ReadonlyMap<string, PlayedCell>;
  /** Cells of each target, in the order of the run: newest version first. */
  readonly targets: ReadonlyMap<string, readonly PlayedCell[]>;
  /** Whether it is the newest version of its target that was played. */
  readonly isNewest: (cell: PlayedCell) => boolean;
  readonly factsOf: (target: string) => TargetFacts | null;
  /** A cell's tallies by chapter. */
  readonly chaptersOf: (cell: PlayedCell) => ReadonlyMap<string, Tally>;
  /** The record of a case; what the target did in it is remembered. */
  readonly recordOf: (cell: PlayedCell, id: string) => CaseRecord | null;
  /** What a target did in a case, in a line; null where no record was kept. A record is read once at the most. */
  readonly observed: (cell: PlayedCell, id: string) => string | null;
  /** Numbers of Autobahn's chapters and of ours, as far as they were selected: the two are never added up. */
  readonly chapters: { readonly named: readonly string[]; readonly extra: readonly string[] };
}

/** Finds what pages need of an input. */
export function siteContext(input: SiteInput): SiteContext {
  const { catalogue, runs } = input;
  const [run] = runs;
  const targets = new Map<string, PlayedCell[]>();
  for (const cell of run.cells) targets.set(cell.target, [...(targets.get(cell.target) ?? []), cell]);
  for (const [name, cells] of targets) targets.set(name, ordered(cells, input.targets.get(name)?.versions));
  const newest = newestVersions(targets);
  const tallies = new Map<string, ReadonlyMap<string, Tally>>();
  const selected = chaptersOfRun(run, catalogue);
  const observations = new Observations(input);
  return {
    input,
    catalogue,
    run,
    today: dayText(run.startedAt),
    diff: diffOf(run, runs.slice(1)),
    cellById: new Map(run.cells.map((cell) => [cell.id, cell])),
    targets,
    isNewest: (cell) => newest.get(cell.target) === cell.version,
    factsOf: (target) => input.targets.get(target) ?? null,
    chaptersOf(cell) {
      const known = tallies.get(cell.id) ?? chapterTallies(cell, catalogue);
      tallies.set(cell.id, known);
      return known;
    },
    recordOf: observations.recordOf,
    observed: observations.observed,
    chapters: {
      named: selected.filter((id) => !isExtraCase(id)),
      extra: selected.filter((id) => isExtraCase(id)),
    },
  };
}

/**
 * Reads records, and remembers what was done in each: tens of thousands of pages and data files need both, and
 * reading is what takes the time. Few lines are different, so each is kept once.
 */
class Observations {
  readonly #input: SiteInput;
  readonly #known = new Map<string, string | null>();
  readonly #lines = new Map<string, string>();

  constructor(input: SiteInput) {
    this.#input = input;
  }

  readonly recordOf = ({ id: cell, cases }: PlayedCell, id: string): CaseRecord | null => {
    const record = cases.get(id)?.recorded === true ? this.#input.record(cell, id) : null;
    this.#known.set(`${cell} ${id}`, record === null ? null : this.#line(observedText(record)));
    return record;
  };

  readonly observed = (cell: PlayedCell, id: string): string | null => {
    const key = `${cell.id} ${id}`;
    if (!this.#known.has(key)) this.recordOf(cell, id);
    return this.#known.get(key) ?? null;
  };

  #line(text: string): string {
    const known = this.#lines.get(text) ?? text;
    this.#lines.set(text, known);
    return known;
  }
}

/** Chapters of which something was selected; all, where the run does not say what was. */
function chaptersOfRun({ cells }: PlayedRun, { chapters, byId }: Catalogue): readonly string[] {
  const found = new Set(
    cells.flatMap(({ cases, notRun }) => [...cases.keys(), ...notRun].map((id) => byId.get(id)?.chapter.id)),
  );
  return chapters.map(({ id }) => id).filter((id) => found.size === 0 || found.has(id));
}

/** How a cell is called where its target is known: `8.23.0 server`, `8.23.0 server, tls`. */
export function cellName({ version, role, variant }: PlayedCell): string {
  return `${version === null ? "" : `${version} `}${role}${variant === "plain" ? "" : `, ${variant}`}`;
}

/** How a cell is called anywhere: `ws@8.23.0 server, tls`. */
export function fullName(cell: PlayedCell): string {
  return `${targetLabel(cell)} ${cell.role}${cell.variant === "plain" ? "" : `, ${cell.variant}`}`;
}

function diffOf(run: PlayedRun, earlier: readonly PlayedRun[]): RunDiff | null {
  const lines = new Set(run.cells.map(lineOf));
  const shared = (other: PlayedRun) => other.cells.filter((cell) => lines.has(lineOf(cell))).length;
  const before =
    earlier.find((other) => shared(other) * 2 >= lines.size) ?? earlier.find((other) => shared(other) > 0);
  return before === undefined ? null : diffRuns(before, run);
}

/** The newest version first, server before client, plain before other variants. */
function ordered(cells: readonly PlayedCell[], versions: readonly string[] = []): PlayedCell[] {
  const rank = ({ version }: PlayedCell) => {
    const at = version === null ? -1 : versions.indexOf(version);
    return at < 0 ? versions.length : at;
  };
  return cells.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      compareVersions(a.version, b.version) ||
      b.role.localeCompare(a.role) ||
      Number(b.variant === "plain") - Number(a.variant === "plain") ||
      a.variant.localeCompare(b.variant),
  );
}

function newestVersions(
  targets: ReadonlyMap<string, readonly PlayedCell[]>,
): ReadonlyMap<string, string | null> {
  return new Map([...targets].map(([name, cells]) => [name, cells[0]?.version ?? null]));
}
