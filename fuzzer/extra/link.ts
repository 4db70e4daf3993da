import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";

import { keepReadingAfterWriteErrors } from "../socket.ts";
import type { TalkTransport } from "./talk.ts";

/** What a socket can drive: a talk, or a connection of HTTP/2 with talks in its streams. */
export interface Linked {
  readonly deadline: number | null;
  /** Null until it is over. */
  readonly record: unknown;
  begin(now: number): void;
  receive(now: number, octets: Buffer): void;
  ended(now: number, how: "fin" | "reset"): void;
  tick(now: number): void;
}

/**
 * Lets a talk go on over a socket, of which either half can end alone. What is written during one event leaves
 * as one write.
 */
export class SocketLink implements TalkTransport {
  readonly #socket: Socket;
  readonly #tcp: Socket;
  #talk: Linked | null = null;
  #over: () => void = () => {};
  #outgoing: Buffer[] = [];
  #ending = false;
  #timer: NodeJS.Timeout | null = null;
  #armedFor: number | null = null;

  /** @param tcp the socket below TLS, where there is one: only TCP can be reset */
  constructor(socket: Socket, tcp: Socket = socket) {
    this.#socket = socket;
    this.#tcp = tcp;
    tcp.setNoDelay(true);
    keepReadingAfterWriteErrors(socket, () => this.#ending);
  }

  /** Connects the talk to the socket's events and begins it; `over` is called once, when it has a record. */
  drive(talk: Linked, over: () => void, rest: Buffer | null = null): void {
    this.#talk = talk;
    this.#over = over;
    this.#socket
      .on("data", (octets: Buffer) => this.enter((now) => talk.receive(now, octets)))
      .on("end", () => this.enter((now) => talk.ended(now, "fin")))
      .on("error", () => {})
      .on("close", () => this.enter((now) => talk.ended(now, "reset")));
    this.enter((now) => {
      talk.begin(now);
      if (rest !== null && rest.length > 0) talk.receive(now, rest);
    });
  }

  write(octets: Buffer): void {
    this.#outgoing.push(octets);
  }

  shut(): void {
    this.#flush();
    this.#socket.end();
  }

  cut(): void {
    this.#flush();
    this.#tcp.end();
  }

  end(): void {
    this.#flush();
    this.#ending = true;
    this.#socket.destroySoon();
  }

  reset(): void {
    this.#outgoing = [];
    this.#ending = true;
    this.#tcp.resetAndDestroy();
  }

  reading(on: boolean): void {
    if (on) this.#socket.resume();
    else this.#socket.pause();
  }

  /** Does something with what is driven, then writes what it wanted written and sets the alarm. */
  enter(action: (now: number) => void): void {
    const talk = this.#talk!;
    if (talk.record !== null) return;
    action(performance.now());
    this.#flush();
    if (talk.record === null) this.#arm(talk.deadline);
    else this.#finish();
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    const octets = this.#outgoing.length === 1 ? this.#outgoing[0]! : Buffer.concat(this.#outgoing);
    this.#outgoing = [];
    if (!this.#ending && this.#socket.writable) this.#socket.write(octets);
  }

  #arm(deadline: number | null): void {
    if (deadline === this.#armedFor) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#armedFor = deadline;
    if (deadline === null) return;
    this.#timer = setTimeout(
      () => {
        this.#armedFor = null;
        this.enter((now) => this.#talk!.tick(now));
      },
      Math.max(1, Math.ceil(deadline - performance.now())),
    );
  }

  #finish(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    // A socket that was paused would never see the peer's end.
    this.#socket.resume();
    if (!this.#ending) this.#socket.destroySoon();
    setTimeout(() => this.#tcp.destroy(), 500).unref();
    this.#over();
  }
}
