import type { Head } from "../wire/handshake.ts";

import { defaultOptions, Endpoint, type EndpointOptions, type Transport } from "./endpoint.ts";
import { digestOf } from "./digest.ts";
import type { MessageSink } from "./incoming.ts";
import { openingResponse } from "./opening.ts";
import { randomOctets } from "./random.ts";
import { type Timer, Timers } from "./timers.ts";
import { WireLog } from "./wire-log.ts";

/** Octets of a command; a longer one is not read. */
const maxCommand = 1 << 20;

/** Octets that the frames of one command may have together, by repeating payloads. */
const maxPayload = 64 << 20;

/** Ms without a command after which TCP is dropped. */
const patience = 300_000;

/**
 * Autobahn's direct command mode: a client sends commands as JSON texts, `[name, arguments]`, and the fuzzing
 * server does what they say: `sendframe`, `sendframes`, `close`, `echo`. Bad input drops TCP.
 */
export class DirectSession {
  readonly timers = new Timers();
  readonly #transport: Transport;
  readonly #endpoint: Endpoint;
  #text: Buffer[] = [];
  #textLength = 0;
  #lost = false;
  #alarm: Timer | null = null;

  constructor(transport: Transport, options: Partial<EndpointOptions>) {
    this.#transport = transport;
    this.#endpoint = new Endpoint({
      side: "server",
      transport,
      handler: {
        openMessage: () => this.#openText(),
        onMessage: ({ binary }) => this.#onCommand(binary),
        onPong: () => {},
      },
      options: { ...defaultOptions, ...options },
      log: new WireLog(),
      timers: this.timers,
      newMaskKey: () => randomOctets(4),
      deflate: null,
    });
  }

  get deadline(): number | null {
    return this.timers.next;
  }

  get wantsTurn(): boolean {
    return this.#endpoint.wantsTurn;
  }

  /** True once TCP is gone. */
  get record(): true | null {
    return this.#lost ? true : null;
  }

  /** A request that asks for nothing else was read: answers it. */
  accepted(now: number, _request: Head, key: string): void {
    this.#endpoint.at(now);
    this.#transport.write(openingResponse(key));
    this.#expectCommand(now);
  }

  receive(now: number, octets: Buffer): void {
    this.#endpoint.at(now);
    this.#expectCommand(now);
    this.#endpoint.receive(octets);
  }

  turn(now: number): void {
    this.#endpoint.at(now);
    this.#endpoint.turn();
  }

  tick(now: number): void {
    this.#endpoint.at(now);
    this.timers.run(now);
  }

  lost(now: number): void {
    this.#endpoint.at(now);
    this.#endpoint.lost();
    this.#lost = true;
  }

  #expectCommand(now: number): void {
    this.timers.cancel(this.#alarm);
    this.#alarm = this.timers.add(now + patience, () => this.#transport.reset());
  }

  #openText(): MessageSink {
    this.#text = [];
    this.#textLength = 0;
    return {
      push: (octets) => {
        this.#textLength += octets.length;
        if (this.#textLength <= maxCommand) this.#text.push(Buffer.from(octets));
      },
      finish: () => digestOf(Buffer.alloc(0)),
    };
  }

  #onCommand(binary: boolean): void {
    const command =
      binary || this.#textLength > maxCommand ? null : parseCommand(Buffer.concat(this.#text).toString());
    if (command === null) this.#transport.reset();
    else this.#obey(command);
  }

  #obey({ name, args }: Command): void {
    switch (name) {
      case "sendframe":
        return this.#sendFrame(args[0]!);
      case "sendframes":
        for (const frame of args) this.#sendFrame(frame);
        return;
      case "close":
        return this.#endpoint.sendClose(numberOr(args[0]!["code"], null), reasonOf(args[0]!));
      case "echo":
        return void this.#endpoint.sendMessage(1, payloadOf(args[0]!));
    }
  }

  #sendFrame(args: Arguments): void {
    const chop = numberOr(args["chopsize"], 0);
    this.#endpoint.sendFrame(
      {
        opcode: numberOr(args["opcode"], 1),
        fin: args["fin"] !== false && args["fin"] !== 0,
        rsv: numberOr(args["rsv"], 0),
        sync: args["sync"] === true,
        ...(chop > 0 && { chop }),
      },
      payloadOf(args),
    );
  }
}

type Arguments = Readonly<Record<string, unknown>>;

interface Command {
  readonly name: "sendframe" | "sendframes" | "close" | "echo";
  readonly args: readonly Arguments[];
}

const names: readonly string[] = ["sendframe", "sendframes", "close", "echo"] satisfies Command["name"][];

function parseCommand(text: string): Command | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(value) || !names.includes(value[0] as string)) return null;
  const args: unknown[] = Array.isArray(value[1]) ? value[1] : [value[1] ?? {}];
  const sound =
    args.length > 0 &&
    args.every((one) => typeof one === "object" && one !== null && isSound(one as Arguments)) &&
    sumOfLengths(args as Arguments[]) <= maxPayload;
  return sound ? { name: value[0] as Command["name"], args: args as Arguments[] } : null;
}

/** Numbers that could not be written or would take all memory are bad input. */
function isSound(args: Arguments): boolean {
  const bounds = { opcode: 15, rsv: 7, code: 65_535, chopsize: maxPayload, payload_len: maxPayload };
  return Object.entries(bounds).every(([name, most]) => {
    const value = args[name] ?? 0;
    return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
  });
}

function sumOfLengths(frames: readonly Arguments[]): number {
  return frames.reduce((sum, frame) => sum + numberOr(frame["payload_len"], 0), 0);
}

function payloadOf(args: Arguments): Buffer {
  const unit = Buffer.from(typeof args["payload"] === "string" ? args["payload"] : "");
  const length = numberOr(args["payload_len"], null);
  if (length === null || unit.length === 0) return unit;
  return Buffer.alloc(length, unit);
}

function reasonOf(args: Arguments): Buffer | null {
  return typeof args["reason"] === "string" ? Buffer.from(args["reason"]) : null;
}

function numberOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === "number" ? value : otherwise;
}
