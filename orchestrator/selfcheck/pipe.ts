import type { VirtualClock } from "./virtual-clock.ts";

/** What sits at one end of a {@link Pipe}. */
export interface PipeEnd {
  onOctets(octets: Buffer): void;
  onLost(): void;
}

/** One end of a connection in memory: what is written reaches the other end `latency` ms later. */
export class Pipe {
  readonly #clock: VirtualClock;
  readonly #latency: number;
  #other: Pipe | null = null;
  #end: PipeEnd | null = null;
  #closed = false;
  /** What came while this end did not read; null while it does. */
  #held: (() => void)[] | null = null;

  constructor(clock: VirtualClock, latency: number) {
    this.#clock = clock;
    this.#latency = latency;
  }

  /** Two connected ends. */
  static pair(clock: VirtualClock, latency: number): [Pipe, Pipe] {
    const [a, b] = [new Pipe(clock, latency), new Pipe(clock, latency)];
    a.#other = b;
    b.#other = a;
    return [a, b];
  }

  attach(end: PipeEnd): void {
    this.#end = end;
  }

  write(octets: Buffer): void {
    if (this.#closed || octets.length === 0) return;
    const copy = Buffer.from(octets);
    this.#clock.later(this.#latency, () => this.#other!.#receive(copy));
  }

  /** Both closes of TCP look alike here: this end is lost at once, the other a latency later. */
  end(): void {
    if (this.#closed) return;
    this.#clock.later(0, () => this.#lose());
    this.#clock.later(this.#latency, () => this.#other!.#lose());
  }

  reset(): void {
    this.end();
  }

  cut(): void {
    this.shut();
  }

  /** Ends this half alone: the other end sees the end, and ends its half then. */
  shut(): void {
    if (this.#closed) return;
    this.#clock.later(this.#latency, () => {
      this.#other!.#lose();
      this.#clock.later(this.#latency, () => this.#lose());
    });
  }

  /** Stops reading, or goes on with what has come meanwhile. */
  reading(on: boolean): void {
    const held = this.#held ?? [];
    this.#held = on ? null : held;
    if (on) for (const each of held) this.#clock.later(0, each);
  }

  #receive(octets: Buffer): void {
    if (this.#held !== null) this.#held.push(() => this.#receive(octets));
    else if (!this.#closed) this.#end!.onOctets(octets);
  }

  #lose(): void {
    if (this.#closed) return;
    if (this.#held !== null) {
      this.#held.push(() => this.#lose());
      return;
    }
    this.#closed = true;
    this.#end!.onLost();
  }
}
