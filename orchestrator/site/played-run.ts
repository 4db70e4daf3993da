import { compareIds } from "../../fuzzer/catalogue.ts";
import type { PlayedCase, PlayedCell, PlayedRun, PlayedStatus } from "../../report/facts/played.ts";
import { verdictText, VERDICT_LETTERS } from "../../report/facts/verdict-codes.ts";

import { cellFileName } from "../results/cell-file-name.ts";
import { type CellFile, loadRun, type LoadedRun, type RunFile } from "../results/results.ts";

/**
 * Reads a run for the site, with all that is known of its cases.
 *
 * @throws {RunFileError} as `loadRun`
 * @throws {EventFileError} as `loadRun`
 */
export function readPlayedRun(dir: string): PlayedRun {
  return playedRun(loadRun(dir, { filesOnly: true }));
}

/**
 * Reads a run of which only the verdicts are of interest: a letter is kept of each, so that many runs fit into
 * memory at once. Its cases have no sentences.
 *
 * @throws as {@link readPlayedRun}
 */
export function readVerdicts(dir: string): PlayedRun {
  const run = readPlayedRun(dir);
  const ids = [...new Set(run.cells.flatMap((cell) => [...cell.cases.keys()]))].toSorted(compareIds);
  return { ...run, cells: run.cells.map((cell) => compactCell(cell, ids)) };
}

/** A run as the site knows it. */
export function playedRun({ run, cells, notes }: Pick<LoadedRun, "run" | "cells" | "notes">): PlayedRun {
  const { version, startedAt, finishedAt, state, exitCode, inputs, platform } = run;
  const { profile, engine, accept, argv, shard } = inputs;
  return {
    id: run.run,
    version,
    profile,
    startedAt,
    finishedAt,
    state,
    exitCode,
    engine,
    accept,
    argv: argv.map(withoutUserinfo),
    shard,
    platform,
    notes: notes.filter((note) => note.includes("cut off")),
    cells: cells.map((file, at) => playedCell(file, run, withoutUserinfo(run.cells[at]?.digest ?? null))),
  };
}

/** A URL may hold a password, and a site is for everybody. */
function withoutUserinfo<T extends string | null>(text: T): T {
  return (text?.replaceAll(/\/\/[^/\s@]*@/g, "//…@") ?? null) as T;
}

function playedCell(file: CellFile, { state }: RunFile, digest: string | null): PlayedCell {
  const { cell, reason, logTail, startedAt, duration, tally, extraTally, notRun } = file;
  const { cases: planned, ...key } = cell;
  return {
    ...key,
    file: cellFileName(cell.id),
    status: statusOf(file, state),
    reason: state === "running" && file.status === "interrupted" ? null : reason,
    logTail: logTail ?? null,
    startedAt,
    duration,
    digest,
    planned,
    tally,
    extraTally: extraTally ?? null,
    cases: new Map(
      Object.keys(file.cases)
        .toSorted(compareIds)
        .map((id) => [id, playedCase(id, file.cases[id]!)]),
    ),
    notRun: notRun.toSorted(compareIds),
  };
}

/** A run that goes on has cells that are not over yet. */
function statusOf({ status, startedAt }: CellFile, state: RunFile["state"]): PlayedStatus {
  if (status !== "interrupted" || state !== "running") return status;
  return startedAt === null ? "waiting" : "unfinished";
}

function playedCase(id: string, { outcome, record, ...facts }: CellFile["cases"][string]): PlayedCase {
  return { id, ...facts, outcome: outcome ?? null, recorded: record !== null };
}

/** The same cell, whose cases are made of letters whenever somebody asks for them. */
function compactCell({ cases, ...cell }: PlayedCell, ids: readonly string[]): PlayedCell {
  const letters = verdictText({ ...cell, cases }, ids);
  return {
    ...cell,
    logTail: null,
    get cases() {
      return casesOf(ids, letters);
    },
  };
}

function casesOf(ids: readonly string[], letters: string): ReadonlyMap<string, PlayedCase> {
  const unknown = { result: "", resultClose: "", remoteCloseCode: null, duration: 0, plays: 1, flaky: false };
  const found = new Map<string, PlayedCase>();
  for (const [at, id] of ids.entries()) {
    const verdict = VERDICT_LETTERS[letters[at]!];
    if (verdict !== undefined) found.set(id, { id, ...verdict, ...unknown, outcome: null, recorded: false });
  }
  return found;
}
