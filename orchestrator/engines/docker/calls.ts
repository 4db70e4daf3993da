import { setTimeout as sleep } from "node:timers/promises";
import { EngineGoneError } from "../engine.ts";
import { codeOf, messageOf } from "../failure.ts";
import type { DockerClient } from "./client.ts";

/** Ms that a call may take of which the engine answers at once. */
export const CALL_MS = 60_000;

/** A deadline that keeps this process alive until it has passed or is cleared, which that of AbortSignal does not. */
export function deadlineIn(ms: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`nothing came within ${ms} ms`)), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

const REMEDY = "start it again and go on with --resume";

/**
 * Calls the engine, with a deadline.
 *
 * @param what for messages: "start the container"
 * @param signal gives up
 * @throws {EngineGoneError} the engine does not answer (any more)
 * @throws the signal's reason, when it is aborted
 */
export async function call<T>(
  what: string,
  work: (abortSignal: AbortSignal) => Promise<T>,
  { signal, timeoutMs = CALL_MS }: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<T> {
  const deadline = deadlineIn(timeoutMs);
  const abortSignal = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
  try {
    return await heeding(abortSignal, () => work(abortSignal));
  } catch (cause) {
    signal?.throwIfAborted();
    if (deadline.signal.aborted) {
      throw new EngineGoneError(`the Docker engine did not ${what} within ${timeoutMs / 1000} s: ${REMEDY}`, {
        cause,
      });
    }
    throw isSilence(cause) ? goneError(cause) : cause;
  } finally {
    deadline.clear();
  }
}

/** The engine does not answer, which an error of a connection to it has shown. */
export function goneError(cause: unknown): EngineGoneError {
  const why = codeOf(cause) || messageOf(cause);
  return new EngineGoneError(`the Docker engine does not answer any more (${why}): ${REMEDY}`, { cause });
}

/** Ms in which an engine that has begun to end is seen to be gone, and between two looks. */
const ENDING_MS = 3000;
const LOOK_MS = 250;

/**
 * What a refusal really means. An engine that is being stopped answers for a while, with faults of its own inside:
 * one that is gone a moment later has not spoken of the target.
 *
 * @returns the error, or an EngineGoneError in its place
 */
export async function unlessGone(docker: Pick<DockerClient, "ping">, error: unknown): Promise<unknown> {
  if ((statusOf(error) ?? 0) < 500) return error;
  const until = performance.now() + ENDING_MS;
  while (performance.now() < until) {
    try {
      await call("answer", (abortSignal) => docker.ping({ abortSignal }));
    } catch (silence) {
      return silence instanceof EngineGoneError ? silence : error;
    }
    await sleep(LOOK_MS);
  }
  return error;
}

/** Work that is given up with a signal, even where it does not heed it itself, as some calls of the client do not. */
export async function heeding<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
  const onAbort = (): void => giveUp(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work(), given]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The status of the engine's answer to a call that it refused; null when an error is something else. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : null;
}

/** What the engine said when it refused a call, without the words around it. */
export function refusalOf(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [\w ]*? - /, "")
    .replace(/^(Error response from daemon|failed to create shim( task)?|OCI runtime create failed): /g, "")
    .trim();
}

const SILENCE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** Tells whether an error means that nobody answers, rather than that the answer is no. */
export function isSilence(error: unknown): boolean {
  if (statusOf(error) !== null) return false;
  return SILENCE.has(codeOf(error)) || messageOf(error) === "aborted";
}
