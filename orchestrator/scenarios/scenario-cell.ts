import { ScenarioServer } from "../../reference-impl/scenarios/against-clients.ts";
import { playWithServer } from "../../reference-impl/scenarios/against-servers.ts";
import type { Abilities } from "../../reference-impl/scenarios/run-scenario.ts";
import type { Scenario, ScenarioResult } from "../../reference-impl/scenarios/scenario.ts";
import { destinationOf } from "../../fuzzer/client.ts";

import { isOverHttp2 } from "../config/matrix-schema.ts";
import { type Target, targetLabel } from "../config/target.ts";
import { type Running, StartError } from "../engines/engine.ts";
import { localFuzzer } from "../place/local-fuzzer.ts";
import type { CellEnd } from "../play/cell.ts";
import { probeServer } from "../play/probe.ts";
import { type Seated, startSeated, type TargetSetup, trustOf, withSeat } from "../play/seated.ts";

/** Ms that a client may take to exit when all its scenarios are done. */
const exitPatience = 3_000;

/**
 * Starts a target and plays scenarios with it: our reference client with a server, our reference server with a client.
 * Rejects only when the run is aborted.
 */
export async function playScenarios(
  setup: TargetSetup,
  scenarios: readonly Scenario[],
  onResult: (result: ScenarioResult) => void,
): Promise<CellEnd> {
  if (isOverHttp2(setup.cell.variant)) return notOverHttp2;
  try {
    return await withSeat(setup, async (seated) => {
      if (seated.seat.fuzzer !== localFuzzer) return notHere;
      return setup.cell.role === "server"
        ? await withServer(seated, scenarios, onResult)
        : await withClient(seated, scenarios, onResult);
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { status: "crashed", reason: `it could not be started: ${error.message}`, logTail: "" };
  }
}

const ran: CellEnd = { status: "ran", reason: null, logTail: "" };

const notOverHttp2: CellEnd = {
  status: "skipped",
  reason: "scenarios are played over TCP and TLS only",
  logTail: "",
};

const notHere: CellEnd = {
  status: "skipped",
  reason:
    "scenarios are played from this process, which does not reach this engine's networks: --place host, or --engine process",
  logTail: "",
};

async function withServer(
  seated: Seated<TargetSetup>,
  scenarios: readonly Scenario[],
  onResult: (result: ScenarioResult) => void,
): Promise<CellEnd> {
  const { cell, signal } = seated.setup;
  const running = await startSeated(seated);
  try {
    const url = running.url ?? "";
    const trust = trustOf(seated, url);
    const probed = await probeServer(seated.seat.fuzzer, destinationOf(url, trust), running.exited, signal);
    if (!probed.ok) return { ...probed, logTail: running.logTail() };
    await playWithServer(scenarios, { url, trust, abilities: abilitiesOf(cell.target), signal }, onResult);
    return ran;
  } finally {
    await running.stop();
  }
}

async function withClient(
  seated: Seated<TargetSetup>,
  scenarios: readonly Scenario[],
  onResult: (result: ScenarioResult) => void,
): Promise<CellEnd> {
  const { seat, certificates: tls, setup } = seated;
  const { target } = setup.cell;
  const server = await ScenarioServer.listen(scenarios, {
    host: seat.listenHost,
    port: "port" in target ? (target.port ?? 0) : 0,
    tls: tls && { cert: tls.cert, key: tls.key },
    abilities: abilitiesOf(target),
  });
  try {
    const running = await startSeated(seated, { FUZZER_URL: server.url, AGENT: targetLabel(target) });
    try {
      await server.play(goneSignal(running, setup.signal), onResult);
      await exitOf(running);
    } finally {
      await running.stop();
    }
    setup.signal.throwIfAborted();
    return ran;
  } finally {
    await server.close();
  }
}

/** Aborted, with words for people, when the client is gone or the run is. */
function goneSignal(running: Running, signal: AbortSignal): AbortSignal {
  const gone = new AbortController();
  void running.exited.then(({ reason }) => gone.abort(`the client ${reason}`));
  signal.addEventListener("abort", () => gone.abort("the run was interrupted"), { once: true });
  return gone.signal;
}

/** A client that is done may report, and exit by itself. */
async function exitOf(running: Running): Promise<void> {
  const alarm = Promise.withResolvers<void>();
  const timer = setTimeout(alarm.resolve, exitPatience);
  await Promise.race([running.exited, alarm.promise]);
  clearTimeout(timer);
}

/** What a target declares; of one that is named by a matrix alone, nothing is known but that it echoes. */
function abilitiesOf(target: Target): Abilities {
  if (target.kind !== "folder") return { capabilities: {}, maxMessage: null };
  const { capabilities, limits } = target.definition;
  const { deflate, subprotocols } = capabilities;
  return {
    capabilities: {
      ...(deflate !== undefined && { deflate }),
      ...(subprotocols !== undefined && { subprotocols }),
    },
    maxMessage: limits.maxMessage ?? null,
  };
}
