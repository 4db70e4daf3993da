import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";

import { Connection, type ConnectionOptions } from "./connection.ts";
import { ServerOpening } from "./handshake-server.ts";
import { http2Listener } from "./http2-server.ts";
import { type DeflateLimits, deflateLimits } from "./negotiation.ts";
import { checkProduct, type OpeningRefusal, type OpeningSettings } from "./opening.ts";
import { checkSubprotocols } from "./subprotocols.ts";
import { defaultHoldReadingAt, type OnOpen, SocketDriver, type SocketOptions } from "./socket.ts";

/** What a server needs. */
export interface ServeOptions extends Partial<ConnectionOptions & SocketOptions>, OpeningSettings {
  /** An address of this machine. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly onConnection: OnOpen;
  /** What is wanted of permessage-deflate, which is accepted unless false. See `DeflateLimits`. */
  readonly deflate?: false | Partial<DeflateLimits>;
  /** Paths that are served; others are refused with 404. By default all are served. */
  readonly paths?: readonly string[];
  /** WebSocket in streams of HTTP/2 (RFC 8441), in cleartext or over TLS, in place of HTTP/1.1. */
  readonly http2?: boolean;
  /** Certificate and private key as PEM, for `wss:`. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
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
 * Listens for WebSocket connections over TCP or TLS.
 *
 * @throws Error of the system, when the address cannot be listened on, or of TLS, when certificate and key are no pair
 * @throws TypeError when product or subprotocols cannot stand in a header
 * @throws RangeError when the window bits of `deflate` are not 8 to 15
 */
export async function serve(options: ServeOptions): Promise<WebSocketServer> {
  const {
    host,
    port,
    onConnection,
    onRefused,
    deflate = {},
    product = null,
    subprotocols = [],
    paths,
    tls,
    http2 = false,
    holdReadingAt = defaultHoldReadingAt.server,
    pieces,
    ...settings
  } = options;
  const drivers = new Set<SocketDriver>();
  const owner = {
    onOpen: onConnection,
    holdReadingAt,
    ...(pieces && { pieces }),
    ...(onRefused && { onRefused }),
  };
  const opening = {
    deflate: deflate === false ? null : deflateLimits(deflate),
    product: checkProduct(product),
    subprotocols: checkSubprotocols(subprotocols),
    ...(paths && { paths }),
  };
  const drive = (socket: Socket, connection: Connection) => {
    const driver = new SocketDriver(socket, connection, owner);
    drivers.add(driver);
    socket.once("close", () => drivers.delete(driver));
  };
  const context = tls && createSecureContext(tls);
  const server = http2
    ? http2Listener({ opening, settings, tls: tls ?? null, onConnection: drive, onRefused })
    : createServer({ allowHalfOpen: true }, (tcp) => {
        const socket = context === undefined ? tcp : withTls(tcp, context);
        drive(socket, new Connection(new ServerOpening(opening), settings));
      });
  await listen(server, host, port);
  const close = () => closeServer(server, drivers);
  const bound = portOf(server);
  const name = host.includes(":") ? `[${host}]` : host;
  const scheme = context === undefined ? "ws" : "wss";
  return { port: bound, url: `${scheme}://${name}:${bound}`, close, [Symbol.asyncDispose]: close };
}

/** The TLS handshake counts as a part of the opening one, and has its deadline. */
function withTls(tcp: Socket, secureContext: SecureContext): TLSSocket {
  // Whatever happens to the socket below, the one above says so too.
  tcp.on("error", () => {});
  return new TLSSocket(tcp, { isServer: true, secureContext });
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
