import { randomInt } from "node:crypto";

import { type Command, InvalidArgumentError, Option } from "commander";

import type { Role } from "../../fuzzer/record.ts";
import { streamText } from "../../mutation/describe.ts";
import { streamOf } from "../../mutation/grammar.ts";
import { readerOf } from "../../mutation/stream.ts";
import { EXIT } from "../../report/exit.ts";
import { escapeJson, escapeTerminal } from "../../report/escape.ts";

import { PLACES } from "../engines/docker/place.ts";
import type { CampaignProgress } from "../fuzz/campaign.ts";
import { type Finding, findingText, weightOf } from "../fuzz/finding.ts";
import { type FuzzedCell, fuzzCells, type FuzzPlan } from "../fuzz/fuzz-run.ts";
import { campaignFacts, writeCampaign } from "../fuzz/results.ts";
import { readStream } from "../fuzz/saved-stream.ts";
import { type RunFlags, requestOf, usage } from "../run/flags.ts";
import type { RunOutput } from "../run/run.ts";
import type { CommandContext } from "./context.ts";
import { defaults, positiveInt, selection } from "./selection.ts";

interface FuzzFlags extends RunFlags {
  readonly seed?: number;
  readonly time: number;
  readonly stream?: number;
  readonly replay?: string;
  readonly inFlight?: number;
  readonly strict: boolean;
}

/** Adds `wsmatrix fuzz`. */
export function addFuzz(program: Command, { argv, output: terminal, signal, done }: CommandContext): void {
  selection(program.command("fuzz [targets...]"))
    .description(
      "send targets random streams, legal and not, and hold them to what the reference endpoint does",
    )
    .option("--seed <n>", "what the streams are drawn from (default: another each time)", seedNumber)
    .option("--time <t>", "how long streams are sent to each target, as 30s or 5m", duration, 60_000)
    .option("--stream <n>", "send only this stream of the seed", seedNumber)
    .option("--replay <file>", "send only this stream: a file of an earlier campaign, or what a finding says")
    .option("--in-flight <n>", "streams at once: of a server 24, of a client 6 starts", positiveInt)
    .option("--strict", "what the RFC leaves open counts as a finding too", false)
    .addOption(new Option("--place <place>", "where the fuzzer is, of targets in containers").choices(PLACES))
    .option("--out <dir>", "folder for fuzz/<cell>.json and its findings")
    .option("--json", "print one JSON object on standard output at the end", false)
    .addHelpText("after", examples)
    .action(async (targets: string[], flags: FuzzFlags) => {
      done(await fuzz(targets, flags, argv, terminal(), signal));
    });
}

async function fuzz(
  targets: readonly string[],
  flags: FuzzFlags,
  argv: readonly string[],
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const { seed: _, time: __, stream: ___, replay: ____, inFlight: _____, strict, ...rest } = flags;
  const plan = planOf(flags);
  const role = flags.role ?? [plan.reader];
  const request = requestOf(targets, { ...defaults, ...rest, role }, argv);
  if (plan.what === "stream")
    for (const each of role) output.err(escapeLines(streamText(plan.streamFor(each))));
  else output.err(`seed ${plan.seed}\n`);
  const cells = await fuzzCells(
    request,
    plan,
    {
      onProgress: ({ id }, progress) => output.err(`${id}: ${progressText(progress)}\n`),
      onCell: (cell) => tellCell(cell, plan, flags, output),
      say: (text) => output.err(`${text}\n`),
    },
    signal,
  );
  if (flags.json) output.out(`${jsonText(factsOf(cells, plan.seed))}\n`);
  return exitCode(cells, strict);
}

/** The plan, and whom it is for unless that is said. */
function planOf(flags: FuzzFlags): FuzzPlan & { readonly reader: Role } {
  const { seed = randomInt(1, 2 ** 31), time, stream: number, inFlight = null } = flags;
  if (flags.replay !== undefined) {
    const replayed = readStream(flags.replay);
    const reader = readerOf(replayed);
    if (flags.role?.some((role) => role !== reader))
      throw usage(`the stream is for a ${reader}`, `say --role ${reader}, or leave --role out`);
    return { what: "stream", seed, number: 0, streamFor: () => replayed, reader };
  }
  const reader = "server";
  if (number !== undefined)
    return { what: "stream", seed, number, streamFor: (role) => streamOf(seed, number, role), reader };
  return { what: "campaign", seed, time, inFlight, reader };
}

function tellCell(
  { cell, end, campaign }: FuzzedCell,
  plan: FuzzPlan,
  flags: FuzzFlags,
  output: RunOutput,
): void {
  if (end.status !== "ran") output.err(`${cell.id}: ${end.status}: ${escapeTerminal(end.reason ?? "")}\n`);
  if (campaign === null) return;
  const { findings, streams, time, memory, starts } = campaign;
  const seed = flags.replay === undefined ? plan.seed : null;
  if (!flags.json) for (const finding of findings) output.out(`\n${cell.id}\n${textOf(finding, seed)}`);
  const facts = progressText({ streams, time, findings, memory: most(memory.samples) });
  const more = [
    ...(starts > 1 ? [`started ${starts} times`] : []),
    ...(memory.grows ? ["its memory grows and does not come back"] : []),
  ];
  output.err(`${cell.id}: ${[facts, ...more].join(", ")}\n`);
  if (flags.out !== undefined)
    output.err(`${cell.id}: ${writeCampaign(flags.out, cell.id, plan.seed, campaign)}\n`);
}

const most = (samples: readonly number[]) =>
  samples.reduce<number | null>((a, b) => Math.max(a ?? 0, b), null);

const weightNames = { finding: "FINDING", note: "note", flaky: "flaky" } as const;

function textOf(finding: Finding, seed: number | null): string {
  return `${weightNames[weightOf(finding)]} ${escapeLines(findingText(finding, seed))}`;
}

/** Characters of a line: a target's last words are longer than most of what it says. */
const maxLine = 2_000;

/** Line by line harmless: it holds what a target has said. */
function escapeLines(text: string): string {
  return text
    .split("\n")
    .map((line) => escapeTerminal(line, maxLine))
    .join("\n");
}

function progressText({ streams, time, findings, memory }: CampaignProgress): string {
  const count = (weight: string) => findings.filter((finding) => weightOf(finding) === weight).length;
  return [
    `${streams} streams`,
    ...(time > 0 ? [`${Math.round((1000 * streams) / time)}/s`] : []),
    `${count("finding")} findings`,
    `${count("note")} notes`,
    ...(count("flaky") > 0 ? [`${count("flaky")} flaky`] : []),
    ...(memory === null ? [] : [`${Math.round(memory / 2 ** 20)} MiB`]),
  ].join(", ");
}

function factsOf(cells: readonly FuzzedCell[], seed: number): object {
  return {
    seed,
    cells: cells.map(({ cell, end, campaign }) => ({
      status: end.status,
      reason: end.reason,
      ...(campaign === null ? { cell: cell.id } : campaignFacts(cell.id, seed, campaign)),
    })),
  };
}

/** It holds what targets have said, too. */
function jsonText(value: object): string {
  return JSON.stringify(value, null, 2).split("\n").map(escapeJson).join("\n");
}

function exitCode(cells: readonly FuzzedCell[], strict: boolean): number {
  const counts = (finding: Finding) =>
    weightOf(finding) === "finding" || (strict && weightOf(finding) === "note");
  const failed = cells.some(({ campaign }) => campaign?.findings.some(counts) || campaign?.memory.grows);
  const missing = cells.some(
    ({ cell, end }) => end.status !== "ran" && !(cell.optional && end.status === "skipped"),
  );
  if (missing) return EXIT.infrastructure;
  return failed ? EXIT.unexpected : EXIT.asExpected;
}

function seedNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new InvalidArgumentError("a whole number of up to nine digits is wanted");
  return Number(text);
}

/** In ms. */
function duration(text: string): number {
  const [, number, unit = "s"] = /^(\d{1,6})(s|m|h)?$/.exec(text) ?? [];
  const seconds = { s: 1, m: 60, h: 3_600 }[unit] ?? 0;
  if (number === undefined || Number(number) === 0)
    throw new InvalidArgumentError("a time such as 30s, 5m or 1h is wanted");
  return Number(number) * seconds * 1000;
}

const examples = `
Examples:
  wsmatrix fuzz ws --seed 7 --time 30s
  wsmatrix fuzz ws --seed 7 --stream 1311            one stream of that seed
  wsmatrix fuzz ws --role client                     clients are tried too
  wsmatrix fuzz --command './server --port {port}' --time 5m --out found
  wsmatrix fuzz ws --replay found/fuzz/ws/finding-1.json

Exit codes: 0 nothing found, 1 findings, 2 usage or configuration, 3 a target did not run.`;
