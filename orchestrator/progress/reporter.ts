import { escapeTerminal } from "../../report/escape.ts";
import type { RunEvent } from "../results/event-schema.ts";

/** Tells people how a run goes. Subscribe its `handle` to the event log. */
export interface Reporter {
  readonly handle: (event: RunEvent) => void;
  /** Prints a message among the progress, not into it. */
  say(text: string): void;
  /** Ends the output; a terminal is as it was before. May be called twice. */
  close(): void;
}

/** Where progress goes: `process.stderr`, or a test's memory. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** The time, and something to do again and again. */
export interface ProgressClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` every so many ms until the function that is returned is called. Keeps no process alive. */
  every(ms: number, action: () => void): () => void;
}

/** The lines of a message, each harmless to a terminal. */
export function safeLines(text: string): string[] {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => escapeTerminal(line, 1000));
}
