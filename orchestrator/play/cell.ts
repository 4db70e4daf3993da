import { type CampaignHooks, campaign } from "../../fuzzer/campaign.ts";
import type { Case } from "../../fuzzer/case.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { Stage } from "../../fuzzer/stage.ts";
import type { CellStatus } from "../../report/cell.ts";

import { EngineGoneError, StartError } from "../engines/engine.ts";
import { isOverHttp2 } from "../config/matrix-schema.ts";
import { targetLabel } from "../config/target.ts";
import { FuzzerLost } from "../place/fuzzer.ts";
import { ClientStage } from "./client-stage.ts";
import type { Machine } from "./machine.ts";
import { startReachable } from "./reachable.ts";
import { type Seated, startSeated, type TargetSetup, withSeat } from "./seated.ts";
import { probeCase, probeFault, probeServer, stillAnswers } from "./probe.ts";
import { ServerKeeper } from "./server-keeper.ts";
import { ServerStage } from "./server-stage.ts";

export interface CellSetup extends TargetSetup {
  readonly cases: readonly Case[];
  readonly profile: Profile;
  readonly machine: Machine;
}

/** What is told while a cell is played. */
export interface CellHooks extends Omit<CampaignHooks, "canRepeat"> {
  readonly onProbed: (ok: boolean, reason: string | null) => void;
}

/** How a cell ended. */
export interface CellEnd {
  readonly status: CellStatus;
  /** Null when it ran. */
  readonly reason: string | null;
  /** The end of the target's output, where it may explain the status. */
  readonly logTail: string;
}

/** Starts a target, probes it, has its cases played, and ends it. Rejects only when the run is aborted. */
export async function playCell(setup: CellSetup, hooks: CellHooks): Promise<CellEnd> {
  try {
    return await withSeat(setup, (seated) => playSeated(seated, hooks));
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null) throw error;
    hooks.onProbed(false, fault.message);
    return { status: fault.status, reason: fault.message, logTail: "" };
  }
}

async function playSeated(seated: Seated<CellSetup>, hooks: CellHooks): Promise<CellEnd> {
  const { setup } = seated;
  const target = setup.cell.role === "server" ? serverUnderTest(seated) : clientUnderTest(seated);
  try {
    await target.probe();
    hooks.onProbed(true, null);
    const end = await campaign(setup.cases, target.stage, { ...hooks, canRepeat: true });
    if (end.status === "ran") return { status: "ran", reason: null, logTail: "" };
    return { status: "crashed", reason: end.reason, logTail: target.logTail() };
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null) throw error;
    if (!target.wasReady()) hooks.onProbed(false, fault.message);
    const status = target.wasReady() ? "crashed" : fault.status;
    return { status, reason: fault.message, logTail: fault.logTail };
  } finally {
    await target.stop();
  }
}

/** A target that cannot be tested, at the start or after it had to be started again. */
class NotReady extends Error {
  readonly status: CellStatus;
  readonly logTail: string;
  constructor(status: CellStatus, reason: string, logTail: string) {
    super(reason);
    this.status = status;
    this.logTail = logTail;
  }
}

/** What an error says of the target; null when it says something else. */
function faultOf(error: unknown): NotReady | null {
  if (error instanceof NotReady) return error;
  if (error instanceof FuzzerLost) return new NotReady("crashed", error.message, error.logTail);
  if (error instanceof EngineGoneError) return new NotReady("crashed", error.message, "");
  if (!(error instanceof StartError)) return null;
  return new NotReady("crashed", `it could not be started: ${error.message}`, "");
}

interface UnderTest {
  readonly stage: Stage;
  /** @throws {NotReady} */
  probe(): Promise<void>;
  /** Whether a probe has succeeded. */
  wasReady(): boolean;
  logTail(): string;
  stop(): Promise<void>;
}

function serverUnderTest(seated: Seated<CellSetup>): UnderTest {
  const { setup, seat } = seated;
  const { cell, machine, profile, signal } = setup;
  let ready = false;
  const keeper = new ServerKeeper(async () => {
    const target = await startReachable(seated);
    const { running, destination, direct } = target;
    const probed = await probeServer(seat.fuzzer, destination, running.exited, signal, direct).catch(
      async (error: unknown) => {
        await running.stop();
        throw error;
      },
    );
    if (!probed.ok) {
      await running.stop();
      throw new NotReady(probed.status, probed.reason, running.logTail());
    }
    ready = true;
    return target;
  });
  const concurrency = cell.target.kind === "folder" ? cell.target.definition.concurrency : undefined;
  return {
    stage: new ServerStage({
      fuzzer: seat.fuzzer,
      keeper,
      machine,
      profile,
      concurrency,
      exitDelay: seat.exitDelay,
      stillAnswers: ({ destination, exited }) => stillAnswers(seat.fuzzer, destination, exited, signal),
      signal,
    }),
    probe: async () => void (await keeper.ensure()),
    wasReady: () => ready,
    logTail: () => keeper.logTail(),
    stop: () => keeper.stop(),
  };
}

function clientUnderTest(seated: Seated<CellSetup>): UnderTest {
  const { setup, seat, certificates: tls } = seated;
  const { cell, machine, profile, signal } = setup;
  let logTail = "";
  let ready = false;
  const stage = new ClientStage({
    start: (fuzzerUrl, casesAtOnce) =>
      startSeated(seated, {
        FUZZER_URL: fuzzerUrl,
        AGENT: targetLabel(cell.target),
        CONCURRENCY: String(casesAtOnce),
      }),
    tls,
    fuzzer: seat.fuzzer,
    http2: isOverHttp2(cell.variant),
    host: seat.listenHost,
    port: "port" in cell.target ? cell.target.port : null,
    machine,
    profile,
    signal,
    onLogTail: (tail) => void (logTail = tail),
  });
  return {
    stage,
    async probe() {
      const fault = await probeClient(stage);
      if (fault !== null) throw new NotReady("noncompliant", fault, logTail);
      ready = true;
    },
    wasReady: () => ready,
    logTail: () => logTail,
    stop: async () => {},
  };
}

/** One start on a list that holds only the probe; resolves with what is wrong, or null. */
async function probeClient(stage: Stage): Promise<string | null> {
  let fault: string | null = "it did not ask for its case";
  const outcome = await stage.play([probeCase], "alone", ({ record }) => (fault = probeFault(record)));
  return fault === null || outcome.death === null ? fault : `${fault}: ${outcome.death}`;
}
