import type { Head } from "../wire/handshake.ts";
import type { AgreedDeflate } from "../wire/permessage-deflate.ts";

import { Endpoint, type EndpointEvent, type EndpointOptions, type Output, type TcpWish } from "./endpoint.ts";
import type { Opening, OpeningRefusal } from "./opening.ts";

/** Settings of a {@link Connection}. */
export interface ConnectionOptions extends EndpointOptions {
  /** Ms that the opening handshake may take. */
  readonly openingTimeout: number;
}

/** Default of {@link ConnectionOptions.openingTimeout}. */
export const defaultOpeningTimeout = 5_000;

/** What an open connection was opened with. */
export interface OpenedWith {
  /** Path and query. */
  readonly resource: string;
  /** The peer's request or response. */
  readonly head: Head;
  /** How messages may be compressed (RFC 7692), as this side keeps to it; null when nothing was agreed on. */
  readonly deflate: AgreedDeflate | null;
  /** What both sides will talk in (RFC 6455 section 1.9); null when nothing was agreed on. */
  readonly subprotocol: string | null;
}

/** What happens on a connection, in order: it is opened or refused, and then the peer acts. */
export type ConnectionEvent =
  | ({ readonly type: "open"; readonly endpoint: Endpoint } & OpenedWith)
  | { readonly type: "refused"; readonly refusal: OpeningRefusal }
  | EndpointEvent;

/**
 * A connection from its first octet: the opening handshake, then an {@link Endpoint}. Sans I/O, to be driven as
 * that is; a socket, a TLS socket or a test's pipe is a thin adapter.
 */
export class Connection {
  readonly #opening: Opening;
  readonly #options: Partial<ConnectionOptions>;
  #endpoint: Endpoint | null = null;
  #openBefore: number | null = null;
  /** The result of the opening handshake, while it is not taken. */
  #news: ConnectionEvent | null = null;
  #output: Buffer[] = [];
  #tcp: TcpWish = "keep";

  constructor(opening: Opening, options: Partial<ConnectionOptions> = {}) {
    this.#opening = opening;
    this.#options = options;
  }

  /** A connection whose opening handshake is over before its octets begin, as in a stream of HTTP/2 (RFC 8441). */
  static opened(
    side: "client" | "server",
    opened: OpenedWith,
    options: Partial<ConnectionOptions> = {},
  ): Connection {
    const nothing: Opening = {
      side,
      begin: () => null,
      push: () => {
        throw new TypeError("the opening handshake is over");
      },
    };
    const connection = new Connection(nothing, options);
    connection.#open(opened);
    return connection;
  }

  /** Null until the connection is open. */
  get endpoint(): Endpoint | null {
    return this.#endpoint;
  }

  /** When to call {@link Connection.tick}, in ms of the owner's clock; null when nothing is due. */
  get deadline(): number | null {
    return this.#endpoint === null ? this.#openBefore : this.#endpoint.deadline;
  }

  /** Octets that the next {@link Connection.takeOutput} gives, those of the handshake aside. */
  get queued(): number {
    return this.#endpoint?.queued ?? 0;
  }

  /** TCP is connected. */
  begin(now: number): void {
    this.#openBefore = now + (this.#options.openingTimeout ?? defaultOpeningTimeout);
    this.#put(this.#opening.begin());
  }

  /** Octets from the peer; they are given away. */
  receive(now: number, octets: Buffer): void {
    if (this.#endpoint !== null) this.#endpoint.receive(now, octets);
    else if (this.#openBefore !== null) this.#receiveHead(now, octets);
  }

  /** The next event, or null when more octets are needed. */
  next(): ConnectionEvent | null {
    const news = this.#news;
    this.#news = null;
    return news ?? this.#endpoint?.next() ?? null;
  }

  /** Time has passed. */
  tick(now: number): void {
    if (this.#endpoint !== null) this.#endpoint.tick(now);
    else if (this.#openBefore !== null && this.#openBefore <= now) {
      this.#refuse("drop", { status: null, text: "the opening handshake was not finished in time" });
    }
  }

  /** All octets that were put out have left. */
  flushed(now: number): void {
    this.#endpoint?.flushed(now);
  }

  /** TCP is gone; `why` if that is known. */
  lost(why: string | null = null): void {
    this.#endpoint?.lost();
    if (this.#endpoint === null && this.#openBefore !== null) {
      const text = "TCP was closed before the opening handshake was finished";
      this.#refuse("drop", { status: null, text: why === null ? text : `${text}: ${why}` });
    }
  }

  /** What is to be written now, and done with TCP then. */
  takeOutput(now: number): Output {
    const own = this.#output;
    this.#output = [];
    const more = this.#endpoint?.takeOutput(now);
    if (more === undefined) return { octets: own, tcp: this.#tcp };
    return own.length === 0 ? more : { octets: [...own, ...more.octets], tcp: more.tcp };
  }

  #receiveHead(now: number, octets: Buffer): void {
    const progress = this.#opening.push(octets);
    if (progress.state === "more") return;
    this.#put(progress.reply);
    if (progress.state === "refused") {
      this.#refuse(progress.reply === null ? "drop" : "end", progress.refusal);
      return;
    }
    const { resource, head, deflate, subprotocol, rest } = progress;
    const endpoint = this.#open({ resource, head, deflate, subprotocol });
    if (rest.length > 0) endpoint.receive(now, rest);
  }

  #open({ resource, head, deflate, subprotocol }: OpenedWith): Endpoint {
    const endpoint = new Endpoint(this.#opening.side, this.#options, deflate);
    this.#endpoint = endpoint;
    this.#news = { type: "open", endpoint, resource, head, deflate, subprotocol };
    return endpoint;
  }

  #refuse(tcp: TcpWish, refusal: OpeningRefusal): void {
    this.#openBefore = null;
    this.#tcp = tcp;
    this.#news = { type: "refused", refusal };
  }

  #put(octets: Buffer | null): void {
    if (octets !== null) this.#output.push(octets);
  }
}
