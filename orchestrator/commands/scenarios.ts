import { type Command, Option } from "commander";

import type { ScenarioResult } from "../../reference-impl/scenarios/scenario.ts";
import { scenarios } from "../../reference-impl/scenarios/scenarios.ts";
import { EXIT } from "../../report/exit.ts";
import { escapeTerminal } from "../../report/escape.ts";

import type { RunRequest } from "../run/request.ts";
import type { RunOutput } from "../run/run.ts";
import { playScenarioCells, type ScenarioCell } from "../scenarios/scenario-run.ts";
import { type RunFlags, requestOf } from "../run/flags.ts";
import { PLACES } from "../engines/docker/place.ts";
import type { CommandContext } from "./context.ts";
import { defaults, positiveInt, selection } from "./selection.ts";

/** Adds `wsmatrix scenarios` to the command line. */
export function addScenarios(program: Command, { argv, output, signal, done }: CommandContext): void {
  selection(program.command("scenarios [targets...]"))
    .description("do with each target what applications do, from echoes of 16 MiB to a hundred connections")
    .addOption(new Option("--place <place>", "where the fuzzer is, of targets in containers").choices(PLACES))
    .option("--jobs <n>", "cells at once (default: one for each core)", positiveInt)
    .option("--out <dir>", "folder of a run, for scenarios/<cell>.json")
    .option("--json", "print one JSON object on standard output at the end", false)
    .addHelpText("after", examples)
    .action(async (targets: string[], flags: RunFlags) => {
      done(await runScenarios(requestOf(targets, { ...defaults, ...flags }, argv), output(), signal));
    });
}

const examples = `
Examples:
  wsmatrix scenarios                               all cells of matrix.yaml
  wsmatrix scenarios ws --role server
  wsmatrix scenarios --command './server --port {port}' --role server`;

/**
 * `wsmatrix scenarios`: plays what applications do with each cell.
 *
 * @returns the exit code: 1 when a scenario failed, 3 when a cell did not run
 * @throws {ConfigError} nothing was started
 */
export async function runScenarios(
  request: RunRequest,
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const cells = await playScenarioCells(
    request,
    scenarios,
    { onCell: (cell) => output.err(cellText(cell)), say: (text) => output.err(`${text}\n`) },
    signal,
  );
  if (request.json) output.out(`${JSON.stringify(cells.map(factsOf), null, 2)}\n`);
  else output.out(cells.map(failuresText).join(""));
  if (cells.some(({ cell, end }) => end.status !== "ran" && !(cell.optional && end.status === "skipped")))
    return EXIT.infrastructure;
  return cells.some(({ results }) => results.some(isFailed)) ? EXIT.unexpected : EXIT.asExpected;
}

const isFailed = ({ outcome }: ScenarioResult): boolean => outcome === "failed";

function factsOf({ cell, end, results }: ScenarioCell): object {
  return { cell: cell.id, ...end, scenarios: results };
}

function cellText({ cell, end, results }: ScenarioCell): string {
  if (end.status !== "ran") return `${cell.id}: ${end.status}: ${escapeTerminal(end.reason ?? "")}\n`;
  const count = (outcome: ScenarioResult["outcome"]) =>
    results.filter((result) => result.outcome === outcome).length;
  const left = count("not-applicable");
  return `${cell.id}: ${count("passed")} passed, ${count("failed")} failed${left > 0 ? `, ${left} not applicable` : ""}\n`;
}

/** The failed ones, with what happened. */
function failuresText({ cell, results }: ScenarioCell): string {
  return results
    .filter(isFailed)
    .map(({ scenario, reason, transcript }) => {
      const title = scenarios.find(({ name }) => name === scenario)!.title;
      const lines = transcript.slice(-12).map((line) => `    ${escapeTerminal(line)}\n`);
      return `\n${cell.id} failed ${scenario} (${title}): ${escapeTerminal(reason ?? "")}\n${lines.join("")}`;
    })
    .join("");
}
