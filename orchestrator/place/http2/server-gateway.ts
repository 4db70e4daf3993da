import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";

import type { Destination } from "../../../fuzzer/opening.ts";
import { type Head, HeadReader } from "../../../wire/handshake.ts";

import { acceptance, connectFields, refusal } from "./heads.ts";
import { addressOf, cancel, carry, type Gateway, inUrl, window } from "./gateway.ts";

/** Ms that a session may take until it says whether it allows extended CONNECT. */
const settingsPatience = 5_000;

/** Ms that a server may take to end its half of a stream once the other has ended, as TCP would wait for FIN. */
const halfClosedPatience = 20_000;

/**
 * WebSocket over HTTP/2 (RFC 8441) for a server target: a listener of the loopback that carries each connection inside a
 * stream, and that in a connection of its own, so that every case can be replayed there as it is.
 */
export class ServerGateway implements Gateway {
  readonly #to: Destination;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(to: Destination) {
    this.#to = to;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#onConnection(socket));
  }

  /** Starts listening at a free port of the loopback. @throws when there is none */
  static async open(to: Destination): Promise<ServerGateway> {
    const gateway = new ServerGateway(to);
    await new Promise<void>((resolve, reject) => {
      gateway.#server.once("error", reject);
      gateway.#server.listen(0, "127.0.0.1", resolve);
    });
    return gateway;
  }

  get port(): number {
    return addressOf(this.#server).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
    const reader = new HeadReader();
    const onData = (octets: Buffer) => {
      const progress = reader.push(octets);
      if (progress.state === "more") return;
      socket.off("data", onData).pause();
      if (progress.state === "tooLarge") refuse(socket, 431, "Request Header Fields Too Large");
      // What node:http2 refuses to say, as a field that is none, is lost like a connection.
      else this.#carry(socket, progress.head, progress.rest).catch(() => socket.resetAndDestroy());
    };
    socket.on("data", onData);
  }

  async #carry(socket: Socket, head: Head, rest: Buffer): Promise<void> {
    const session = this.#connect();
    session.on("error", () => socket.resetAndDestroy());
    socket.once("close", () => setImmediate(() => session.destroy()));
    const fault = await connectFault(session);
    if (fault !== null) {
      refuse(socket, 502, fault);
      return;
    }
    const stream = session.request(this.#fieldsOf(head), { endStream: false });
    stream.setTimeout(0);
    stream.on("error", () => {});
    let isAnswered = false;
    stream.once("response", (fields) => {
      isAnswered = true;
      const status = fields[":status"] ?? 0;
      if (status < 200 || status > 299) return refuse(socket, status, "Refused");
      socket.write(acceptance(head, fields));
      if (rest.length > 0) stream.write(rest);
      join(socket, stream);
    });
    stream.once("close", () => {
      if (!isAnswered) socket.resetAndDestroy();
      session.close();
    });
  }

  #connect(): ClientHttp2Session {
    const { host, port, tls } = this.#to;
    const settings = { enablePush: false, initialWindowSize: window };
    const where = `${inUrl(host)}:${port}`;
    if (!tls) return widened(connect(`http://${where}`, { settings }));
    const trust = {
      rejectUnauthorized: tls.verify,
      ...(tls.serverName !== null && { servername: tls.serverName }),
      ...(tls.ca !== undefined && { ca: tls.ca }),
    };
    return widened(connect(`https://${where}`, { settings, ...trust }));
  }

  #fieldsOf(head: Head): Record<string, string> {
    const { host, port, tls } = this.#to;
    return connectFields(head, {
      scheme: tls ? "https" : "http",
      authority: `${inUrl(host)}:${port}`,
    });
  }
}

function widened(session: ClientHttp2Session): ClientHttp2Session {
  return session.once("connect", () => {
    if (!session.destroyed) session.setLocalWindowSize(window);
  });
}

/** Why a session cannot carry WebSocket, once that is known; null when its settings allow it (RFC 8441 section 3). */
function connectFault(session: ClientHttp2Session): Promise<string | null> {
  return new Promise((resolve) => {
    const alarm = setTimeout(() => resolve("No SETTINGS of HTTP/2"), settingsPatience);
    const end = (fault: string | null) => {
      clearTimeout(alarm);
      resolve(fault);
    };
    session.once("connect", (_session, socket) => {
      const isTls = "alpnProtocol" in socket;
      if (isTls && socket.alpnProtocol !== "h2") end("TLS without ALPN h2");
    });
    session.once("remoteSettings", ({ enableConnectProtocol }) =>
      end(enableConnectProtocol === true ? null : "No SETTINGS_ENABLE_CONNECT_PROTOCOL"),
    );
    session.once("close", () => end("No HTTP/2"));
  });
}

function refuse(socket: Socket, status: number, reason: string): void {
  socket.end(refusal(status, reason));
  socket.resume();
}

function join(socket: Socket, stream: ClientHttp2Stream): void {
  carry(stream, socket);
  socket.pipe(stream);
  socket.once("end", () => {
    const alarm = setTimeout(() => socket.destroy(), halfClosedPatience);
    socket.once("close", () => clearTimeout(alarm));
  });
  socket.once("close", () => {
    cancel(stream);
  });
}
