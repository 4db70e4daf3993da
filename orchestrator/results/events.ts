import { appendFileSync, closeSync, openSync, readFileSync } from "node:fs";
import { type NewEvent, type RunEvent, runEventSchema } from "./event-schema.ts";
import { storageProblem } from "./storage-error.ts";
import { cutTornLine } from "./json-lines.ts";

export { type EventOf, type NewEvent, type RunEvent, runEventSchema } from "./event-schema.ts";

/** Gets each event once it is in the file, in order. */
export type Subscriber = (event: RunEvent) => void;

/** How to open an {@link EventLog}. */
export interface EventLogOptions {
  /** Milliseconds since the epoch; default the system's clock. */
  readonly now?: () => number;
  /** Go on after the events of an interrupted run; otherwise the file must not exist yet. */
  readonly resume?: boolean;
  /**
   * Called once, when nothing can be written any more; events are dropped from then on. Without it, `append` throws:
   * then nobody must append where an error has nowhere to go, as in the handler of a socket.
   */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Writes the events of a run and hands them on.
 *
 * Writing is synchronous: when `append` returns, the line is with the operating system, and so is every
 * record that was written before. One line is a few hundred octets, so nothing waits for long.
 */
export class EventLog implements Disposable {
  readonly #file: number | null;
  readonly #now: () => number;
  readonly #subscribers = new Set<Subscriber>();
  readonly #queue: RunEvent[] = [];
  readonly #failures: unknown[] = [];
  #delivering = false;
  #closed = false;
  readonly #onFailure: ((error: unknown) => void) | null;
  #failure: { readonly error: unknown } | null = null;

  private constructor(
    file: number | null,
    now: () => number,
    onFailure: ((error: unknown) => void) | null = null,
  ) {
    this.#file = file;
    this.#now = now;
    this.#onFailure = onFailure;
  }

  /**
   * Opens `events.jsonl`. With `resume`, a torn last line is cut off.
   *
   * @throws the file exists and `resume` was not asked for, or it cannot be written
   */
  static open(file: string, { now = Date.now, resume = false, onFailure }: EventLogOptions = {}): EventLog {
    if (resume) cutTornLine(file);
    return new EventLog(openSync(file, resume ? "a" : "ax"), now, onFailure);
  }

  /** A log that keeps no file, for runs that leave none. */
  static inMemory({ now = Date.now }: Pick<EventLogOptions, "now"> = {}): EventLog {
    return new EventLog(null, now);
  }

  /** Errors of subscribers, which were dropped for them. */
  get failures(): readonly unknown[] {
    return this.#failures;
  }

  /**
   * Writes an event, then calls the subscribers. One that a subscriber appends meanwhile is delivered after
   * this one, to all of them in the same order.
   *
   * @throws the log is closed; or the file cannot be written, now or before, and there is no `onFailure`
   */
  append(event: NewEvent): RunEvent {
    return this.appendAll([event])[0]!;
  }

  /** As {@link append} of one after the other, and written at once. */
  appendAll(events: readonly NewEvent[]): readonly RunEvent[] {
    if (this.#closed) throw new Error(`the event log is closed; ${events[0]?.type} comes too late`);
    const at = this.#now();
    const timed = events.map((event): RunEvent => ({ ...event, at }));
    this.#write(timed);
    if (this.#failure !== null) return timed;
    this.#queue.push(...timed);
    this.#deliver();
    return timed;
  }

  /** Calls `subscriber` with every event from now on, until the function that is returned is called. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  /** Closes the file. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#file !== null) closeSync(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Writes nothing more: something that events are to name could not be written. */
  fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#onFailure?.(error);
  }

  /** What may be half a line must stay the last one, so that it can be cut. */
  #write(events: readonly RunEvent[]): void {
    try {
      if (this.#failure === null && this.#file !== null)
        appendFileSync(this.#file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    } catch (error) {
      this.fail(error);
    }
    if (this.#failure !== null && this.#onFailure === null) throw this.#failure.error;
  }

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      for (const subscriber of this.#subscribers) this.#call(subscriber, event);
    }
    this.#delivering = false;
  }

  /** A reader's fault must not cost the run its events: the reader is dropped and the fault kept. */
  #call(subscriber: Subscriber, event: RunEvent): void {
    try {
      subscriber(event);
    } catch (error) {
      this.#subscribers.delete(subscriber);
      this.#failures.push(error);
      if (this.#onFailure !== null && storageProblem(error) !== null) this.fail(error);
    }
  }
}

/** What {@link readEvents} found. */
export interface StoredEvents {
  readonly events: readonly RunEvent[];
  /** A last line that was not written to its end, and is not among the events. */
  readonly torn: { readonly line: number; readonly octets: number } | null;
}

/** A line of `events.jsonl`, other than a torn last one, is no event that is known here. */
export class EventFileError extends Error {
  override readonly name = "EventFileError";
}

/**
 * Reads `events.jsonl`. A last line without its end is what an interrupted run leaves: it is cut and told.
 *
 * @throws {EventFileError} another line is wrong
 */
export function readEvents(file: string): StoredEvents {
  const octets = readFileSync(file);
  const whole = octets.lastIndexOf(0x0a) + 1;
  const lines = octets.toString("utf8", 0, whole).split("\n").slice(0, -1);
  const events = lines.map((line, index) => parseEvent(line, `${file}:${index + 1}`));
  const rest = octets.length - whole;
  return { events, torn: rest === 0 ? null : { line: lines.length + 1, octets: rest } };
}

function parseEvent(line: string, place: string): RunEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new EventFileError(`${place}: not JSON; the file was damaged or edited`, { cause: error });
  }
  const parsed = runEventSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined ? "" : ` (${[...issue.path, issue.message].join(": ")})`;
  throw new EventFileError(`${place}: no event that this version knows${where}`);
}
