import {
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Server, Socket } from "node:net";

import type { FieldLine } from "../wire/http2/fields.ts";
import { FrameFlag } from "../wire/http2/frame.ts";

import { Connection, type ConnectionOptions, defaultOpeningTimeout } from "./connection.ts";
import type { ServerOpeningSettings } from "./handshake-server.ts";
import { readStreamRequest } from "./http2-request.ts";
import type { OpeningRefusal } from "./opening.ts";

/** What a listener for HTTP/2 needs. */
export interface Http2Listening {
  readonly opening: ServerOpeningSettings;
  readonly settings: Partial<ConnectionOptions>;
  /** Null for HTTP/2 in cleartext, with prior knowledge. */
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | null;
  /** A stream has become a WebSocket connection. */
  readonly onConnection: (socket: Socket, connection: Connection) => void;
  readonly onRefused?: ((refusal: OpeningRefusal) => void) | undefined;
}

/** A server of HTTP/2 that allows extended CONNECT (RFC 8441), and serves nothing but WebSocket. */
export function http2Listener(listening: Http2Listening): Server {
  const settings = { settings: { enableConnectProtocol: true } };
  const { tls } = listening;
  const patience = listening.settings.openingTimeout ?? defaultOpeningTimeout;
  const server =
    tls === null
      ? createServer(settings)
      : createSecureServer({ ...settings, ...tls, handshakeTimeout: patience });
  serveStreams(server, listening);
  endIdleSessions(server, patience);
  return server;
}

/** Ends connections in which no stream is open for so many ms, and once the server is closed at once. */
function endIdleSessions(server: Http2Server, patience: number): void {
  const idle = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    let streams = 0;
    let alarm: NodeJS.Timeout | undefined;
    const rest = () => {
      idle.add(session);
      alarm = setTimeout(() => session.destroy(), server.listening ? patience : 0);
    };
    const stir = () => {
      idle.delete(session);
      clearTimeout(alarm);
    };
    session.once("close", stir);
    session.on("stream", (stream) => {
      if (streams++ === 0) stir();
      stream.once("close", () => --streams === 0 && !session.destroyed && rest());
    });
    rest();
  });
  const close = server.close.bind(server);
  server.close = (done) => {
    close(done);
    for (const session of idle) session.destroy();
    return server;
  };
}

/** Serves the streams of a server, or of one session of it. */
export function serveStreams(
  source: Pick<Http2Server, "on"> | Pick<ServerHttp2Session, "on">,
  { opening, settings, onConnection, onRefused }: Omit<Http2Listening, "tls">,
): void {
  (source as Http2Server).on("sessionError", () => {});
  (source as Http2Server).on("stream", (stream, _, flags, raw) => {
    stream.on("error", () => {});
    const reading = readStreamRequest(linesOf(raw), (flags & FrameFlag.endStream) !== 0, opening);
    if ("refusal" in reading) {
      const { status, text, fields } = reading.refusal;
      stream.respond(headersOf(status, fields));
      stream.end(`${text}\n`);
      onRefused?.({ status, text });
      return;
    }
    stream.respond(headersOf(200, reading.fields));
    onConnection(asSocket(stream), Connection.opened("server", reading, settings));
  });
}

/** Names and values as they came, by turns. */
function linesOf(raw: readonly string[]): readonly FieldLine[] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1]!] as const] : []));
}

function headersOf(status: number, fields: readonly FieldLine[]): OutgoingHttpHeaders {
  return { ":status": status, ...Object.fromEntries(fields) };
}

/** END_STREAM is to a stream what FIN is to TCP, and RST_STREAM with CANCEL what a reset is (RFC 8441 section 5). */
function asSocket(stream: ServerHttp2Stream): Socket {
  const destroy = stream.destroy.bind(stream);
  return Object.assign(stream, {
    setNoDelay: () => stream,
    destroySoon: () => void stream.end(),
    destroy: (error?: Error) => {
      if (!stream.writableEnded && !stream.closed) stream.close(constants.NGHTTP2_CANCEL);
      return destroy(error);
    },
  }) as unknown as Socket;
}
