import { destinationOf } from "../../fuzzer/client.ts";

import { isOverHttp2 } from "../config/matrix-schema.ts";
import { targetLabel } from "../config/target.ts";
import { StartError } from "../engines/engine.ts";
import { localFuzzer } from "../place/local-fuzzer.ts";
import type { CellEnd } from "../play/cell.ts";
import { probeServer } from "../play/probe.ts";
import { type Seated, startSeated, type TargetSetup, trustOf, withSeat } from "../play/seated.ts";
import { ServerKeeper } from "../play/server-keeper.ts";
import { ClientSubject } from "./client-subject.ts";
import { ServerSubject } from "./server-subject.ts";
import type { Subject } from "./subject.ts";

/** A target that could not be had, before streams were sent or later. */
class NotReady extends Error {
  readonly end: CellEnd;
  constructor(end: CellEnd) {
    super(end.reason ?? end.status);
    this.end = end;
  }
}

/**
 * Starts a target, and lets `use` send it streams. Rejects only when the run is aborted.
 *
 * @param most starts of a client side by side
 * @returns what became of the target, and what `use` gave when it came to its end
 */
export async function withSubject<T>(
  setup: TargetSetup,
  most: number,
  use: (subject: Subject) => Promise<T>,
): Promise<{ readonly end: CellEnd; readonly result: T | null }> {
  if (isOverHttp2(setup.cell.variant)) return { end: skipped(notOverHttp2), result: null };
  try {
    return await withSeat(setup, async (seated) => {
      if (seated.seat.fuzzer !== localFuzzer) return { end: skipped(notHere), result: null };
      const result =
        setup.cell.role === "server" ? await withServer(seated, use) : await withClient(seated, most, use);
      return { end: { status: "ran", reason: null, logTail: "" }, result };
    });
  } catch (error) {
    if (error instanceof NotReady) return { end: error.end, result: null };
    if (!(error instanceof StartError)) throw error;
    const reason = `it could not be started: ${error.message}`;
    return { end: { status: "crashed", reason, logTail: "" }, result: null };
  }
}

async function withServer<T>(seated: Seated<TargetSetup>, use: (subject: Subject) => Promise<T>): Promise<T> {
  const keeper = new ServerKeeper(() => started(seated));
  try {
    const subject = new ServerSubject(keeper, seated.setup.signal, () => keeper.logTail());
    await subject.ensure();
    return await use(subject);
  } finally {
    await keeper.stop();
  }
}

async function withClient<T>(
  seated: Seated<TargetSetup>,
  most: number,
  use: (subject: Subject) => Promise<T>,
): Promise<T> {
  const { setup, seat, certificates } = seated;
  const { target } = setup.cell;
  const subject = new ClientSubject({
    start: (url) => startSeated(seated, { FUZZER_URL: url, AGENT: targetLabel(target) }),
    host: seat.listenHost,
    port: "port" in target ? target.port : null,
    tls: certificates === null ? null : { cert: certificates.cert, key: certificates.key },
    signal: setup.signal,
    most,
  });
  try {
    const fault = await subject.firstFault();
    setup.signal.throwIfAborted();
    if (fault !== null)
      throw new NotReady({
        status: "noncompliant",
        reason: `it does not do the simplest thing: ${fault}`,
        logTail: "",
      });
    return await use(subject);
  } finally {
    await subject.stop();
  }
}

const skipped = (reason: string): CellEnd => ({ status: "skipped", reason, logTail: "" });

const notOverHttp2 = "streams are sent over TCP and TLS only";

const notHere =
  "streams are sent from this process, which does not reach this engine's networks: --place host, or --engine process";

async function started(seated: Seated<TargetSetup>) {
  const running = await startSeated(seated);
  const url = running.url ?? "";
  const destination = destinationOf(url, trustOf(seated, url));
  const probed = await probeServer(
    seated.seat.fuzzer,
    destination,
    running.exited,
    seated.setup.signal,
  ).catch(async (error: unknown) => {
    await running.stop();
    throw error;
  });
  if (probed.ok) return { running, destination };
  await running.stop();
  throw new NotReady({ status: probed.status, reason: probed.reason, logTail: running.logTail() });
}
