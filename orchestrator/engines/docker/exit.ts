import { constants } from "node:os";
import type { Exit, Limits } from "../engine.ts";
import { limitsOf } from "./container-spec.ts";
import type { ContainerExit } from "./container.ts";

/** Signals that end a program which does not expect them. */
const FATAL = new Set<string>([
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGKILL",
  "SIGUSR1",
  "SIGSEGV",
  "SIGUSR2",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGSYS",
]);

/**
 * How a target ended, for people: "exited with code 3", "ran out of memory (limit 64 MiB)".
 *
 * @param ended by us
 */
export function exitOf(exit: ContainerExit, limits: Limits, ended: boolean): Exit {
  const signal = signalOf(exit.code);
  const code = signal === null && exit.code >= 0 ? exit.code : null;
  return { code, signal, reason: ended ? "was ended by wsmatrix" : reasonOf(exit, signal, limits) };
}

function reasonOf(exit: ContainerExit, signal: string | null, limits: Limits): string {
  const { code, outOfMemory, error, engineGone } = exit;
  if (engineGone) return `is lost: ${error}`;
  if (code < 0) return `is lost: its container is gone (${error})`;
  if (outOfMemory) {
    const note = signal === null ? `, and exited with code ${code}` : "";
    return `ran out of memory (limit ${mebibytes(limitsOf(limits).memoryBytes)})${note}`;
  }
  if (error !== "") return `could not go on: ${error}`;
  if (signal !== null) return `was killed by ${signal}`;
  if (code === 127) return "exited with code 127 (the command was not found in the image)";
  if (code === 126) return "exited with code 126 (the command cannot be executed)";
  return `exited with code ${code}`;
}

/** The init of a container, like a shell, tells of a signal by 128 and its number. */
function signalOf(code: number): string | null {
  const entry = Object.entries(constants.signals).find(
    ([name, number]) => FATAL.has(name) && number === code - 128,
  );
  return entry?.[0] ?? null;
}

function mebibytes(octets: number): string {
  const size = octets / 1024 ** 2;
  return size >= 1024 && size % 1024 === 0 ? `${size / 1024} GiB` : `${Math.round(size * 10) / 10} MiB`;
}
