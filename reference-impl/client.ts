import { connect as connectTcp, type Socket } from "node:net";

import { Connection, type ConnectionOptions } from "./connection.ts";
import { ClientOpening, type Destination, destinationOf } from "./handshake-client.ts";
import {
  type ConnectionHandlers,
  defaultHoldReadingAt,
  type OpenConnection,
  SocketDriver,
  type SocketOptions,
} from "./socket.ts";

/** Ms that TCP may take to connect. */
const connectTimeout = 5_000;

/** What a client may say about its connection. */
export interface ConnectOptions extends Partial<ConnectionOptions & SocketOptions> {
  /** Called when the connection is open, before anything that came behind the handshake is looked at. */
  readonly onOpen?: (connection: OpenConnection) => ConnectionHandlers;
  /** Drops TCP, whatever the state. */
  readonly signal?: AbortSignal;
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
 * Opens a WebSocket connection to a `ws:` URL. What the server sends at once reaches only the handlers that
 * `onOpen` returns.
 *
 * @throws {OpeningError} TCP was not connected, or the opening handshake failed
 * @throws TypeError when the URL cannot be dialled
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<OpenConnection> {
  const { onOpen, signal, holdReadingAt = defaultHoldReadingAt.client, ...settings } = options;
  const to = destinationOf(url);
  const socket = await dial(to, signal);
  return await new Promise<OpenConnection>((resolve, reject) => {
    const connection = new Connection(new ClientOpening(to), settings);
    const driver = new SocketDriver(socket, connection, {
      holdReadingAt,
      onOpen(opened) {
        resolve(opened);
        return onOpen?.(opened) ?? {};
      },
      onRefused: ({ status, text }) => reject(new OpeningError(`${to.host}:${to.port}: ${text}`, status)),
    });
    onAbort(socket, signal, () => driver.drop());
  });
}

/** Connects TCP within {@link connectTimeout}. */
function dial({ host, port }: Destination, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, allowHalfOpen: true });
    const limit = AbortSignal.timeout(connectTimeout);
    const fail = (cause: Error) =>
      reject(new OpeningError(`${host}:${port}: ${cause.message}`, null, { cause }));
    onAbort(socket, limit, () => {
      if (socket.connecting) socket.destroy(new Error(`TCP was not connected within ${connectTimeout} ms`));
    });
    onAbort(socket, signal, () => {
      if (socket.connecting) socket.destroy(new Error("connecting was aborted"));
    });
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.off("error", fail);
      resolve(socket);
    });
  });
}

/** Listens to a signal for as long as the socket lives. */
function onAbort(socket: Socket, signal: AbortSignal | undefined, action: () => void): void {
  if (signal === undefined) return;
  signal.addEventListener("abort", action, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", action));
  if (signal.aborted) action();
}
