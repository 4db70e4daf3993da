import { readFileSync } from "node:fs";

import { catalogue } from "../../fuzzer/catalogue.ts";
import { judge } from "../../fuzzer/judge.ts";

import { type PeerOptions, ScriptedPeer } from "./scripted-peer.ts";
import { playVirtually } from "../../orchestrator/selfcheck/virtual-play.ts";

/** A file of results that the original gave against scripted peers under a virtual clock. */
export interface VectorFile {
  readonly peers: readonly { readonly name: string; readonly options: PeerOptions }[];
  /** Peer -> role of the fuzzer -> case -> row. */
  readonly results: Readonly<
    Record<string, Readonly<Record<FuzzerRole, Readonly<Record<string, VectorRow>>>>>
  >;
}

type FuzzerRole = "client" | "server";

/** `["HANG"]`, or verdicts, flags, close codes, seconds until TCP was lost, time-outs and exceptions. */
export type VectorRow = readonly (string | number | boolean | null)[];

/** Virtual ms after which a connection that is still open counts as hanging. */
const hangAfter = 30_000;

/** The time of a row must be met within so many seconds. */
const timeTolerance = 0.02;

/** The column that holds a time. */
const timeColumn = 8;

export interface Comparison {
  readonly peer: string;
  readonly fuzzer: FuzzerRole;
  readonly id: string;
  readonly wanted: VectorRow;
  readonly got: VectorRow;
  readonly matches: boolean;
}

/** Reads a file of vectors. */
export function readVectors(file: string): VectorFile {
  return JSON.parse(readFileSync(file, "utf8")) as VectorFile;
}

/** Plays every row of the file through player and judge. */
export function* compareVectors(file: VectorFile): Generator<Comparison> {
  for (const [name, byRole] of Object.entries(file.results)) {
    const peer = file.peers.find((candidate) => candidate.name === name);
    if (peer === undefined)
      throw new Error(`the results name a peer "${name}" that the file does not describe`);
    for (const fuzzer of ["client", "server"] as const) {
      for (const [id, wanted] of Object.entries(byRole[fuzzer] ?? {})) {
        const got = playRow(id, fuzzer, peer.options);
        yield { peer: name, fuzzer, id, wanted, got, matches: rowsMatch(wanted, got) };
      }
    }
  }
}

/** Plays one case against one scripted peer, with the watchdog off, as a row. */
export function playRow(
  id: string,
  fuzzer: FuzzerRole,
  options: PeerOptions,
  watchdog: number | null = null,
): VectorRow {
  const played = catalogue.byId.get(id)?.case;
  if (played === undefined) throw new Error(`there is no case ${id}`);
  const { record, elapsed } = playVirtually(
    played,
    (clock, pipe) => new ScriptedPeer(clock, pipe, fuzzer === "client", options),
    { role: fuzzer === "client" ? "server" : "client", limit: hangAfter, watchdog },
  );
  if (record === null) return ["HANG"];
  const { behavior, behaviorClose } = judge(played, record);
  return [
    behavior,
    behaviorClose,
    record.closedByMe,
    record.failedByMe,
    record.droppedByMe,
    record.wasClean,
    record.localCloseCode,
    record.remoteCloseCode,
    Math.round(elapsed) / 1000,
    record.wasServerConnectionDropTimeout,
    record.wasCloseHandshakeTimeout,
    record.internalError === null ? 0 : 1,
  ];
}

function rowsMatch(wanted: VectorRow, got: VectorRow): boolean {
  return (
    wanted.length === got.length &&
    wanted.every((value, column) => columnMatches(value, got[column]!, column))
  );
}

function columnMatches(wanted: VectorRow[number], got: VectorRow[number], column: number): boolean {
  if (column !== timeColumn) return wanted === got;
  return Math.abs(Number(wanted) - Number(got)) <= timeTolerance + 1e-9;
}
