import { Connection, type ConnectionOptions } from "./connection.ts";
import { dial, OpeningError, type TrustOptions } from "./dial.ts";
import { ClientOpening, destinationOf } from "./handshake-client.ts";
import { type DeflateOffer, deflateOffer } from "./negotiation.ts";
import type { OpeningSettings } from "./opening.ts";
import {
  defaultHoldReadingAt,
  type OnOpen,
  type OpenConnection,
  SocketDriver,
  type SocketOptions,
} from "./socket.ts";

/** What a client may say about its connections. */
export interface ClientOptions
  extends Partial<ConnectionOptions & SocketOptions>, OpeningSettings, TrustOptions {
  /** What is asked for of permessage-deflate, which is offered unless false. See `DeflateOffer`. */
  readonly deflate?: false | Partial<DeflateOffer>;
}

/** What a client may say about one connection. */
export interface ConnectOptions extends ClientOptions {
  /** Called when the connection is open, before anything that came behind the handshake is looked at. */
  readonly onOpen?: OnOpen;
  /** Drops TCP, whatever the state. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a WebSocket connection to a `ws:` or `wss:` URL. What the server sends at once reaches only the handlers that
 * `onOpen` returns.
 *
 * @throws {OpeningError} TCP or TLS was not connected, or the opening handshake failed
 * @throws TypeError when the URL cannot be dialled, or product or subprotocols cannot stand in a header
 * @throws RangeError when the window bits of `deflate` are not 8 to 15
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<OpenConnection> {
  const {
    onOpen,
    signal,
    deflate = {},
    holdReadingAt = defaultHoldReadingAt.client,
    pieces,
    ...settings
  } = options;
  const to = destinationOf(url);
  const opening = new ClientOpening(to, {
    deflate: deflate === false ? null : deflateOffer(deflate),
    ...(settings.product !== undefined && { product: settings.product }),
    ...(settings.subprotocols !== undefined && { subprotocols: settings.subprotocols }),
  });
  const socket = await dial(to, settings, signal);
  return await new Promise<OpenConnection>((resolve, reject) => {
    const driver = new SocketDriver(socket, new Connection(opening, settings), {
      holdReadingAt,
      ...(pieces && { pieces }),
      onOpen(opened) {
        resolve(opened);
        return onOpen?.(opened) ?? {};
      },
      onRefused: ({ status, text }) => reject(new OpeningError(`${to.host}:${to.port}: ${text}`, status)),
    });
    const drop = () => driver.drop();
    signal?.addEventListener("abort", drop, { once: true });
    socket.once("close", () => signal?.removeEventListener("abort", drop));
    if (signal?.aborted) drop();
  });
}
