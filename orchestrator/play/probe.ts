import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

import type { Case } from "../../fuzzer/case.ts";
import { judge } from "../../fuzzer/judge.ts";
import type { Destination } from "../../fuzzer/opening.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";

import type { Exit } from "../engines/engine.ts";
import type { Fuzzer } from "../place/fuzzer.ts";

/** Ms that a target may take until it accepts TCP connections. */
export const startLimit = 30_000;

/** Ms that a server may take, once it accepts TCP, until a WebSocket handshake and an echo succeed. */
const readyLimit = 5_000;

/** Ms between two tries. */
const retryEvery = 50;

const hello = { hex: Buffer.from("wsmatrix probe").toString("hex") };

/** A handshake and one echo: what anything under test must be able to do. It is never counted. */
export const probeCase: Case = {
  id: "probe",
  title: "Probe",
  description: "Sends one short text message.",
  expectation: "The message is echoed.",
  citations: [{ rfc: 6455, section: "5.6" }],
  script: [
    { step: "frame", opcode: 1, payload: hello },
    { step: "killAfter", ms: 5_000 },
  ],
  expected: { OK: [{ event: "message", payload: hello, binary: false }] },
  close: { byFuzzer: true, codes: [1000], clean: true },
  onMessage: { rule: "compare" },
  onEnd: "base",
};

/** Whether a target can be tested at all. */
export type ProbeResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly status: "start-timeout" | "noncompliant" | "crashed";
      readonly reason: string;
    };

/**
 * Tries a server until it has echoed a message, is gone, or has had time enough.
 *
 * @param direct where it is up as soon as TCP is connected, when there is something between it and `to`
 * @throws {FuzzerLost} the fuzzer is gone
 */
export async function probeServer(
  fuzzer: Fuzzer,
  to: Destination,
  exited: Promise<Exit>,
  signal: AbortSignal,
  direct = to,
): Promise<ProbeResult> {
  let gone: Exit | null = null;
  void exited.then((exit) => (gone = exit));
  const started = performance.now();
  let connectedAt: number | null = null;
  for (;;) {
    signal.throwIfAborted();
    const next = connectedAt === null ? direct : to;
    const result = await fuzzer.dial(probeCase, next, { profile: profiles.quick, signal });
    if (gone !== null) return crashed(gone);
    if (result.connected) {
      const fault = probeFault(result.record);
      if (next === to && fault === null) return { ok: true };
      connectedAt ??= performance.now();
      if (performance.now() - connectedAt > readyLimit)
        return { ok: false, status: "noncompliant", reason: fault ?? "" };
    } else if (performance.now() - started > startLimit) {
      const reason = `it did not accept a connection within ${startLimit / 1000} s (${result.reason})`;
      return { ok: false, status: "start-timeout", reason };
    }
    await Promise.race([exited, sleep(retryEvery)]);
    if (gone !== null) return crashed(gone);
  }
}

/** A connection that is opened and closed. */
const lifeCase: Case = {
  ...probeCase,
  id: "life",
  title: "Sign of life",
  description: "Opens a connection and closes it.",
  expectation: "The connection is opened.",
  script: [
    { step: "close", code: 1000 },
    { step: "killAfter", ms: 1_000 },
  ],
  expected: { OK: [] },
};

/** Ms that a server which lives may take to answer an opening handshake, however busy it is. */
const answerLimit = 20_000;

/**
 * Whether a server that answered before still completes an opening handshake; at once where it has exited.
 *
 * @throws {FuzzerLost} the fuzzer is gone
 */
export async function stillAnswers(
  fuzzer: Fuzzer,
  to: Destination,
  exited: Promise<Exit>,
  signal: AbortSignal,
): Promise<boolean> {
  let isGone = false;
  void exited.then(() => (isGone = true));
  const until = performance.now() + answerLimit;
  while (!isGone && performance.now() < until) {
    const result = await fuzzer.dial(lifeCase, to, { profile: profiles.quick, signal });
    signal.throwIfAborted();
    if (result.connected && result.record.opened) return true;
    await Promise.race([exited, sleep(retryEvery)]);
  }
  return false;
}

function crashed(exit: Exit): ProbeResult {
  return { ok: false, status: "crashed", reason: `it ${exit.reason} before it was ready` };
}

/** Why a play of the probe case is no pass, or null. How the connection ends does not matter here. */
export function probeFault(record: CaseRecord): string | null {
  if (!record.opened) return `it does not complete a WebSocket handshake: ${record.wasNotCleanReason}`;
  return judge(probeCase, record).behavior === "OK" ? null : "it does not echo a text message of 14 octets";
}
