import { catalogue, type CatalogueEntry } from "../../../../fuzzer/catalogue.ts";
import { judge } from "../../../../fuzzer/judge.ts";
import type { CaseRecord, Role } from "../../../../fuzzer/record.ts";
import type { ReportedResult } from "../../../../report/autobahn/case-json.ts";

import { ReferencePeer } from "../../../../orchestrator/selfcheck/reference-peer.ts";
import { type PeerOptions, ScriptedPeer } from "../../../support/scripted-peer.ts";
import { playVirtually } from "../../../../orchestrator/selfcheck/virtual-play.ts";

/** Virtual ms within which every play ends by its own timers. */
const limit = 2_000_000;

/** A case of the suite. */
export function entryOf(id: string): CatalogueEntry {
  const entry = catalogue.byId.get(id);
  if (entry === undefined) throw new Error(`there is no case ${id}`);
  return entry;
}

/** A case played against a scripted peer; role is the peer's. */
export function playedResult(
  id: string,
  options: PeerOptions = {},
  { role = "server", agent = "target" }: { readonly role?: Role; readonly agent?: string } = {},
): ReportedResult {
  const { record } = playVirtually(
    entryOf(id).case,
    (clock, pipe) => new ScriptedPeer(clock, pipe, role === "server", options),
    { role, limit },
  );
  return judged(id, record!, agent);
}

/** A case played against the reference server, which agrees to permessage-deflate. */
export function compressedResult(id: string): ReportedResult {
  const { record } = playVirtually(
    entryOf(id).case,
    (clock, pipe) => new ReferencePeer(clock, pipe, "server"),
    { role: "server", limit },
  );
  return judged(id, record!, "target");
}

/** The result that a record gives. */
export function judged(id: string, record: CaseRecord, agent = "target"): ReportedResult {
  const entry = entryOf(id);
  return { entry, agent, record, verdict: judge(entry.case, record) };
}

/** The result with another record. */
export function withRecord(result: ReportedResult, changes: Partial<CaseRecord>): ReportedResult {
  return judged(result.entry.case.id, { ...result.record, ...changes }, result.agent);
}
