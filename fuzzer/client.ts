import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

import type { Case } from "./case.ts";
import type { EndpointOptions } from "./endpoint.ts";
import type { Destination, OpeningExtras, TlsClientSettings } from "./opening.ts";
import { Player, unopenedRecord } from "./player.ts";
import type { Profile } from "./profile.ts";
import type { CaseRecord } from "./record.ts";
import { SocketTransport } from "./socket.ts";

/** Ms that TCP may take to connect. */
const connectTimeout = 5_000;

export interface DialOptions {
  readonly profile: Profile;
  readonly options?: Partial<EndpointOptions>;
  readonly extras?: OpeningExtras;
  /** Ends the play by dropping TCP. */
  readonly signal?: AbortSignal;
}

/** A case that was played, or the reason why TCP could not be connected. */
export type DialResult =
  | { readonly connected: true; readonly record: CaseRecord }
  | { readonly connected: false; readonly reason: string };

/** The fuzzer as client: plays one case on a new connection to a server target. Never rejects. */
export async function dial(played: Case, to: Destination, options: DialOptions): Promise<DialResult> {
  const tcp = await connectTcp(to, options.signal);
  if (typeof tcp === "string") return { connected: false, reason: tcp };
  const socket = to.tls ? await startTls(tcp, to, to.tls) : tcp;
  if (typeof socket === "string")
    return { connected: true, record: unopenedRecord(played, "server", socket) };
  return { connected: true, record: await playOn(socket, tcp, played, to, options) };
}

/** An error that nobody listened for, at whatever moment, would end the process; `close` follows each. */
function ignoringErrors<S extends Socket>(socket: S): S {
  return socket.on("error", () => {});
}

/** A connected socket, or why there is none. */
function connectTcp(to: Destination, signal: AbortSignal | undefined): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = ignoringErrors(connect({ host: to.host, port: to.port, allowHalfOpen: true }));
    const end = (result: Socket | string) => {
      clearTimeout(alarm);
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("connect", onConnect);
      if (typeof result === "string") socket.destroy();
      resolve(result);
    };
    const onAbort = () => end("aborted");
    const onError = (error: Error) => end(error.message);
    const onConnect = () => end(socket);
    const alarm = setTimeout(() => end(`TCP was not connected within ${connectTimeout} ms`), connectTimeout);
    socket.once("error", onError).once("connect", onConnect);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

/** The same connection with TLS on it, or why the TLS handshake failed. */
function startTls(tcp: Socket, to: Destination, settings: TlsClientSettings): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    const handshaking = connectTls({
      socket: tcp,
      host: to.host,
      rejectUnauthorized: settings.verify,
      ...(settings.serverName !== null && { servername: settings.serverName }),
      ...(settings.ca !== undefined && { ca: settings.ca }),
    });
    const socket = ignoringErrors(handshaking);
    const end = (result: TLSSocket | string) => {
      clearTimeout(alarm);
      socket.off("error", onError).off("close", onClose).off("secureConnect", onSecure);
      if (typeof result === "string") {
        socket.destroy();
        tcp.destroy();
      }
      resolve(result);
    };
    const onError = (error: Error) => end(`the TLS handshake failed: ${error.message}`);
    const onClose = () => end("TCP was dropped during the TLS handshake");
    const onSecure = () => end(socket);
    const alarm = setTimeout(() => end("the TLS handshake was not finished in time"), connectTimeout);
    socket.once("error", onError).once("close", onClose).once("secureConnect", onSecure);
  });
}

function playOn(
  socket: Socket,
  tcp: Socket,
  played: Case,
  to: Destination,
  { profile, options = {}, extras, signal }: DialOptions,
): Promise<CaseRecord> {
  return new Promise((resolve) => {
    const onAbort = () => tcp.resetAndDestroy();
    signal?.addEventListener("abort", onAbort, { once: true });
    const transport = new SocketTransport(socket, tcp);
    const player = new Player(played, { role: "server", transport, profile, options });
    transport.drive(player, (record) => {
      signal?.removeEventListener("abort", onAbort);
      resolve(record);
    });
    transport.enter((now) => player.connected(now, to, extras));
    if (signal?.aborted) onAbort();
  });
}

/**
 * Takes a `ws:` or `wss:` URL apart.
 *
 * @throws {TypeError} it is no such URL
 */
export function destinationOf(url: string, tls: Partial<TlsClientSettings> = {}): Destination {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  if (protocol !== "ws:" && protocol !== "wss:")
    throw new TypeError(`${url}: only ws: and wss: URLs can be dialled`);
  const secure = protocol === "wss:";
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port || (secure ? 443 : 80)),
    resource: `${pathname}${search}`,
    tls: secure ? { serverName: null, verify: false, ...tls } : null,
  };
}
