import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";

import { FuzzerLost, ListenError } from "../fuzzer.ts";
import type { GatewayReply, GatewayTask } from "./gateway.ts";

/** Ms that a gateway may take until it listens. */
const startLimit = 10_000;

/** Characters kept of the end of what a gateway writes to its standard error. */
const tailLength = 4_096;

/** A gateway in a process of its own. */
export interface GatewayProcess {
  /** Where it listens. */
  readonly port: number;
  /** @throws {FuzzerLost} it is gone, without having been closed */
  check(): void;
  /** Ends it, with all its connections. May be called twice. */
  close(): void;
}

/**
 * Starts a gateway in a process of its own: on what some peers leave behind, node:http2 does not come to an end, and
 * nothing but the end of its process helps. It ends with this process, however that ends.
 *
 * @param program the module that it runs
 * @throws {ListenError} it cannot be started, or cannot listen
 * @throws the signal's reason, when the signal is aborted before it listens
 */
export async function openGateway(
  task: GatewayTask,
  signal?: AbortSignal,
  program = new URL(`./gateway-main${extname(import.meta.filename)}`, import.meta.url),
): Promise<GatewayProcess> {
  const child = fork(program, [String(process.pid)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
  });
  const close = () => void child.kill("SIGKILL");
  process.once("exit", close);
  child.once("exit", () => process.off("exit", close));
  const tail = tailOf(child);
  try {
    const reply = await firstReply(child, task, signal);
    if (reply.type === "failed") throw new ListenError(reply.reason);
    let closed = false;
    return {
      port: reply.port,
      check() {
        const end = child.exitCode ?? child.signalCode;
        if (!closed && end !== null)
          throw new FuzzerLost(`the gateway to HTTP/2 is gone: it ended with ${end}`, tail());
      },
      close() {
        closed = true;
        close();
      },
    };
  } catch (error) {
    close();
    if (error instanceof ListenError)
      throw new ListenError(`the gateway to HTTP/2: ${error.message}`, { cause: error });
    throw error;
  } finally {
    child.unref();
    child.channel?.unref();
  }
}

function firstReply(
  child: ChildProcess,
  task: GatewayTask,
  signal: AbortSignal | undefined,
): Promise<GatewayReply> {
  const { promise, resolve, reject } = Promise.withResolvers<GatewayReply>();
  const fail = (reason: string) => reject(new ListenError(reason));
  const alarm = setTimeout(() => fail(`it was not ready within ${startLimit / 1000} s`), startLimit);
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  child
    .on("error", (error) => fail(error.message))
    .once("exit", (code, killedBy) => fail(`it ended with ${code ?? killedBy} before it was ready`))
    .once("message", (reply) => resolve(reply as GatewayReply));
  child.send(task, (error) => {
    if (error) fail(error.message);
  });
  return promise.finally(() => {
    clearTimeout(alarm);
    signal?.removeEventListener("abort", onAbort);
  });
}

/** Keeps the end of what a process writes for people; it may not keep this one from its end. */
function tailOf(child: ChildProcess): () => string {
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-tailLength);
  });
  const stderr = child.stderr as { unref?: () => void } | null;
  stderr?.unref?.();
  return () => tail;
}
