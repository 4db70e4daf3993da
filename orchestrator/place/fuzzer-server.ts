import type { Readable, Writable } from "node:stream";

import type { Case } from "../../fuzzer/case.ts";
import { attentiveSpans } from "../../fuzzer/effort.ts";
import { profiles } from "../../fuzzer/profile.ts";

import type { Http2Way, Listener, ListenSetup } from "./fuzzer.ts";
import { LagWatch, type Watch } from "./lag-watch.ts";
import { LineLink } from "./line-link.ts";
import { localFuzzer } from "./local-fuzzer.ts";
import { type Beat, protocolVersion, type Reply, type Request } from "./protocol.ts";

/** Ms without a word from the run after which it counts as gone. */
const silenceLimit = 600_000;

/** Plays of one case at one listener that are told of: a client may ask for the same one again and again. */
const maxPlaysTold = 8;

export interface FuzzerServerSetup {
  /** Requests of the run. */
  readonly input: Readable;
  /** Replies to it. */
  readonly output: Writable;
  /** The hash of the files that run here. */
  readonly program: string;
}

/** Lets a run elsewhere use the fuzzer of this process; resolves with the reason once the run is gone. */
export function serveFuzzer({ input, output, program }: FuzzerServerSetup): Promise<string> {
  return new Promise((resolve) => {
    const link = new LineLink<Request, Reply>({
      input,
      output,
      silenceLimit,
      onMessage: (request) => server.obey(request),
      onEnd: (reason) => {
        server.abandon();
        resolve(reason);
      },
    });
    const server = new FuzzerServer((reply) => link.send(reply));
    link.send({ type: "hello", protocol: protocolVersion, program });
  });
}

type Asked<T extends Request["type"]> = Request & { readonly type: T };

/** Obeys requests with the fuzzer of this process, and watches whether it is in time. */
class FuzzerServer {
  readonly #say: (reply: Reply) => void;
  readonly #lag = new LagWatch();
  readonly #dials = new Map<number, AbortController>();
  readonly #listeners = new Map<number, Promise<Listener | null>>();
  readonly #ways = new Map<number, Promise<Http2Way | null>>();
  readonly #abandoned = new AbortController();

  constructor(say: (reply: Reply) => void) {
    this.#say = say;
  }

  /** @throws {TypeError} there is no such request */
  obey(request: Exclude<Request, Beat>): void {
    switch (request.type) {
      case "dial":
        return void this.#dial(request);
      case "abort":
        return this.#dials.get(request.id)?.abort();
      case "listen":
        return void this.#listeners.set(request.id, this.#listen(request));
      case "overHttp2":
        return void this.#ways.set(request.id, this.#overHttp2(request));
      case "close":
        return void this.#close(request.id);
      default:
        throw new TypeError(`there is no request \`${(request satisfies never as Request).type}\``);
    }
  }

  /** Drops all connections: nobody is there any more who wants to know. */
  abandon(): void {
    this.#lag[Symbol.dispose]();
    for (const dial of this.#dials.values()) dial.abort();
    for (const listener of this.#listeners.values()) void listener.then((open) => open?.close());
    this.#abandoned.abort();
    for (const way of this.#ways.values()) void way.then((open) => open?.close());
  }

  async #dial({ id, case: played, to, profile, options, extras }: Asked<"dial">): Promise<void> {
    const controller = new AbortController();
    this.#dials.set(id, controller);
    const watch = this.#lag.open(attentiveSpans(played));
    const { onTime: _, ...result } = await localFuzzer.dial(played, to, {
      profile: profiles[profile],
      ...(options && { options }),
      ...(extras && { extras }),
      signal: controller.signal,
    });
    this.#dials.delete(id);
    // Without its way to the target this program is of no use; its end says so.
    for (const way of this.#ways.values()) (await way)?.check();
    this.#say({ type: "dialled", id, result, onTime: watch.close() });
  }

  async #listen(request: Asked<"listen">): Promise<Listener | null> {
    const { id, host, port, cases, profile, tls, http2 } = request;
    const hooks = telling(id, cases, this.#lag, this.#say);
    try {
      const setup = { host, port, cases, profile: profiles[profile], tls, http2, ...hooks };
      const listener = await localFuzzer.listen(setup);
      this.#say({ type: "listening", id, url: listener.url });
      return listener;
    } catch (error) {
      this.#say({ type: "notListening", id, reason: messageOf(error) });
      return null;
    }
  }

  async #overHttp2({ id, to }: Asked<"overHttp2">): Promise<Http2Way | null> {
    try {
      const way = await localFuzzer.overHttp2(to, this.#abandoned.signal);
      this.#say({ type: "way", id, destination: way.destination });
      return way;
    } catch (error) {
      this.#say({ type: "notListening", id, reason: messageOf(error) });
      return null;
    }
  }

  async #close(id: number): Promise<void> {
    const listener = await this.#listeners.get(id);
    this.#listeners.delete(id);
    await listener?.close();
    const way = await this.#ways.get(id);
    this.#ways.delete(id);
    way?.close();
    this.#say({ type: "closed", id });
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Tells what happens at one listener. */
function telling(
  id: number,
  cases: readonly Case[],
  lag: LagWatch,
  say: (reply: Reply) => void,
): Pick<ListenSetup, "onStarted" | "onFinished" | "onReports"> {
  const plays = new Map(cases.map((each, at) => [each, { at, told: 0, open: [] as Watch[] }]));
  return {
    onStarted(played) {
      const known = plays.get(played)!;
      if (known.told++ >= maxPlaysTold) return;
      known.open.push(lag.open());
      say({ type: "started", id, at: known.at });
    },
    onFinished(played, record) {
      const known = plays.get(played)!;
      // Of plays of one case side by side, which a client should not do, the first counts as the one that ended.
      const onTime = known.open.shift()?.close();
      if (onTime !== undefined) say({ type: "finished", id, at: known.at, record, onTime });
    },
    onReports: () => say({ type: "reports", id }),
  };
}
