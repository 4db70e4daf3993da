import { performance } from "node:perf_hooks";

import { connectTcp, startTls } from "../../connect.ts";
import type { Destination } from "../../opening.ts";
import { SocketLink } from "../link.ts";
import type { ExtraRun } from "../play.ts";
import { Http2Connection } from "./connection.ts";

interface Open {
  readonly connection: Http2Connection;
  readonly link: SocketLink;
}

/**
 * Plays the scripts of a run in streams of HTTP/2: over TLS where ALPN comes to h2, and otherwise with prior knowledge
 * (RFC 9113 sections 3.2 and 3.3).
 */
export class Http2Dialler {
  readonly #run: ExtraRun;
  readonly #to: Destination;
  readonly #signal: AbortSignal | undefined;
  /** The connection that scripts share from here on, or why there is none. */
  #opened: Promise<Open | string> | null = null;

  constructor(run: ExtraRun, to: Destination, signal: AbortSignal | undefined) {
    this.#run = run;
    this.#to = to;
    this.#signal = signal;
  }

  /** Plays a script; resolves when it is over, with the reason when TCP could not be connected. */
  async play(at: number): Promise<string | null> {
    const { http2 = {} } = this.#run.scripts[at]!;
    const tcp = http2.sharing && this.#opened !== null ? null : await connectTcp(this.#to, this.#signal);
    if (typeof tcp === "string") {
      this.#run.notConnected(performance.now(), at, tcp);
      return tcp;
    }
    if (tcp !== null) this.#opened = this.#open(at, tcp);
    const opened = await this.#opened!;
    if (typeof opened === "string") {
      this.#run.notConnected(performance.now(), at, opened);
      return null;
    }
    await this.#talk(at, opened);
    return null;
  }

  async #open(
    at: number,
    tcp: Exclude<Awaited<ReturnType<typeof connectTcp>>, string>,
  ): Promise<Open | string> {
    const { tls } = this.#to;
    const socket = tls ? await startTls(tcp, this.#to, { ...tls, alpn: ["h2"] }) : tcp;
    if (typeof socket === "string") return socket;
    if ("alpnProtocol" in socket && socket.alpnProtocol !== "h2") {
      socket.destroy();
      return "h2 was not chosen by ALPN (RFC 9113 section 3.2)";
    }
    const link = new SocketLink(socket, tcp);
    const { http2 = {} } = this.#run.scripts[at]!;
    const setup = { transport: link, script: http2, talks: talksFrom(this.#run, at) };
    const connection = this.#run.http2(setup);
    const onAbort = () => tcp.resetAndDestroy();
    this.#signal?.addEventListener("abort", onAbort, { once: true });
    link.drive(connection, () => this.#signal?.removeEventListener("abort", onAbort));
    if (this.#signal?.aborted) onAbort();
    return { connection, link };
  }

  #talk(at: number, { connection, link }: Open): Promise<void> {
    return new Promise((resolve) => {
      const stream = connection.newStream(this.#run.scripts[at]!.http2 ?? {});
      const talk = this.#run.talk(at, { transport: stream, stream, to: this.#to });
      const over = () => {
        this.#run.over(at, talk);
        resolve();
      };
      link.enter((now) => connection.join(now, talk, stream, over));
    });
  }
}

/** The scripts that have a connection for themselves, beginning with one. */
function talksFrom({ scripts }: ExtraRun, at: number): number {
  const next = scripts.findIndex(({ http2 }, index) => index > at && !http2?.sharing);
  return (next < 0 ? scripts.length : next) - at;
}
