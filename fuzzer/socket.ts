import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";

import type { OctetReader } from "./connect.ts";
import { giveBackRoom, takeRoom } from "./frame-room.ts";
import type { PlayerTransport } from "./player.ts";

/**
 * Octets that may wait to leave before reading pauses: a peer that pings without end and never reads would
 * otherwise fill our memory with pongs. Far more than any case sends, so that no echo ever waits for us.
 */
export const maxWaiting = 64 * 1024 * 1024;

/** Parts of one write that are kept apart: a buffer for each of 65,536 fragments would take many times their octets. */
const mostParts = 4_096;

/** What a socket can drive: a {@link Player}, or something else that speaks over one connection without I/O. */
export interface Driven<Result> {
  readonly deadline: number | null;
  readonly wantsTurn: boolean;
  /** Null until TCP is gone. */
  readonly record: Result | null;
  receive(now: number, octets: Buffer): void;
  turn(now: number): void;
  tick(now: number): void;
  lost(now: number): void;
}

/**
 * Lets a {@link Player} play over a socket. Everything that the player writes during one event leaves as one
 * write, since races inside peers depend on how frames are grouped.
 */
export class SocketTransport implements PlayerTransport, OctetReader {
  readonly #socket: Socket;
  readonly #tcp: Socket;
  #player: Driven<unknown> | null = null;
  #done: () => void = () => {};
  #outgoing: Buffer[] = [];
  /** What stands before {@link #outgoing}, in large pieces. */
  #gathered: Buffer[] = [];
  #entered = false;
  #ending = false;
  #timer: NodeJS.Timeout | null = null;
  #armedFor: number | null = null;
  #turnPlanned = false;
  /** Room for a frame that has not been written: it serves again once it has left. */
  #lent: Buffer | null = null;

  /** @param tcp the socket below TLS, where there is one: only TCP can be reset */
  constructor(socket: Socket, tcp: Socket = socket) {
    this.#socket = socket;
    this.#tcp = tcp;
    tcp.setNoDelay(true);
    keepReadingAfterWriteErrors(socket, () => this.#ending);
  }

  /** Connects the player to the socket's events; `done` gets the record when TCP is gone. */
  drive<Result>(player: Driven<Result>, done: (record: Result) => void): void {
    this.#player = player;
    this.#done = () => done(player.record!);
    this.#socket
      .on("data", (octets: Buffer) => this.onOctets(octets))
      .on("end", () => this.#lost())
      .on("error", () => {})
      .on("close", () => this.#lost());
  }

  /** Octets from the peer; nothing of them is kept, so that they may be overwritten then. */
  onOctets(octets: Buffer): void {
    const player = this.#player!;
    this.enter((now) => player.receive(now, octets));
  }

  /** Does something with the player, then writes what it wanted written and sets the alarm. */
  enter(action: (now: number) => void): void {
    if (this.#entered) throw new Error("the player was entered twice");
    this.#entered = true;
    try {
      action(performance.now());
    } finally {
      this.#entered = false;
      this.#flush();
      this.#throttle();
      this.#arm();
    }
  }

  write(octets: Buffer): void {
    this.#outgoing.push(octets);
    if (this.#outgoing.length < mostParts) return;
    this.#gathered.push(Buffer.concat(this.#outgoing));
    this.#outgoing = [];
  }

  end(): void {
    this.#flush();
    this.#ending = true;
    this.#socket.destroySoon();
  }

  reset(): void {
    this.#outgoing = [];
    this.#gathered = [];
    this.#ending = true;
    this.#tcp.resetAndDestroy();
  }

  room(octets: number): Buffer {
    return (this.#lent = takeRoom(octets));
  }

  queued(): number {
    return this.#socket.writableLength + (handleOf(this.#socket)?.writeQueueSize ?? 0);
  }

  #flush(): void {
    const parts = [...this.#gathered, ...this.#outgoing];
    if (parts.length === 0) return;
    const octets = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    this.#outgoing = [];
    this.#gathered = [];
    if (this.#ending || !this.#socket.writable) return;
    const isLent = octets === this.#lent;
    this.#lent = null;
    if (!isLent) return void this.#socket.write(octets);
    this.#socket.write(octets, (error) => {
      if (!error) giveBackRoom(octets);
    });
  }

  #throttle(): void {
    const socket = this.#socket;
    if (socket.writableLength <= maxWaiting || socket.isPaused()) return;
    socket.pause();
    socket.once("drain", () => socket.resume());
  }

  #arm(): void {
    const player = this.#player!;
    if (player.wantsTurn && !this.#turnPlanned) {
      this.#turnPlanned = true;
      setImmediate(() => {
        this.#turnPlanned = false;
        this.enter((now) => player.turn(now));
      });
    }
    if (player.deadline === this.#armedFor) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#armedFor = player.deadline;
    this.#timer =
      player.deadline === null
        ? null
        : setTimeout(() => this.#alarm(), Math.max(1, Math.ceil(player.deadline - performance.now())));
  }

  #alarm(): void {
    this.#armedFor = null;
    this.enter((now) => this.#player!.tick(now));
  }

  /** The peer's FIN counts as the loss of TCP, as in Autobahn: there is no half-open state. */
  #lost(): void {
    const player = this.#player!;
    if (player.record === null) {
      this.enter((now) => player.lost(now));
      this.#done();
    }
    this.#ending = true;
    this.#socket.destroy();
    this.#tcp.destroy();
  }
}

/**
 * Node destroys a socket when a write fails, and with it whatever the peer said before it closed, such as the
 * close frame that explains why. The kernel still has those octets: so a failed write is no reason to stop
 * reading; the read side tells when TCP is gone.
 */
export function keepReadingAfterWriteErrors(socket: Socket, isEnding: () => boolean): void {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error?: Error) => {
    if (error === undefined || !isWriteError(error) || isEnding()) return destroy(error);
    const internals = socket as unknown as Record<
      "_readableState" | "_writableState",
      { errored: Error | null }
    >;
    internals._readableState.errored = null;
    internals._writableState.errored = null;
    return socket.resume();
  };
}

function isWriteError(error: Error): boolean {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall === "write" || syscall === "writev" || code === "EPIPE";
}

function handleOf(socket: Socket): { readonly writeQueueSize?: number } | null {
  return (socket as unknown as { _handle: { writeQueueSize?: number } | null })._handle;
}
