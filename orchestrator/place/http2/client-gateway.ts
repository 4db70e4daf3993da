import { randomBytes } from "node:crypto";
import {
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { connect, type Socket } from "node:net";

import { HeadReader } from "../../../wire/handshake.ts";

import { addressOf, cancel, carry, type Gateway, type GatewayTask, window } from "./gateway.ts";
import { type StreamFields, streamResponse, upgradeRequest } from "./heads.ts";

type ClientTask = Extract<GatewayTask, { kind: "client" }>;

/**
 * WebSocket over HTTP/2 (RFC 8441) for client targets: an HTTP/2 server in front of the fuzzing server, to which it
 * carries each extended CONNECT as a connection of HTTP/1.1.
 */
export class ClientGateway implements Gateway {
  readonly #listener: number;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor({ tls, listener }: ClientTask) {
    const settings = { enableConnectProtocol: true, initialWindowSize: window };
    this.#listener = listener;
    this.#server = tls === null ? createServer({ settings }) : createSecureServer({ ...tls, settings });
    this.#server
      .on("session", (session: ServerHttp2Session) => this.#onSession(session))
      .on("stream", (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) =>
        this.#onStream(stream, fields),
      )
      .on("sessionError", () => {})
      .on("tlsClientError", () => {});
  }

  /** Starts listening. @throws when the address cannot be listened on */
  static async open(task: ClientTask): Promise<ClientGateway> {
    const gateway = new ClientGateway(task);
    await new Promise<void>((resolve, reject) => {
      gateway.#server.once("error", reject);
      gateway.#server.listen(task.port, task.host, resolve);
    });
    return gateway;
  }

  get port(): number {
    return addressOf(this.#server).port;
  }

  close(): void {
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
  }

  #onSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.on("error", () => {}).once("close", () => this.#sessions.delete(session));
    if (!session.destroyed) session.setLocalWindowSize(window);
  }

  #onStream(stream: ServerHttp2Stream, fields: StreamFields): void {
    stream.on("error", () => {});
    if (fields[":method"] === "CONNECT" && fields[":protocol"] !== undefined) this.#carry(stream, fields);
    else answer(stream, fields);
  }

  #carry(stream: ServerHttp2Stream, fields: StreamFields): void {
    const socket = connect({ host: "127.0.0.1", port: this.#listener, allowHalfOpen: true, noDelay: true });
    socket.write(upgradeRequest(fields, randomBytes(16).toString("base64")), "latin1");
    carry(stream, socket);
    respond(stream, socket);
    socket
      .on("error", () => cancel(stream))
      .once("close", () => {
        if (!stream.writableEnded) cancel(stream);
      });
  }
}

/** A browser opens streams only in a connection that it has already: it gets an empty page by which it opens one. */
function answer(stream: ServerHttp2Stream, fields: StreamFields): void {
  const isPage = fields[":method"] === "GET";
  const page = { ":status": 200, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  stream.respond(isPage ? page : { ":status": 405, allow: "GET" }, { endStream: true });
  stream.resume();
}

/** Carries the response, interim ones before it, and what comes behind it. */
function respond(stream: ServerHttp2Stream, socket: Socket): void {
  let reader = new HeadReader();
  const onData = (octets: Buffer) => {
    const progress = reader.push(octets);
    if (progress.state === "more") return;
    const fields = progress.state === "done" ? streamResponse(progress.head) : null;
    if (fields === null || progress.state !== "done" || stream.destroyed || stream.closed) {
      socket.resetAndDestroy();
      return;
    }
    const isInterim = String(fields[":status"]).startsWith("1");
    if (!sends(stream, fields, isInterim)) {
      socket.resetAndDestroy();
      return;
    }
    if (isInterim) {
      reader = new HeadReader();
      if (progress.rest.length > 0) onData(progress.rest);
      return;
    }
    socket.off("data", onData).pause();
    if (progress.rest.length > 0) stream.write(progress.rest);
    socket.pipe(stream);
  };
  socket.on("data", onData);
  socket.once("end", () => {
    if (!stream.headersSent) cancel(stream);
  });
}

/** Sends a head, unless it is one that HTTP/2 has no words for. */
function sends(
  stream: ServerHttp2Stream,
  fields: Record<string, string | string[]>,
  isInterim: boolean,
): boolean {
  try {
    if (isInterim) stream.additionalHeaders(fields);
    else stream.respond(fields);
    return true;
  } catch {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return false;
  }
}
