import { type ClientOptions, connect } from "./client.ts";
import type { Message } from "./incoming.ts";
import { type ServeOptions, serve, type WebSocketServer } from "./server.ts";
import type { OnOpen } from "./socket.ts";

/** Ms that a driver command such as the count of cases may take. */
const commandTimeout = 10_000;

/** Ms that one case may take: more than the longest of Autobahn's own timers (480 s). */
const caseTimeout = 600_000;

/** Sends every message back with its type. */
export const echo: OnOpen = (connection) => ({ onMessage: (message) => void connection.send(message) });

/** Listens, and sends every message back with its type. */
export function serveEcho(options: Omit<ServeOptions, "onConnection">): Promise<WebSocketServer> {
  return serve({ ...options, onConnection: echo });
}

/** What {@link driveEcho} needs. */
export interface DriveOptions extends ClientOptions {
  /** Of a fuzzing server, without a trailing slash. */
  readonly url: string;
  /** What the reports call this client. */
  readonly agent: string;
  /** Cases at once. Default 1. */
  readonly concurrency?: number;
  /** A connection could not be opened: for logs. */
  readonly onProblem?: (text: string) => void;
  /** Ends the drive, and drops the connections that are open. */
  readonly signal?: AbortSignal;
}

/** A server that does not speak as a fuzzing server does. */
export class DriveError extends Error {
  override readonly name = "DriveError";
}

/** What became of a drive. */
export interface DriveResult {
  /** As the server counts them. */
  readonly cases: number;
  /** Cases whose connection was not opened. */
  readonly unopened: number;
  /** The server was told that this client is done. */
  readonly reported: boolean;
}

/**
 * Plays all cases of a fuzzing server by Autobahn's driver URLs, and sends every message back with its type. A
 * connection that fails does not end the drive; after the signal it ends early.
 *
 * @throws {OpeningError} the count of the cases could not be asked for
 * @throws {DriveError} the answer is no number
 */
export async function driveEcho(options: DriveOptions): Promise<DriveResult> {
  const { url, agent, concurrency = 1, signal } = options;
  const name = encodeURIComponent(agent);
  const cases = await askCount(options);
  let [last, unopened] = [0, 0];
  const worker = async () => {
    while (last < cases && signal?.aborted !== true) {
      last += 1;
      const opened = await visit(`${url}/runCase?case=${last}&agent=${name}`, caseTimeout, echo, options);
      if (!opened) unopened += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, worker));
  const report = `${url}/updateReports?agent=${name}`;
  const reported = signal?.aborted !== true && (await visit(report, commandTimeout, () => ({}), options));
  return { cases, unopened, reported };
}

async function askCount(options: DriveOptions): Promise<number> {
  const { url } = options;
  let answer: Message | undefined;
  const onOpen: OnOpen = () => ({ onMessage: (message) => void (answer ??= message) });
  const signal = limited(commandTimeout, options);
  const { closed } = await connect(`${url}/getCaseCount`, { ...options, onOpen, signal });
  await closed;
  const text = answer?.payload.toString("latin1", 0, 20) ?? "";
  if (answer?.binary !== false || !/^\d{1,9}$/.test(text))
    throw new DriveError(`${url} does not tell the count of its cases`);
  return Number(text);
}

/** Opens one connection and waits for its end; false when it was not opened. */
async function visit(url: string, timeout: number, onOpen: OnOpen, options: DriveOptions): Promise<boolean> {
  try {
    const { closed } = await connect(url, { ...options, onOpen, signal: limited(timeout, options) });
    await closed;
    return true;
  } catch (error) {
    options.onProblem?.(`${url}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function limited(timeout: number, { signal }: DriveOptions): AbortSignal {
  const limit = AbortSignal.timeout(timeout);
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}
