import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { ContainerClient, DockerClient, VolumeClient } from "./client.ts";
import { StartError } from "../engine.ts";
import { call, goneError, isSilence, refusalOf, statusOf, unlessGone } from "./calls.ts";
import { type ContainerSpec, createOptions } from "./container-spec.ts";
import { type OutputStream, demux } from "./demux.ts";
import { fillVolume, removeVolume } from "./volume.ts";

/** How a container ended. */
export interface ContainerExit {
  /** As the engine tells it: 128 and the number of a signal, when a signal ended the program. */
  readonly code: number;
  /** The engine says that the limit of memory was met. */
  readonly outOfMemory: boolean;
  /** What the engine says went wrong, or "". */
  readonly error: string;
  /** It is not known how it ended, because the engine does not answer. */
  readonly engineGone: boolean;
}

/** A container that was started. */
export interface Container {
  readonly id: string;
  /** Its address in the network, or "" when it had ended already. */
  readonly address: string;
  /** Its input, where it was asked for. */
  readonly input: Writable | null;
  /** Resolves when it is gone and its output has been read; never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** Ends and removes it, and its files; resolves when it is gone. May be called twice. Never rejects. */
  remove(graceMs: number): Promise<void>;
}

/** Called with each piece of output as it comes. */
export type OnOutput = (stream: OutputStream, chunk: Uint8Array) => void;

// The engine tells of the end, and what was printed last is on its way still.
const DRAIN_MS = 100;

/** Ms between two looks at a container whose output has ended. */
const LOOK_MS = 250;

/**
 * Creates a container, gives it its files, listens to it and starts it.
 *
 * @throws {StartError} the engine refuses, or does not answer any more; nothing is left then
 * @throws the signal's reason, when it is aborted before the container has been started
 */
export async function launch(
  docker: DockerClient,
  spec: ContainerSpec,
  onOutput: OnOutput,
  signal: AbortSignal,
): Promise<Container> {
  try {
    return await launchOnce(docker, spec, onOutput, signal);
  } catch (error) {
    if (!(error instanceof StartError && NO_RLIMIT.test(error.message))) {
      throw error;
    }
    keepsItsLimits.add(docker);
    return launchOnce(docker, spec, onOutput, signal);
  }
}

/** Engines that may not raise the limit of open files: their containers have the engine's own. */
const keepsItsLimits = new WeakSet<DockerClient>();

const NO_RLIMIT = /rlimit/i;

async function launchOnce(
  docker: DockerClient,
  spec: ContainerSpec,
  onOutput: OnOutput,
  signal: AbortSignal,
): Promise<Container> {
  signal.throwIfAborted();
  const made = await create(docker, spec);
  let attached: Attached | null = null;
  try {
    const { container } = made;
    const streams = (attached = await attach(container, spec.input, onOutput));
    signal.throwIfAborted();
    await call("start a container", (abortSignal) => container.start({ abortSignal }));
    const exited = watch(container, streams.drained);
    const address = await addressOf(container, spec);
    signal.throwIfAborted();
    return {
      id: container.id,
      address,
      input: streams.input,
      exited,
      remove: once((graceMs: number) => remove(made, exited, () => streams.close(), graceMs)),
    };
  } catch (error) {
    await discard(made);
    attached?.close();
    signal.throwIfAborted();
    throw asStartError(await unlessGone(docker, error));
  }
}

/** What is in the engine on account of one start. */
interface Made {
  readonly container: ContainerClient;
  readonly volume: VolumeClient | null;
}

async function create(docker: DockerClient, spec: ContainerSpec): Promise<Made> {
  const labels = await spec.network.labels(spec.kind);
  let volume: VolumeClient | null = null;
  try {
    volume = spec.files.length > 0 ? await fillVolume(docker, spec, labels) : null;
    const options = createOptions(spec, labels, volume?.name ?? null, !keepsItsLimits.has(docker));
    const container = await call("create a container", (abortSignal) =>
      docker.createContainer({ ...options, abortSignal }),
    );
    return { container, volume };
  } catch (error) {
    await removeVolume(volume);
    throw asStartError(await unlessGone(docker, error));
  }
}

/** A connection to a container's streams. */
interface Attached {
  readonly input: Writable | null;
  /** All output has been read. */
  readonly drained: Promise<void>;
  close(): void;
}

async function attach(container: ContainerClient, input: boolean, onOutput: OnOutput): Promise<Attached> {
  // Without a deadline of its own, for it lives as long as the container.
  const options = { stream: true, stdin: input, stdout: true, stderr: true, logs: false };
  const stream = await call("listen to a container", () =>
    container.attach({ ...options, ...(input && { hijack: true }) }),
  );
  const { promise: drained, resolve } = Promise.withResolvers<void>();
  stream.on("data", demux(onOutput));
  for (const event of ["end", "close", "error"]) stream.on(event, () => resolve());
  return {
    input: input ? stream : null,
    drained,
    close: () => (stream as { destroy?: () => void }).destroy?.(),
  };
}

/** Waits for the end. Asked for after the start, for which reason it is not missed. */
async function watch(container: ContainerClient, drained: Promise<void>): Promise<ContainerExit> {
  const over = new AbortController();
  try {
    await Promise.race([
      container.wait({ condition: "not-running" }),
      drained.then(() => untilNotRunning(container, over.signal)),
    ]);
    await Promise.race([drained, sleep(DRAIN_MS)]);
    const { State: state } = await inspect(container);
    return { code: state.ExitCode, outOfMemory: state.OOMKilled, error: state.Error, engineGone: false };
  } catch (error) {
    // Removed by us or somebody else, or lost with the engine.
    const engineGone = statusOf(error) === null;
    const known = isSilence(error) ? goneError(error) : error;
    return { code: -1, outOfMemory: false, error: refusalOf(known), engineGone };
  } finally {
    over.abort();
  }
}

/**
 * Looks again and again. The output has ended: either the container has, or the engine is gone, of which the client
 * says nothing to who waits; or else the program has closed its output, and lives.
 */
async function untilNotRunning(container: ContainerClient, over: AbortSignal): Promise<void> {
  let running = true;
  while (running && !over.aborted) {
    await sleep(LOOK_MS, undefined, { signal: over }).catch(() => undefined);
    if (!over.aborted) running = (await inspect(container)).State.Running;
  }
}

function inspect(container: ContainerClient): Promise<Docker.ContainerInspectInfo> {
  return call("show a container", (abortSignal) => container.inspect({ abortSignal }));
}

async function addressOf(container: ContainerClient, { network }: ContainerSpec): Promise<string> {
  const { NetworkSettings: settings } = await inspect(container);
  return settings.Networks[network.name]?.IPAddress ?? "";
}

async function remove(
  made: Made,
  exited: Promise<ContainerExit>,
  close: () => void,
  graceMs: number,
): Promise<void> {
  const { container } = made;
  const over = exited.then(() => true);
  await call("end a container", (abortSignal) => container.kill({ signal: "SIGTERM", abortSignal })).catch(
    () => undefined,
  );
  await Promise.race([over, sleep(graceMs)]);
  await discard(made);
  await Promise.race([over, sleep(DRAIN_MS)]);
  close();
}

/** Removes what was made, running or not. What fails is left to a sweep. */
async function discard({ container, volume }: Made): Promise<void> {
  await call("remove a container", (abortSignal) =>
    container.remove({ force: true, v: true, abortSignal }),
  ).catch(() => undefined);
  await removeVolume(volume);
}

function once<Argument>(work: (argument: Argument) => Promise<void>): (argument: Argument) => Promise<void> {
  let done: Promise<void> | undefined;
  return (argument) => (done ??= work(argument));
}

function asStartError(error: unknown): unknown {
  if (error instanceof StartError || statusOf(error) === null) return error;
  return new StartError(describe(refusalOf(error)), { cause: error });
}

function describe(refusal: string): string {
  if (/executable file not found|no such file or directory/i.test(refusal))
    return `${refusal}: the image has no such program; look at the command`;
  if (/permission denied/i.test(refusal))
    return `${refusal}: the user that the image names may not execute it`;
  if (/no space left/i.test(refusal)) return `${refusal}: the engine's disk is full; make room there`;
  return refusal;
}
