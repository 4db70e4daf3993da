import { CommanderError } from "commander";

import { EXIT } from "../../report/exit.ts";

import { ConfigError } from "../config/problem.ts";
import { EngineChoiceError, EngineMissingError } from "../engines/select.ts";
import { EventFileError } from "../results/events.ts";
import { RunFileError } from "../results/results.ts";
import { storageProblem } from "../results/storage-error.ts";
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

/** Tells of an error, and gives the exit code: errors of the user get a message, errors of ours get a stack. */
export function failure(error: unknown, signal: AbortSignal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.asExpected : EXIT.usage;
  if (signal.aborted) return EXIT.interrupted;
  const problem = storageProblem(error);
  if (problem !== null) {
    process.stderr.write(`${problem} (${error instanceof Error ? error.message : ""}): make room\n`);
    return EXIT.infrastructure;
  }
  if (error instanceof EngineMissingError || isDockerError(error)) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.infrastructure;
  }
  const expected = [ConfigError, EngineChoiceError, RunFileError, EventFileError].some(
    (type) => error instanceof type,
  );
  if (expected) {
    process.stderr.write(`${(error as Error).message}\n`);
    return EXIT.usage;
  }
  process.stderr.write(`wsmatrix: internal error\n${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.infrastructure;
}

/** By name, since what talks to Docker is loaded only where it is needed. */
function isDockerError(error: unknown): error is Error {
  return error instanceof Error && (error.name === "NoDockerError" || error.name === "ArchiveError");
}
