import type { Case } from "../../fuzzer/case.ts";
import { judge } from "../../fuzzer/judge.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import { FuzzingServer, type FuzzingServerSetup } from "../../fuzzer/server.ts";

import { codeOf } from "../engines/failure.ts";

import type { FuzzingServerSpec } from "./spec.ts";
import type { ReportSink, Tested } from "./tested.ts";

/** Listens on IPv6 and IPv4, whatever host the URL names, as the original listens on all interfaces. */
const allInterfaces = "::";

export interface FuzzingServerRun {
  readonly spec: FuzzingServerSpec;
  readonly profile: Profile;
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
  const numbered = new Map(spec.cases.map((entry, index) => [entry.case.id, { entry, number: index + 1 }]));
  const stopped = new AbortController();
  const server = await listenEverywhere({
    port: spec.port,
    cases: spec.cases.map((entry): Case => entry.case),
    profile: run.profile,
    options: spec.options,
    ...(spec.tls !== null && { tls: spec.tls }),
    isExcluded: spec.excludes,
    onCaseFinished: (played, record, agent) => {
      const verdict = judge(played, record);
      tested.note(agent, played.id, verdict, record.duration);
      report.add({ ...numbered.get(played.id)!, agent, record, verdict });
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
    `listening at port ${server.port}: ${spec.cases.length} cases for clients that ask for ${spec.url}/getCaseCount`,
  );
  await firstAbort([signal, stopped.signal]);
  await server.drain();
  report.flush();
}

/** Where there is no IPv6, on IPv4 alone. */
async function listenEverywhere(setup: Omit<FuzzingServerSetup, "host">): Promise<FuzzingServer> {
  try {
    return await FuzzingServer.listen({ ...setup, host: allInterfaces });
  } catch (error) {
    if (!["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(codeOf(error))) throw error;
    return FuzzingServer.listen({ ...setup, host: "0.0.0.0" });
  }
}

function firstAbort(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const any = AbortSignal.any([...signals]);
    if (any.aborted) resolve();
    else any.addEventListener("abort", () => resolve(), { once: true });
  });
}
