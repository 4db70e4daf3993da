import { Digester } from "../../fuzzer/digest.ts";
import { Endpoint, defaultOptions, type EndpointOptions, type Transport } from "../../fuzzer/endpoint.ts";
import type { CompleteMessage, IncomingControl } from "../../fuzzer/incoming.ts";
import { Timers } from "../../fuzzer/timers.ts";
import { WireLog } from "../../fuzzer/wire-log.ts";
import { encodeFrame, type HeaderFields } from "../../wire/frame.ts";

/** The fuzzer's side of a connection. */
export type Side = "client" | "server";

/** A transport that notes what is asked of it. */
export class NotedTransport implements Transport {
  /** Octets of each write, in hexadecimal. */
  writes: string[] = [];
  drops: ("end" | "reset")[] = [];
  /** What {@link NotedTransport.queued} says. */
  waiting = 0;

  write(octets: Buffer): void {
    this.writes.push(octets.toString("hex"));
  }

  end(): void {
    this.drops.push("end");
  }

  reset(): void {
    this.drops.push("reset");
  }

  queued(): number {
    return this.waiting;
  }

  /** The writes since the last call. */
  take(): string[] {
    const taken = this.writes;
    this.writes = [];
    return taken;
  }
}

/** A frame as the peer of that side writes it: masked, with a key, when the fuzzer is the server. */
export function peerFrame(
  side: Side,
  fields: Omit<HeaderFields, "length">,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  return encodeFrame(
    { maskKey: side === "server" ? Buffer.from("a1b2c3d4", "hex") : null, ...fields },
    payload,
  );
}

/** A frame of the fuzzer in hexadecimal, as that side writes it with a masking key of zeros. */
export function ownFrame(
  side: Side,
  fields: Omit<HeaderFields, "length">,
  payload: Buffer = Buffer.alloc(0),
): string {
  const maskKey = side === "client" ? Buffer.alloc(4) : null;
  return encodeFrame({ maskKey, ...fields }, payload).toString("hex");
}

/** An endpoint with a transport that takes notes, and a clock that is moved by hand. */
export class EndpointBench {
  readonly side: Side;
  readonly transport = new NotedTransport();
  readonly messages: CompleteMessage[] = [];
  readonly pongs: string[] = [];
  readonly timers = new Timers();
  readonly log = new WireLog();
  readonly endpoint: Endpoint;
  now = 0;

  constructor(side: Side, options: Partial<EndpointOptions> = {}) {
    this.side = side;
    this.endpoint = new Endpoint({
      side,
      transport: this.transport,
      handler: {
        openMessage: () => new Digester(),
        onMessage: (message) => void this.messages.push(message),
        onPong: (control: IncomingControl) => void this.pongs.push(control.payload.toString("hex")),
      },
      options: { ...defaultOptions, ...options },
      log: this.log,
      timers: this.timers,
      newMaskKey: () => Buffer.alloc(4),
      deflate: null,
    });
  }

  /** A frame from the peer. */
  receive(fields: Omit<HeaderFields, "length">, payload: Buffer = Buffer.alloc(0)): void {
    this.endpoint.receive(peerFrame(this.side, fields, payload));
  }

  /** A close frame from the peer. */
  receiveClose(payload: Buffer): void {
    this.receive({ opcode: 8 }, payload);
  }

  /** Lets so many ms pass. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let next = this.timers.next; next !== null && next <= until; next = this.timers.next) {
      this.now = next;
      this.endpoint.at(next);
      this.timers.run(next);
    }
    this.now = until;
    this.endpoint.at(until);
  }

  /** Gives the endpoint turns as long as it wants some. */
  turns(): void {
    while (this.endpoint.wantsTurn) this.endpoint.turn();
  }

  /** The flags that verdicts rest on, those that are set. */
  get flags(): string[] {
    const { closedByMe, failedByMe, droppedByMe, wasClean } = this.endpoint;
    const { wasCloseHandshakeTimeout, wasServerConnectionDropTimeout } = this.endpoint;
    const all = {
      closedByMe,
      failedByMe,
      droppedByMe,
      wasClean,
      wasCloseHandshakeTimeout,
      wasServerConnectionDropTimeout,
    };
    return Object.entries(all).flatMap(([name, set]) => (set ? [name] : []));
  }
}
