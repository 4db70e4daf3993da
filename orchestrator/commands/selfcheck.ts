import { type Command, Option } from "commander";

import { mutants } from "../../reference-impl/mutants/mutants.ts";
import { EXIT } from "../../report/exit.ts";

import { nearest } from "../config/nearest.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";
import type { RunOutput } from "../run/run.ts";
import { blindSpots, type MutantResult, passes, type SelfCheck, selfCheck } from "../selfcheck/selfcheck.ts";
import type { CommandContext } from "./context.ts";

interface SelfCheckFlags {
  readonly profile: "quick" | "full";
  readonly json: boolean;
}

/** Adds `wsmatrix selfcheck` to the command line. */
export function addSelfCheck(program: Command, { output, signal, done }: CommandContext): void {
  program
    .command("selfcheck [mutants...]")
    .description("put the suite on trial: does it notice endpoints with deliberate defects?")
    .addOption(
      new Option("--profile <profile>", "how long the cases of chapters 9, 12 and 13 are")
        .choices(["quick", "full"])
        .default("quick"),
    )
    .option("--json", "print one JSON object", false)
    .addHelpText("after", examples)
    .action(async (names: string[], flags: SelfCheckFlags) => {
      done(await checkSuite(names, flags, output(), signal));
    });
}

const examples = `
Examples:
  wsmatrix selfcheck                       all mutants, both roles
  wsmatrix selfcheck no-pong accepts-rsv1  two of them
  wsmatrix selfcheck --json > selfcheck.json`;

async function checkSuite(
  names: readonly string[],
  { profile, json }: SelfCheckFlags,
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  checkNames(names);
  const onTrial = (trial: number, of: number) => {
    if (output.isTTY) output.err(`\r${trial} of ${of} trials`);
  };
  const check = await selfCheck({ profile, signal, onTrial, ...(names.length > 0 && { only: names }) });
  if (output.isTTY) output.err("\r\u001B[K");
  output.out(json ? `${JSON.stringify(selfCheckFacts(check, profile), null, 2)}\n` : selfCheckText(check));
  return passes(check) ? EXIT.asExpected : EXIT.unexpected;
}

/** @throws {ConfigError} there is no such mutant */
function checkNames(names: readonly string[]): void {
  const known = mutants.map(({ name }) => name);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      const remedy = meant === null ? "leave it out to try all" : `did you mean \`${meant}\`?`;
      return fileProblem("command line", `there is no mutant \`${name}\``, remedy);
    });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** The self-check as plain data, for `--json` and the site. */
export function selfCheckFacts(check: SelfCheck, profile: "quick" | "full"): object {
  return {
    schema: 1,
    profile,
    passed: passes(check),
    duration: check.duration,
    falseAlarms: check.falseAlarms,
    mutants: check.results.map(
      ({ mutant: { name, defect, rule, caughtBy }, side, caught, missed, played }) => ({
        name,
        defect,
        rule,
        side,
        caughtBy,
        caught,
        missed,
        played,
      }),
    ),
  };
}

/** The self-check for people. */
export function selfCheckText(check: SelfCheck): string {
  const { results, duration } = check;
  const missed = results.filter((result) => result.missed.length > 0);
  const blind = blindSpots(check);
  const caught = results.filter((result) => result.caught.length > 0);
  const count = new Set(results.map(({ mutant }) => mutant.name)).size;
  return [
    ...check.falseAlarms.map(
      ({ caught: ids }) => `wrong: an endpoint without a defect was caught by ${ids.join(", ")}\n`,
    ),
    ...missed.map((result) => `not caught by ${result.missed.join(", ")}: ${nameOf(result)}\n`),
    ...caught.map((result) => `${nameOf(result)}: ${casesText(result.caught)}\n`),
    ...(blind.length > 0 ? ["\nBlind spots, rules that no case exercises:\n"] : []),
    ...blind.map((result) => `${nameOf(result)} ${result.mutant.defect} (${result.mutant.rule})\n`),
    `\n${count} mutants in ${results.length} trials, ${(duration / 1000).toFixed(1)} s: ${caught.length} caught, `,
    `${missed.length} not caught as they should be, ${blind.length} in blind spots\n`,
  ].join("");
}

const nameOf = ({ mutant, side }: MutantResult): string => `${mutant.name} (${side})`;

/** The first few, and how many there are. */
function casesText(ids: readonly string[]): string {
  const shown = ids.slice(0, 8).join(" ");
  return ids.length > 8 ? `${shown} and ${ids.length - 8} more` : shown;
}
