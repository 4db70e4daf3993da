import type { Case } from "#fuzzer/case.ts";
import { judge } from "#fuzzer/judge.ts";
import { type Profile, profiles } from "#fuzzer/profile.ts";
import { FuzzingServer } from "#fuzzer/server.ts";

import type { FuzzingServerSpec } from "./spec.ts";
import type { ReportSink, Tested } from "./tested.ts";

/** Listens on IPv6 and IPv4, whatever host the URL names, as the original listens on all interfaces. */
const allInterfaces = "::";

export interface FuzzingServerRun {
  readonly spec: FuzzingServerSpec;
  readonly profile: Profile["name"];
  readonly report: ReportSink;
  readonly tested: Tested;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Mode `fuzzingserver`: plays the cases against clients that connect, until it is stopped by signal, by
 * `/stopServer` or by `shutdownOnComplete`.
 *
 * @throws when the port cannot be listened on
 */
export async function serveFuzzer(run: FuzzingServerRun): Promise<void> {
  const { spec, report, tested, say, signal } = run;
  const entries = new Map(spec.cases.map((entry) => [entry.case.id, entry]));
  const stopped = new AbortController();
  const server = await FuzzingServer.listen({
    host: allInterfaces,
    port: spec.port,
    cases: spec.cases.map((entry): Case => entry.case),
    profile: profiles[run.profile],
    options: spec.options,
    ...(spec.tls !== null && { tls: spec.tls }),
    isExcluded: spec.excludes,
    onCaseFinished: (played, record, agent) => {
      const verdict = judge(played, record);
      tested.note(agent, played.id, verdict);
      report.add(agent, entries.get(played.id)!, record, verdict);
    },
    onUpdateReports: (agent, shutdown) => {
      report.flush();
      say(`${agent}: reports are in ${spec.outdir}`);
      if (shutdown) stopped.abort();
    },
    onStop: () => stopped.abort(),
    onRefused: ({ status, reason }, resource) => say(`refused ${resource}: ${status} ${reason}`),
  });
  say(
    `listening at port ${server.port} for clients of ${spec.cases.length} cases; drive ${server.url}/getCaseCount`,
  );
  await firstAbort([signal, stopped.signal]);
  await server.drain();
  report.flush();
}

function firstAbort(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const any = AbortSignal.any([...signals]);
    if (any.aborted) resolve();
    else any.addEventListener("abort", () => resolve(), { once: true });
  });
}
