import type { Target } from "../config/target.ts";
import {
  type Engine,
  type Exit,
  PrepareError,
  type PrepareOptions,
  type Prepared,
  type Running,
  StartError,
  type StartRequest,
} from "./engine.ts";

/** What a target of the fake engine does. */
export type FakeBehavior =
  | { readonly does: "failToPrepare"; readonly message: string; readonly logTail?: string }
  | { readonly does: "getSkipped"; readonly message: string }
  | { readonly does: "failToStart"; readonly message: string }
  /** It is gone as soon as it has been started. */
  | { readonly does: "exitAtOnce"; readonly exit?: Exit; readonly log?: string }
  /** It runs, but nothing listens at its URL; a client dials nobody. */
  | { readonly does: "neverGetReady" }
  /** It runs, in our own process. */
  | { readonly does: "run"; readonly serve: (request: StartRequest) => Promise<Served> | Served };

/** What stands in for a running program. */
export interface Served {
  /** Null for a client. */
  readonly url: string | null;
  /** Resolves when it ends by itself, as a client does when it is done. */
  readonly exited?: Promise<Exit>;
  readonly log?: () => string;
  readonly stop: () => Promise<void> | void;
}

/** A call of the engine. */
export type FakeCall =
  | { readonly call: "prepare"; readonly target: Target }
  | { readonly call: "start"; readonly target: Target; readonly request: StartRequest }
  | { readonly call: "stop"; readonly target: Target }
  | { readonly call: "sweep" };

/** Something that the fake engine started. */
export interface FakeRunning extends Running {
  readonly target: Target;
  readonly request: StartRequest;
  /** It has neither died nor been stopped. */
  readonly alive: boolean;
  /** Lets it die now, as a crash does. Default: by SIGSEGV. */
  die(exit?: Exit): Promise<void>;
}

/** An engine whose targets do what a test says. */
export interface FakeEngine extends Engine {
  readonly name: "fake";
  /** All calls so far, in order. */
  readonly calls: readonly FakeCall[];
  /** All that was started, in order. */
  readonly started: readonly FakeRunning[];
}

/** What a fake engine is made of. */
export interface FakeScript {
  /**
   * Asked for what a target does: when it is prepared, with 0, and at each start, with 1, 2, 3 ... So a target
   * may die the first time and run the second.
   */
  readonly behave: (target: Target, start: number) => FakeBehavior;
  /** What `sweep` says that it ended. */
  readonly leftovers?: readonly string[];
}

const SEGFAULT: Exit = { code: null, signal: "SIGSEGV", reason: "was killed by SIGSEGV" };
const STOPPED: Exit = { code: null, signal: "SIGTERM", reason: "was ended by wsmatrix" };
const FAILED: Exit = { code: 1, signal: null, reason: "exited with code 1" };
// The port of tcpmux: nothing listens there, and nothing else is given it.
const NOWHERE = "ws://127.0.0.1:1/";

/** Makes an engine that starts nothing, for tests of what uses engines. */
export function fakeEngine(script: FakeScript): FakeEngine {
  const calls: FakeCall[] = [];
  const started: FakeRunning[] = [];
  const startsOf = new Map<Target, number>();
  return {
    name: "fake",
    calls,
    started,
    prepare: async (target, options) => {
      calls.push({ call: "prepare", target });
      return prepare(target, script.behave(target, 0), options);
    },
    start: async ({ target }, request) => {
      calls.push({ call: "start", target, request });
      request.signal.throwIfAborted();
      const start = (startsOf.get(target) ?? 0) + 1;
      startsOf.set(target, start);
      const served = await serve(script.behave(target, start), request);
      const running = run(target, request, served, () => calls.push({ call: "stop", target }));
      started.push(running);
      return running;
    },
    sweep: async () => {
      calls.push({ call: "sweep" });
      return script.leftovers ?? [];
    },
  };
}

function prepare(target: Target, behavior: FakeBehavior, { signal, onOutput }: PrepareOptions): Prepared {
  signal.throwIfAborted();
  if (behavior.does === "getSkipped") throw new PrepareError("skipped", behavior.message);
  if (behavior.does !== "failToPrepare")
    return { target, digest: `fake:${target.name}`, cached: false, duration: 1 };
  for (const line of (behavior.logTail ?? "").split("\n")) onOutput?.(line);
  throw new PrepareError("build-failed", behavior.message, behavior.logTail);
}

async function serve(behavior: FakeBehavior, request: StartRequest): Promise<Served> {
  const url = request.role === "server" ? NOWHERE : null;
  if (behavior.does === "failToStart") throw new StartError(behavior.message);
  if (behavior.does === "failToPrepare" || behavior.does === "getSkipped") {
    throw new Error(`a target that was said to ${behavior.does} cannot have been prepared`);
  }
  if (behavior.does === "run") return behavior.serve(request);
  if (behavior.does === "neverGetReady") return { url, stop: () => {} };
  const { exit = FAILED, log = "" } = behavior;
  return { url, exited: Promise.resolve(exit), log: () => log, stop: () => {} };
}

function run(target: Target, request: StartRequest, served: Served, onStop: () => void): FakeRunning {
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  let alive = true;
  let stopped: Promise<void> | undefined;
  const end = (exit: Exit): Promise<void> =>
    (stopped ??= Promise.resolve(served.stop()).then(() => settle(exit)));
  const settle = (exit: Exit): void => {
    alive = false;
    resolve(exit);
  };
  void served.exited?.then(settle);
  return {
    target,
    request,
    url: served.url,
    exited,
    get alive() {
      return alive;
    },
    logTail: () => served.log?.() ?? "",
    die: (exit = SEGFAULT) => end(exit),
    stop: () => {
      onStop();
      return end(STOPPED);
    },
  };
}
