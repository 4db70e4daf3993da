import { destinationOf } from "../../fuzzer/client.ts";

import { StartError } from "../engines/engine.ts";
import { localFuzzer } from "../place/local-fuzzer.ts";
import type { CellEnd } from "../play/cell.ts";
import { probeServer } from "../play/probe.ts";
import { type Seated, startSeated, type TargetSetup, trustOf, withSeat } from "../play/seated.ts";
import { ServerKeeper } from "../play/server-keeper.ts";
import { Subject } from "./subject.ts";

/** A target that could not be had, before streams were sent or later. */
class NotReady extends Error {
  readonly end: CellEnd;
  constructor(end: CellEnd) {
    super(end.reason ?? end.status);
    this.end = end;
  }
}

/**
 * Starts a server target, and lets `use` send it streams. Rejects only when the run is aborted.
 *
 * @returns what became of the target, and what `use` gave when it came to its end
 */
export async function withSubject<T>(
  setup: TargetSetup,
  use: (subject: Subject) => Promise<T>,
): Promise<{ readonly end: CellEnd; readonly result: T | null }> {
  if (setup.cell.role !== "server") return { end: skipped("streams are sent to servers only"), result: null };
  try {
    return await withSeat(setup, async (seated) => {
      if (seated.seat.fuzzer !== localFuzzer) return { end: skipped(notHere), result: null };
      const keeper = new ServerKeeper(() => started(seated));
      try {
        const subject = new Subject(keeper, setup.signal, () => keeper.logTail());
        await subject.ensure();
        return { end: { status: "ran", reason: null, logTail: "" }, result: await use(subject) };
      } finally {
        await keeper.stop();
      }
    });
  } catch (error) {
    if (error instanceof NotReady) return { end: error.end, result: null };
    if (!(error instanceof StartError)) throw error;
    const reason = `it could not be started: ${error.message}`;
    return { end: { status: "crashed", reason, logTail: "" }, result: null };
  }
}

const skipped = (reason: string): CellEnd => ({ status: "skipped", reason, logTail: "" });

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
