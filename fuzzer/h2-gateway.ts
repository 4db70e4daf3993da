/**
 * WebSocket over HTTP/2 (RFC 8441): a listener of this machine that carries each connection inside a stream of a server
 * target, so that every case can be replayed there as it is.
 */

import { fork } from "node:child_process";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";

import { acceptKey, fieldValue, type Head, HeadReader } from "../wire/handshake.ts";

import type { Destination } from "./opening.ts";

/** Ms that a session may take until it says whether it allows extended CONNECT. */
const settingsPatience = 5_000;

/** Fields of the opening handshake that have a meaning on a stream too (RFC 8441 section 5). */
const carried = ["sec-websocket-version", "sec-websocket-protocol", "sec-websocket-extensions", "origin"];

/** What stands in for a stream's server: HTTP/1.1 outside, a stream of HTTP/2 inside. */
export class H2Gateway {
  readonly #to: Destination;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(to: Destination) {
    this.#to = to;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#onConnection(socket));
  }

  /** Starts listening at a free port of the loopback. @throws when there is none */
  static async open(to: Destination): Promise<H2Gateway> {
    const gateway = new H2Gateway(to);
    await new Promise<void>((resolve, reject) => {
      gateway.#server.once("error", reject);
      gateway.#server.listen(0, "127.0.0.1", resolve);
    });
    gateway.#server.unref();
    return gateway;
  }

  /** Where to connect to in place of the server itself. */
  get destination(): Destination {
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return { host: "127.0.0.1", port, resource: this.#to.resource, tls: null };
  }

  /** Stops listening, and drops all connections. */
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
      if (progress.state === "tooLarge") refuse(socket, 431);
      else void this.#carry(socket, progress.head, progress.rest);
    };
    socket.on("data", onData);
  }

  async #carry(socket: Socket, head: Head, rest: Buffer): Promise<void> {
    const session = this.#connect();
    // A server that leaves a stream open may not keep this process from its end.
    session.unref();
    session.on("error", () => socket.resetAndDestroy());
    socket.once("close", () => setImmediate(() => session.destroy()));
    if (!(await allowsConnect(session))) return refuse(socket, 502);
    const stream = session.request(this.#headersOf(head), { endStream: false });
    stream.setTimeout(0);
    stream.on("error", () => {});
    stream.once("response", (headers) => {
      const status = headers[":status"] ?? 0;
      if (status < 200 || status > 299) return refuse(socket, status);
      socket.write(acceptance(head, headers));
      if (rest.length > 0) stream.write(rest);
      join(socket, stream);
    });
    socket.once("close", () => stream.unpipe());
    stream.once("close", () => {
      // RST_STREAM is to a stream what a reset is to TCP (RFC 8441 section 5).
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) socket.resetAndDestroy();
      session.close();
    });
  }

  #connect(): ClientHttp2Session {
    const { host, port, tls } = this.#to;
    const name = host.includes(":") ? `[${host}]` : host;
    if (!tls) return connect(`http://${name}:${port}`);
    return connect(`https://${name}:${port}`, {
      rejectUnauthorized: tls.verify,
      ...(tls.serverName !== null && { servername: tls.serverName }),
      ...(tls.ca !== undefined && { ca: tls.ca }),
    });
  }

  #headersOf(head: Head): Record<string, string> {
    const { host, port, tls } = this.#to;
    const fields = carried.flatMap((name) => {
      const value = fieldValue(head, name);
      return value === null ? [] : [[name, value] as const];
    });
    return {
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": tls ? "https" : "http",
      ":path": head.startLine.split(" ")[1] ?? "/",
      ":authority": `${host.includes(":") ? `[${host}]` : host}:${port}`,
      ...Object.fromEntries(fields),
    };
  }
}

/** Whether the server's settings allow extended CONNECT (RFC 8441 section 3). */
function allowsConnect(session: ClientHttp2Session): Promise<boolean> {
  return new Promise((resolve) => {
    const alarm = setTimeout(() => resolve(false), settingsPatience);
    const end = (allows: boolean) => {
      clearTimeout(alarm);
      resolve(allows);
    };
    session.once("remoteSettings", ({ enableConnectProtocol }) => end(enableConnectProtocol === true));
    session.once("close", () => end(false));
  });
}

/** The response of HTTP/1.1 that says what a stream's response said; key and accept are nobody's business there. */
function acceptance(request: Head, headers: Readonly<Record<string, unknown>>): string {
  const fields = ["sec-websocket-protocol", "sec-websocket-extensions"].flatMap((name) =>
    typeof headers[name] === "string" ? [`${name}: ${headers[name]}`] : [],
  );
  const accept = acceptKey((fieldValue(request, "Sec-WebSocket-Key") ?? "").trim());
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...fields,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function refuse(socket: Socket, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  socket.resume();
}

/** END_STREAM is to a stream what FIN is to TCP. */
function join(socket: Socket, stream: ClientHttp2Stream): void {
  stream.pipe(socket);
  socket.pipe(stream);
  socket.once("close", () => {
    if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
  });
}

/** A gateway in a process of its own. */
export interface GatewayProcess {
  readonly destination: Destination;
  close(): void;
}

/**
 * Starts a gateway in a process of its own: on what some servers leave behind, node:http2 does not come to an end, and
 * nothing but the end of its process helps.
 *
 * @throws when it cannot be started, or cannot listen
 */
export function openGatewayProcess(to: Destination): Promise<GatewayProcess> {
  const extension = import.meta.filename.endsWith(".ts") ? ".ts" : ".js";
  const child = fork(new URL(`./h2-process${extension}`, import.meta.url), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the gateway to HTTP/2 ended with ${code}`)));
    child.once("message", (destination) => {
      child.unref();
      child.channel?.unref();
      resolve({ destination: destination as Destination, close: kill });
    });
    child.send(to);
  });
}
