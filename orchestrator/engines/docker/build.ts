import type { Readable } from "node:stream";
import { type PrepareOptions, PrepareError } from "../engine.ts";
import { splitLines } from "../lines.ts";
import { captureLog, type LogCapture } from "../log-capture.ts";
import { BuildOutput } from "./build-output.ts";
import { type Builder, NoBuildKitError, startBuild } from "./build-session.ts";
import { call, deadlineIn, goneError, heeding, isSilence, refusalOf, statusOf } from "./calls.ts";
import type { DockerClient } from "./client.ts";
import type { DockerEngineInfo } from "./connect.ts";
import { readJsonStream } from "./json-stream.ts";
import type { Labels } from "./labels.ts";

/** Octets of the end of a build's output that a failure shows. */
const TAIL = 16_384;

/** An image to build. */
export interface BuildRequest {
  /** The context, as a tar archive. */
  readonly archive: Buffer;
  /** The path of the Dockerfile in it. */
  readonly dockerfile: string;
  readonly tag: string;
  readonly labels: Labels;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Ask for newer base images than those that are there. */
  readonly pull: boolean;
  readonly timeoutMs: number;
}

/**
 * Has an image built, by BuildKit where the engine has it.
 *
 * @throws {PrepareError} it failed, with the end of its output, or took too long
 * @throws {EngineGoneError} the engine does not answer any more
 * @throws the signal's reason, once it is aborted
 */
export async function buildImage(
  engine: Pick<DockerEngineInfo, "docker" | "builder">,
  request: BuildRequest,
  options: PrepareOptions,
): Promise<void> {
  options.signal.throwIfAborted();
  try {
    await build(engine.docker, engine.builder, request, options);
  } catch (error) {
    if (!(error instanceof NoBuildKitError)) throw error;
    await build(engine.docker, "classic", request, options);
  }
}

async function build(
  docker: DockerClient,
  builder: Builder,
  request: BuildRequest,
  options: PrepareOptions,
): Promise<void> {
  const log = captureLog(null, { file: 0, tail: TAIL });
  const deadline = deadlineIn(request.timeoutMs);
  const abortSignal = AbortSignal.any([options.signal, deadline.signal]);
  try {
    const failure = await heeding(abortSignal, () =>
      attempt(docker, builder, request, options, log, abortSignal),
    );
    if (failure === null) return;
    await removeIntermediate(docker, failure.intermediate);
    throw new PrepareError("build-failed", describe(failure.message, log.tail()), log.tail());
  } catch (error) {
    options.signal.throwIfAborted();
    throw deadline.signal.aborted ? tooLong(request, log) : asBuildError(error, log);
  } finally {
    deadline.clear();
  }
}

/** How a build failed. */
interface Failure {
  readonly message: string;
  /** The image of the last step that succeeded, which the classic builder leaves behind. */
  readonly intermediate: string | null;
}

async function attempt(
  docker: DockerClient,
  builder: Builder,
  request: BuildRequest,
  { onOutput }: PrepareOptions,
  log: LogCapture,
  abortSignal: AbortSignal,
): Promise<Failure | null> {
  const started = await startBuild(docker, builder, request.archive, {
    ...buildOptions(request),
    abortSignal,
  });
  abortSignal.addEventListener("abort", started.close, { once: true });
  if (abortSignal.aborted) started.close();
  try {
    return await follow(started.stream, (line) => {
      log.write(Buffer.from(`${line}\n`));
      onOutput?.(line);
    });
  } finally {
    abortSignal.removeEventListener("abort", started.close);
    started.close();
  }
}

function buildOptions({ tag, dockerfile, labels, buildArgs, pull }: BuildRequest): object {
  const always = { t: tag, dockerfile, labels, buildargs: buildArgs, rm: true, forcerm: true };
  return { ...always, ...(pull && { pull: "true" }) };
}

/** Reads the answer to its end: whether it succeeded stands only there. */
async function follow(stream: Readable, onLine: (line: string) => void): Promise<Failure | null> {
  const output = new BuildOutput();
  const lines = splitLines(onLine);
  let intermediate: string | null = null;
  let message: string | null = null;
  await readJsonStream(stream, (value) => {
    for (const said of output.read(value)) {
      if (said.kind === "failure") message ??= said.message;
      if (said.kind !== "text") continue;
      lines.push(Buffer.from(said.text));
      intermediate = /^ ---> ([0-9a-f]{12})\n$/.exec(said.text)?.[1] ?? intermediate;
    }
  });
  lines.end();
  return message === null ? null : { message, intermediate };
}

/** Without its image a failed build leaves nothing; one that has a name, such as a base image, stays. */
async function removeIntermediate(docker: DockerClient, id: string | null): Promise<void> {
  if (id === null) return;
  try {
    const image = docker.getImage(id);
    const { RepoTags } = await call("show an image", (abortSignal) => image.inspect({ abortSignal }));
    if (RepoTags.length > 0) return;
    await call("remove an image", (abortSignal) => image.remove({ abortSignal }));
  } catch {
    // The engine itself removes it with the next `docker image prune`.
  }
}

function describe(message: string, output: string): string {
  if (!/no space left on device/i.test(message + output)) return message;
  return `${message}: the engine's disk is full; make room there (\`docker system df\` shows what takes it)`;
}

function tooLong({ timeoutMs }: BuildRequest, log: LogCapture): PrepareError {
  const time = timeoutMs < 60_000 ? `${timeoutMs / 1000} s` : `${Math.round(timeoutMs / 60_000)} min`;
  const message = `the build was still going on after ${time}, and was ended`;
  return new PrepareError("build-failed", message, log.tail());
}

function asBuildError(cause: unknown, log: LogCapture): unknown {
  if (statusOf(cause) !== null)
    return new PrepareError("build-failed", refusalOf(cause), log.tail(), { cause });
  return isSilence(cause) ? goneError(cause) : cause;
}
