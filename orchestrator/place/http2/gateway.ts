import { constants, type Http2Stream } from "node:http2";
import type { Server, Socket } from "node:net";

import type { Destination } from "../../../fuzzer/opening.ts";

/** Octets that a peer may send before it has to wait, in a stream and in all of a connection. */
export const window = 4 << 20;

/** Something that carries WebSocket between HTTP/1.1 and HTTP/2. */
export interface Gateway {
  /** Where it listens. */
  readonly port: number;
  /** Stops listening, and drops all connections. */
  close(): void;
}

/** What a gateway is for. */
export type GatewayTask =
  /** Connections at a port of the loopback reach a server target over HTTP/2. */
  | { readonly kind: "server"; readonly to: Destination }
  /** Streams of HTTP/2 that client targets open here reach a listener of HTTP/1.1 at a port of the loopback. */
  | {
      readonly kind: "client";
      readonly host: string;
      /** 0 for any free port. */
      readonly port: number;
      /** Certificate and key as PEM; null for HTTP/2 in cleartext. */
      readonly tls: { readonly cert: string; readonly key: string } | null;
      readonly listener: number;
    };

/** What the process of a gateway says. */
export type GatewayReply =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly reason: string };

/** A host as it stands in a URL. */
export const inUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** Where a server listens; port 0 when it does not. */
export function addressOf(server: Pick<Server, "address">): { readonly port: number } {
  const address = server.address();
  return typeof address === "object" && address !== null ? address : { port: 0 };
}

/**
 * Carries what comes in a stream to a socket. END_STREAM is to it what FIN is to TCP, and RST_STREAM what a reset is
 * (RFC 8441 section 5), which does not overtake what came before.
 */
export function carry(stream: Http2Stream, socket: Socket): void {
  const end = () => {
    if (socket.destroyed) return;
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR) socket.end();
    else if (socket.writableEnded) socket.resetAndDestroy();
    else socket.write("", () => socket.resetAndDestroy());
  };
  stream.pipe(socket, { end: false });
  stream.once("end", end).once("close", end);
  socket.once("close", () => stream.unpipe());
}

/** Ends a stream as a reset ends TCP: by RST_STREAM with CANCEL, before which Node.js alone would send END_STREAM. */
export function cancel(stream: Http2Stream): void {
  if (stream.closed) return;
  Object.assign(stream, { end: () => stream });
  stream.close(constants.NGHTTP2_CANCEL);
}
