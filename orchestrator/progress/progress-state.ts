import { targetLabel } from "../../report/cell.ts";
import { formatDuration } from "../../report/duration.ts";
import { escapeTerminal } from "../../report/escape.ts";
import { formatTally, tallySize } from "../../report/tally.ts";
import type { EventOf, RunEvent } from "../results/event-schema.ts";

/** Something that is going on. */
export interface Activity {
  /** A cell id, or a target that is being made ready. Escaped. */
  readonly name: string;
  readonly phase: "preparing" | "playing";
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Cases with a verdict, and cases in all; 0 while preparing. */
  readonly played: number;
  readonly total: number;
  readonly failed: number;
}

/** How far the run is. */
export interface Totals {
  /** Milliseconds since the epoch; null before the run started. */
  readonly since: number | null;
  readonly cells: number;
  readonly cellsEnded: number;
  readonly played: number;
  readonly failed: number;
}

/** What progress has to know of a run, gathered from its events. */
export class ProgressState {
  readonly #activities = new Map<string, Activity>();
  readonly #sizes = new Map<string, number>();
  readonly #counted = new Set<string>();
  #totals: Totals = { since: null, cells: 0, cellsEnded: 0, played: 0, failed: 0 };

  /** What is going on, in the order in which it began. */
  get activities(): readonly Activity[] {
    return [...this.#activities.values()];
  }

  get totals(): Totals {
    return this.#totals;
  }

  /** Takes one event in. */
  add(event: RunEvent): void {
    switch (event.type) {
      case "run-started":
        this.#totals = { ...this.#totals, since: event.at };
        return;
      case "planned":
        for (const { id, cases } of event.cells) this.#sizes.set(id, cases);
        this.#totals = { ...this.#totals, cells: this.#sizes.size };
        return;
      case "preparing":
        this.#begin(targetKey(event), escapeTerminal(targetLabel(event), 60), "preparing", event.at);
        return;
      case "prepared":
      case "not-prepared":
        this.#activities.delete(targetKey(event));
        return;
      case "cell-started":
        this.#begin(event.cell, escapeTerminal(event.cell, 80), "playing", event.at);
        return;
      case "case-finished":
        this.#count(event);
        return;
      case "cell-finished":
        this.#end(event);
        return;
      case "run-finished":
        this.#activities.clear();
        return;
      case "probed":
      case "target-died":
    }
  }

  #begin(key: string, name: string, phase: Activity["phase"], since: number): void {
    const total = this.#sizes.get(key) ?? 0;
    this.#activities.set(key, { name, phase, since, played: 0, total, failed: 0 });
  }

  /** A case that is reported again, after it was confirmed, is not counted again. */
  #count(event: EventOf<"case-finished">): void {
    const key = `${event.cell} ${event.case}`;
    if (this.#counted.has(key)) return;
    this.#counted.add(key);
    const failed = event.class === "failed" ? 1 : 0;
    const { played, failed: before } = this.#totals;
    this.#totals = { ...this.#totals, played: played + 1, failed: before + failed };
    const cell = this.#activities.get(event.cell);
    if (cell === undefined) return;
    this.#activities.set(event.cell, { ...cell, played: cell.played + 1, failed: cell.failed + failed });
  }

  /** Runs of before there was `not-prepared` tell only so of a build that failed. */
  #end(event: EventOf<"cell-finished">): void {
    this.#activities.delete(event.cell);
    this.#activities.delete(`target ${event.cell.split("/", 1)[0] ?? ""}`);
    this.#totals = { ...this.#totals, cellsEnded: this.#totals.cellsEnded + 1 };
  }
}

function targetKey(event: { readonly target: string; readonly version: string | null }): string {
  return `target ${targetLabel(event)}`;
}

/** How something that is going on stands: `120/517 played, 3 failed, 12 s`. */
export function describeActivity(activity: Activity, now: number): string {
  const time = formatDuration(now - activity.since);
  if (activity.phase === "preparing") return `preparing, ${time}`;
  const failed = activity.failed > 0 ? `, ${activity.failed} failed` : "";
  return `${activity.played}/${activity.total} played${failed}, ${time}`;
}

/** What a line says of an event; null for what needs none. Escaped. */
export function describeEvent(event: RunEvent): string | null {
  switch (event.type) {
    case "run-started":
      return `run ${escapeTerminal(event.run, 60)}${event.resumed === true ? " resumed" : ""}, profile ${event.profile}`;
    case "planned":
      return `${event.cells.length} cells planned, ${event.cells.reduce((sum, cell) => sum + cell.cases, 0)} cases`;
    case "preparing":
      return `${escapeTerminal(targetLabel(event), 60)} preparing`;
    case "prepared": {
      const how = event.cached ? "from the cache" : `in ${formatDuration(event.duration)}`;
      return `${escapeTerminal(targetLabel(event), 60)} prepared ${how}`;
    }
    case "not-prepared":
      return `${escapeTerminal(targetLabel(event), 60)} ${event.status}: ${because(event.reason)}`;
    case "cell-started":
      return `${escapeTerminal(event.cell, 80)} started`;
    case "probed":
      return event.ok ? null : `${escapeTerminal(event.cell, 80)} not usable: ${because(event.reason)}`;
    case "case-finished":
      break;
    case "target-died": {
      const { cell, reason, suspects, restarts } = event;
      const open = suspects.length === 0 ? "no case open" : `open: ${listed(suspects)}`;
      return `${escapeTerminal(cell, 80)} died (${because(reason)}; ${open}), restart ${restarts}`;
    }
    case "cell-finished":
      return describeEnd(event);
    case "run-finished":
      return `run finished in ${formatDuration(event.duration)}, exit code ${event.exitCode}`;
  }
  return null;
}

function describeEnd(event: EventOf<"cell-finished">): string {
  const { cell, status, reason, duration, cachedFrom } = event;
  const counted = talliesText(event);
  const name = escapeTerminal(cell, 80);
  const time = formatDuration(duration);
  if (cachedFrom !== undefined) {
    return `${name} unchanged, taken from run ${escapeTerminal(cachedFrom.run, 60)}: ${counted}`;
  }
  if (status === "ran") return `${name} ran in ${time}: ${counted}`;
  return `${name} ${status} after ${time}: ${because(reason)}`;
}

/** The two suites are never added up. */
function talliesText({ tally, extraTally }: EventOf<"cell-finished">): string {
  if (extraTally === undefined || tallySize(extraTally) === 0) return formatTally(tally);
  const extra = `extra: ${formatTally(extraTally)}`;
  return tallySize(tally) === 0 ? extra : `${formatTally(tally)}; ${extra}`;
}

function because(reason: string | null): string {
  return escapeTerminal(reason ?? "no reason given");
}

/** The first few of a list of cases. */
function listed(cases: readonly string[]): string {
  const more = cases.length > 5 ? ` and ${cases.length - 5} more` : "";
  return escapeTerminal(cases.slice(0, 5).join(", ")) + more;
}
