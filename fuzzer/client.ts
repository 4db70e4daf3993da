import type { Socket } from "node:net";

import type { Case } from "./case.ts";
import { connectTcp, type OctetReader, startTls } from "./connect.ts";
import type { EndpointOptions } from "./endpoint.ts";
import { dialExtra } from "./extra/dial.ts";
import type { Destination, OpeningExtras, TlsClientSettings } from "./opening.ts";
import { Player, unopenedRecord } from "./player.ts";
import type { Profile } from "./profile.ts";
import type { CaseRecord } from "./record.ts";
import { SocketTransport } from "./socket.ts";

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
  if (played.extra !== undefined) return dialExtra(played, to, options.signal);
  const reader = to.tls ? null : new LateReader();
  const tcp = await connectTcp(to, options.signal, reader ?? undefined);
  if (typeof tcp === "string") return { connected: false, reason: tcp };
  const socket = to.tls ? await startTls(tcp, to, to.tls) : tcp;
  if (typeof socket === "string")
    return { connected: true, record: unopenedRecord(played, "server", socket) };
  return { connected: true, record: await playOn({ socket, tcp, reader }, played, to, options) };
}

/** A connection that is to be played on. */
interface Connected {
  readonly socket: Socket;
  /** What is below TLS, or the same. */
  readonly tcp: Socket;
  /** Null where octets come by the `data` events of the socket. */
  readonly reader: LateReader | null;
}

/** Stands for a reader that is there only when TCP is connected; no octet comes before. */
class LateReader implements OctetReader {
  reader: OctetReader | null = null;

  onOctets(octets: Buffer): void {
    this.reader?.onOctets(octets);
  }
}

function playOn(
  { socket, tcp, reader }: Connected,
  played: Case,
  to: Destination,
  { profile, options = {}, extras, signal }: DialOptions,
): Promise<CaseRecord> {
  return new Promise((resolve) => {
    const onAbort = () => tcp.resetAndDestroy();
    signal?.addEventListener("abort", onAbort, { once: true });
    const transport = new SocketTransport(socket, tcp);
    const player = new Player(played, { role: "server", transport, profile, options });
    if (reader !== null) reader.reader = transport;
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
