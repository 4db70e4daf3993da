import { escapeJson } from "../../report/escape.ts";
import type { RunEvent } from "../results/event-schema.ts";
import { ProgressState, describeActivity, describeEvent } from "./progress-state.ts";
import { type ExitHook, TtyReporter } from "./progress-tty.ts";
import { type ProgressClock, type ProgressStream, type Reporter, safeLines } from "./reporter.ts";

export type { ProgressClock, ProgressStream, Reporter } from "./reporter.ts";

/** How progress is told, the word of `--reporter`. */
export const REPORTERS = ["tty", "plain", "json", "none"] as const;

/** One of {@link REPORTERS}. */
export type ReporterName = (typeof REPORTERS)[number];

/** The system's clock. */
export const SYSTEM_CLOCK: ProgressClock = {
  now: () => Date.now(),
  every(ms, action) {
    const timer = setInterval(action, ms).unref();
    return () => clearInterval(timer);
  },
};

/** What the choice of a reporter depends on. */
export interface ReporterSurroundings {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The reporter asked for, or else live lines where somebody can see them and plain lines elsewhere. */
export function chooseReporter(
  asked: ReporterName | undefined,
  { isTTY, env }: ReporterSurroundings,
): ReporterName {
  if (asked !== undefined) return asked;
  const ci = !["", "0", "false", undefined].includes(env["CI"]?.toLowerCase());
  return isTTY && !ci && env["TERM"] !== "dumb" ? "tty" : "plain";
}

/** What a reporter writes to and lives by. */
export interface ReporterOptions {
  readonly stream?: ProgressStream;
  readonly clock?: ProgressClock;
  readonly onExit?: ExitHook;
}

/** Makes a reporter, by default one on standard error: standard output is for what was asked for. */
export function createReporter(name: ReporterName, options: ReporterOptions = {}): Reporter {
  const { stream = process.stderr, clock = SYSTEM_CLOCK, onExit } = options;
  return MAKERS[name](stream, clock, onExit);
}

const MAKERS: Readonly<
  Record<ReporterName, (stream: ProgressStream, clock: ProgressClock, onExit?: ExitHook) => Reporter>
> = {
  tty: (stream, clock, onExit) => new TtyReporter(stream, clock, onExit),
  plain: (stream, clock) => new PlainReporter(stream, clock),
  json: (stream, clock) => new JsonReporter(stream, clock),
  none: (stream) => new QuietReporter(stream),
};

/** Milliseconds after which something that is still going on is told of again. */
const STILL_MS = 10_000;

/** A line for each phase of each cell, for logs. */
class PlainReporter implements Reporter {
  readonly #stream: ProgressStream;
  readonly #clock: ProgressClock;
  readonly #state = new ProgressState();
  readonly #stopTicks: () => void;
  /** When each thing that goes on was last told of. */
  #told = new Map<string, number>();

  constructor(stream: ProgressStream, clock: ProgressClock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#stopTicks = clock.every(1000, () => this.#tick());
  }

  readonly handle = (event: RunEvent): void => {
    this.#state.add(event);
    const line = describeEvent(event);
    if (line !== null) this.#stream.write(`${line}\n`);
  };

  say(text: string): void {
    this.#stream.write(`${safeLines(text).join("\n")}\n`);
  }

  close(): void {
    this.#stopTicks();
  }

  #tick(): void {
    const now = this.#clock.now();
    const told = new Map<string, number>();
    for (const activity of this.#state.activities) {
      const key = `${activity.phase} ${activity.name}`;
      const last = this.#told.get(key) ?? activity.since;
      const due = now - last >= STILL_MS;
      if (due) this.#stream.write(`${activity.name} ${describeActivity(activity, now)}\n`);
      told.set(key, due ? now : last);
    }
    this.#told = told;
  }
}

/** Each event as a line of JSON, and messages as `{"type":"message","at":...,"text":...}` beside them. */
class JsonReporter implements Reporter {
  readonly #stream: ProgressStream;
  readonly #clock: ProgressClock;

  constructor(stream: ProgressStream, clock: ProgressClock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  readonly handle = (event: RunEvent): void => {
    this.#write(event);
  };

  say(text: string): void {
    this.#write({ type: "message", at: this.#clock.now(), text });
  }

  close(): void {}

  #write(value: unknown): void {
    this.#stream.write(`${escapeJson(JSON.stringify(value))}\n`);
  }
}

/** Messages only. */
class QuietReporter implements Reporter {
  readonly #stream: ProgressStream;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  readonly handle = (): void => {};

  say(text: string): void {
    this.#stream.write(`${safeLines(text).join("\n")}\n`);
  }

  close(): void {}
}
