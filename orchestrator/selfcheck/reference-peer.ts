import type { DeclaredLimits } from "../../fuzzer/extra-catalogue.ts";
import { strictCodec } from "../../reference-impl/codec.ts";
import { defaultEndpointOptions } from "../../reference-impl/endpoint.ts";
import { Connection, type ConnectionEvent, type ConnectionOptions } from "../../reference-impl/connection.ts";
import { ClientOpening } from "../../reference-impl/handshake-client.ts";
import { ServerOpening } from "../../reference-impl/handshake-server.ts";
import type { Defect } from "../../reference-impl/mutants/mutant.ts";
import {
  type DeflateLimits,
  deflateLimits,
  type DeflateOffer,
  deflateOffer,
} from "../../reference-impl/negotiation.ts";

import type { Pipe } from "./pipe.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import type { VirtualPeer } from "./virtual-play.ts";

/** What it has as a server. */
const served = { subprotocols: ["v2.echo", "v1.echo"], paths: ["/"] } as const;

/** What it declares of itself. */
export const referenceLimits: DeclaredLimits = { maxMessage: defaultEndpointOptions.maxMessage, ...served };

/** The client's destination; nobody dials it. */
const to = { host: "127.0.0.1", port: 9001, resource: "/runCase?case=1&agent=reference", secure: false };

/**
 * The reference endpoint at one end of a pipe, with permessage-deflate unless told otherwise. Without an `onEvent` it
 * echoes every message with its type.
 */
export class ReferencePeer implements VirtualPeer {
  readonly connection: Connection;
  readonly #clock: VirtualClock;
  readonly #pipe: Pipe;
  readonly #onEvent: (event: ConnectionEvent, connection: Connection) => void;
  readonly #defect: Defect;
  #hasOpened = false;
  /** The first thing it wrote: its half of the opening handshake. */
  #said = "";
  /** What has come of the peer's half; null once it is there. */
  #heard: string | null = "";
  #armedFor: number | null = null;
  #ended = false;

  constructor(
    clock: VirtualClock,
    pipe: Pipe,
    side: "client" | "server",
    setup: {
      readonly options?: Partial<ConnectionOptions>;
      /** Of a client. */
      readonly offer?: DeflateOffer | null;
      /** Of a server. */
      readonly limits?: DeflateLimits | null;
      readonly onEvent?: (event: ConnectionEvent, connection: Connection) => void;
      /** Makes a mutant of it. */
      readonly defect?: Defect;
    } = {},
  ) {
    const { offer = deflateOffer(), limits = deflateLimits() } = setup;
    const opening =
      side === "server"
        ? new ServerOpening({ deflate: limits, ...served })
        : new ClientOpening(to, { deflate: offer });
    this.#defect = setup.defect ?? {};
    const { options, codec } = this.#defect;
    this.connection = new Connection(opening, {
      ...setup.options,
      ...options,
      ...(codec && { codec: { ...strictCodec, ...codec } }),
    });
    this.#clock = clock;
    this.#pipe = pipe;
    this.#onEvent = setup.onEvent ?? ((event, connection) => echo(event, connection, this.#defect));
    if (side === "server") this.begin();
  }

  begin(): void {
    this.do(() => this.connection.begin(this.#clock.now));
  }

  onOctets(octets: Buffer): void {
    const heard = this.#hear(octets);
    if (heard.length > 0) this.do(() => this.connection.receive(this.#clock.now, heard));
  }

  /** What a mutant takes the peer's half of the opening handshake for. */
  #hear(octets: Buffer): Buffer {
    const { hears } = this.#defect;
    if (hears === undefined || this.#heard === null) return octets;
    this.#heard += octets.toString("latin1");
    const end = this.#heard.indexOf("\r\n\r\n") + 4;
    if (end < 4) return octets.subarray(octets.length);
    const text = hears(this.#heard.slice(0, end), this.#said) + this.#heard.slice(end);
    this.#heard = null;
    return Buffer.from(text, "latin1");
  }

  onLost(): void {
    this.do(() => this.connection.lost());
    this.#ended = true;
  }

  /** Does something with the connection, and then what it wants done. */
  do(action: () => void): void {
    if (this.#ended) return;
    action();
    let echoed = false;
    for (let event = this.connection.next(); event; event = this.connection.next()) {
      this.#onEvent(event, this.connection);
      echoed ||= event.type === "message";
    }
    const { octets, tcp } = this.connection.takeOutput(this.#clock.now);
    for (const each of octets) this.#write(each);
    this.connection.flushed(this.#clock.now);
    const wish = this.#defect.tcp?.(tcp, { echoed }) ?? tcp;
    if (wish !== "keep") {
      this.#ended = true;
      this.#pipe.end();
    }
    this.#arm();
  }

  /** The first thing that is written is the half of the opening handshake. */
  #write(octets: Buffer): void {
    const { head } = this.#defect;
    const isHead = !this.#hasOpened;
    this.#hasOpened = true;
    const changed = isHead && head ? Buffer.from(head(octets.toString("latin1")), "latin1") : octets;
    if (isHead) this.#said = octets.toString("latin1");
    this.#pipe.write(changed);
  }

  #arm(): void {
    const { deadline } = this.connection;
    if (deadline === null || deadline === this.#armedFor) return;
    this.#armedFor = deadline;
    this.#clock.later(deadline - this.#clock.now, () => {
      this.#armedFor = null;
      this.do(() => this.connection.tick(this.#clock.now));
    });
  }
}

function echo(event: ConnectionEvent, connection: Connection, defect: Defect): void {
  if (event.type !== "message") return;
  for (const message of defect.echo?.(event) ?? [event]) connection.endpoint!.send(message);
}
