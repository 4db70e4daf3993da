import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { DockerClient } from "./client.ts";
import type { Role } from "../../../fuzzer/record.ts";
import { type Placeholders, fillIn, splitCommand } from "../command-line.ts";
import { type Prepared, type Running, StartError, type StartRequest } from "../engine.ts";
import { messageOf } from "../failure.ts";
import { type LogCapture, captureLog } from "../log-capture.ts";
import { type Container, launch } from "./container.ts";
import { FILES_DIR } from "./container-spec.ts";
import { exitOf } from "./exit.ts";
import type { Network } from "./network.ts";
import type { TarFile } from "./tar.ts";

/** The port that server targets listen at, unless they fix one: each has a network to itself. */
const SERVER_PORT = 9001;

/** Variables of the target contract that name files. */
const FILE_VARIABLES = ["TLS_CERT", "TLS_KEY", "CA_CERT"] as const;

/** Nothing listens there: the URL of a server that had ended before its address was known. */
const NOWHERE = "ws://127.0.0.1:1/";

/** What the engine knows of a prepared target. */
export interface PreparedImage {
  /** The id of the image. */
  readonly image: string;
  /** The user that the image names. */
  readonly user: string;
}

/** How targets are started in a network. */
export interface StartSetup {
  readonly docker: DockerClient;
  readonly network: Network;
  /** Between SIGTERM and SIGKILL, in ms. */
  readonly graceMs: number;
}

/**
 * Starts a target in a container.
 *
 * @throws {StartError} the engine cannot start it
 * @throws the signal's reason, when it is aborted before
 */
export async function startTarget(
  { docker, network, graceMs }: StartSetup,
  prepared: Prepared,
  { image, user }: PreparedImage,
  request: StartRequest,
): Promise<Running> {
  const { role, limits, signal } = request;
  const plan = planOf(prepared, role);
  const { files, env: given } = await fileVariables(request.env);
  const values = role === "server" ? serverValues(plan, given) : clientValues(plan, given);
  const fill = (text: string): string => fillIn(text, { ...values });
  const log = openLog(request.logFile);
  try {
    const container = await launch(
      docker,
      {
        kind: "target",
        network,
        image,
        command: plan.command?.map(fill) ?? null,
        env: { ...filled(plan.env, fill), ...given, ...contractVariables(role, plan) },
        user,
        root: plan.root,
        limits,
        files,
        input: false,
      },
      (_, chunk) => log.write(chunk),
      signal,
    );
    return runningOf(container, plan, role, request, log, graceMs);
  } catch (error) {
    log.close();
    throw error;
  }
}

/** What is common to folders and images. */
interface Plan {
  readonly name: string;
  readonly command: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly path: string;
  readonly root: boolean;
}

function planOf({ target }: Prepared, role: Role): Plan {
  const { name } = target;
  if (target.kind === "folder") {
    const words = target.definition.docker?.[role] ?? null;
    const command = words?.map((word) => fillIn(word, { version: target.version })) ?? null;
    return { name, command, env: {}, port: SERVER_PORT, path: "/", root: false };
  }
  if (target.kind !== "image")
    throw new StartError(`${name} is no image: the docker engine did not prepare it`);
  try {
    const command = target.command === null ? null : splitCommand(target.command, true);
    const { env, port, path, root } = target;
    return { name, command, env, port: port ?? SERVER_PORT, path, root };
  } catch (cause) {
    throw new StartError(`${name} was not started: ${messageOf(cause)}`, { cause });
  }
}

/** Brings the files that variables name into the container, and lets the variables name them there. */
async function fileVariables(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly files: readonly TarFile[]; readonly env: Readonly<Record<string, string>> }> {
  const files: TarFile[] = [];
  const moved: Record<string, string> = { ...env };
  for (const variable of FILE_VARIABLES) {
    const file = env[variable];
    if (file === undefined) continue;
    const path = basename(file);
    files.push({ path, content: await readFile(file), mode: 0o444 });
    moved[variable] = `${FILES_DIR}/${path}`;
  }
  return { files, env: moved };
}

/** What placeholders stand for in a server: inside of the container. */
function serverValues({ port, path }: Plan, env: Readonly<Record<string, string>>): Placeholders {
  const url = `${env.TLS_CERT ? "wss" : "ws"}://0.0.0.0:${port}${path}`;
  return { host: "0.0.0.0", port: String(port), url, agent: env.AGENT ?? "" };
}

function clientValues({ name }: Plan, env: Readonly<Record<string, string>>): Placeholders {
  const { FUZZER_URL: url, AGENT: agent = name } = env;
  if (!url || !URL.canParse(url))
    throw new StartError(`${name} was not started: a client needs FUZZER_URL to be a URL`);
  const { hostname: host, port, protocol } = new URL(url);
  return { host, port: port || (protocol === "wss:" ? "443" : "80"), url, agent };
}

function contractVariables(role: Role, { port }: Plan): Readonly<Record<string, string>> {
  return role === "server" ? { HOST: "0.0.0.0", PORT: String(port) } : {};
}

function filled(
  env: Readonly<Record<string, string>>,
  fill: (text: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
}

function openLog(file: string | null): LogCapture {
  try {
    return captureLog(file);
  } catch (cause) {
    throw new StartError(`the log ${file ?? ""} cannot be written (${messageOf(cause)})`, { cause });
  }
}

function runningOf(
  container: Container,
  plan: Plan,
  role: Role,
  { limits, env }: StartRequest,
  log: LogCapture,
  graceMs: number,
): Running {
  let ended = false;
  const exited = container.exited.then((exit) => exitOf(exit, limits, ended));
  // What ends by itself leaves a container to remove and a log to complete.
  const tidyUp = async (): Promise<void> => {
    await container.remove(graceMs);
    log.close();
  };
  void container.exited.then(tidyUp);
  return {
    url: role === "server" ? urlOf(container, plan, env) : null,
    exited,
    logTail: () => log.tail(),
    stop: async () => {
      ended = true;
      await tidyUp();
    },
  };
}

function urlOf({ address }: Container, { port, path }: Plan, env: Readonly<Record<string, string>>): string {
  // Whoever dials an empty host dials this machine.
  if (address === "") return NOWHERE;
  return `${env.TLS_CERT ? "wss" : "ws"}://${address}:${port}${path.startsWith("/") ? path : `/${path}`}`;
}
