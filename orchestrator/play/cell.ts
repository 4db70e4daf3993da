import { type CampaignHooks, campaign } from "../../fuzzer/campaign.ts";
import type { Case } from "../../fuzzer/case.ts";
import { destinationOf } from "../../fuzzer/client.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { Stage } from "../../fuzzer/stage.ts";
import type { CellStatus } from "../../report/cell.ts";

import type { Certificates } from "../certificates.ts";
import { type Engine, type Limits, type Prepared, type Running, StartError } from "../engines/engine.ts";
import type { Cell } from "../config/plan.ts";
import { targetLabel } from "../config/target.ts";
import { ClientStage } from "./client-stage.ts";
import type { Machine } from "./machine.ts";
import { probeCase, probeFault, probeServer } from "./probe.ts";
import { ServerKeeper } from "./server-keeper.ts";
import { ServerStage } from "./server-stage.ts";

/** Where fuzzing servers listen for client targets that are processes of this machine. */
const loopback = "127.0.0.1";

export interface CellSetup {
  readonly cell: Cell;
  readonly engine: Engine;
  readonly prepared: Prepared;
  readonly cases: readonly Case[];
  readonly profile: Profile;
  readonly limits: Limits;
  readonly logFile: string | null;
  /** For the variant `tls`. */
  readonly certificates: Certificates | null;
  readonly machine: Machine;
  readonly signal: AbortSignal;
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
  const target = setup.cell.role === "server" ? serverUnderTest(setup) : clientUnderTest(setup);
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

function serverUnderTest(setup: CellSetup): UnderTest {
  const { cell, machine, profile, signal } = setup;
  const tls = tlsOf(setup);
  let ready = false;
  const keeper = new ServerKeeper(async () => {
    const running = await start(setup, tls?.env ?? {});
    const destination = destinationOf(running.url ?? "", tls ? { verify: true, ca: tls.ca } : {});
    const probed = await probeServer(destination, running.exited, signal).catch(async (error: unknown) => {
      await running.stop();
      throw error;
    });
    if (!probed.ok) {
      await running.stop();
      throw new NotReady(probed.status, probed.reason, running.logTail());
    }
    ready = true;
    return { running, destination };
  });
  const concurrency = cell.target.kind === "folder" ? cell.target.definition.concurrency : undefined;
  return {
    stage: new ServerStage({ keeper, machine, profile, concurrency, signal }),
    probe: async () => void (await keeper.ensure()),
    wasReady: () => ready,
    logTail: () => keeper.logTail(),
    stop: () => keeper.stop(),
  };
}

function clientUnderTest(setup: CellSetup): UnderTest {
  const { cell, machine, profile, signal } = setup;
  const tls = tlsOf(setup);
  let logTail = "";
  let ready = false;
  const stage = new ClientStage({
    start: (fuzzerUrl) =>
      start(setup, { ...tls?.env, FUZZER_URL: fuzzerUrl, AGENT: targetLabel(cell.target) }),
    tls: tls === null ? null : { cert: tls.cert, key: tls.key },
    host: loopback,
    port: cell.target.kind === "command" ? cell.target.port : null,
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

function tlsOf({ cell, certificates }: CellSetup): Certificates | null {
  return cell.variant === "tls" ? certificates : null;
}

/** One start on a list that holds only the probe; resolves with what is wrong, or null. */
async function probeClient(stage: Stage): Promise<string | null> {
  let fault: string | null = "it did not ask for its case";
  const outcome = await stage.play([probeCase], "alone", ({ record }) => (fault = probeFault(record)));
  return fault === null || outcome.death === null ? fault : `${fault}: ${outcome.death}`;
}

function start(setup: CellSetup, env: Readonly<Record<string, string>>): Promise<Running> {
  const { engine, prepared, cell, limits, logFile, signal } = setup;
  return engine.start(prepared, { role: cell.role, env, limits, logFile, signal });
}
