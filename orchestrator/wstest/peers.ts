import {
  connect,
  DriveError,
  driveEcho,
  echo,
  type OnOpen,
  OpeningError,
  serve,
  type ServeOptions,
  type WebSocketServer,
} from "../../reference-impl/index.ts";
import { EXIT } from "../../report/exit.ts";

import { messageOf } from "../engines/failure.ts";
import { errorCode } from "../config/problem.ts";
import { packageVersion } from "../run/package-root.ts";
import type { PeerArgs } from "./args.ts";
import { type KeyPair, readKeyPair } from "./key-pair.ts";

/** What a peer needs of the world. */
export interface PeerWorld {
  /** Takes a line for people; it may hold text of a peer's, and what a terminal would obey is the taker's matter. */
  readonly say: (line: string) => void;
  /** Ends the peer. */
  readonly signal: AbortSignal;
  /** Folder of relative file names. Default: the present one. */
  readonly cwd?: string;
}

/** What we are called in handshakes and in reports, unless `--ident` says otherwise. */
const product = `wsmatrix/${packageVersion}`;

const ipv6AndIpv4 = "::";
const onlyIpv4 = "0.0.0.0";

/** What listening by IPv6 ends with where there is none. */
const lacksIpv6: ReadonlySet<string> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL", "EINVAL"]);

/**
 * The modes of the drop-in that are a peer, on our own endpoint: an echo server or client, plain or with compression
 * for a fuzzer. Never throws for what a user may have done.
 *
 * @returns the exit code: 0 also for a server that the signal ended, 2 for files that cannot be used, 3 when the port
 * cannot be listened on or the server not be reached, 130 for a test that the signal ended
 */
export async function runPeer(args: PeerArgs, world: PeerWorld): Promise<number> {
  switch (args.mode) {
    case "testeeserver":
      return await serveUntilStopped(args, world, {});
    case "echoserver":
      return await serveUntilStopped(args, world, false);
    case "testeeclient":
      return await beTested(args, world);
    case "echoclient":
      return await echoOnce(args, world);
  }
}

async function serveUntilStopped(
  args: PeerArgs,
  { say, signal, cwd = process.cwd() }: PeerWorld,
  deflate: NonNullable<ServeOptions["deflate"]>,
): Promise<number> {
  const pair = keyPairOf(args, cwd);
  if (pair !== null && "fault" in pair) {
    say(pair.fault);
    return EXIT.usage;
  }
  const { protocol, port } = new URL(args.wsuri);
  const listened = await listen({
    port: Number(port || (protocol === "wss:" ? 443 : 80)),
    deflate,
    product,
    onConnection: args.debug ? telling(say) : echo,
    onRefused: ({ text }) => say(`refused: ${text}`),
    ...(pair !== null && { tls: pair }),
  });
  if ("fault" in listened) {
    say(listened.fault);
    return EXIT.infrastructure;
  }
  say(`${args.mode} listens at port ${listened.port} (${protocol}//), until it is ended`);
  await aborted(signal);
  await listened.close();
  return EXIT.asExpected;
}

/** Certificate and key of a `wss:` URL; null for a `ws:` one. */
function keyPairOf({ wsuri, key, cert }: PeerArgs, cwd: string): KeyPair | { readonly fault: string } | null {
  if (new URL(wsuri).protocol !== "wss:") return null;
  if (key === null || cert === null)
    return { fault: "wss:// needs a key and a certificate: give both --key and --cert, or a ws:// URL" };
  const pair = readKeyPair({ key, cert }, cwd);
  return "fault" in pair ? { fault: `--${pair.fault.which}: ${pair.fault.message}` } : pair;
}

/** Listens on all interfaces, whatever host the URL names, as the original does. */
async function listen(
  options: Omit<ServeOptions, "host">,
): Promise<WebSocketServer | { readonly fault: string }> {
  try {
    return await serve({ ...options, host: ipv6AndIpv4 }).catch((error: unknown) => {
      if (!lacksIpv6.has(errorCode(error))) throw error;
      return serve({ ...options, host: onlyIpv4 });
    });
  } catch (error) {
    return { fault: listenFault(error, options) };
  }
}

function listenFault(error: unknown, { port }: { readonly port: number }): string {
  const begin = `cannot listen at port ${port}`;
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return `${begin}: it is in use; end the program that uses it, or name another port in --wsuri`;
    case "EACCES":
      return `${begin}: this user may not; name a port from 1024 on in --wsuri`;
    default:
      return `${begin}: ${messageOf(error)}`;
  }
}

/** Drives a fuzzing server through all its cases. */
async function beTested(args: PeerArgs, { say, signal }: PeerWorld): Promise<number> {
  const { protocol, host } = new URL(args.wsuri);
  const agent = args.ident || product;
  try {
    const { cases, unopened, reported } = await driveEcho({
      url: `${protocol}//${host}`,
      agent,
      // A report can hold what a header cannot.
      product: agent.replaceAll(/[^ -~]/g, "?").trim() || product,
      verify: false,
      signal,
      onProblem: (text) => say(text),
    });
    if (signal.aborted) return EXIT.interrupted;
    say(`${cases} cases played${unopened === 0 ? "" : `, ${unopened} of them not opened`}`);
    if (!reported) say("the server could not be told that this client is done");
    return reported ? EXIT.asExpected : EXIT.infrastructure;
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    if (!(error instanceof OpeningError || error instanceof DriveError)) throw error;
    say(`${messageOf(error)}; start a fuzzing server there first, such as wstest -m fuzzingserver`);
    return EXIT.infrastructure;
  }
}

/** Connects once, and echoes until the connection is closed. */
async function echoOnce(args: PeerArgs, { say, signal }: PeerWorld): Promise<number> {
  try {
    const connection = await connect(args.wsuri, {
      product,
      deflate: false,
      verify: false,
      signal,
      onOpen: echo,
    });
    say(`connected to ${args.wsuri}`);
    const { clean, received } = await connection.closed;
    say(`${clean ? "closed" : "dropped"}${received?.code == null ? "" : ` with ${received.code}`}`);
    return EXIT.asExpected;
  } catch (error) {
    if (signal.aborted) return EXIT.asExpected;
    if (!(error instanceof OpeningError)) throw error;
    say(`cannot connect: ${messageOf(error)}; start a WebSocket server there first`);
    return EXIT.infrastructure;
  }
}

/** Echoes, and tells what becomes of each connection. */
function telling(say: (line: string) => void): OnOpen {
  return (connection) => {
    say(`open: ${connection.resource}${connection.deflate === null ? "" : ", compressed"}`);
    return {
      ...echo(connection),
      onClosed: ({ clean, failure }) =>
        say(
          `${clean ? "closed" : "dropped"}: ${connection.resource}${failure === null ? "" : `, ${failure.code} ${failure.text}`}`,
        ),
    };
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}
