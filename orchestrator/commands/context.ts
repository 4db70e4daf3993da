import type { RunOutput } from "../run/run.ts";

/** What a command is added to the command line with. */
export interface CommandContext {
  /** What follows the program's name. */
  readonly argv: readonly string[];
  readonly output: () => RunOutput;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** Takes the exit code (design section 7). */
  readonly done: (code: number) => void;
}

/** Standard output and standard error. */
export function terminal(): RunOutput {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    width: process.stderr.columns ?? 120,
    colour: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
    isTTY: process.stderr.isTTY,
  };
}
