import { encodeFrame, Opcode } from "../wire/frame.ts";
import { fieldValue, type Head, parseHead } from "../wire/handshake.ts";
import type { Driven } from "../fuzzer/socket.ts";

import { type Difference, difference } from "./difference.ts";
import { PeerReader } from "./observation.ts";
import { openingOpinion } from "./opening-opinion.ts";
import { ownFault } from "./own-fault.ts";
import { divide, renderResponse } from "./render.ts";
import { type ResponseOpinion, responseOpinion } from "./response-opinion.ts";
import type { ResponseStream } from "./stream.ts";
import type { Patience, TalkTransport } from "./talk.ts";

/** Writes of a response: a client that is on its guard against slow peers gives up on very many. */
const maxWrites = 24;

/** What a client made of a response. */
export interface ResponseRecord {
  readonly request: Head;
  readonly opinion: ResponseOpinion;
  /** It answered a ping, so it holds the connection for open. */
  readonly opened: boolean;
  /** It said goodbye, or ended TCP. */
  readonly ended: boolean;
  /** A rule that it broke itself. */
  readonly fault: Difference | null;
}

/** Answers a client's request and sees by a ping what it makes of that. Sans I/O. */
export class ResponseTalk implements Driven<ResponseRecord> {
  readonly #stream: ResponseStream;
  readonly #transport: TalkTransport;
  readonly #patience: Patience;
  #request: Head = parseHead("");
  #opinion: ResponseOpinion = { verdict: "open", agreed: null };
  #reader = new PeerReader(null, "client");
  #writes: Buffer[] = [];
  #opened = false;
  #deadline: number | null = null;
  #record: ResponseRecord | null = null;

  constructor(
    stream: ResponseStream,
    setup: { readonly transport: TalkTransport; readonly patience: Patience },
  ) {
    this.#stream = stream;
    this.#transport = setup.transport;
    this.#patience = setup.patience;
  }

  get deadline(): number | null {
    return this.#deadline;
  }

  get wantsTurn(): boolean {
    return this.#record === null && this.#writes.length > 0;
  }

  get record(): ResponseRecord | null {
    return this.#record;
  }

  /** A client has asked for a connection. */
  accepted(now: number, request: Head): void {
    const response = renderResponse(this.#stream, fieldValue(request, "Sec-WebSocket-Key") ?? "");
    this.#request = request;
    this.#opinion = responseOpinion(parseHead(response.toString("latin1")), request);
    this.#reader = new PeerReader(this.#opinion.agreed, "client");
    this.#writes = [...divide(response, this.#stream.writes, [], maxWrites), ping];
    this.#deadline = now + this.#patience.due;
    this.turn(now);
  }

  turn(now: number): void {
    const next = this.#writes.shift();
    if (next === undefined || this.#record !== null) return;
    this.#transport.write(next);
    // Who refuses a response may read on what it takes for the body, and need not close.
    if (this.#writes.length === 0 && this.#opinion.verdict !== "open")
      this.#deadline = now + Math.min(this.#patience.due, this.#patience.late / 4);
  }

  receive(now: number, octets: Buffer): void {
    if (this.#record !== null) return;
    this.#reader.push(octets);
    const { events } = this.#reader;
    if (events.some(({ type }) => type === "close" || type === "violation")) this.#finish(true);
    else if (!this.#opened && events.some((seen) => seen.type === "pong" && seen.payload.equals(content))) {
      this.#opened = true;
      this.#transport.write(goodbye);
      this.#deadline = now + this.#patience.late;
    }
  }

  tick(now: number): void {
    if (this.#deadline !== null && now >= this.#deadline) this.#finish(false);
  }

  lost(_now: number): void {
    this.#finish(true);
  }

  #finish(ended: boolean): void {
    if (this.#record !== null) return;
    this.#deadline = null;
    this.#record = {
      request: this.#request,
      opinion: this.#opinion,
      opened: this.#opened,
      ended,
      fault: ownFault(this.#reader.events),
    };
    this.#transport.end();
  }
}

const content = Buffer.from("sentinel");
const ping = encodeFrame({ opcode: Opcode.ping, maskKey: null }, content);
const goodbye = encodeFrame({ opcode: Opcode.close, maskKey: null }, Buffer.from("03e8", "hex"));

/** The difference between what a client made of a response and what it had to, or null. */
export function compareResponse({
  request,
  opinion,
  opened,
  ended,
  fault,
}: ResponseRecord): Difference | null {
  const asked = requestFault(request);
  if (asked !== null) return asked;
  if (fault !== null && opinion.verdict === "open") return fault;
  switch (opinion.verdict) {
    case "either":
      return null;
    case "refuse":
      if (!opened) return null;
      return difference("accepts", opinion.text, {
        rule: opinion.rule,
        expected: `the connection fails: ${opinion.text}`,
        seen: "it answers a ping behind the response",
      });
    case "open":
      if (opened) return null;
      return difference(ended ? "refuses" : "hangs", "a legal response", {
        rule: "RFC 6455, 4.1",
        expected: "an open connection, and a pong",
        seen: ended ? "it ends the connection without a pong" : "nothing, and TCP stays open",
      });
  }
}

/** What is wrong with the client's own half of the opening handshake. */
function requestFault(request: Head): Difference | null {
  const opinion = openingOpinion(Buffer.from(request.raw, "latin1"));
  if (opinion.verdict !== "refuse") return null;
  const { rule, text } = opinion;
  return difference("writes", text, { rule, expected: "a request that is in order", seen: text });
}
