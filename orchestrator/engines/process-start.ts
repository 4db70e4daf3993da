import { statSync } from "node:fs";
import type { Role } from "../../fuzzer/record.ts";
import { type Placeholders, fillIn, splitCommand } from "./command-line.ts";
import { type Exit, type Prepared, type Running, StartError, type StartRequest } from "./engine.ts";
import { type Environment, findProgram, runEnvironment } from "./environment.ts";
import { messageOf } from "./failure.ts";
import { type ProcessGroup, SpawnError, startGroup } from "./group.ts";
import { type LogCapture, captureLog } from "./log-capture.ts";
import { LOOPBACK, type PortLease, leaseFreePort, leasePort } from "./ports.ts";
import { type CommandTarget, type FolderTarget, dirOfPrepared } from "./process-prepare.ts";
import type { ProcessSettings } from "./process.ts";
import type { RunningRegistry } from "./running-registry.ts";
import { describeExit, describeSpawnError } from "./words.ts";

/**
 * Starts a target as a process of this machine.
 *
 * @throws {StartError} its port is in use, the program is not there, or the target has no such role
 */
export async function startProcess(
  prepared: Prepared,
  request: StartRequest,
  settings: ProcessSettings,
  registry: RunningRegistry,
): Promise<Running> {
  request.signal.throwIfAborted();
  const plan = planOf(prepared, request.role, settings);
  const lease = request.role === "server" ? await leaseFor(plan) : null;
  try {
    const address = lease ? serverAddress(lease.port, plan.path, request) : clientAddress(request, plan.name);
    const log = openLog(request.logFile);
    const group = await launch(plan, address, request, log, settings, registry);
    const running = runningOf(group, log, lease);
    if (request.signal.aborted) await running.stop();
    request.signal.throwIfAborted();
    return { ...running, url: lease ? address.url : null };
  } catch (error) {
    lease?.release();
    throw error;
  }
}

/** What is common to folders and commands. */
interface Plan {
  readonly name: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  readonly port: number | null;
  readonly path: string;
  /** What the placeholders of every start stand for. */
  readonly placeholders: Placeholders;
}

function planOf({ target, digest }: Prepared, role: Role, settings: ProcessSettings): Plan {
  if (target.kind === "folder") {
    return planOfFolder(target, role, dirOfPrepared(target, digest, settings.cacheDir));
  }
  if (target.kind === "command") return planOfCommand(target);
  throw new StartError(`${target.name} is no program of this machine: the process engine did not prepare it`);
}

function planOfFolder(target: FolderTarget, role: Role, cwd: string): Plan {
  const { name, version, definition } = target;
  const words = definition.process?.[role];
  if (!words) throw new StartError(`${name} cannot be a ${role}: its target.yaml has no \`process.${role}\``);
  const env = { WSMATRIX_REFERENCE: referenceModule };
  return { name, words, cwd, env, port: null, path: "/", placeholders: { version } };
}

/** Where the target `reference`, which runs from a copy of its folder, finds the endpoint of this package. */
const referenceModule: string = new URL(
  `../../reference-impl/index.${import.meta.filename.endsWith(".ts") ? "ts" : "js"}`,
  import.meta.url,
).href;

function planOfCommand({ name, command, cwd, env, port, path }: CommandTarget): Plan {
  try {
    return { name, words: splitCommand(command), cwd, env, port, path, placeholders: {} };
  } catch (cause) {
    throw new StartError(`${name} was not started: ${messageOf(cause)}`, { cause });
  }
}

async function leaseFor({ name, port }: Plan): Promise<PortLease> {
  if (port === null) {
    return leaseFreePort().catch((cause: Error) => {
      throw new StartError(`${name} was not started: ${cause.message}`, { cause });
    });
  }
  const lease = await leasePort(port);
  if (lease) return lease;
  throw new StartError(
    `${name} fixes port ${port}, where something listens already: end that, or let the target take its port from {port}`,
  );
}

/** Where a server will listen, or what a client is to dial. */
interface Address {
  readonly url: string;
  readonly placeholders: Placeholders;
  /** The variables of the target contract that follow from it. */
  readonly env: Environment;
}

function serverAddress(port: number, path: string, { env }: StartRequest): Address {
  const scheme = env.TLS_CERT ? "wss" : "ws";
  const url = `${scheme}://${LOOPBACK}:${port}${path.startsWith("/") ? path : `/${path}`}`;
  const placeholders = { host: LOOPBACK, port: String(port), url, agent: env.AGENT ?? "" };
  return { url, placeholders, env: { HOST: LOOPBACK, PORT: String(port) } };
}

function clientAddress({ env }: StartRequest, name: string): Address {
  const { FUZZER_URL: url, AGENT: agent = name } = env;
  if (!url || !URL.canParse(url))
    throw new StartError(`${name} was not started: a client needs FUZZER_URL to be a URL`);
  const { hostname: host, port, protocol } = new URL(url);
  const fallback = protocol === "wss:" ? "443" : "80";
  return { url, placeholders: { host, port: port || fallback, url, agent }, env: {} };
}

function openLog(file: string | null): LogCapture {
  try {
    return captureLog(file);
  } catch (cause) {
    throw new StartError(`the log ${file ?? ""} cannot be written (${messageOf(cause)})`, { cause });
  }
}

async function launch(
  plan: Plan,
  address: Address,
  request: StartRequest,
  log: LogCapture,
  settings: ProcessSettings,
  registry: RunningRegistry,
): Promise<ProcessGroup> {
  const values = { ...plan.placeholders, ...address.placeholders };
  const env = { ...runEnvironment(), ...fillInAll(plan.env, values), ...request.env, ...address.env };
  const words = plan.words.map((word) => fillIn(word, values));
  const onOutput = (chunk: Uint8Array): void => log.write(chunk);
  try {
    checkFolder(plan.cwd);
    const { graceMs } = settings;
    return await startGroup({
      words: located(words, env, plan.cwd),
      cwd: plan.cwd,
      env,
      registry,
      graceMs,
      onOutput,
    });
  } catch (cause) {
    log.close();
    const why =
      cause instanceof SpawnError
        ? describeSpawnError(cause.code, words[0] ?? "", plan.cwd)
        : messageOf(cause);
    throw new StartError(`${plan.name} was not started: ${why}`, { cause });
  }
}

function fillInAll(env: Environment, values: Placeholders): Environment {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fillIn(value, values)]));
}

/** A missing folder would otherwise be told as a missing program. */
function checkFolder(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new Error(`the folder ${dir} is not there: it may have been cleared away; prepare the target again`);
}

/** With the program found as its own environment says, so that its PATH and its folder count, not ours. */
function located(words: readonly string[], env: Environment, cwd: string): readonly string[] {
  const [program = "", ...args] = words;
  return [findProgram(program, env.PATH ?? "", cwd) ?? program, ...args];
}

function runningOf(group: ProcessGroup, log: LogCapture, lease: PortLease | null): Omit<Running, "url"> {
  let stopping = false;
  const exited = group.exited.then((exit): Exit => {
    return { ...exit, reason: stopping ? "was ended by wsmatrix" : describeExit(exit) };
  });
  // A program that ends by itself leaves a log to complete and perhaps children to end.
  const tidyUp = async (): Promise<void> => {
    await group.end();
    log.close();
    lease?.release();
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    await tidyUp();
  };
  void exited.then(tidyUp);
  return { exited, logTail: () => log.tail(), stop };
}
