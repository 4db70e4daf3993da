import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";

import type { Head } from "../../wire/handshake.ts";

import type { Case } from "../case.ts";
import type { CaseRecord } from "../record.ts";
import { tlsFactsOf } from "../server-tls.ts";
import { SocketLink } from "./link.ts";
import { ExtraRun } from "./play.ts";

/**
 * The fuzzer as server of an extra case: plays its connection on one that a client target has asked for.
 *
 * @param nonces keys of opening handshakes so far, that of this request included
 */
export function playExtraOn(
  { socket, tcp }: { readonly socket: Socket; readonly tcp: Socket },
  request: { readonly head: Head; readonly key: string; readonly rest: Buffer },
  played: Case,
  nonces: readonly string[],
  done: (record: CaseRecord) => void,
): void {
  const run = new ExtraRun(played, "client");
  run.begin(performance.now());
  const link = new SocketLink(socket, tcp);
  const talk = run.talk(0, { transport: link, request, tls: tlsFactsOf(socket, "server") });
  const seen = [...nonces];
  const over = () => {
    run.over(0, talk);
    done(run.record(performance.now(), seen));
  };
  link.drive(talk, over, request.rest);
}

/**
 * The record of an extra case of which the client asked for nothing: it came, and went.
 *
 * @param began ms of the clock of `performance.now()`
 * @param how what is known of it, and how it ended TCP
 */
export function recordOfSilence(
  played: Case,
  began: number,
  { why, ended }: { readonly why: string; readonly ended: "fin" | "reset" | null },
): CaseRecord {
  const run = new ExtraRun(played, "client");
  run.begin(began);
  const now = performance.now();
  run.notConnected(now, 0, why, ended);
  return run.record(now);
}
