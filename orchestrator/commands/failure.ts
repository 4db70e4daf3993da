import { CommanderError } from "commander";

import { EXIT } from "../../report/exit.ts";

import { ConfigError } from "../config/problem.ts";
import { EngineChoiceError, EngineMissingError } from "../engines/select.ts";
import { EventFileError } from "../results/events.ts";
import { RunFileError } from "../results/results.ts";
import { storageProblem } from "../results/storage-error.ts";

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
