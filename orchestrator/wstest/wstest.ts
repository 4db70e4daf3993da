import { catalogue } from "../../fuzzer/catalogue.ts";
import { CorpusError, type Corpora, loadCorpora, ownCorpora } from "../../fuzzer/corpora.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import { profileWithCache } from "../play/kept-messages.ts";
import { AutobahnReport, ReportWriteError } from "../../report/autobahn/writer.ts";
import { escapeTerminal } from "../../report/escape.ts";
import { EXIT } from "../../report/exit.ts";

import { writeAtomically } from "../results/atomic-file.ts";
import { codeOf, messageOf } from "../engines/failure.ts";
import { ConfigError, fileProblem, formatProblem } from "../config/problem.ts";
import { packageVersion } from "../run/package-root.ts";
import { type FuzzingArgs, type PeerArgs, readArgs } from "./args.ts";
import type { FuzzingClientRun } from "./fuzzing-client.ts";
import { isFuzzing } from "./modes.ts";
import type { PeerWorld } from "./peers.ts";
import { type FuzzingClientSpec, type FuzzingServerSpec, readClientSpec, readServerSpec } from "./spec.ts";
import { Tested } from "./tested.ts";

/** Where the drop-in prints, and what it is called in messages. */
export interface WstestOutput {
  readonly name: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * The drop-in for Autobahn's `wstest`: its options, its spec files, its reports.
 *
 * @param argv what follows the program's name
 * @returns the exit code: 0 whatever the verdicts, unless `--accept` is given
 */
export async function wstest(
  argv: readonly string[],
  output: WstestOutput,
  signal: AbortSignal,
): Promise<number> {
  const reading = readArgs(argv, output);
  if (reading.status === "exit") return reading.code;
  const say = (line: string) => output.err(`${escapeTerminal(line, 1000)}\n`);
  for (const warning of reading.warnings) output.err(`warning: ${formatProblem(warning)}\n`);
  const { args } = reading;
  try {
    return await (isFuzzingArgs(args) ? fuzz(args, say, signal) : bePeer(args, { say, signal }));
  } catch (error) {
    if (error instanceof ConfigError) output.err(`${error.message}\n`);
    else if (isOfTheSystem(error)) say(messageOf(error));
    else throw error;
    return error instanceof ConfigError ? EXIT.usage : EXIT.infrastructure;
  }
}

function isFuzzingArgs(args: FuzzingArgs | PeerArgs): args is FuzzingArgs {
  return isFuzzing(args.mode);
}

type Say = (line: string) => void;

async function fuzz(args: FuzzingArgs, say: Say, signal: AbortSignal): Promise<number> {
  const setup = { cwd: process.cwd(), catalogue };
  const spec = args.mode === "fuzzingclient" ? readClientSpec(args, setup) : readServerSpec(args, setup);
  for (const warning of spec.warnings) say(`warning: ${formatProblem(warning)}`);
  const profile: Profile = { ...profileWithCache(args.profile), corpora: await corporaOf(args.corpora) };
  const report = new AutobahnReport({
    outdir: spec.outdir,
    entries: catalogue.entries,
    generator: `wsmatrix ${packageVersion}`,
    remarks: [`mode ${args.mode}, profile ${args.profile}`],
  });
  const tested = new Tested();
  const common = { profile, report, tested, say, signal };
  try {
    await ("servers" in spec ? fuzzAll(spec, args, common) : serveAll(spec, common));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    report.close();
  }
  if (args.junit !== null) writeAtomically(args.junit, tested.junit(args.accept));
  for (const line of tested.summary()) say(line);
  say(`reports: ${spec.outdir}`);
  if (signal.aborted && "servers" in spec) return EXIT.interrupted;
  return tested.exitCode(args.accept);
}

/** Each mode is loaded when it is asked for, since most of a short run's time is that of loading. */
async function bePeer(args: PeerArgs, world: PeerWorld): Promise<number> {
  const { runPeer } = await import("./peers.ts");
  return await runPeer(args, world);
}

type Common = Omit<FuzzingClientRun, "spec" | "jobs" | "accept">;

async function fuzzAll(
  spec: FuzzingClientSpec,
  { jobs, accept }: FuzzingArgs,
  common: Common,
): Promise<void> {
  const { fuzzServers } = await import("./fuzzing-client.ts");
  await fuzzServers({ ...common, spec, jobs, accept });
}

async function serveAll(spec: FuzzingServerSpec, common: Common): Promise<void> {
  const { serveFuzzer } = await import("./fuzzing-server.ts");
  await serveFuzzer({ ...common, spec });
}

/** @throws {ConfigError} the folder holds no corpora */
async function corporaOf(folder: string | null): Promise<Corpora> {
  if (folder === null) return ownCorpora;
  try {
    return await loadCorpora(folder);
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error;
    throw new ConfigError([fileProblem("--corpora", error.message)], { cause: error });
  }
}

/** A port in use, a folder that cannot be written: nothing that a stack would explain. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof ReportWriteError || codeOf(error) !== "";
}
