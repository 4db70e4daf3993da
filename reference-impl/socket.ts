import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";

import type { Connection, ConnectionEvent, OpenedWith } from "./connection.ts";
import type { Closure, Endpoint, EndpointState, TcpWish } from "./endpoint.ts";
import type { Message } from "./incoming.ts";
import type { OpeningRefusal } from "./opening.ts";
import { type Pieces, writeInPieces } from "./pieces.ts";

/** Up to so many octets are copied together, since one write costs more than the copy. */
const joinUpTo = 65_536;

/**
 * So many octets are written before further events are taken, and do not wait for the end of the turn: while the next
 * message is compressed, the peer can work at this one.
 */
const writeOutAt = 16_384;

/** Ms without an octet either way after which a peer that does not read is dropped. */
const stallTimeout = 30_000;

/** Ms that everything written may take to leave once TCP is to be closed. */
const flushTimeout = 30_000;

/** Ms that the peer may take to close its half of TCP after ours (RFC 6455 section 7.1.1). */
const lingerTimeout = 1_000;

/** What an application does with a connection; calls come in the order of the peer's octets. */
export interface ConnectionHandlers {
  onMessage?(message: Message): void;
  onPing?(payload: Buffer): void;
  onPong?(payload: Buffer): void;
  /** TCP is gone. */
  onClosed?(closure: Closure): void;
}

/** An open connection, as an application sees it. Methods and errors are those of `Endpoint`. */
export interface OpenConnection extends OpenedWith {
  readonly state: EndpointState;
  /** Octets that wait to be written; an application that sends unasked should look at them. */
  readonly buffered: number;
  /** Resolves when TCP is gone; never rejects. */
  readonly closed: Promise<Closure>;
  send(message: Message, fragment?: number, between?: () => void): boolean;
  ping(payload?: Buffer): boolean;
  close(code?: number | null, reason?: string): boolean;
  /** Drops TCP at once. */
  drop(): void;
  /** Reads nothing more until {@link OpenConnection.resume}, so that the peer is held up. */
  pause(): void;
  resume(): void;
}

/** Called when a connection is open, before anything that came behind the handshake is looked at. */
export type OnOpen = (connection: OpenConnection) => ConnectionHandlers;

/** Settings of a {@link SocketDriver}. */
export interface SocketOptions {
  /**
   * Octets of answers that may wait to be written: while there are more, nothing is read. What an application sends
   * unasked, or later, does not count; it should look at {@link OpenConnection.buffered}.
   *
   * Two sides that both wait until they are read wait for ever, so a client bears much more than a server.
   */
  readonly holdReadingAt: number;
  /** For trying how a peer reads: what is written leaves in pieces. By default, as a whole. */
  readonly pieces?: Pieces;
}

/** Default of {@link SocketOptions.holdReadingAt} for servers and for clients. */
export const defaultHoldReadingAt = Object.freeze({ server: 1024 * 1024, client: 128 * 1024 * 1024 });

/** What the owner of a driver hears. */
export interface SocketOwner {
  readonly onOpen: OnOpen;
  onRefused?(refusal: OpeningRefusal): void;
}

/**
 * Drives a {@link Connection} over a socket: what one turn of the event loop brings forth leaves as one write;
 * while too much waits to be written, nothing is read.
 */
export class SocketDriver {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #owner: SocketOwner;
  readonly #holdReadingAt: number;
  readonly #closed = Promise.withResolvers<Closure>();
  #handlers: ConnectionHandlers = {};
  #pumping = false;
  #turnPlanned = false;
  #unflushed = false;
  /** Octets put out while events were handled, since everything had last been written. */
  #answered = 0;
  #paused = false;
  #pausedByOwner = false;
  #writeBroken = false;
  #ending = false;
  #error: Error | null = null;
  #timer: NodeJS.Timeout | null = null;
  #armedFor: number | null = null;

  /** Takes over a connected socket, made with `allowHalfOpen`; over TLS the handshake may still be going on. */
  constructor(socket: Socket, connection: Connection, owner: SocketOwner & SocketOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#owner = owner;
    this.#holdReadingAt = owner.holdReadingAt;
    socket.setNoDelay(true);
    if (owner.pieces) writeInPieces(socket, owner.pieces);
    keepReadingAfterWriteErrors(socket, {
      isEnding: () => this.#ending,
      onWriteError: () => this.#onWriteError(),
    });
    socket
      .on("data", (octets: Buffer) => this.#onData(octets))
      .on("end", () => this.#onEnd())
      .on("error", (error) => void (this.#error ??= error))
      .on("timeout", () => socket.destroy())
      .on("close", () => this.#onClose());
    this.#enter((now) => connection.begin(now));
  }

  /** Ends in peace: an open connection by a close frame, any other by dropping TCP. */
  goAway(): void {
    const endpoint = this.#connection.endpoint;
    if (endpoint === null) this.drop();
    else if (endpoint.close(1001)) this.#planTurn();
  }

  /** Drops TCP at once. */
  drop(): void {
    this.#ending = true;
    this.#socket.destroy();
  }

  #enter(action: (now: number) => void): void {
    action(performance.now());
    this.#pump();
  }

  /** Takes events until there are none, or too much waits to be written. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.#isOverfull && !this.#pausedByOwner) {
        const before = this.#connection.queued;
        const event = this.#connection.next();
        if (event === null) break;
        this.#dispatch(event);
        if (event.type !== "open") this.#answered += this.#connection.queued - before;
        if (this.#connection.queued > writeOutAt) this.#flush();
      }
    } finally {
      this.#pumping = false;
      this.#flush();
      this.#holdOrResume();
      this.#arm();
    }
  }

  get #isOverfull(): boolean {
    if (this.#writeBroken || this.#ending) return false;
    return Math.min(this.#answered, this.#socket.writableLength) > this.#holdReadingAt;
  }

  #dispatch(event: ConnectionEvent): void {
    switch (event.type) {
      case "open":
        this.#handlers = this.#owner.onOpen(this.#facade(event.endpoint, event));
        return;
      case "refused":
        return this.#owner.onRefused?.(event.refusal);
      case "message":
        return this.#handlers.onMessage?.(event);
      case "ping":
        return this.#handlers.onPing?.(event.payload);
      case "pong":
        return this.#handlers.onPong?.(event.payload);
      case "close":
      case "failed":
    }
  }

  #facade(endpoint: Endpoint, { resource, head, deflate, subprotocol }: OpenedWith): OpenConnection {
    const socket = this.#socket;
    const sent = (done: boolean) => {
      if (done && !this.#pumping && endpoint.queued > writeOutAt) this.#flush();
      else if (done) this.#planTurn();
      return done;
    };
    return {
      resource,
      head,
      deflate,
      subprotocol,
      get state() {
        return endpoint.state;
      },
      get buffered() {
        return endpoint.queued + socket.writableLength;
      },
      closed: this.#closed.promise,
      send: (message, fragment, between) => sent(endpoint.send(message, fragment, between)),
      ping: (payload) => sent(endpoint.ping(payload)),
      close: (code, reason) => sent(endpoint.close(code, reason)),
      drop: () => this.drop(),
      pause: () => this.#pause(true),
      resume: () => this.#pause(false),
    };
  }

  /** What is sent outside of an event leaves together, at the end of the turn. */
  #planTurn(): void {
    if (this.#pumping || this.#turnPlanned) return;
    this.#turnPlanned = true;
    process.nextTick(() => {
      this.#turnPlanned = false;
      this.#pump();
    });
  }

  #flush(): void {
    const { octets, tcp } = this.#connection.takeOutput(performance.now());
    if (octets.length > 0) this.#write(octets);
    if (tcp !== "keep" && !this.#ending) this.#closeTcp(tcp);
  }

  #write(octets: readonly Buffer[]): void {
    const socket = this.#socket;
    if (this.#ending || this.#writeBroken || !socket.writable) {
      this.#allWritten();
      return;
    }
    const total = octets.reduce((sum, each) => sum + each.length, 0);
    if (octets.length === 1) socket.write(octets[0]!, this.#onWritten);
    else if (total <= joinUpTo) socket.write(Buffer.concat(octets, total), this.#onWritten);
    else this.#writeCorked(octets);
    if (socket.writableLength === 0) this.#allWritten();
    else this.#watchForStall();
  }

  #writeCorked(octets: readonly Buffer[]): void {
    this.#socket.cork();
    for (const each of octets) this.#socket.write(each, this.#onWritten);
    this.#socket.uncork();
  }

  readonly #onWritten = (): void => {
    if (!this.#unflushed || this.#socket.writableLength > 0) return;
    this.#allWritten();
    this.#pump();
  };

  #watchForStall(): void {
    this.#unflushed = true;
    this.#socket.setTimeout(stallTimeout);
  }

  #allWritten(): void {
    if (this.#unflushed) this.#socket.setTimeout(0);
    this.#unflushed = false;
    this.#answered = 0;
    this.#connection.flushed(performance.now());
  }

  #closeTcp(how: Exclude<TcpWish, "keep">): void {
    this.#ending = true;
    if (how === "drop" || this.#writeBroken) {
      this.#socket.destroy();
      return;
    }
    this.#alarmIn(flushTimeout);
    this.#socket.end(() => this.#alarmIn(lingerTimeout));
  }

  /** The last deadline: the socket is destroyed. */
  #alarmIn(ms: number): void {
    if (this.#socket.destroyed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.destroy(), ms);
  }

  #pause(on: boolean): void {
    this.#pausedByOwner = on;
    this.#planTurn();
  }

  #holdOrResume(): void {
    const hold = this.#isOverfull || this.#pausedByOwner;
    if (hold === this.#paused) return;
    this.#paused = hold;
    if (hold) this.#socket.pause();
    else this.#socket.resume();
  }

  #arm(): void {
    const deadline = this.#connection.deadline;
    if (this.#ending || deadline === this.#armedFor) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#armedFor = deadline;
    const wait = deadline === null ? null : Math.ceil(deadline - performance.now());
    this.#timer = wait === null ? null : setTimeout(() => this.#alarm(), wait);
  }

  #alarm(): void {
    this.#armedFor = null;
    this.#enter((now) => this.#connection.tick(now));
  }

  #onData(octets: Buffer): void {
    if (!this.#ending) this.#enter((now) => this.#connection.receive(now, octets));
  }

  /** The peer's FIN ends a WebSocket connection; what waits to be written may still leave. */
  #onEnd(): void {
    this.#lost();
    if (!this.#ending) {
      this.#ending = true;
      this.#alarmIn(flushTimeout);
    }
    if (this.#writeBroken) this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  #onClose(): void {
    this.#ending = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#lost();
    const closure = this.#connection.endpoint?.closure ?? unopened;
    this.#handlers.onClosed?.(closure);
    this.#closed.resolve(closure);
  }

  #lost(): void {
    this.#connection.lost(this.#error?.message);
    this.#pump();
  }

  /** What could not be written is lost, but the peer may have said why; reading tells when TCP is gone. */
  #onWriteError(): void {
    if (this.#writeBroken) return;
    this.#writeBroken = true;
    this.#unflushed = false;
    this.#socket.setTimeout(stallTimeout);
    process.nextTick(() => {
      this.#allWritten();
      this.#pump();
    });
  }
}

const unopened: Closure = Object.freeze({ clean: false, sent: null, received: null, failure: null });

/**
 * Node destroys a socket when a write fails, and with it whatever the peer said before it closed, such as the
 * close frame that tells why. The kernel still has those octets, so a failed write must not end the reading.
 */
function keepReadingAfterWriteErrors(
  socket: Socket,
  owner: { readonly isEnding: () => boolean; readonly onWriteError: () => void },
): void {
  const destroy = socket.destroy.bind(socket);
  // Without a reason node:http2 says null.
  socket.destroy = (error?: Error | null) => {
    if (!error || !isWriteError(error) || owner.isEnding()) return destroy(error ?? undefined);
    const states = socket as unknown as Record<
      "_readableState" | "_writableState",
      { errored: Error | null }
    >;
    states._readableState.errored = null;
    states._writableState.errored = null;
    owner.onWriteError();
    return socket;
  };
}

function isWriteError(error: Error): boolean {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall === "write" || syscall === "writev" || code === "EPIPE";
}
