import type { Http2Stream } from "node:http2";

import { Endpoint } from "../../reference-impl/endpoint.ts";

/** The reference endpoint in a stream of HTTP/2 (RFC 8441 section 5): DATA is TCP, END_STREAM its end. */
export class StreamEcho {
  readonly #endpoint: Endpoint;
  readonly #stream: Http2Stream;
  #timer: NodeJS.Timeout | undefined;

  constructor(role: "client" | "server", stream: Http2Stream) {
    this.#endpoint = new Endpoint(role);
    this.#stream = stream
      .on("error", () => {})
      .once("end", () => stream.end())
      .once("close", () => clearTimeout(this.#timer));
  }

  /** The handshake is done: sends what the endpoint has for that moment, and sets its timer. */
  open(): void {
    this.#turn(() => {});
  }

  /** DATA came. */
  receive(octets: Buffer): void {
    this.#turn((now) => this.#endpoint.receive(now, Buffer.from(octets)));
  }

  #turn(action: (now: number) => void): void {
    if (this.#stream.closed) return;
    action(performance.now());
    for (let event = this.#endpoint.next(); event !== null; event = this.#endpoint.next())
      if (event.type === "message") this.#endpoint.send(event);
    const { octets, tcp } = this.#endpoint.takeOutput(performance.now());
    for (const each of octets) this.#stream.write(Buffer.from(each));
    this.#endpoint.flushed(performance.now());
    clearTimeout(this.#timer);
    if (tcp !== "keep") this.#stream.end();
    else if (this.#endpoint.deadline !== null)
      this.#timer = setTimeout(
        () => this.#turn((now) => this.#endpoint.tick(now)),
        Math.max(1, this.#endpoint.deadline - performance.now()),
      );
  }
}
