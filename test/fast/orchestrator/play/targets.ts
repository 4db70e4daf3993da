import { connect, createServer, type Socket } from "node:net";

import type { CaseResult } from "../../../../fuzzer/campaign.ts";
import type { Case } from "../../../../fuzzer/case.ts";
import { profiles } from "../../../../fuzzer/profile.ts";
import type { Role } from "../../../../fuzzer/record.ts";
import type { Engine, Exit, StartRequest } from "../../../../orchestrator/engines/engine.ts";
import {
  type FakeBehavior,
  type FakeEngine,
  fakeEngine,
  type Served,
} from "../../../../orchestrator/engines/fake.ts";
import type { Cell } from "../../../../orchestrator/config/plan.ts";
import { type CellEnd, type CellHooks, playCell } from "../../../../orchestrator/play/cell.ts";
import { Machine } from "../../../../orchestrator/play/machine.ts";
import type { Fuzzer } from "../../../../orchestrator/place/fuzzer.ts";
import { folderTarget, type Target } from "../../../../orchestrator/config/target.ts";
import { driveEcho, serveEcho } from "../../../../reference-impl/index.ts";

import {
  echo,
  FramePeer,
  openingRequestOf,
  type PeerFrame,
  type PeerHooks,
} from "../../../support/frame-peer.ts";
import { targetList, targetText } from "../samples.ts";

/** What ends a program from inside. */
export const killed: Exit = { code: null, signal: "SIGSEGV", reason: "was killed by SIGSEGV" };
const left: Exit = { code: 0, signal: null, reason: "exited with code 0" };

/** What a target of the tests does with a frame, before it echoes; `die` ends it as a crash does. */
export type OnFrame = (frame: PeerFrame, peer: FramePeer, die: () => void) => "echo" | "nothing";

const echoes: OnFrame = () => "echo";

/** Dies of a frame with an opcode that is reserved, as case 4.1.1 sends one. */
export const diesOfReserved: OnFrame = ({ opcode }, _, die) => {
  if (opcode !== 3) return "echo";
  die();
  return "nothing";
};

/** Echoes with the reference endpoint. */
export const echoServer: FakeBehavior = {
  does: "run",
  serve: async () => {
    const server = await serveEcho({ host: "127.0.0.1", port: 0 });
    return { url: server.url, stop: () => server.close() };
  },
};

/** Drives a fuzzing server with the reference endpoint. */
export function echoClient(agent?: string): FakeBehavior {
  const serve = ({ env }: StartRequest): Served => {
    const drive = driveEcho({ url: env["FUZZER_URL"]!, agent: agent ?? env["AGENT"]! });
    const exited = drive.then(
      () => left,
      () => ({ ...left, code: 1, reason: "exited with code 1" }),
    );
    return { url: null, exited, stop: () => {} };
  };
  return { does: "run", serve };
}

/** A server that does what it is told with a frame. */
export function frameServer(onFrame: OnFrame): FakeBehavior {
  return { does: "run", serve: () => serveFrames(onFrame) };
}

/** The same, outside an engine. */
export async function serveFrames(
  onFrame: OnFrame = echoes,
): Promise<Served & { readonly exited: Promise<Exit> }> {
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    void new FramePeer(socket, "server", hooksOf(onFrame, die));
  });
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const die = () => {
    stop();
    resolve(killed);
  };
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return { url: `ws://127.0.0.1:${port}`, exited, stop, log: () => "said before it died" };
}

/** A client that plays cases one after the other, at most so many in one start, and does what it is told with a frame. */
export function frameClient(onFrame: OnFrame = echoes, most = Infinity): FakeBehavior {
  const serve = ({ env }: StartRequest): Served => {
    const client = new FrameClient(new URL(env["FUZZER_URL"]!), onFrame);
    return {
      url: null,
      exited: client.drive(most),
      log: () => "said by the client",
      stop: () => client.stop(),
    };
  };
  return { does: "run", serve };
}

class FrameClient {
  readonly #url: URL;
  readonly #onFrame: OnFrame;
  #socket: Socket | null = null;
  #end: Exit | null = null;

  constructor(url: URL, onFrame: OnFrame) {
    this.#url = url;
    this.#onFrame = onFrame;
  }

  async drive(most: number): Promise<Exit> {
    const count = Number(await this.#visit("/getCaseCount", echo));
    const hooks = hooksOf(this.#onFrame, () => this.#stop(killed));
    for (let number = 1; number <= Math.min(count, most) && this.#end === null; number++) {
      await this.#visit(`/runCase?case=${number}&agent=frames`, hooks);
    }
    if (count <= most && this.#end === null) await this.#visit("/updateReports?agent=frames", echo);
    return this.#end ?? left;
  }

  stop(): void {
    this.#stop(left);
  }

  #stop(end: Exit): void {
    this.#end ??= end;
    this.#socket?.resetAndDestroy();
  }

  /** One connection to its end; resolves with the payload of its first frame. */
  #visit(resource: string, hooks: PeerHooks): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(Number(this.#url.port), this.#url.hostname);
      this.#socket = socket;
      const peer = new FramePeer(socket, "client", {
        ...hooks,
        onGone: () => resolve(peer.frames[0]?.payload.toString() ?? ""),
      });
      socket.write(openingRequestOf(resource));
    });
  }
}

function hooksOf(onFrame: OnFrame, die: () => void): PeerHooks {
  return {
    onFrame: (frame, peer) => {
      if (onFrame(frame, peer, die) === "echo") echo.onFrame!(frame, peer);
    },
  };
}

/** A program of one's own. */
export function ownTarget(port: number | null = null): Target {
  const base = { kind: "command", name: "own", version: null, env: {}, path: "/" } as const;
  return { ...base, command: "own", cwd: "/", port };
}

/** A target that stands one connection at a time. */
export function oneAtATime(): Target {
  return folderTarget(targetList(targetText("concurrency: 1")).targets[0]!, "8.23.0");
}

export interface Playing {
  readonly role: Role;
  readonly cases: readonly Case[];
  readonly target?: Target;
  /** What the target does at its first start, at the second, and so on; the last one stays. */
  readonly behaves: readonly FakeBehavior[];
  readonly hooks?: Partial<CellHooks>;
  readonly signal?: AbortSignal;
  readonly machine?: Machine;
  /** A fuzzer elsewhere. */
  readonly fuzzer?: Fuzzer;
}

/** What was seen of a cell. */
export interface SeenCell {
  readonly engine: FakeEngine;
  /** Calls of `onProbed`. */
  readonly probed: (readonly [boolean, string | null])[];
  /** Results by number, in the order in which they came. */
  readonly results: Map<string, CaseResult>;
  readonly deaths: string[];
  readonly end: Promise<CellEnd>;
}

/** Plays a cell with a fake engine. */
export function playing({
  role,
  cases,
  target = ownTarget(),
  behaves,
  hooks = {},
  signal,
  machine = new Machine(),
  fuzzer,
}: Playing): SeenCell {
  const behave = (_: Target, start: number) => behaves[Math.min(Math.max(start, 1), behaves.length) - 1]!;
  const engine = fakeEngine({ behave });
  const seat: Engine["seat"] = async () => ({
    listenHost: "127.0.0.1",
    fuzzer: fuzzer!,
    start: (prepared, request) => engine.start(prepared, request),
    close: async () => {},
  });
  const suite = { profile: "quick", extra: false, cases: ["*"], exclude: [] } as const;
  const cell: Cell = { id: "own", target, role, variant: "plain", optional: false, suite };
  const seen = { engine, probed: [], results: new Map(), deaths: [] } as Omit<SeenCell, "end">;
  const end = playCell(
    {
      cell,
      engine: fuzzer === undefined ? engine : { ...engine, seat },
      prepared: { target, digest: "", cached: true, duration: 0 },
      cases,
      profile: profiles.quick,
      limits: {},
      logFile: null,
      machine,
      signal: signal ?? new AbortController().signal,
    },
    {
      onProbed: (...probed) => void seen.probed.push(probed),
      isAcceptable: () => true,
      onResult: (result) => {
        if (seen.results.has(result.case.id)) throw new Error(`${result.case.id} has two results`);
        seen.results.set(result.case.id, result);
      },
      onDeath: (reason) => void seen.deaths.push(reason),
      ...hooks,
    },
  );
  return { ...seen, end };
}

/** Verdicts of results, by number. */
export function verdictsOf(results: ReadonlyMap<string, CaseResult>): Record<string, string> {
  return Object.fromEntries(
    [...results].map(([id, { verdict }]) => [id, `${verdict.behavior}/${verdict.behaviorClose}`]),
  );
}
