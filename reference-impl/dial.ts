import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

import type { Destination } from "./handshake-client.ts";

/** Ms that TCP may take to connect, and TLS to be set up on it. */
const connectTimeout = 5_000;

/** Whom a client trusts, over TLS. */
export interface TrustOptions {
  /** Certificates of authorities as PEM, instead of those that Node knows. */
  readonly ca?: string | Buffer;
  /** For tests: false to take any certificate, `authority` to take those for others too. Default true. */
  readonly verify?: boolean | "authority";
  /** The name that the certificate must have, where that is not the URL's host. */
  readonly serverName?: string | null;
}

/** The connection was not opened. */
export class OpeningError extends Error {
  override readonly name = "OpeningError";
  /** Of the server's response; null when there was none, or it could not be read. */
  readonly status: number | null;

  constructor(message: string, status: number | null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/**
 * Connects TCP and, to a `wss:` destination, TLS.
 *
 * @param signal gives up while that goes on
 * @throws {OpeningError}
 */
export async function dial(
  to: Destination,
  trust: TrustOptions,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const { host, port } = to;
  const tcp = connectTcp({ host, port, allowHalfOpen: true });
  await ready(tcp, "connect", to, `TCP was not connected within ${connectTimeout} ms`, signal);
  if (!to.secure) return tcp;
  // Once TLS has it, nobody listens to the socket below for errors.
  tcp.on("error", () => {});
  const socket = connectTls({
    socket: tcp,
    host,
    rejectUnauthorized: trust.verify !== false,
    ...(trust.verify === "authority" && { checkServerIdentity: () => undefined }),
    ...(trust.ca !== undefined && { ca: trust.ca }),
    ...(trust.serverName && { servername: trust.serverName }),
  });
  await ready(socket, "secureConnect", to, `TLS was not set up within ${connectTimeout} ms`, signal);
  return socket;
}

/** Waits for a socket's event; destroys the socket when it fails, is too late or is not wanted any more. */
function ready(
  socket: Socket,
  event: "connect" | "secureConnect",
  { host, port }: Destination,
  late: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => {
      done();
      socket.on("error", () => {}).destroy();
      reject(new OpeningError(`${host}:${port}: ${cause.message}`, null, { cause }));
    };
    const onReady = () => {
      done();
      resolve();
    };
    const onClose = () => fail(new Error("TCP was closed while TLS was set up"));
    const onAbort = () => fail(new Error("connecting was aborted"));
    const alarm = setTimeout(() => fail(new Error(late)), connectTimeout);
    const done = () => {
      clearTimeout(alarm);
      socket.off("error", fail).off("close", onClose).off(event, onReady);
      signal?.removeEventListener("abort", onAbort);
    };
    socket.once("error", fail).once("close", onClose).once(event, onReady);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}
