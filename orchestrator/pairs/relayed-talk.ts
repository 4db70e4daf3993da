import type { IncomingEvent } from "../../reference-impl/incoming.ts";
import { closePayload, parseClosePayload } from "../../wire/close.ts";
import { encodeFrame, Opcode } from "../../wire/frame.ts";
import type { AgreedDeflate } from "../../wire/permessage-deflate.ts";

import { messageOf, type PairTalk, type PairTalkResult } from "./talk.ts";
import { Watcher } from "./watcher.ts";

/** What is to be done with octets or with TCP. */
export interface RelayOutput {
  toClient(octets: Buffer): void;
  toServer(octets: Buffer): void;
  /** The talk is over: TCP is to be closed in order, the client's side as the server closed its. */
  end(result: PairTalkResult): void;
}

/**
 * A talk between a client and a server that both only echo, over a relay in between. It puts the message on the wire
 * towards the client, lets it go round, and in place of the last echo sends a close frame. Sans I/O.
 */
export class RelayedTalk {
  readonly #talk: PairTalk;
  readonly #output: RelayOutput;
  readonly #deflate: { readonly agreed: AgreedDeflate; readonly text: string } | null;
  readonly #watch: { readonly client: Watcher; readonly server: Watcher };
  readonly #closes: { client: number | "none" | null; server: number | "none" | null } = {
    client: null,
    server: null,
  };
  readonly #turns = { client: 0, server: 0 };
  #over = false;

  constructor(
    talk: PairTalk,
    output: RelayOutput,
    deflate: { readonly agreed: AgreedDeflate; readonly text: string } | null,
  ) {
    this.#talk = talk;
    this.#output = output;
    this.#deflate = deflate;
    const agreed = deflate?.agreed ?? null;
    this.#watch = { client: new Watcher("client", agreed), server: new Watcher("server", agreed) };
  }

  /** Both handshakes are done: the message is put on the wire. It is not compressed, which is always allowed. */
  begin(): void {
    const { binary, payload } = messageOf(this.#talk);
    const opcode = binary ? Opcode.binary : Opcode.text;
    this.#output.toClient(encodeFrame({ opcode }, payload));
  }

  /** All that the client says goes on to the server. */
  fromClient(octets: Buffer): void {
    if (this.#over) return;
    this.#output.toServer(octets);
    this.#look("client", octets);
  }

  /** What the server says goes on to the client, but for its last echo and what comes after. */
  fromServer(octets: Buffer): void {
    if (this.#over) return;
    if (!this.#isLastTurn) this.#output.toClient(octets);
    this.#look("server", octets);
  }

  /** One of both closed TCP, or time is over. */
  lost(by: "client" | "server" | "time"): void {
    // A client that has answered the close frame may close TCP at once; what counts then is what the server does.
    if (by === "client" && this.#closes.client !== null) return;
    if (by === "server" && this.#closes.server !== null && this.#closes.client !== null)
      this.#finish(null, null);
    else if (by === "time") this.#fail(this.#waitsFor, `it did not ${this.#waitedFor} in time`);
    else this.#fail(by, `it closed TCP before it did ${this.#waitedFor}`);
  }

  get #isLastTurn(): boolean {
    return this.#turns.server >= this.#talk.turns - 1;
  }

  get #closing(): boolean {
    return this.#turns.server >= this.#talk.turns;
  }

  /** Whose turn it is. */
  get #waitsFor(): "client" | "server" {
    if (this.#closing) return this.#closes.client === null ? "client" : "server";
    return this.#turns.client > this.#turns.server ? "server" : "client";
  }

  get #waitedFor(): string {
    if (!this.#closing) return "echo";
    return this.#closes[this.#waitsFor] === null ? "answer the close frame" : "close TCP";
  }

  #look(side: "client" | "server", octets: Buffer): void {
    for (const event of this.#watch[side].see(octets)) {
      this.#onEvent(side, event);
      if (this.#over) return;
    }
  }

  #onEvent(side: "client" | "server", event: IncomingEvent): void {
    switch (event.type) {
      case "message":
        return this.#onMessage(side, event.binary, event.payload);
      case "close":
        return this.#onClose(side, event.payload);
      case "violation":
        return this.#fail(side, `it broke a rule: ${event.failure.text} (section ${event.failure.section})`);
      case "ping":
      case "pong":
    }
  }

  #onMessage(side: "client" | "server", binary: boolean, payload: Buffer): void {
    const message = messageOf(this.#talk);
    if (binary !== message.binary)
      return this.#fail(side, `it made a ${binary ? "binary message" : "text"} of it`);
    if (!payload.equals(message.payload))
      return this.#fail(
        side,
        `it changed the message: ${payload.length} octets of ${message.payload.length}`,
      );
    if (this.#closing || side !== this.#waitsFor)
      return this.#fail(side, "it sent a message that nobody asked for");
    this.#turns[side]++;
    if (this.#closing) this.#output.toClient(encodeFrame({ opcode: Opcode.close }, closePayload(1000)));
  }

  #onClose(side: "client" | "server", payload: Buffer): void {
    if (!this.#closing)
      return this.#fail(side, `it sent a close frame with ${codeOf(payload)} instead of an echo`);
    this.#closes[side] = codeOf(payload);
  }

  #fail(by: "client" | "server", fault: string): void {
    this.#finish(by, fault);
  }

  #finish(by: PairTalkResult["by"], fault: string | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#output.end({
      ...this.#talk,
      fault,
      by,
      deflate: this.#deflate?.text ?? null,
      clientClose: this.#closes.client,
      serverClose: this.#closes.server,
    });
  }
}

function codeOf(payload: Buffer): number | "none" {
  return parseClosePayload(payload).code ?? "none";
}
