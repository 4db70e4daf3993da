import type { Role } from "../../fuzzer/record.ts";
import type { Target } from "../config/target.ts";
import type { Fuzzer } from "../place/fuzzer.ts";
import { localFuzzer } from "../place/local-fuzzer.ts";

/**
 * The seam between the orchestrator and whatever runs implementations (design seam 4): containers, host
 * processes, or something that is up already. The orchestrator's tests use a fake.
 */
export interface Engine {
  readonly name: "docker" | "process" | "remote" | "fake";

  /**
   * Makes one version of a target ready to start; what is in the cache is not made again. Callers that prepare
   * the same thing at once, in this process or another, wait for the first of them.
   *
   * @throws {PrepareError} the build failed (with the end of its log) or something it needs is missing
   * @throws the signal's reason, once the signal is aborted
   */
  prepare(target: Target, options: PrepareOptions): Promise<Prepared>;

  /**
   * Starts a prepared target. Resolves once it has been started, not once it is ready: readiness is the
   * prober's business. A program that exits at once is told by `exited`.
   *
   * @throws {StartError} it could not be started at all
   * @throws the signal's reason, when the signal is aborted before it has been started
   */
  start(prepared: Prepared, request: StartRequest): Promise<Running>;

  /**
   * Makes the place where one cell is played. An engine without this has all its targets on the loopback of this
   * machine, or somewhere out there; see {@link openSeat}.
   *
   * @param label of the cell, for people
   * @throws {StartError} the place cannot be made, or the fuzzer cannot be brought there
   * @throws the signal's reason, once the signal is aborted
   */
  readonly seat?: (label: string, signal: AbortSignal) => Promise<Seat>;

  /** Removes what earlier runs of ours left behind (after `kill -9`), and says what that was. */
  sweep(): Promise<readonly string[]>;
}

export interface PrepareOptions {
  readonly signal: AbortSignal;
  /** Called with each line that the build prints: text of a stranger, to be escaped before a terminal. */
  readonly onOutput?: (line: string) => void;
}

/** A target that can be started, once or many times, in either of its roles. */
export interface Prepared {
  readonly target: Target;
  /** Identifies what will run: a content hash, an image digest or, for a URL, the URL. */
  readonly digest: string;
  /** Nothing had to be made. */
  readonly cached: boolean;
  /** Milliseconds that it took, this time. */
  readonly duration: number;
}

/** What a program may use. Engines enforce what they can. */
export interface Limits {
  readonly memoryBytes?: number;
  readonly cpus?: number;
  readonly pids?: number;
}

export interface StartRequest {
  readonly role: Role;
  /**
   * Variables of the target contract beside HOST and PORT: FUZZER_URL, AGENT, TLS_CERT ... A server that is
   * given TLS_CERT listens at a wss URL.
   */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: Limits;
  /**
   * File that gets all output up to the cap, which is for one start: it is appended to. Complete once `stop`
   * has resolved.
   */
  readonly logFile: string | null;
  /** Gives up starting. Once `start` has resolved it has no effect any more: `stop` is what ends a program. */
  readonly signal: AbortSignal;
}

/**
 * Where one cell is played: its targets and the fuzzer reach each other there and, as far as the engine can see to
 * it, nobody else.
 */
export interface Seat {
  /**
   * The address at which the fuzzer listens for client targets of this seat: it binds to it, and it is the host of
   * their FUZZER_URL.
   */
  readonly listenHost: string;
  /** The fuzzer that reaches the targets of this seat. */
  readonly fuzzer: Fuzzer;
  /** Ms that the news of a program's end may take, once its connections are lost, where that is longer than usual. */
  readonly exitDelay?: number;
  /** As {@link Engine.start}, in this seat. */
  start(prepared: Prepared, request: StartRequest): Promise<Running>;
  /** Takes the place away again, once all that was started in it has been stopped. Never rejects. */
  close(): Promise<void>;
}

/** The loopback of this machine. */
const LOOPBACK = "127.0.0.1";

/**
 * The place where an engine wants a cell to be played.
 *
 * @throws what {@link Engine.seat} throws
 */
export async function openSeat(engine: Engine, label: string, signal: AbortSignal): Promise<Seat> {
  if (engine.seat !== undefined) return engine.seat(label, signal);
  return {
    listenHost: LOOPBACK,
    fuzzer: localFuzzer,
    start: (prepared, request) => engine.start(prepared, request),
    close: async () => {},
  };
}

/** Why a program is gone. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** In words, for people: "exited with code 3", "was killed by SIGSEGV", "ran out of memory". */
  readonly reason: string;
}

/** A program that is running. */
export interface Running {
  /** Where a server target listens; null for a client target. */
  readonly url: string | null;
  /** Resolves when the program is gone, for whatever reason; never rejects. Never resolves for a URL. */
  readonly exited: Promise<Exit>;
  /** The end of its output, capped, for people; control characters are still in it. */
  logTail(): string;
  /**
   * Ends it for certain, its children too; resolves when all of it is gone. May be called twice, and is to be
   * called for a program that has exited as well: it may have left children. Never rejects.
   */
  stop(): Promise<void>;
}

/** A target cannot be made ready. `skipped` when the machine lacks something the target declares. */
export class PrepareError extends Error {
  override readonly name = "PrepareError";
  readonly kind: "build-failed" | "skipped";
  /** The end of the build's output, or "". */
  readonly logTail: string;
  constructor(kind: "build-failed" | "skipped", message: string, logTail = "", options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.logTail = logTail;
  }
}

/** A prepared target cannot be started. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** The engine itself does not answer any more, or is out of what it needs: no fault of the target's. */
export class EngineGoneError extends StartError {}
