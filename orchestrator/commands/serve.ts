import { type Command, InvalidArgumentError } from "commander";

import { EXIT } from "../../report/exit.ts";

import type { RunOutput } from "../run/run.ts";
import { LiveSite } from "../site/live-site.ts";
import { SiteServer } from "../site/site-server.ts";
import type { CommandContext } from "./context.ts";
import { historyLength } from "./site.ts";

/** ms between looks at the stream of a run. */
const LOOK_EVERY = 1000;

interface ServeFlags {
  readonly port: number;
  readonly history: number;
}

/** Adds `wsmatrix serve` to the command line. */
export function addServe(program: Command, { output, signal, done }: CommandContext): void {
  program
    .command("serve [run]")
    .description("show a run in a browser of this machine, and follow it while it goes on")
    .option("--port <n>", "the port to listen at (default: any that is free)", port, 0)
    .option("--history <n>", "earlier runs that are kept, at the most", historyLength, 5)
    .addHelpText("after", examples)
    .action(async (run: string | undefined, flags: ServeFlags) => {
      done(await serve(run === undefined ? [] : [run], flags, output(), signal));
    });
}

const examples = `
Examples:
  wsmatrix serve                            the newest run of results/runs
  wsmatrix serve 2026-11-21T10-26-47-4677 --port 8080`;

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError("a port is a number up to 65535");
  return Number(text);
}

/** Serves until it is interrupted, which is how it is meant to end. @throws {ConfigError} there is no run */
async function serve(
  runs: readonly string[],
  { port: at, history }: ServeFlags,
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  using site = await LiveSite.open({ runs, history, baseline: null, selfCheck: null });
  const server = new SiteServer(site);
  const url = await server.listen(at);
  output.err(
    `${site.dir} is at ${url}${site.live ? ", and is followed while it goes on" : ""}; Ctrl-C ends it\n`,
  );
  try {
    while (!signal.aborted) {
      if (await site.refresh()) server.tell();
      await pause(LOOK_EVERY, signal);
    }
  } finally {
    await server.close();
  }
  return EXIT.asExpected;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
