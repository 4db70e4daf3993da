import { destinationOf } from "../../fuzzer/client.ts";

import { isOverHttp2 } from "../config/matrix-schema.ts";
import { type Running, StartError } from "../engines/engine.ts";
import { ListenError } from "../place/fuzzer.ts";
import { type Seated, startSeated, type TargetSetup, trustOf } from "./seated.ts";
import type { Reachable } from "./server-keeper.ts";

/**
 * Starts a server target, and makes the way to it that its variant asks for, which ends when the target is stopped.
 *
 * @throws {StartError} the target cannot be started, or the way cannot be made
 */
export async function startReachable(seated: Seated<TargetSetup>): Promise<Reachable> {
  const running = await startSeated(seated);
  const url = running.url ?? "";
  const destination = destinationOf(url, trustOf(seated, url));
  const { cell, signal } = seated.setup;
  if (!isOverHttp2(cell.variant)) return { running, destination };
  try {
    const way = await seated.seat.fuzzer.overHttp2(destination, signal);
    return {
      running: endingWith(running, () => way.close()),
      destination: way.destination,
      direct: destination,
      check: () => way.check(),
    };
  } catch (error) {
    await running.stop();
    if (!(error instanceof ListenError)) throw error;
    throw new StartError(error.message, { cause: error });
  }
}

/** The same program; something else ends with it. */
function endingWith(running: Running, end: () => void): Running {
  return {
    url: running.url,
    exited: running.exited,
    logTail: () => running.logTail(),
    stop() {
      end();
      return running.stop();
    },
  };
}
