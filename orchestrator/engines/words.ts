import type { RawExit } from "./group.ts";

/** How a program ended, for people: "exited with code 3", "was killed by SIGSEGV". */
export function describeExit({ code, signal }: RawExit): string {
  if (code !== null) return `exited with code ${code}`;
  if (signal === "SIGKILL")
    return "was killed by SIGKILL (when nobody did that, the machine ran out of memory)";
  return `was killed by ${signal ?? "an unknown signal"}`;
}

/** Why the system did not start a program, and what to do about it. */
export function describeSpawnError(code: string, program: string, cwd: string): string {
  const where = `(program \`${program}\`, folder ${cwd})`;
  switch (code) {
    case "ENOENT":
      return program.includes("=")
        ? `was not found ${where}: no shell runs it, so variables go into \`env\``
        : `was not found ${where}: install it, put it on PATH, or write its path`;
    case "EACCES":
      return `may not be executed ${where}: make it executable (chmod +x), or name its interpreter first`;
    case "ENOEXEC":
      return `is nothing that this machine can execute ${where}: build it for this machine, or name its interpreter first`;
    case "EAGAIN":
    case "EMFILE":
    case "ENFILE":
    case "ENOMEM":
      return `was not started ${where}: the machine is short of processes, files or memory (${code}); run fewer at once`;
    default:
      return `was not started ${where}: ${code}`;
  }
}
