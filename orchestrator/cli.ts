import { randomUUID } from "node:crypto";

import { Command, CommanderError, Option } from "commander";

import { ACCEPT_PRESETS } from "../report/accept.ts";
import { EXIT, FAIL_ON } from "../report/exit.ts";
import { resumeCommands, stopCommands } from "../report/github/commands.ts";

import { addBaseline } from "./commands/baseline.ts";
import { addBuild } from "./commands/build.ts";
import { showCase } from "./commands/case.ts";
import { compareRuns } from "./commands/compare.ts";
import { doctor, type DoctorFlags } from "./commands/doctor.ts";
import { addFuzz } from "./commands/fuzz.ts";
import { listCases, listTargetFolders } from "./commands/list.ts";
import { addNewTarget } from "./commands/new-target.ts";
import { addCompletion } from "./commands/completion.ts";
import { addMerge } from "./commands/merge.ts";
import { addPlan } from "./commands/plan.ts";
import { runPairs } from "./commands/pairs.ts";
import { runScenarios } from "./commands/scenarios.ts";
import { addReport, ciFiles } from "./commands/report.ts";
import { addSelfCheck } from "./commands/selfcheck.ts";
import { addServe } from "./commands/serve.ts";
import { addShow } from "./commands/show.ts";
import { addSite } from "./commands/site.ts";
import { defaults, positiveInt, selection, sharding } from "./commands/selection.ts";
import { PULL_POLICIES } from "./engines/docker/images.ts";
import { PLACES } from "./engines/docker/place.ts";
import { ENGINE_NAMES, EngineChoiceError, EngineMissingError } from "./engines/select.ts";
import { ConfigError } from "./config/problem.ts";
import { REPORTERS } from "./progress/progress.ts";
import { EventFileError } from "./results/events.ts";
import { storageProblem } from "./results/storage-error.ts";
import { RunFileError } from "./results/results.ts";
import { packageVersion } from "./run/package-root.ts";
import { type RunFlags, requestOf, resumedRequest } from "./run/flags.ts";
import { type RunOutput, run } from "./run/run.ts";
import { wstest } from "./wstest/wstest.ts";

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
function dropIn(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const { out, err } = terminal();
  return wstest(argv, { name: "wsmatrix wstest", out, err }, signal);
}

async function obey(argv: readonly string[], signal: AbortSignal): Promise<number> {
  let code: number = EXIT.asExpected;
  const program = commandLine(argv, signal, (result) => void (code = result));
  await program.parseAsync([...argv], { from: "user" });
  return code;
}

function commandLine(argv: readonly string[], signal: AbortSignal, done: (code: number) => void): Command {
  const program = new Command("wsmatrix")
    .description("Tests WebSocket servers and clients against RFC 6455, many at once.")
    .version(packageVersion)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "wsmatrix: ")) })
    .showSuggestionAfterError()
    .addHelpText("after", programExamples);
  addRun(program, argv, signal, done);
  addPlan(program, argv, terminal);
  addBuild(program, argv, terminal, signal, done);
  addMerge(program, terminal, done);
  addList(program);
  addCase(program, signal, done);
  addCompare(program, done);
  addScenarios(program, argv, signal, done);
  addPairs(program, argv, signal, done);
  addFuzz(program, argv, terminal, signal, done);
  addSelfCheck(program, terminal, signal, done);
  addSite(program, terminal, done);
  addServe(program, terminal, signal, done);
  addShow(program, terminal, done);
  addReport(program, terminal);
  addBaseline(program, terminal, parseRun);
  addDoctor(program, signal, done);
  addNewTarget(program, terminal);
  addWstest(program);
  addCompletion(program, terminal);
  return program;
}

function addRun(
  program: Command,
  argv: readonly string[],
  signal: AbortSignal,
  done: (code: number) => void,
): void {
  ciFiles(sharding(selection(program.command("run [targets...]"))))
    .description("play the suite against the targets of a matrix, or against a program of your own")
    .addOption(
      new Option("--accept <preset>", "what is fine without a baseline")
        .choices(ACCEPT_PRESETS)
        .default("default"),
    )
    .option("--baseline <path>", "a baseline file, or a folder with one for each target")
    .addOption(
      new Option("--fail-on <what>", "what makes the exit code other than 0")
        .choices(FAIL_ON)
        .default("unexpected"),
    )
    .addOption(
      new Option("--pull <when>", "when images of a matrix are asked of their registry").choices(
        PULL_POLICIES,
      ),
    )
    .addOption(new Option("--place <place>", "where the fuzzer is, of targets in containers").choices(PLACES))
    .option("--smoke", "only five cases, and no baseline: does the target work at all?")
    .option("--jobs <n>", "cells at once (default: one for each core)", positiveInt)
    .option("--out <dir>", "folder for the files of the run (default: results/runs/<id>)")
    .option("--json", "print one JSON object on standard output at the end", false)
    .addOption(new Option("--reporter <name>", "how progress is told").choices(REPORTERS))
    .option(
      "--cache <folder>",
      "take cells of which nothing has changed from runs there (default: results/runs)",
    )
    .option("--no-cache", "play all cells; this is so with --out, unless --cache is said")
    .option("--resume <run>", "go on with an interrupted run, by its id or folder")
    .addHelpText("after", runExamples)
    .action(async (targets: string[], flags: RunFlags) => {
      const request =
        flags.resume === undefined ? requestOf(targets, flags, argv) : await resumedRequest(flags, parseRun);
      done(
        await withoutCommands(flags, signal, (commandToken) =>
          run({ ...request, ...commandToken }, terminal(), signal),
        ),
      );
    });
}

/** With annotations, nothing that a target or a file says may be a workflow command: GitHub looks for them in every line. */
async function withoutCommands(
  { annotations }: RunFlags,
  signal: AbortSignal,
  work: (token: { readonly commandToken?: string }) => Promise<number>,
): Promise<number> {
  if (annotations !== true) return work({});
  const commandToken = randomUUID();
  process.stderr.write(`${stopCommands(commandToken)}\n`);
  try {
    return await work({ commandToken });
  } catch (error) {
    return failure(error, signal);
  } finally {
    process.stderr.write(`${resumeCommands(commandToken)}\n`);
  }
}

function addScenarios(
  program: Command,
  argv: readonly string[],
  signal: AbortSignal,
  done: (code: number) => void,
): void {
  selection(program.command("scenarios [targets...]"))
    .description("do with each target what applications do, from echoes of 16 MiB to a hundred connections")
    .addOption(new Option("--place <place>", "where the fuzzer is, of targets in containers").choices(PLACES))
    .option("--jobs <n>", "cells at once (default: one for each core)", positiveInt)
    .option("--out <dir>", "folder of a run, for scenarios/<cell>.json")
    .option("--json", "print one JSON object on standard output at the end", false)
    .addHelpText("after", scenarioExamples)
    .action(async (targets: string[], flags: RunFlags) => {
      done(await runScenarios(requestOf(targets, { ...defaults, ...flags }, argv), terminal(), signal));
    });
}

function addPairs(
  program: Command,
  argv: readonly string[],
  signal: AbortSignal,
  done: (code: number) => void,
): void {
  selection(program.command("pairs [targets...]"))
    .description("let every client of the matrix talk to every server")
    .option("--jobs <n>", "servers at once (default: one for each core)", positiveInt)
    .option("--out <dir>", "folder of a run, for pairs.json")
    .option("--json", "print one JSON object on standard output at the end", false)
    .addHelpText("after", pairExamples)
    .action(async (targets: string[], flags: RunFlags) => {
      done(await runPairs(requestOf(targets, { ...defaults, ...flags }, argv), terminal(), signal));
    });
}

function addList(program: Command): void {
  program
    .command("list")
    .description("list the targets that come with wsmatrix, or the cases of the suite")
    .option("--cases [pattern]", "list cases")
    .addHelpText("after", listExamples)
    .action(async (flags: { readonly cases?: string | true }) => {
      const text =
        flags.cases === undefined
          ? await listTargetFolders()
          : listCases(flags.cases === true ? "*" : flags.cases);
      terminal().out(text);
    });
}

function addCase(program: Command, signal: AbortSignal, done: (code: number) => void): void {
  program
    .command("case <id>")
    .description("say what a case sends and expects; with --target, play it and show the wire log")
    .option("--target <name>", "a target of the matrix, as `ws` or `ws@8.23.0`")
    .addOption(
      new Option("--role <role>", "what the target is").choices(["server", "client"]).default("server"),
    )
    .option("--matrix <file>", "the matrix that names the target")
    .option("--variant <variant>", "how the target is set up")
    .addOption(new Option("--engine <engine>", "what runs the target").choices(ENGINE_NAMES))
    .addOption(new Option("--place <place>", "where the fuzzer is, of targets in containers").choices(PLACES))
    .option("--url <url>", "a server that is up already")
    .option("--command <command>", "a program of your own")
    .option("--image <image>", "a container image")
    .option("--port <n>", "the port that your own target fixes", positiveInt)
    .option("--path <path>", "the path that your own server serves")
    .addHelpText("after", caseExamples)
    .action(async (id: string, flags: Parameters<typeof showCase>[1]) => {
      done(await showCase(id, flags, terminal(), signal));
    });
}

function addCompare(program: Command, done: (code: number) => void): void {
  program
    .command("compare <before> <after>")
    .description("say how the verdicts of two runs differ; either may be an index.json of Autobahn's")
    .addHelpText("after", compareExamples)
    .action((before: string, after: string) => done(compareRuns(before, after, terminal())));
}

function addDoctor(program: Command, signal: AbortSignal, done: (code: number) => void): void {
  program
    .command("doctor")
    .description("say what this machine can run, what is missing, and what to do about it")
    .option("--sweep", "remove what runs that were killed left behind", false)
    .option("--json", "print the findings as JSON", false)
    .addHelpText("after", doctorExamples)
    .action(async (flags: DoctorFlags) => done(await doctor(flags, terminal(), signal)));
}

/** Named here for the help alone; see {@link dropIn}. */
function addWstest(program: Command): void {
  program
    .command("wstest")
    .description("stand in for Autobahn's wstest: its options, spec files and reports")
    .addHelpText("after", wstestExamples);
}

/** Reads the arguments of an earlier `run` again. */
async function parseRun(argv: readonly string[]): Promise<{ targets: string[]; flags: RunFlags }> {
  let parsed: { targets: string[]; flags: RunFlags } | null = null;
  const program = new Command().exitOverride();
  addRun(program, argv, AbortSignal.abort(), () => {});
  program.commands[0]!.action((targets: string[], flags: RunFlags) => void (parsed = { targets, flags }));
  await program.parseAsync([...argv], { from: "user" });
  return parsed!;
}

function terminal(): RunOutput {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    width: process.stderr.columns ?? 120,
    colour: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
    isTTY: process.stderr.isTTY,
  };
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

/** Errors of the user get a message; errors of ours get a stack. */
function failure(error: unknown, signal: AbortSignal): number {
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

const programExamples = `
Examples:
  wsmatrix run                                      all cells of matrix.yaml
  wsmatrix run ws --role server --cases '5.*'       one target, some cases
  wsmatrix run --url ws://127.0.0.1:9001            a server that is up already
  wsmatrix case 5.19                                what a case is about

Exit codes: 0 as expected, 1 unexpected verdicts, 2 usage or configuration,
3 something did not run, 4 stale baseline entries, 130 interrupted.`;

const pairExamples = `
Examples:
  wsmatrix pairs                all clients and servers of matrix.yaml
  wsmatrix pairs ws gorilla     two of each`;

const scenarioExamples = `
Examples:
  wsmatrix scenarios                               all cells of matrix.yaml
  wsmatrix scenarios ws --role server
  wsmatrix scenarios --command './server --port {port}' --role server`;

const runExamples = `
Examples:
  wsmatrix run                                      all cells of matrix.yaml
  wsmatrix run 'ws@8.*' --role server client        the cells of one target
  wsmatrix run --command './server --port {port}' --role server
  wsmatrix run --command 'node client.js {url} {agent}' --role client
  wsmatrix run ws --smoke                           whether a target works, in seconds
  wsmatrix run --url ws://127.0.0.1:9001 --accept strict --json
  wsmatrix run --resume 2026-11-21T04-20-01-3f9a
  wsmatrix run --shard 2/4 --out shards/2           a quarter of the work; see \`merge\`
  wsmatrix run --junit junit.xml --summary "$GITHUB_STEP_SUMMARY" --annotations`;

const listExamples = `
Examples:
  wsmatrix list                                     targets that come with wsmatrix
  wsmatrix list --cases '5.*'`;

const doctorExamples = `
Examples:
  wsmatrix doctor
  wsmatrix doctor --sweep                           and remove what killed runs left behind`;

const wstestExamples = `
Examples:
  wsmatrix wstest -m fuzzingclient -s config/fuzzingclient.json
  wsmatrix wstest -m fuzzingserver -s config/fuzzingserver.json --accept default`;

const caseExamples = `
Examples:
  wsmatrix case 5.19
  wsmatrix case 5.19 --target ws --role server
  wsmatrix case 5.19 --url ws://127.0.0.1:9001`;

const compareExamples = `
Examples:
  wsmatrix compare reports/servers/index.json results/runs/2026-11-21T04-20-01-3f9a
  wsmatrix compare results/runs/before results/runs/after`;
