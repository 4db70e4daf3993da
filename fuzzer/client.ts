import { connect } from "node:net";

import type { Case } from "./case.ts";
import type { EndpointOptions } from "./endpoint.ts";
import type { Destination } from "./opening.ts";
import { Player } from "./player.ts";
import type { Profile } from "./profile.ts";
import type { CaseRecord } from "./record.ts";
import { SocketTransport } from "./socket.ts";

/** Ms that TCP may take to connect. */
const connectTimeout = 5_000;

export interface DialOptions {
  readonly profile: Profile;
  readonly options?: Partial<EndpointOptions>;
  /** Ends the play by dropping TCP. */
  readonly signal?: AbortSignal;
}

/** A case that was played, or the reason why TCP could not be connected. */
export type DialResult =
  | { readonly connected: true; readonly record: CaseRecord }
  | { readonly connected: false; readonly reason: string };

/** The fuzzer as client: plays one case on a new connection to a server target. Never rejects. */
export function dial(
  played: Case,
  to: Destination,
  { profile, options, signal }: DialOptions,
): Promise<DialResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: to.host, port: to.port, allowHalfOpen: true });
    const fail = (reason: string) => {
      socket.destroy();
      resolve({ connected: false, reason });
    };
    const onError = (error: Error) => fail(error.message);
    const alarm = setTimeout(() => fail(`TCP was not connected within ${connectTimeout} ms`), connectTimeout);
    const onAbort = () => (socket.connecting ? fail("aborted") : socket.resetAndDestroy());
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("error", onError);
    socket.once("close", () => {
      clearTimeout(alarm);
      signal?.removeEventListener("abort", onAbort);
    });
    socket.once("connect", () => {
      clearTimeout(alarm);
      socket.off("error", onError);
      const transport = new SocketTransport(socket);
      const player = new Player(played, { role: "server", transport, profile, options: options ?? {} });
      transport.drive(player, (record) => resolve({ connected: true, record }));
      transport.enter((now) => player.connected(now, to));
    });
    if (signal?.aborted) onAbort();
  });
}

/** Takes a `ws:` URL apart. */
export function destinationOf(url: string): Destination {
  const parsed = new URL(url);
  if (parsed.protocol !== "ws:") throw new TypeError(`${url}: only ws: URLs can be dialled`);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(parsed.port || 80),
    resource: `${parsed.pathname}${parsed.search}`,
  };
}
