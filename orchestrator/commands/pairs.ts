import type { Command } from "commander";

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { EXIT } from "../../report/exit.ts";
import { escapeTerminal } from "../../report/escape.ts";

import { isGreen, type Pair, playPairs } from "../pairs/pair-run.ts";
import { writeJsonAtomically } from "../results/atomic-file.ts";
import type { RunRequest } from "../run/request.ts";
import type { RunOutput } from "../run/run.ts";
import { type RunFlags, requestOf } from "../run/flags.ts";
import type { CommandContext } from "./context.ts";
import { defaults, positiveInt, selection } from "./selection.ts";

/** Adds `wsmatrix pairs` to the command line. */
export function addPairs(program: Command, { argv, output, signal, done }: CommandContext): void {
  selection(program.command("pairs [targets...]"))
    .description("let every client of the matrix talk to every server")
    .option("--jobs <n>", "servers at once (default: one for each core)", positiveInt)
    .option("--out <dir>", "folder of a run, for pairs.json")
    .option("--json", "print one JSON object on standard output at the end", false)
    .addHelpText("after", examples)
    .action(async (targets: string[], flags: RunFlags) => {
      done(await runPairs(requestOf(targets, { ...defaults, ...flags }, argv), output(), signal));
    });
}

const examples = `
Examples:
  wsmatrix pairs                all clients and servers of matrix.yaml
  wsmatrix pairs ws gorilla     two of each`;

/**
 * `wsmatrix pairs`: each client with each server.
 *
 * @returns the exit code: 1 when a pair did not understand each other, 3 when one could not be tried
 * @throws {ConfigError} nothing was started
 */
export async function runPairs(request: RunRequest, output: RunOutput, signal: AbortSignal): Promise<number> {
  const hooks = {
    onPair: (pair: Pair) => output.err(`${pair.client} with ${pair.server}: ${wordOf(pair)}\n`),
    say: (text: string) => output.err(`${text}\n`),
  };
  const pairs = await playPairs(request, hooks, signal);
  if (request.out !== undefined) writePairs(request.out, pairs);
  output.out(request.json ? `${JSON.stringify(pairs, null, 2)}\n` : pairsText(pairs));
  if (pairs.some(({ notRun }) => notRun !== null)) return EXIT.infrastructure;
  return pairs.every(isGreen) ? EXIT.asExpected : EXIT.unexpected;
}

/** `pairs.json` of a run (design section 8). */
function writePairs(out: string, pairs: readonly Pair[]): void {
  const dir = resolve(out);
  mkdirSync(dir, { recursive: true });
  writeJsonAtomically(join(dir, "pairs.json"), { schema: 1, pairs });
}

/** Each client in a line, each server in a column, and below what is not as it should be. */
export function pairsText(pairs: readonly Pair[]): string {
  const clients = [...new Set(pairs.map(({ client }) => client))];
  const servers = [...new Set(pairs.map(({ server }) => server))];
  const width = Math.max(6, ...clients.map((name) => name.length));
  const columns = servers.map((_, index) => String(index + 1).padStart(3)).join("");
  const rows = clients.map((client) => {
    const marks = servers.map((server) => {
      const pair = pairs.find((each) => each.client === client && each.server === server);
      return (pair === undefined ? "" : markOf(pair)).padStart(3);
    });
    return `${client.padEnd(width)}${marks.join("")}\n`;
  });
  const legend = servers.map((server, index) => `${String(index + 1).padStart(3)} ${server}\n`);
  const faults = pairs.filter((pair) => !isGreen(pair)).map(faultText);
  return [
    `${"client".padEnd(width)}${columns}\n`,
    ...rows,
    "\nservers:\n",
    ...legend,
    "\n+ all talks, z all of them compressed, x not all, - not run\n",
    ...faults,
  ].join("");
}

function markOf(pair: Pair): string {
  if (pair.notRun !== null) return "-";
  if (!isGreen(pair)) return "x";
  return pair.talks.every((talk) => talk?.deflate !== null) ? "z" : "+";
}

function wordOf(pair: Pair): string {
  if (pair.notRun !== null) return `not run: ${escapeTerminal(pair.notRun)}`;
  const good = pair.talks.filter((talk) => talk?.fault === null).length;
  const compressed = pair.talks.some((talk) => talk?.deflate !== null && talk !== null);
  return `${good} of ${pair.talks.length} talks${compressed ? ", compressed" : ""}`;
}

/** One line for each kind of fault. */
function faultText(pair: Pair): string {
  const head = `${pair.client} with ${pair.server}`;
  if (pair.notRun !== null) return `${head}: ${escapeTerminal(pair.notRun)}\n`;
  const kinds = new Map<string, number[]>();
  for (const talk of pair.talks) {
    const fault =
      talk === null ? "the client did not ask for it" : talk.fault && `the ${talk.by}: ${talk.fault}`;
    if (fault) kinds.set(fault, [...(kinds.get(fault) ?? []), pair.talks.indexOf(talk) + 1]);
  }
  return [...kinds]
    .map(([fault, numbers]) => `${head}: talk ${numbers.join(", ")}: ${escapeTerminal(fault)}\n`)
    .join("");
}
