import { type Command, InvalidArgumentError } from "commander";

import { siteFiles } from "../../report/site/site.ts";
import { EXIT } from "../../report/exit.ts";
import { escapeTerminal } from "../../report/escape.ts";

import type { RunOutput } from "../run/run.ts";
import { assembleSite } from "../site/assemble.ts";
import { writeSite } from "../site/write-site.ts";
import type { CommandContext } from "./context.ts";

interface SiteFlags {
  readonly out: string;
  readonly history: number;
  readonly baseline?: string;
  readonly selfcheck?: string;
}

/** Adds `wsmatrix site` to the command line. */
export function addSite(program: Command, { output, done }: CommandContext): void {
  program
    .command("site [runs...]")
    .description("make a static site of runs: the newest is shown, the others are its history")
    .option("--out <dir>", "folder for the site", "results/site")
    .option("--history <n>", "earlier runs that are kept, at the most", historyLength, 20)
    .option("--baseline <path>", "a baseline file or folder, for known reasons (default: those of wsmatrix)")
    .option("--selfcheck <file>", "what `selfcheck --json` printed (default: selfcheck.json of the run)")
    .addHelpText("after", examples)
    .action(async (runs: string[], flags: SiteFlags) => done(await makeSite(runs, flags, output())));
}

/** How many earlier runs to keep. @throws {InvalidArgumentError} that is no number of runs */
export function historyLength(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("a whole number from 0 is wanted");
  return Number(text);
}

const examples = `
Examples:
  wsmatrix site                          all of results/runs, into results/site
  wsmatrix site 2026-11-21T10-26-47-4677 --out public
  wsmatrix selfcheck --json > s.json; wsmatrix site --selfcheck s.json`;

/**
 * `wsmatrix site`.
 *
 * @throws {ConfigError} there is nothing to show, or the folder holds something else
 */
async function makeSite(runs: readonly string[], flags: SiteFlags, output: RunOutput): Promise<number> {
  const { out, history, baseline = null, selfcheck = null } = flags;
  const began = performance.now();
  using assembled = await assembleSite({ runs, history, baseline, selfCheck: selfcheck });
  const { input } = assembled;
  for (const { run, reason } of input.skipped) {
    output.err(`left out: ${escapeTerminal(run)}: ${escapeTerminal(reason, 500)}\n`);
  }
  const { files, octets } = writeSite(out, siteFiles(input));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const megabytes = (octets / 1e6).toFixed(1);
  output.err(`${out}: ${files} files, ${megabytes} MB, of ${input.runs.length} runs, in ${seconds} s\n`);
  return EXIT.asExpected;
}
