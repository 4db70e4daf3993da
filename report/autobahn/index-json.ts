import type { Behavior, BehaviorClose } from "../../fuzzer/record.ts";

import { compressionRatio } from "./traffic-stats.ts";
import type { ReportedResult } from "./case-json.ts";
import { type PythonJson, pythonJson } from "./python-json.ts";

/** What the index files say of a result: all that is kept of it once its own files are written. */
export interface IndexFacts {
  readonly id: string;
  readonly behavior: Behavior;
  readonly behaviorClose: BehaviorClose;
  /** ms. */
  readonly duration: number;
  readonly remoteCloseCode: number | null;
  /** Name of the result's files, without extension. */
  readonly stem: string;
  /** Of chapters 12 and 13: compressed octets for each octet of a message, both ways. */
  readonly ratios: { readonly incoming: number | null; readonly outgoing: number | null } | null;
}

/** The results of each agent, by case. */
export type IndexedAgents = ReadonlyMap<string, ReadonlyMap<string, IndexFacts>>;

/** What the index keeps of a result. */
export function indexFacts({ entry, record, verdict }: ReportedResult, stem: string): IndexFacts {
  const { traffic } = record;
  return {
    id: entry.case.id,
    behavior: verdict.behavior,
    behaviorClose: verdict.behaviorClose,
    duration: Math.round(record.duration),
    remoteCloseCode: record.remoteCloseCode,
    stem,
    ratios: traffic && {
      incoming: compressionRatio(traffic.incoming),
      outgoing: compressionRatio(traffic.outgoing),
    },
  };
}

/** The text of `index.json`: agent -> case -> verdict. An agent without results is left out, as Autobahn does. */
export function indexJson(agents: IndexedAgents): string {
  const seen = [...agents].filter(([, results]) => results.size > 0);
  return pythonJson(new Map(seen.map(([agent, results]) => [agent, agentJson(results)])));
}

function agentJson(results: ReadonlyMap<string, IndexFacts>): PythonJson {
  return new Map([...results].map(([id, facts]) => [id, resultJson(facts)]));
}

function resultJson({ behavior, behaviorClose, duration, remoteCloseCode, stem }: IndexFacts): PythonJson {
  return { behavior, behaviorClose, duration, remoteCloseCode, reportfile: `${stem}.json` };
}
