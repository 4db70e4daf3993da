import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { destinationOf } from "../../fuzzer/client.ts";

import type { Cell } from "../config/plan.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";
import { targetLabel } from "../config/target.ts";
import { type Engine, type Prepared, PrepareError, StartError } from "../engines/engine.ts";
import { localFuzzer } from "../place/local-fuzzer.ts";
import { inPool } from "../play/pool.ts";
import { probeServer } from "../play/probe.ts";
import { type Seated, startSeated, type TargetSetup, withSeat } from "../play/seated.ts";
import { equipped } from "../run/engines-of.ts";
import { preparationKey } from "../run/prepare.ts";
import type { RunRequest } from "../run/request.ts";
import { Relay } from "./relay.ts";
import { type PairTalk, pairTalks, type PairTalkResult } from "./talk.ts";

/** Ms without a result after which a client counts as stuck: more than one talk may take. */
const patience = 25_000;

/** What became of one client with one server. */
export interface Pair {
  /** Labels of the targets, such as `ws@8.23.0`. */
  readonly client: string;
  readonly server: string;
  /** In the order of the talks; null for one that the client did not ask for. */
  readonly talks: readonly (PairTalkResult | null)[];
  /** Why they did not talk at all; null when they did. */
  readonly notRun: string | null;
}

/** Whether a pair understood each other in all. */
export function isGreen({ talks, notRun }: Pair): boolean {
  return notRun === null && talks.every((talk) => talk !== null && talk.fault === null);
}

/** What is told while pairs are played. */
export interface PairHooks {
  readonly onPair: (pair: Pair) => void;
  readonly say: (text: string) => void;
}

/**
 * Lets each client of a request's cells talk to each server, in their variant `plain`.
 *
 * @throws {ConfigError} nothing was started; there is no client or no server among the cells
 * @throws {EngineMissingError} the same
 */
export async function playPairs(
  request: RunRequest,
  hooks: PairHooks,
  signal: AbortSignal,
): Promise<readonly Pair[]> {
  return await equipped(request, hooks.say, async ({ cells, matrix, engineOf }) => {
    const [clients, servers] = [cellsOf(cells, "client"), cellsOf(cells, "server")];
    const house = new House(engineOf, matrix.limits, signal);
    const pairs = new Map<string, Pair>();
    await inPool(servers, request.jobs ?? availableParallelism(), async (server) => {
      for (const pair of await house.withServer(server, clients)) {
        pairs.set(`${pair.client} ${pair.server}`, pair);
        hooks.onPair(pair);
      }
    });
    const pairOf = (client: Cell, server: Cell) =>
      pairs.get(`${targetLabel(client.target)} ${targetLabel(server.target)}`) ?? [];
    return clients.flatMap((client) => servers.flatMap((server) => pairOf(client, server)));
  });
}

/** @throws {ConfigError} there is none */
function cellsOf(cells: readonly Cell[], role: "client" | "server"): readonly Cell[] {
  const found = cells.filter((cell) => cell.role === role && cell.variant === "plain");
  if (found.length > 0) return found;
  const problem = `no ${role} is among the targets that were chosen`;
  throw new ConfigError([fileProblem("command line", problem, "a pair needs a client and a server")]);
}

/** Starts what takes part in pairs. */
class House {
  readonly #engineOf: (cell: Cell) => Engine;
  readonly #limits: TargetSetup["limits"];
  readonly #signal: AbortSignal;
  readonly #prepared = new Map<string, Promise<Prepared | string>>();

  constructor(engineOf: (cell: Cell) => Engine, limits: TargetSetup["limits"], signal: AbortSignal) {
    this.#engineOf = engineOf;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** All clients with one server, one after the other. */
  async withServer(server: Cell, clients: readonly Cell[]): Promise<readonly Pair[]> {
    const none = (notRun: string) => clients.map((client) => notTalked(client, server, notRun));
    const result = await this.#seated(server, async (seated) => {
      const running = await startSeated(seated);
      try {
        const url = running.url ?? "";
        const probed = await probeServer(
          seated.seat.fuzzer,
          destinationOf(url),
          running.exited,
          this.#signal,
        );
        if (!probed.ok) return none(`the server: ${probed.reason}`);
        const pairs: Pair[] = [];
        for (const client of clients) pairs.push(await this.#pair(client, server, new URL(url)));
        return pairs;
      } finally {
        await running.stop();
      }
    });
    return typeof result === "string" ? none(`the server: ${result}`) : result;
  }

  async #pair(client: Cell, server: Cell, url: URL): Promise<Pair> {
    this.#signal.throwIfAborted();
    const talks: (PairTalkResult | null)[] = pairTalks.map(() => null);
    const fault = await this.#seated(client, async (seated) => {
      await drive(seated, url, pairTalks, (index, result) => (talks[index] ??= result), this.#signal);
      return null;
    });
    if (fault !== null) return notTalked(client, server, `the client: ${fault}`);
    return { client: targetLabel(client.target), server: targetLabel(server.target), talks, notRun: null };
  }

  /** What `use` gives, or why it could not be used. */
  async #seated<T>(cell: Cell, use: (seated: Seated<TargetSetup>) => Promise<T>): Promise<T | string> {
    const engine = this.#engineOf(cell);
    const prepared = await this.#prepare(cell, engine);
    if (typeof prepared === "string") return prepared;
    const setup = { cell, engine, prepared, limits: this.#limits, logFile: null, signal: this.#signal };
    try {
      return await withSeat(setup, async (seated) => {
        if (seated.seat.fuzzer !== localFuzzer) return "this process does not reach the engine's networks";
        return await use(seated);
      });
    } catch (error) {
      if (error instanceof StartError) return error.message;
      throw error;
    }
  }

  #prepare({ target }: Cell, engine: Engine): Promise<Prepared | string> {
    const key = preparationKey(target);
    const known =
      this.#prepared.get(key) ??
      engine.prepare(target, { signal: this.#signal }).catch((error: unknown) => {
        if (error instanceof PrepareError) return error.message;
        throw error;
      });
    this.#prepared.set(key, known);
    return known;
  }
}

function notTalked(client: Cell, server: Cell, notRun: string): Pair {
  const labels = { client: targetLabel(client.target), server: targetLabel(server.target) };
  return { ...labels, talks: pairTalks.map(() => null), notRun };
}

/** Starts a client at a relay, and waits until it is done, gone or stuck. */
async function drive(
  seated: Seated<TargetSetup>,
  server: URL,
  talks: readonly PairTalk[],
  onResult: (talk: number, result: PairTalkResult) => void,
  signal: AbortSignal,
): Promise<void> {
  const { seat, setup } = seated;
  const { target } = setup.cell;
  let last = performance.now();
  const relay = await Relay.listen({
    host: seat.listenHost,
    port: "port" in target ? (target.port ?? 0) : 0,
    server: {
      host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(server.port || 80),
      path: `${server.pathname}${server.search}`,
    },
    talks,
    onResult(talk, result) {
      last = performance.now();
      onResult(talk, result);
    },
  });
  try {
    const running = await startSeated(seated, { FUZZER_URL: relay.url, AGENT: targetLabel(target) });
    try {
      let gone = false;
      void running.exited.then(() => (gone = true));
      while (!gone && !relay.reported && performance.now() - last < patience) {
        signal.throwIfAborted();
        await Promise.race([running.exited, sleep(20)]);
      }
    } finally {
      await running.stop();
    }
  } finally {
    await relay.close();
  }
}
