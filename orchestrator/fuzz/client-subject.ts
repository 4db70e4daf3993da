import type { Sent } from "../../mutation/dial.ts";
import type { Stream } from "../../mutation/stream.ts";
import { type Patience, patienceAlone } from "../../mutation/talk.ts";

import { StartError } from "../engines/engine.ts";
import { Driver, type DriverSetup, type Job } from "./driver.ts";
import { GoneForGood, maxDeaths, plainStream, rounds, type Shown, type Subject } from "./subject.ts";

/** Starts in a row of which none asks for a case. */
const mostIdleStarts = 3;

/** What a client under test is reached by. */
export interface ClientSetup extends Omit<DriverSetup, "next"> {
  /** Starts side by side; with a fixed port there is one. */
  readonly most: number;
}

/** The plain stream as a server sends it. */
const plain: Stream = { ...plainStream, from: "server" };

/** A client target: it is started on lists of cases, several starts side by side, and what it asks for is streams. */
export class ClientSubject implements Subject {
  readonly exit = null;
  readonly death = null;
  readonly #setup: ClientSetup;
  readonly #jobs: Job[] = [];
  readonly #drivers = new Map<Driver, Promise<void>>();
  #starts = 0;
  #deaths = 0;
  #idleStarts = 0;
  /** Why there will be no further start. */
  #gone: Error | null = null;

  constructor(setup: ClientSetup) {
    this.#setup = { ...setup, most: setup.port === null ? setup.most : 1 };
  }

  get starts(): number {
    return this.#starts;
  }

  ensure(): Promise<void> {
    this.#setup.signal.throwIfAborted();
    return this.#gone === null ? Promise.resolve() : Promise.reject(this.#gone);
  }

  discard(): void {}

  async send(stream: Stream, patience: Patience): Promise<Sent> {
    const sent = await new Promise<Sent>((done) => {
      this.#jobs.push({ stream, patience, done });
      this.#staff();
    });
    if (sent.connected && sent.difference?.kind === "dies" && ++this.#deaths > maxDeaths)
      this.#giveUp(new GoneForGood(`it died ${maxDeaths} times`));
    return sent;
  }

  async observe(stream: Stream, patience: Patience, aftermath = false, copies = 1): Promise<Shown> {
    await this.ensure();
    for (let round = 1; ; round++) {
      const all = await Promise.all(Array.from({ length: copies }, () => this.send(stream, patience)));
      // Each copy has a process of its own.
      const sent = all.find((each) => each.connected && each.difference !== null) ?? all[0]!;
      if (!sent.connected) throw this.#gone ?? this.#setup.signal.reason;
      if (sent.difference !== null || !aftermath || round === rounds) return sent;
    }
  }

  async isWell(): Promise<boolean> {
    return (await this.firstFault()) === null;
  }

  /** What keeps the simplest stream from its end, or null. */
  async firstFault(): Promise<string | null> {
    const sent = await this.send(plain, patienceAlone);
    if (!sent.connected) return sent.reason;
    const { difference } = sent;
    return difference === null || difference.kind === "no-close" ? null : difference.seen;
  }

  /** Ends all starts. */
  async stop(): Promise<void> {
    this.#giveUp(new Error("it was ended"));
    await Promise.all(this.#drivers.values());
  }

  /** Hands streams to who waits for one, and starts the client where nobody does. */
  #staff(): void {
    for (const driver of this.#drivers.keys()) driver.serve();
    if (this.#gone !== null) this.#refuseAll(this.#gone.message);
    let starting = [...this.#drivers.keys()].filter((driver) => driver.isStarting).length;
    while (this.#jobs.length > starting && this.#drivers.size < this.#setup.most) {
      this.#start();
      starting++;
    }
  }

  #start(): void {
    this.#starts++;
    const driver = new Driver({ ...this.#setup, next: () => this.#jobs.shift() ?? null });
    const run = driver
      .run()
      .then(({ asked, reason }) => {
        this.#idleStarts = asked ? 0 : this.#idleStarts + 1;
        if (this.#idleStarts >= mostIdleStarts)
          this.#giveUp(
            new GoneForGood(`it ${reason} in ${mostIdleStarts} starts before it asked for a case`),
          );
      })
      .catch((error: unknown) => {
        this.#giveUp(error instanceof StartError ? error : new StartError(String(error), { cause: error }));
      })
      .finally(() => {
        this.#drivers.delete(driver);
        this.#staff();
      });
    this.#drivers.set(driver, run);
  }

  #giveUp(why: Error): void {
    this.#gone ??= why;
    for (const driver of this.#drivers.keys()) driver.end();
    this.#refuseAll(why.message);
  }

  #refuseAll(reason: string): void {
    for (const job of this.#jobs.splice(0)) job.done({ connected: false, reason });
  }
}
