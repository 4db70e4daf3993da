import { PassThrough } from "node:stream";
import { FuzzerLost, type Fuzzer } from "../../place/fuzzer.ts";
import { connectFuzzer } from "../../place/remote-fuzzer.ts";
import { type Limits, StartError } from "../engine.ts";
import { captureLog } from "../log-capture.ts";
import type { DockerClient } from "./client.ts";
import { type Container, launch } from "./container.ts";
import { exitOf } from "./exit.ts";
import type { Network } from "./network.ts";
import type { SidecarImage } from "./sidecar-image.ts";

/** Octets of the end of what a sidecar writes to its standard error that are kept. */
const TAIL = 8_192;

/** The octets in flight of a crowd of bulk cases, and as much again for what a target may owe us. No limit of cpus. */
const LIMITS: Limits = { memoryBytes: 2 * 1024 ** 3, pids: 256 };

/** A fuzzer that runs in a container of a network. */
export interface SidecarFuzzer {
  /** Its address in the network. */
  readonly address: string;
  readonly fuzzer: Fuzzer;
  /** Ends it and removes the container. Never rejects. */
  close(): Promise<void>;
}

/**
 * Starts the fuzzer in a container beside the target.
 *
 * @param graceMs between SIGTERM and SIGKILL
 * @throws {StartError} it cannot be started; nothing is left then
 * @throws the signal's reason, when it is aborted before
 */
export async function startSidecar(
  docker: DockerClient,
  network: Network,
  { image, program }: SidecarImage,
  graceMs: number,
  signal: AbortSignal,
): Promise<SidecarFuzzer> {
  const log = captureLog(null, { file: 0, tail: TAIL });
  const said = new PassThrough();
  const spec = {
    kind: "fuzzer",
    network,
    image: image.id,
    command: null,
    env: {},
    user: image.user,
    root: false,
    limits: LIMITS,
    files: [],
    input: true,
  };
  const container = await launch(
    docker,
    spec,
    (stream, chunk) => void (stream === "stdout" ? said : log).write(chunk),
    signal,
  );
  try {
    let exit: string | null = null;
    void container.exited.then((how) => {
      exit = exitOf(how, LIMITS, false).reason;
      said.end();
    });
    const lastWords = () => ({ exit, logTail: log.tail() });
    const output = inputOf(container);
    const fuzzer = await connectFuzzer({ input: said, output, program, lastWords, signal });
    const close = async () => {
      fuzzer.close();
      await container.remove(graceMs);
    };
    return { address: container.address, fuzzer, close };
  } catch (error) {
    await container.remove(graceMs);
    if (!(error instanceof FuzzerLost)) throw error;
    throw new StartError(`${error.message}${error.logTail && `: ${error.logTail.trim()}`}`, { cause: error });
  }
}

/** What is written here goes to the container; that it can take no more is told by its exit, which says why. */
function inputOf({ input }: Container): PassThrough {
  const output = new PassThrough();
  input!.on("error", () => {});
  output.pipe(input!);
  return output;
}
