import { Command } from "commander";

import { EXIT } from "../report/exit.ts";

import { addCommands } from "./commands/all.ts";
import { terminal } from "./commands/context.ts";
import { packageVersion } from "./run/package-root.ts";

/**
 * The command line.
 *
 * @param argv what follows the program's name
 * @returns the exit code (design section 7)
 */
export async function main(argv: readonly string[]): Promise<number> {
  const interrupted = onSignals();
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreBrokenPipe);
  try {
    return argv[0] === "wstest"
      ? await dropIn(argv.slice(1), interrupted.signal)
      : await obey(argv, interrupted.signal);
  } catch (error) {
    // It knows errors of all rooms: what they need is loaded when there is one.
    const { failure } = await import("./commands/failure.ts");
    return failure(error, interrupted.signal);
  } finally {
    interrupted.dispose();
  }
}

/** Who reads no further (`| head`) has what was wanted; what is being done goes on, and so does its exit code. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** The drop-in reads its own command line. */
async function dropIn(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const { wstest } = await import("./wstest/wstest.ts");
  const { out, err } = terminal();
  return wstest(argv, { name: "wsmatrix wstest", out, err }, signal);
}

async function obey(argv: readonly string[], signal: AbortSignal): Promise<number> {
  let code: number = EXIT.asExpected;
  const program = new Command("wsmatrix")
    .description("Tests WebSocket servers and clients against RFC 6455, many at once.")
    .version(packageVersion)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "wsmatrix: ")) })
    .showSuggestionAfterError()
    .addHelpText("after", programExamples);
  await addCommands(program, { argv, output: terminal, signal, done: (result) => void (code = result) });
  await program.parseAsync([...argv], { from: "user" });
  return code;
}

/** The first signal asks to stop; the second one does not ask. */
function onSignals(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    dispose: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
  };
}

const programExamples = `
Examples:
  wsmatrix run                                      all cells of matrix.yaml
  wsmatrix run ws --role server --cases '5.*'       one target, some cases
  wsmatrix run --url ws://127.0.0.1:9001            a server that is up already
  wsmatrix case 5.19                                what a case is about

Exit codes: 0 as expected, 1 unexpected verdicts, 2 usage or configuration,
3 something did not run, 4 stale baseline entries, 130 interrupted.`;
