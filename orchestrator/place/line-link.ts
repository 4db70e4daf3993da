import { performance } from "node:perf_hooks";
import type { Readable, Writable } from "node:stream";

import { type Beat, beatEvery, longestLine } from "./protocol.ts";

export interface LineLinkSetup<In> {
  readonly input: Readable;
  readonly output: Writable;
  /** Ms without a word from the other side after which it counts as gone. */
  readonly silenceLimit: number;
  /** Gets each message but the beats; what it throws ends the link. */
  readonly onMessage: (message: Exclude<In, Beat>) => void;
  /** Called once, with the reason in words. */
  readonly onEnd: (reason: string) => void;
}

/** Characters of a line that is not understood that are shown. */
const shown = 80;

/** Messages as JSON lines over two streams, with a bound for each line, and beats that tell that both sides live. */
export class LineLink<In extends { readonly type: string }, Out> {
  readonly #setup: LineLinkSetup<In>;
  readonly #beat: NodeJS.Timeout;
  #pieces: Buffer[] = [];
  #length = 0;
  #heardAt = performance.now();
  #ended = false;

  constructor(setup: LineLinkSetup<In>) {
    this.#setup = setup;
    setup.input
      .on("data", (chunk: Buffer) => this.#read(chunk))
      .on("end", () => this.end("its output ended"))
      .on("error", (error) => this.end(`its output broke off: ${error.message}`))
      .on("close", () => this.end("its output was closed"));
    setup.output
      .on("error", (error) => this.end(`its input broke off: ${error.message}`))
      .on("close", () => this.end("its input was closed"));
    this.#beat = setInterval(() => this.#keepAlive(), Math.min(beatEvery, setup.silenceLimit / 4));
    this.#beat.unref();
  }

  /** Says something; nothing happens once the link has ended. */
  send(message: Out | Beat): void {
    if (!this.#ended) this.#setup.output.write(`${JSON.stringify(message)}\n`);
  }

  /** Ends the link, for this reason. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#beat);
    this.#pieces = [];
    this.#setup.output.end();
    this.#setup.onEnd(reason);
  }

  #keepAlive(): void {
    this.send({ type: "beat" });
    const { silenceLimit } = this.#setup;
    const silence = performance.now() - this.#heardAt;
    if (silence > silenceLimit) this.end(`nothing was heard of it for ${Math.round(silenceLimit / 1000)} s`);
  }

  #read(chunk: Buffer): void {
    this.#heardAt = performance.now();
    let rest = chunk;
    for (let at = rest.indexOf(0x0a); at >= 0 && !this.#ended; at = rest.indexOf(0x0a)) {
      this.#take(rest.subarray(0, at));
      this.#handle();
      rest = rest.subarray(at + 1);
    }
    this.#take(rest);
  }

  #take(piece: Buffer): void {
    if (piece.length === 0 || this.#ended) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length > longestLine) this.end(`it said a line of more than ${longestLine} octets`);
  }

  #handle(): void {
    if (this.#ended) return;
    const line = Buffer.concat(this.#pieces).toString("utf8");
    this.#pieces = [];
    this.#length = 0;
    try {
      const message = JSON.parse(line) as In | Beat;
      if (message.type !== "beat") this.#setup.onMessage(message as Exclude<In, Beat>);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.end(
        `it said something that is not understood: ${JSON.stringify(line.slice(0, shown))} (${reason})`,
      );
    }
  }
}
