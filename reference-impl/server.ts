import { createServer, type Server } from "node:net";

import { Connection, type ConnectionOptions } from "./connection.ts";
import { ServerOpening } from "./handshake-server.ts";
import type { OpeningRefusal } from "./opening.ts";
import { defaultHoldReadingAt, type OnOpen, SocketDriver, type SocketOptions } from "./socket.ts";

/** What a server needs. */
export interface ServeOptions extends Partial<ConnectionOptions & SocketOptions> {
  /** An address of this machine. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly onConnection: OnOpen;
  /** A request was refused, or broke off: for logs. */
  readonly onRefused?: (refusal: OpeningRefusal) => void;
}

/** A server that listens. */
export interface WebSocketServer extends AsyncDisposable {
  readonly port: number;
  /** Where clients connect to, without a trailing slash. */
  readonly url: string;
  /** Stops listening, says 1001 to all peers and resolves when the last is gone; they have a few seconds. */
  close(): Promise<void>;
}

/**
 * Listens for WebSocket connections over TCP.
 *
 * @throws Error of the system, when the address cannot be listened on
 */
export async function serve(options: ServeOptions): Promise<WebSocketServer> {
  const {
    host,
    port,
    onConnection,
    onRefused,
    holdReadingAt = defaultHoldReadingAt.server,
    ...settings
  } = options;
  const drivers = new Set<SocketDriver>();
  const owner = { onOpen: onConnection, holdReadingAt, ...(onRefused && { onRefused }) };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const driver = new SocketDriver(socket, new Connection(new ServerOpening(), settings), owner);
    drivers.add(driver);
    socket.once("close", () => drivers.delete(driver));
  });
  await listen(server, host, port);
  const close = () => closeServer(server, drivers);
  const bound = portOf(server);
  const name = host.includes(":") ? `[${host}]` : host;
  return { port: bound, url: `ws://${name}:${bound}`, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closeServer(server: Server, drivers: ReadonlySet<SocketDriver>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const driver of drivers) driver.goAway();
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
