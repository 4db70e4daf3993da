import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

import type { Case } from "../case.ts";
import { connectTcp, startTls } from "../connect.ts";
import type { Destination, TlsClientSettings } from "../opening.ts";
import type { CaseRecord } from "../record.ts";
import { tlsFactsOf } from "../server-tls.ts";
import { Http2Dialler } from "./http2/dial.ts";
import { SocketLink } from "./link.ts";
import { ExtraRun } from "./play.ts";
import type { TlsScript } from "./script.ts";

/** An extra case that was played, or the reason why TCP could not be connected for it. */
export type ExtraDialResult =
  | { readonly connected: true; readonly record: CaseRecord }
  | { readonly connected: false; readonly reason: string };

/** The fuzzer as client of an extra case: plays its connections against a server target. Never rejects. */
export async function dialExtra(
  played: Case,
  to: Destination,
  signal: AbortSignal | undefined,
): Promise<ExtraDialResult> {
  const run = new ExtraRun(played, "server");
  const begun = performance.now();
  run.begin(begun);
  const http2 = new Http2Dialler(run, to, signal);
  const play = (at: number) =>
    played.extra?.over === "h2" ? http2.play(at) : connectOne(run, at, to, signal);
  const open: Promise<string | null>[] = [];
  for (const [at, { besideAfter }] of run.scripts.entries()) {
    if (besideAfter !== undefined) await sleep(Math.max(0, begun + besideAfter - performance.now()));
    // Without the first connection the target is gone, and nothing was played.
    else if (at > 0 && (await open[at - 1]!) !== null) break;
    open.push(play(at));
  }
  const [refused] = await Promise.all(open);
  if (refused) return { connected: false, reason: refused };
  return { connected: true, record: run.record(performance.now()) };
}

/** The certificate is good for its own name only, so another one is not checked. */
function settingsFor(usual: TlsClientSettings, { version, alpn, serverName }: TlsScript): TlsClientSettings {
  return {
    ...usual,
    ...(version !== undefined && { version }),
    ...(alpn !== undefined && { alpn }),
    ...(serverName !== undefined && { serverName, verify: false }),
  };
}

/** Resolves when the talk is over; with the reason when TCP could not be connected. */
async function connectOne(
  run: ExtraRun,
  at: number,
  to: Destination,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const tcp = await connectTcp(to, signal);
  if (typeof tcp === "string") {
    run.notConnected(performance.now(), at, tcp);
    return tcp;
  }
  const { tls = {} } = run.scripts[at]!;
  const socket = to.tls && !tls.none ? await startTls(tcp, to, settingsFor(to.tls, tls)) : tcp;
  if (typeof socket === "string") {
    run.notConnected(performance.now(), at, socket);
    return null;
  }
  const onAbort = () => tcp.resetAndDestroy();
  signal?.addEventListener("abort", onAbort, { once: true });
  return new Promise((resolve) => {
    const link = new SocketLink(socket, tcp);
    const talk = run.talk(at, { transport: link, to, tls: tlsFactsOf(socket, "client") });
    link.drive(talk, () => {
      signal?.removeEventListener("abort", onAbort);
      run.over(at, talk);
      resolve(null);
    });
    if (signal?.aborted) onAbort();
  });
}
