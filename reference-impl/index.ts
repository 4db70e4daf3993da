/**
 * The reference implementation: a strict endpoint of RFC 6455 and RFC 7692, server and client.
 *
 * `serve` and `connect` are over TCP or TLS; `Connection` with a `ServerOpening` or a `ClientOpening` is the same without
 * any input or output, and `Endpoint` is that after the opening handshake.
 */

export { type ClientOptions, connect, type ConnectOptions } from "./client.ts";
export { Connection, type ConnectionEvent, type ConnectionOptions, type OpenedWith } from "./connection.ts";
export { OpeningError, type TrustOptions } from "./dial.ts";
export { DriveError, type DriveOptions, type DriveResult, driveEcho, echo, serveEcho } from "./echo.ts";
export {
  type Closure,
  Endpoint,
  type EndpointEvent,
  type EndpointOptions,
  type EndpointState,
  type Output,
  type TcpWish,
} from "./endpoint.ts";
export type { Failure } from "./failure.ts";
export {
  ClientOpening,
  type ClientOpeningSettings,
  type Destination,
  destinationOf,
} from "./handshake-client.ts";
export { ServerOpening, type ServerOpeningSettings } from "./handshake-server.ts";
export type { Message } from "./incoming.ts";
export { type DeflateLimits, deflateLimits, type DeflateOffer, deflateOffer } from "./negotiation.ts";
export type { Opening, OpeningProgress, OpeningRefusal, OpeningSettings } from "./opening.ts";
export { type ServeOptions, serve, type WebSocketServer } from "./server.ts";
export type { ConnectionHandlers, OnOpen, OpenConnection, SocketOptions } from "./socket.ts";
