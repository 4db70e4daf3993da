/**
 * The reference implementation: a strict RFC 6455 endpoint, server and client, without extensions.
 *
 * `serve` and `connect` are over TCP; `Connection` with a `ServerOpening` or a `ClientOpening` is the same without
 * any input or output, and `Endpoint` is that after the opening handshake.
 */

export { connect, type ConnectOptions, OpeningError } from "./client.ts";
export { Connection, type ConnectionEvent, type ConnectionOptions } from "./connection.ts";
export { type DriveOptions, type DriveResult, driveEcho, serveEcho } from "./echo.ts";
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
export { ClientOpening, type Destination, destinationOf } from "./handshake-client.ts";
export { ServerOpening } from "./handshake-server.ts";
export type { Message } from "./incoming.ts";
export type { Opening, OpeningProgress, OpeningRefusal } from "./opening.ts";
export { type ServeOptions, serve, type WebSocketServer } from "./server.ts";
export type { ConnectionHandlers, OnOpen, OpenConnection, SocketOptions } from "./socket.ts";
