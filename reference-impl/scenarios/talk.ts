import type { Closure } from "../endpoint.ts";
import type { Message } from "../incoming.ts";
import type { ConnectionHandlers, OpenConnection } from "../socket.ts";

/** Ms that an answer of the peer may take, and further ms for each MiB of it. */
const answerLimit = 10_000;
const answerLimitPerMebi = 5_000;

/** Lines of a transcript that are kept: the first half and the last. */
const transcriptLines = 200;

/** What the peer did not do as it should have. */
export class ScenarioFailure extends Error {
  override readonly name = "ScenarioFailure";
}

/** A connection as a scenario uses it: it says something, and waits for the answer. */
export class Talk {
  readonly connection: OpenConnection;
  readonly #transcript: Transcript;
  readonly #messages = new Inbox<Message>();
  readonly #pongs = new Inbox<Buffer>();

  /** @param transcript gets a line for all that happens */
  constructor(connection: OpenConnection, transcript: Transcript) {
    this.connection = connection;
    this.#transcript = transcript;
    transcript.note(`open, ${connection.deflate === null ? "not compressed" : "compressed"}`);
  }

  /** For the connection. */
  readonly handlers: ConnectionHandlers = {
    onMessage: (message) => {
      this.#transcript.note(`< ${describe(message)}`);
      this.#messages.put(message);
    },
    onPong: (payload) => {
      this.#transcript.note(`< pong of ${payload.length}`);
      this.#pongs.put(payload);
    },
    onClosed: (closure) => {
      const text = `the connection was closed (${closureText(closure)})`;
      this.#transcript.note(`< ${text}`);
      this.#messages.end(text);
      this.#pongs.end(text);
    },
  };

  /** Sends a message. @throws {ScenarioFailure} the connection is not open any more */
  send(message: Message, fragment?: number, between?: () => void): void {
    this.#transcript.note(`> ${describe(message)}${fragment ? `, in fragments of ${fragment}` : ""}`);
    if (!this.connection.send(message, fragment, between))
      throw new ScenarioFailure("the connection was closed before all was said");
  }

  /** Sends a ping. */
  ping(payload: Buffer): void {
    this.#transcript.note(`> ping of ${payload.length}`);
    this.connection.ping(payload);
  }

  /** Waits for a message, and that it is this one. @throws {ScenarioFailure} */
  async expect(message: Message): Promise<void> {
    const limit = answerLimit + (message.payload.length >>> 20) * answerLimitPerMebi;
    const answer = await this.#messages.take(limit, `no echo of a ${describe(message)}`);
    if (answer.binary === message.binary && answer.payload.equals(message.payload)) return;
    throw new ScenarioFailure(`a ${describe(message)} came back as a ${difference(message, answer)}`);
  }

  /** Sends a message and waits for its echo. @throws {ScenarioFailure} */
  async echo(message: Message, fragment?: number): Promise<void> {
    this.send(message, fragment);
    await this.expect(message);
  }

  /** Waits for a pong, and that it has this payload. @throws {ScenarioFailure} */
  async expectPong(payload: Buffer): Promise<void> {
    const answer = await this.#pongs.take(answerLimit, `no pong for a ping of ${payload.length} octets`);
    if (!answer.equals(payload))
      throw new ScenarioFailure(
        `a ping of ${payload.length} octets was answered by a pong with other octets`,
      );
  }

  /**
   * Ends the talk: the close frame must be answered by one with the same code, 1000 or none (RFC 6455 section 5.5.1 only
   * says that the code is typically echoed), and TCP be closed.
   *
   * @throws {ScenarioFailure}
   */
  async close(code: number | null = 1000, reason = ""): Promise<void> {
    this.#transcript.note(`> close ${code ?? "without a code"}`);
    this.connection.close(code, reason);
    const closure = await this.closed();
    if (!closure.clean) throw new ScenarioFailure(`no clean end: ${closureText(closure)}`);
    const answered = closure.received?.code ?? null;
    if (answered !== code && answered !== 1000 && answered !== null)
      throw new ScenarioFailure(
        `a close with ${codeText(code)} was answered by one with ${codeText(answered)}`,
      );
  }

  /** Waits until TCP is gone. @throws {ScenarioFailure} */
  async closed(): Promise<Closure> {
    const closure = await within(this.connection.closed, answerLimit);
    if (closure === null) throw new ScenarioFailure(`TCP was not closed within ${answerLimit} ms`);
    return closure;
  }
}

/** What happened in a scenario, for people. Payloads are told by their length. */
export class Transcript {
  readonly #started = performance.now();
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #left = 0;

  note(text: string): void {
    const line = `${Math.round(performance.now() - this.#started)} ms ${text}`;
    if (this.#first.length < transcriptLines / 2) {
      this.#first.push(line);
      return;
    }
    this.#last.push(line);
    if (this.#last.length > transcriptLines / 2) {
      this.#last.shift();
      this.#left++;
    }
  }

  get lines(): readonly string[] {
    const gap = this.#left > 0 ? [`(${this.#left} lines left out)`] : [];
    return [...this.#first, ...gap, ...this.#last];
  }
}

/** Things in order, that are waited for. */
class Inbox<T> {
  readonly #waiting: T[] = [];
  #taker: ((thing: T) => void) | null = null;
  #onEnd: ((text: string) => void) | null = null;
  #ended: string | null = null;

  put(thing: T): void {
    if (this.#taker === null) this.#waiting.push(thing);
    else this.#taker(thing);
  }

  end(text: string): void {
    this.#ended = text;
    this.#onEnd?.(text);
  }

  /** The next thing. @throws {ScenarioFailure} there is none in time, or there will be none */
  async take(limit: number, lacking: string): Promise<T> {
    const next = this.#waiting.shift();
    if (next !== undefined) return next;
    if (this.#ended !== null) throw new ScenarioFailure(`${lacking}: ${this.#ended}`);
    try {
      return await new Promise<T>((resolve, reject) => {
        const alarm = setTimeout(() => this.#onEnd?.(`nothing came within ${limit} ms`), limit);
        this.#onEnd = (text) => {
          clearTimeout(alarm);
          reject(new ScenarioFailure(`${lacking}: ${text}`));
        };
        this.#taker = (thing) => {
          // The next one may come before this one has been looked at.
          this.#taker = null;
          clearTimeout(alarm);
          resolve(thing);
        };
      });
    } finally {
      this.#taker = null;
      this.#onEnd = null;
    }
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  const alarm = Promise.withResolvers<null>();
  const timer = setTimeout(() => alarm.resolve(null), ms);
  try {
    return await Promise.race([promise, alarm.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function describe({ binary, payload }: Message): string {
  return `${binary ? "binary message" : "text"} of ${payload.length} octets`;
}

function difference(sent: Message, answer: Message): string {
  if (sent.binary !== answer.binary || sent.payload.length !== answer.payload.length) return describe(answer);
  const at = sent.payload.findIndex((octet, index) => octet !== answer.payload[index]);
  return `${describe(answer)} that differs from octet ${at} on`;
}

function codeText(code: number | null): string {
  return code === null ? "no code" : String(code);
}

function closureText({ sent, received, failure }: Closure): string {
  if (failure !== null) return `the peer broke a rule: ${failure.text} (section ${failure.section})`;
  if (received !== null) return `the peer's close frame has ${codeText(received.code)}`;
  return sent === null ? "without a close frame" : "the close frame was not answered";
}
