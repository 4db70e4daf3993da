import type { Readable, Writable } from "node:stream";

import type { Case } from "../../fuzzer/case.ts";
import type { DialOptions } from "../../fuzzer/client.ts";
import type { Destination } from "../../fuzzer/opening.ts";
import { type Profile, profiles } from "../../fuzzer/profile.ts";

import {
  type Dialled,
  type Fuzzer,
  FuzzerLost,
  type Http2Way,
  ListenError,
  type Listener,
  type ListenSetup,
} from "./fuzzer.ts";
import { LineLink } from "./line-link.ts";
import { type Beat, protocolVersion, type Reply, type Request } from "./protocol.ts";

/** Ms that a sidecar may take, once its program has been started, until it says so. */
const helloLimit = 30_000;

/** Ms without a word from a sidecar, which beats by itself, after which it counts as gone. */
const silenceLimit = 60_000;

/** Ms that a sidecar may take for what is done at once: to listen, to stop listening, to drop a connection. */
const answerLimit = 15_000;

export interface RemoteFuzzerSetup {
  /** What the sidecar says. */
  readonly input: Readable;
  /** What it is told; ended when the fuzzer is closed, upon which the sidecar ends itself. */
  readonly output: Writable;
  /** The hash of the program that has to run there. */
  readonly program: string;
  /** What is known of the sidecar's end, asked for when it is gone. */
  readonly lastWords?: () => LastWords;
  readonly signal: AbortSignal;
}

/** What is known of a sidecar's end. */
export interface LastWords {
  /** How it exited, in words: "exited with code 3"; null when it is not known, or has not. */
  readonly exit: string | null;
  /** The end of what it wrote to its standard error. */
  readonly logTail: string;
}

/** A fuzzer in a sidecar. */
export interface RemoteFuzzer extends Fuzzer {
  /** Ends the sidecar's program, by ending its input. */
  close(): void;
}

/**
 * Gets hold of the fuzzer in a sidecar that has just been started.
 *
 * @throws {FuzzerLost} it does not start, or is of another version
 * @throws the signal's reason, when the signal is aborted before
 */
export async function connectFuzzer(setup: RemoteFuzzerSetup): Promise<RemoteFuzzer> {
  const sidecar = new Sidecar(setup);
  try {
    await sidecar.started(setup.program, setup.signal);
    return sidecar;
  } catch (error) {
    sidecar.close();
    throw error;
  }
}

/** A reply to something that was asked for. */
type Answer = Exclude<Reply, Beat | { readonly type: "hello" }>;
type AnswerOf<T extends Answer["type"]> = Answer & { readonly type: T };

/** Something that was asked for and is not over. */
interface Matter {
  /** What is said while it goes on. */
  onEvent(answer: Answer): void;
  /** What is waited for now: an answer of one of these types, or the end. */
  waiting: {
    readonly types: readonly Answer["type"][];
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: FuzzerLost) => void;
  } | null;
}

/** The other end of the lines. */
class Sidecar implements RemoteFuzzer {
  readonly #link: LineLink<Reply, Request>;
  readonly #lastWords: () => LastWords;
  readonly #matters = new Map<number, Matter>();
  readonly #hello = Promise.withResolvers<Reply & { readonly type: "hello" }>();
  #lost: FuzzerLost | null = null;
  #ids = 0;

  constructor({ input, output, lastWords = () => ({ exit: null, logTail: "" }) }: RemoteFuzzerSetup) {
    this.#lastWords = lastWords;
    this.#hello.promise.catch(() => {});
    this.#link = new LineLink<Reply, Request>({
      input,
      output,
      silenceLimit,
      onMessage: (reply) => this.#hear(reply),
      onEnd: (reason) => this.#lose(reason),
    });
  }

  async started(program: string, signal: AbortSignal): Promise<void> {
    const alarm = this.#endIn(helloLimit, "start");
    const onAbort = () => this.#hello.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const hello = await this.#hello.promise.finally(() => {
      clearTimeout(alarm);
      signal.removeEventListener("abort", onAbort);
    });
    if (hello.protocol === protocolVersion && hello.program === program) return;
    throw new FuzzerLost("the fuzzer's sidecar is not of the version of this run: have its image built anew");
  }

  check(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  close(): void {
    this.#link.end("it was ended");
  }

  async dial(played: Case, to: Destination, options: DialOptions): Promise<Dialled> {
    const { profile, signal } = options;
    const id = this.#begin(() => {});
    let alarm: NodeJS.Timeout | undefined;
    const onAbort = () => {
      this.#link.send({ type: "abort", id });
      alarm = this.#endIn(answerLimit, "drop a connection");
    };
    try {
      this.#link.send({
        type: "dial",
        id,
        case: played,
        to,
        profile: nameOf(profile),
        ...(options.options && { options: options.options }),
        ...(options.extras && { extras: options.extras }),
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) onAbort();
      // How long a play may take is the player's business there; that it lives is told by its beat.
      const { result, onTime } = await this.#answer(id, "dialled");
      return { ...result, onTime };
    } finally {
      clearTimeout(alarm);
      signal?.removeEventListener("abort", onAbort);
      this.#matters.delete(id);
    }
  }

  async listen(setup: ListenSetup): Promise<Listener> {
    const { host, port, cases, profile, tls, http2 = false } = setup;
    const id = this.#begin((answer) => tell(answer, setup));
    this.#link.send({ type: "listen", id, host, port, cases, profile: nameOf(profile), tls, http2 });
    const answer = await this.#answerSoon(id, "listen", "listening", "notListening");
    if (answer.type === "listening") return { url: answer.url, close: () => this.#closeListener(id) };
    this.#matters.delete(id);
    throw new ListenError(answer.reason);
  }

  async overHttp2(to: Destination, signal: AbortSignal): Promise<Http2Way> {
    signal.throwIfAborted();
    const id = this.#begin(() => {});
    this.#link.send({ type: "overHttp2", id, to });
    const answer = await this.#answerSoon(id, "make a way over HTTP/2", "way", "notListening");
    if (answer.type === "way") {
      let closed = false;
      const close = () => {
        if (!closed) void this.#closeListener(id).catch(() => {});
        closed = true;
      };
      return { destination: answer.destination, check: () => this.check(), close };
    }
    this.#matters.delete(id);
    throw new ListenError(answer.reason);
  }

  async #closeListener(id: number): Promise<void> {
    try {
      this.#link.send({ type: "close", id });
      await this.#answerSoon(id, "stop listening", "closed");
    } finally {
      this.#matters.delete(id);
    }
  }

  #begin(onEvent: (answer: Answer) => void): number {
    const id = ++this.#ids;
    this.#matters.set(id, { onEvent, waiting: null });
    return id;
  }

  async #answer<T extends Answer["type"]>(id: number, ...types: readonly T[]): Promise<AnswerOf<T>> {
    this.check();
    return new Promise((resolve, reject) => {
      const waiting = { types, resolve: (answer: Answer) => resolve(answer as AnswerOf<T>), reject };
      this.#matters.get(id)!.waiting = waiting;
    });
  }

  async #answerSoon<T extends Answer["type"]>(
    id: number,
    deed: string,
    ...types: readonly T[]
  ): Promise<AnswerOf<T>> {
    const alarm = this.#endIn(answerLimit, deed);
    return this.#answer(id, ...types).finally(() => clearTimeout(alarm));
  }

  #endIn(ms: number, deed: string): NodeJS.Timeout {
    return setTimeout(() => this.#link.end(`it did not ${deed} within ${ms / 1000} s`), ms);
  }

  /** @throws {TypeError} nobody asked for that */
  #hear(reply: Exclude<Reply, Beat>): void {
    if (reply.type === "hello") return this.#hello.resolve(reply);
    const matter = this.#matters.get(reply.id);
    // A connection of a listener that was closed may be told to have ended a moment later.
    if (matter === undefined && reply.id <= this.#ids) return;
    if (matter === undefined) throw new TypeError("nobody asked for that");
    const { waiting } = matter;
    if (!waiting?.types.includes(reply.type)) return matter.onEvent(reply);
    matter.waiting = null;
    waiting.resolve(reply);
  }

  #lose(reason: string): void {
    const { exit, logTail } = this.#lastWords();
    const how = exit === null ? reason : `it ${exit}`;
    const lost = new FuzzerLost(`the fuzzer's sidecar is gone: ${how}`, logTail);
    this.#lost = lost;
    this.#hello.reject(lost);
    for (const { waiting } of this.#matters.values()) waiting?.reject(lost);
  }
}

/** @throws {TypeError} it is no event of a listener */
function tell(answer: Answer, { cases, onStarted, onFinished, onReports }: ListenSetup): void {
  switch (answer.type) {
    case "started":
      return onStarted(caseAt(cases, answer.at));
    case "finished":
      return onFinished(caseAt(cases, answer.at), answer.record, { onTime: answer.onTime });
    case "reports":
      return onReports();
    case "dialled":
    case "listening":
    case "way":
    case "notListening":
    case "closed":
      throw new TypeError("that is no event of a listener");
  }
}

/** @throws {TypeError} there is no such case */
function caseAt(cases: readonly Case[], at: number): Case {
  const found = cases[at];
  if (found === undefined) throw new TypeError("there is no such case");
  return found;
}

/** A sidecar has the profiles as they are, and keeps no messages; one with other corpora cannot be played there. */
function nameOf(profile: Profile): Profile["name"] {
  if (profile.corpora !== profiles[profile.name].corpora)
    throw new TypeError("a sidecar plays only the profiles of the suite");
  return profile.name;
}
